// SPDX-License-Identifier: GPL-3.0-or-later
// Trains on a folder of CamVid's layout (train/, trainannot/, val/, valannot/) without project or engine, to measure recipes:
//   camvid_train FOLDER [key=value of the recipe]… [IGNORE=11]   prints a line per epoch
#include <fmt/format.h>

#include <algorithm>

#include "core/media/decode.h"
#include "train/loop/trainer.h"

namespace {

using namespace intarsia;

class FolderSource final : public SampleSource {
 public:
  FolderSource(const std::filesystem::path& root, int ignored) {
    const char* const names[] = {"Sky", "Building", "Pole", "Road", "Pavement", "Tree", "Sign", "Fence", "Car", "Pedestrian", "Bicyclist", "Void"};
    for (int c = 0; c < 12; ++c) (void)m_classes.add(names[c], {}, c == ignored);
    for (const Split split : {Split::train, Split::val}) {
      std::vector<Item> found;
      for (const auto& entry : std::filesystem::directory_iterator(root / splitName(split)))
        found.push_back({entry.path(), root / (std::string(splitName(split)) + "annot") / entry.path().filename(), split});
      std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.image < b.image; });
      m_items.insert(m_items.end(), found.begin(), found.end());
    }
  }
  int count() const override { return int(m_items.size()); }
  Split split(int i) const override { return m_items[size_t(i)].split; }
  std::string name(int i) const override { return m_items[size_t(i)].image; }
  const ClassTable& classes() const override { return m_classes; }
  Expected<Sample> sample(int i) const override {
    Sample sample;
    INTARSIA_TRY(sample.image, decodeImage(m_items[size_t(i)].image));
    INTARSIA_TRY(const RawMask mask, decodeMask(m_items[size_t(i)].mask));
    sample.labels = LabelMap(mask.size.width, mask.size.height);
    sample.labels.pixels() = mask.values;
    return sample;
  }
  Expected<Image> image(const std::string& path) const override { return decodeImage(path); }

 private:
  struct Item {
    std::filesystem::path image, mask;
    Split split;
  };
  ClassTable m_classes;
  std::vector<Item> m_items;
};

}  // namespace

int main(int argc, char** argv) {
  TrainerOptions options;
  options.recipe.size = {240, 180};
  for (int i = 2; i < argc; ++i)
    if (const auto done = options.recipe.set(argv[i]); !done) return fmt::print(stderr, "{}\n", done.error().message()), 2;
  const FolderSource source(argv[1], 11);
  TrainerControl control;
  TrainerEvents events;
  events.progress = [begun = false](const TrainerProgress& p) mutable {
    if (p.step == 1 && !begun) begun = true, fmt::print("first step\n"), std::fflush(stdout);
  };
  events.epoch = [](const EpochMetrics& m) {
    fmt::print("{:6.1f} s  epoch {:3}  step {:5}  loss {:.4f}  {:5.1f} images/s  rate {:.2e}", m.seconds, m.epoch, m.step, m.trainLoss, m.imagesPerSecond, m.learningRate);
    if (m.meanIoU) fmt::print("  val loss {:.4f}  {:.2f} / {:.2f}{}", *m.valLoss, 100 * *m.pixelAccuracy, 100 * *m.meanIoU, m.best ? " *" : "");
    fmt::print("\n");
    std::fflush(stdout);
  };
  events.notice = [](const std::string& text) { fmt::print("{}\n", text); };
  const auto result = train(source, options, control, events);
  if (!result) return fmt::print(stderr, "{}\n", result.error().message()), 1;
  fmt::print("{} steps, {:.1f} s of training, best mIoU {:.2f} %\n", result->steps, result->trainingSeconds, 100 * result->bestMeanIoU.value_or(0));
  return 0;
}
