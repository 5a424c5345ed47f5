// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <map>

#include "annotate/formats/dataset_builder.h"
#include "annotate/formats/json_stream.h"
#include "annotate/formats/mask_folder.h"
#include "annotate/formats/source_look.h"
#include "annotate/formats/text_file.h"
#include "core/base/text.h"

namespace intarsia {
namespace {

/// COCO's categories 1…182: things to 91 (eleven of them without any label), then stuff.
constexpr std::string_view kNames =
    "person;bicycle;car;motorcycle;airplane;bus;train;truck;boat;traffic light;fire hydrant;street sign;stop sign;parking meter;bench;bird;cat;dog;horse;sheep;cow;elephant;bear;zebra;giraffe;hat;"
    "backpack;umbrella;shoe;eye glasses;handbag;tie;suitcase;frisbee;skis;snowboard;sports ball;kite;baseball bat;baseball glove;skateboard;surfboard;tennis racket;bottle;plate;wine glass;cup;fork;"
    "knife;spoon;bowl;banana;apple;sandwich;orange;broccoli;carrot;hot dog;pizza;donut;cake;chair;couch;potted plant;bed;mirror;dining table;window;desk;toilet;door;tv;laptop;mouse;remote;keyboard;"
    "cell phone;microwave;oven;toaster;sink;refrigerator;blender;book;clock;vase;scissors;teddy bear;hair drier;toothbrush;hair brush;banner;blanket;branch;bridge;building-other;bush;cabinet;cage;"
    "cardboard;carpet;ceiling-other;ceiling-tile;cloth;clothes;clouds;counter;cupboard;curtain;desk-stuff;dirt;door-stuff;fence;floor-marble;floor-other;floor-stone;floor-tile;floor-wood;flower;fog;"
    "food-other;fruit;furniture-other;grass;gravel;ground-other;hill;house;leaves;light;mat;metal;mirror-stuff;moss;mountain;mud;napkin;net;paper;pavement;pillow;plant-other;plastic;platform;"
    "playingfield;railing;railroad;river;road;rock;roof;rug;salad;sand;sea;shelf;sky-other;skyscraper;snow;solid-other;stairs;stone;straw;structural-other;table;tent;textile-other;towel;tree;"
    "vegetable;wall-brick;wall-concrete;wall-other;wall-panel;wall-stone;wall-tile;wall-wood;water-other;waterdrops;window-blind;window-other;wood";

/// "stuffthingmaps" (COCO-Stuff: value = id - 1, 255 = nothing) or "…_pixelmaps" (COCO's stuff task: value = id, 0 = nothing).
enum class Values { none, minusOne, ids };
Values valuesOf(std::string_view name) {
  for (const auto part : splitFields(folderOf(name), '/')) {
    const std::string folder = lower(part);
    if (folder.starts_with("stuffthingmaps")) return Values::minusOne;
    if (folder.ends_with("_pixelmaps") || folder == "pixelmaps") return Values::ids;
  }
  return Values::none;
}

/// COCO's pixel maps of things and stuff; the JSON beside them, where there is one, names the categories.
class CocoStuffFormat : public Format {
 public:
  std::string_view id() const override { return "coco-stuff"; }
  std::string_view name() const override { return "COCO-Stuff pixel maps"; }
  std::string_view about() const override { return "things and stuff, or the stuff task"; }

  int probe(const SourceLook& look) const override {
    for (const auto& file : look.endingIn(".png", 20000))
      if (valuesOf(file) != Values::none) return 87;
    return 0;
  }

  Expected<ImportedDataset> read(const std::filesystem::path& source, const ReadOptions& options, const Job& job) const override {
    DatasetBuilder builder(id(), source, options, job);
    INTARSIA_CHECK(builder.list());
    std::map<int64_t, int> classes;  // id → index
    for (const auto* file : builder.filesEndingIn(".json"))
      if (baseName(file->name).starts_with("stuff_")) INTARSIA_CHECK(readCategories(builder, *file, classes));
    if (classes.empty())
      for (const auto name : splitFields(kNames, ';')) {
        const int index = builder.classOf(name, {});
        classes.emplace(index + 1, index);
      }
    const auto minusOne = ruleOf(classes, 1), ids = ruleOf(classes, 0);
    for (const auto& file : builder.files()) {
      const Values values = isImageName(file.name) ? valuesOf(file.name) : Values::none;
      if (values == Values::none) continue;
      INTARSIA_CHECK(job.check());
      const int image = imageFor(builder, file);
      builder.addMask(image, file, values == Values::ids ? ids : minusOne);
    }
    return builder.finish();
  }

 private:
  static Expected<> readCategories(DatasetBuilder& builder, const ListedFile& file, std::map<int64_t, int>& classes) {
    const auto stream = JsonStream::open(file.path, builder.job());
    if (!stream) {
      if (builder.job().cancelled()) return std::unexpected(stream.error());
      builder.skipped({file.name, {}}, stream.error().message());
      return {};
    }
    return stream->forEach("categories", builder.job(), [&](int64_t i, const JsonValue& value) {
      const Where where{file.name, "categories[" + std::to_string(i) + "]"};
      const auto id = value["id"].integer();
      if (!id || *id < 1 || *id > 254) return builder.skipped(where, "the id is no value of a pixel map");
      if (const int index = builder.classOf(value["name"].text().value_or(""), where); index >= 0) classes.emplace(*id, index);
    });
  }

  /// `less`: by how much a value is less than its id.
  static std::shared_ptr<const MaskRule> ruleOf(const std::map<int64_t, int>& classes, int less) {
    auto rule = std::make_shared<MaskRule>();
    rule->byValue.assign(256, MaskRule::kUnknown);
    rule->byValue[255] = kUnlabelled;
    if (!less) rule->byValue[0] = kUnlabelled;
    for (const auto& [id, index] : classes)
      if (id - less < 255) rule->byValue[size_t(id - less)] = index;
    return rule;
  }

  /// stuffthingmaps/train2017/x.png belongs to train2017/x.jpg, stuff_val2017_pixelmaps/x.png to val2017/x.jpg, in images/ or not.
  static int imageFor(DatasetBuilder& builder, const ListedFile& mask) {
    std::string subset(baseName(folderOf(mask.name)));
    if (subset.ends_with("_pixelmaps")) subset.resize(subset.size() - 10);
    subset = subset.substr(subset.find_last_of('_') + 1);
    const std::string stem(stemOf(mask.name));
    int image = -1;
    for (const char* ending : {".jpg", ".jpeg", ".png"})
      if (const auto match = builder.images().find(subset + "/" + stem + ending); image < 0 && match.file && valuesOf(match.file->name) == Values::none) image = builder.imageAt(*match.file, {}, {mask.name, {}});
    if (image < 0) image = builder.imageOfMask(mask);
    builder[image].split = splitOfFolders(subset + "/");
    return image;
  }
};

}  // namespace

std::unique_ptr<Format> makeCocoStuffFormat() { return std::make_unique<CocoStuffFormat>(); }

}  // namespace intarsia
