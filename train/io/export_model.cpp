// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/io/export_model.h"

#include "core/base/atomic_file.h"
#include "core/base/text.h"
#include "train/api/model_info.h"
#include "train/api/safetensors.h"
#include "train/api/weight_file.h"
#include "train/infer/torch_model.h"
#include "train/io/tensors.h"
#include "train/io/torchscript.h"

namespace intarsia {
namespace {

constexpr const char* kExample = R"(# Usage: python3 example.py IMAGE MASK.png    (needs torch, numpy and pillow)
import json, sys, os, numpy as np, torch
from PIL import Image
here = os.path.dirname(os.path.abspath(__file__))
info, net = json.load(open(here + "/model.json")), torch.jit.load(here + "/model.pt").eval()
image = Image.open(sys.argv[1]).convert("RGB")
scale = min(info["size"][0] / image.width, info["size"][1] / image.height)  # as trained; sides are multiples of 32
size = [max(32, round(side * scale / 32) * 32) for side in image.size]
x = np.asarray(image.resize(size, Image.BILINEAR), np.float32) / 255
x = (x - np.float32(info["mean"])) / np.float32(info["deviation"])
with torch.no_grad():
    logits = net(torch.from_numpy(x).permute(2, 0, 1)[None])
logits = torch.nn.functional.interpolate(logits, (image.height, image.width), mode="bilinear")
logits[:, [bool(c.get("ignore")) for c in info["classes"]]] = -1e30  # an ignored class never wins
mask = Image.fromarray(logits[0].argmax(0).numpy().astype(np.uint8))
mask.putpalette([int(c["color"][i:i + 2], 16) for c in info["classes"] for i in (1, 3, 5)])
mask.save(sys.argv[2])
)";

}  // namespace

Expected<> exportModel(const std::filesystem::path& model, const std::filesystem::path& out, ExportFormat format) {
  INTARSIA_TRY(const ModelFiles files, findModel(model));
  INTARSIA_TRY(const ModelInfo info, ModelInfo::read(files.info));
  INTARSIA_TRY(const TensorSet weights, readTensorSet(files.weights));
  INTARSIA_TRY(const auto network, makeNetwork(info, false));
  INTARSIA_CHECK(loadState(*network, weights));
  network->eval();
  std::string script;
  if (format == ExportFormat::all) {
    INTARSIA_TRY(script, toTorchScript(*network));
  }
  std::error_code error;
  std::filesystem::create_directories(out, error);
  if (error) return failErrno(error.value(), INTARSIA_TEXT("Cannot create {file}: {reason}"), displayPath(out));
  if (format == ExportFormat::pth) {
    INTARSIA_CHECK(writePth(out / "model.pth", weights));
    return info.write(out / "model.json");
  }
  INTARSIA_CHECK(writeTensorSet(out / "model.safetensors", weights));
  INTARSIA_CHECK(writeFileAtomically(out / "model.pt", script));
  INTARSIA_CHECK(info.write(out / "model.json"));
  return writeFileAtomically(out / "example.py", kExample);
}

}  // namespace intarsia
