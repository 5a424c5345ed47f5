// SPDX-License-Identifier: GPL-3.0-or-later
// What the device's kernels are given. Compiled by the host's compiler and by NVRTC, which has no header of the
// standard library.
#pragma once

namespace intarsia::device {

using Int64 = long;  // int64_t under both compilers
using UInt64 = unsigned long;
static_assert(sizeof(Int64) == 8 && sizeof(void*) == 8, "written for 64-bit Linux");

constexpr Int64 kIgnored = -100;  // a target that does not count
constexpr int kUnlabelledPixel = 65535;
constexpr int kToneLength = 1025;  // numbers of a tone table
constexpr int kMostReach = 30;     // of a blur, in pixels

/// Upper half of a float.
struct Half {
  unsigned short bits;
};

/// One picture of a sample and its changes: an Augmentation, worked out on the host.
struct Layer {
  Int64 picture;  // offset of its RGB rows in the pictures' memory; its labels (16 bits) follow from the next even byte
                  // on
  UInt64 noiseSeed;
  double position[9];  // (x, y, 1) of output pixels → place in the picture, homogeneous
  double noise;        // deviation; 0 = none
  float color[9], shift[3];
  float taps[kMostReach + 1];  // of the blur: middle, then outwards
  int reach;                   // 0 = no blur
  int width, height;           // 0: nothing to paste
  int straight;                // the last row of `position` is 0 0 1
  int tone;                    // its table's number, below 0 = none
  int wanted;                  // a pasted layer shows its pixels with this label alone
};

struct AugmentArguments {
  Int64 count;  // threads
  const unsigned char* pictures;
  const Layer* layers;  // sample by sample, `layersEach` of each: the picture and what is pasted into it
  const float* tones;
  float* canvas;           // RGB of each layer, for blurs; the second half is scratch
  unsigned short* labels;  // of each layer
  void* images;            // samples × height × width × 3
  Int64* target;
  Int64 scratch;  // where the canvas' second half begins
  int width, height, layersEach;
  float scale[3], offset[3];  // of 0…255 to the network's numbers
};

struct PixelLossArguments {
  Int64 count;         // pixels
  const void* logits;  // channels-last, like the gradient
  const Int64* target;
  void* gradient;
  float* losses;                 // per pixel; 0 where nothing counts
  int* answers;                  // the class with the highest logit
  const unsigned char* allowed;  // per channel
  const Int64* pixels;           // how many count
  int channels;
  float smoothing;
};

struct StepControl;

/// Lovász-softmax over `drawn` pixels; tables are channels × drawn.
struct LovaszArguments {
  Int64 count;
  Int64 rows, drawn;  // pixels of the batch, and how many are looked at
  const void* logits;
  void* gradient;
  const Int64* target;
  const unsigned char* allowed;
  const int* upTo;  // pixels that count, up to and with this one
  int* index;       // of the k-th drawn pixel; below 0 = none
  float *shares, *errors, *derivatives, *parts;
  const float* sorted;   // errors, largest first
  const Int64* order;    // where each was
  int* hits;             // it is one of its class; then how many there were up to here
  const Int64* present;  // classes among the drawn pixels
  const StepControl* control;
  int channels;
  int part;  // of the batch
  float weight;
};

/// What changes from step to step, written by the host before it.
struct StepControl {
  UInt64 lossSeed;
  float beta1, beta2, epsilon, correction1, correction2, emaKeep, clip;
  unsigned step;
  int slot;  // row of the history
};

/// Of a stretch of parameters that are updated alike.
struct StretchControl {
  float rate, decay, l2;
};

struct UpdateState {
  int finite, apply;
  float scale;  // of the gradients
};

/// What a step leaves for the host to read later.
struct HistoryRow {
  double loss;
  Int64 pixels;
  int finite, oneAnswer;
};

struct DecideArguments {
  Int64 count;           // 1
  const float* norm;     // of the sum of all parts' gradients
  const double* losses;  // per part
  const Int64* pixels;
  const Int64* extremes;  // of the last part: lowest and highest answer, lowest and highest label
  const StepControl* control;
  UpdateState* state;
  HistoryRow* history;
  int parts;
};

struct UpdateArguments {
  Int64 count;
  float* values;
  const float* gradients;
  float *momentum, *variance, *average;
  const StepControl* control;
  const StretchControl* stretch;
  const UpdateState* state;
};

}  // namespace intarsia::device

/// Each kernel: name, arguments, what a thread does.
#define INTARSIA_DEVICE_KERNELS(X)                           \
  X(augmentFloat, AugmentArguments, augment<float>)          \
  X(augmentHalf, AugmentArguments, augment<Half>)            \
  X(drawLayer, AugmentArguments, drawLayer)                  \
  X(blurRows, AugmentArguments, blurRows)                    \
  X(blurColumns, AugmentArguments, blurColumns)              \
  X(composeFloat, AugmentArguments, compose<float>)          \
  X(composeHalf, AugmentArguments, compose<Half>)            \
  X(pixelLossFloat, PixelLossArguments, pixelLoss<float>)    \
  X(pixelLossHalf, PixelLossArguments, pixelLoss<Half>)      \
  X(drawPixels, LovaszArguments, drawPixel)                  \
  X(lovaszErrorsFloat, LovaszArguments, lovaszErrors<float>) \
  X(lovaszErrorsHalf, LovaszArguments, lovaszErrors<Half>)   \
  X(lovaszHits, LovaszArguments, lovaszHit)                  \
  X(lovaszSteps, LovaszArguments, lovaszStep)                \
  X(addLovaszFloat, LovaszArguments, addLovasz<float>)       \
  X(addLovaszHalf, LovaszArguments, addLovasz<Half>)         \
  X(decide, DecideArguments, decideUpdate)                   \
  X(adamW, UpdateArguments, adamW)                           \
  X(rmsProp, UpdateArguments, rmsProp)                       \
  X(sgd, UpdateArguments, sgd)                               \
  X(averageOnly, UpdateArguments, averageOnly)               \
  X(averageBuffers, UpdateArguments, averageBuffer)
