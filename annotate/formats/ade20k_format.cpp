// SPDX-License-Identifier: GPL-3.0-or-later
#include <set>

#include "annotate/formats/mask_folder.h"
#include "annotate/formats/source_look.h"
#include "annotate/formats/text_file.h"
#include "core/base/text.h"

namespace intarsia {
namespace {

/// The 150 classes of MIT Scene Parsing in order from 1 (the first name of each).
constexpr std::string_view kNames =
    "wall;building;sky;floor;tree;ceiling;road;bed;windowpane;grass;cabinet;sidewalk;person;earth;door;table;mountain;plant;curtain;chair;car;water;painting;sofa;shelf;house;sea;mirror;rug;field;armchair;seat;fence;desk;rock;wardrobe;lamp;bathtub;railing;cushion;base;box;column;signboard;chest "
    "of drawers;counter;sand;sink;skyscraper;fireplace;refrigerator;grandstand;path;stairs;runway;case;pool "
    "table;pillow;screen door;stairway;river;bridge;bookcase;blind;coffee "
    "table;toilet;flower;book;hill;bench;countertop;stove;palm;kitchen island;computer;swivel chair;boat;bar;arcade "
    "machine;hovel;bus;towel;light;truck;tower;chandelier;awning;streetlight;booth;television;airplane;dirt "
    "track;apparel;pole;land;bannister;escalator;ottoman;bottle;buffet;poster;stage;van;ship;fountain;conveyer "
    "belt;canopy;washer;plaything;swimming "
    "pool;stool;barrel;basket;waterfall;tent;bag;minibike;cradle;oven;ball;food;step;tank;trade "
    "name;microwave;pot;animal;bicycle;lake;dishwasher;screen;blanket;sculpture;hood;sconce;vase;traffic "
    "light;tray;ashcan;fan;pier;crt screen;plate;monitor;bulletin board;shower;radiator;glass;clock;flag";

/// objectInfo150.txt: columns between tabs, or commas and quotes; the last but none is the name.
std::vector<std::string> namesFrom(std::string_view text) {
  const auto rows = parseCsv(text, text.substr(0, text.find('\n')).find('\t') != std::string_view::npos ? '\t' : ',');
  std::vector<std::string> names;
  for (size_t i = 1; i < rows.size(); ++i) {
    if (!parseInt(rows[i][0])) continue;
    names.emplace_back(trim(splitFields(rows[i].back(), ',')[0]));
    if (const size_t other = names.back().find(';'); other != std::string::npos) names.back().resize(other);
  }
  return names;
}

/// ADE20K as MIT Scene Parsing prepared it: grey masks, 0 = other (ignored), 1…150.
class Ade20kFormat : public Format {
 public:
  std::string_view id() const override { return "ade20k"; }
  std::string_view name() const override { return "ADE20K / MIT Scene Parsing"; }
  std::string_view about() const override { return "150 classes and \"other\", grey images among them"; }

  int probe(const SourceLook& look) const override {
    bool mask = false;
    for (const auto& file : look.endingIn(".png", 2000)) mask = mask || (baseName(file).starts_with("ADE_") && file.find("annotations") != std::string::npos);
    if (mask) return 88;
    return (look.hasFile("objectInfo150.txt") || look.hasFile("objectInfo150.csv")) && look.hasFolder("annotations") ? 80 : 0;
  }

  Expected<ImportedDataset> read(const std::filesystem::path& source, const ReadOptions& options, const Job& job) const override {
    DatasetBuilder builder(id(), source, options, job);
    INTARSIA_CHECK(builder.list());
    std::vector<std::string> names;
    for (const auto& file : builder.files())
      if (const auto base = baseName(file.name); base == "objectInfo150.txt" || base == "objectInfo150.csv") {
        INTARSIA_TRY(const TextFile text, readTextFile(file.path, size_t(1) << 20));
        names = namesFrom(text.text);
      }
    if (names.size() != 150) {
      names.clear();
      for (const auto name : splitFields(kNames, ';')) names.emplace_back(name);
    }
    MaskClasses classes;
    classes.classes.push_back({"other", std::nullopt, true});
    classes.values.emplace_back(0, 0);
    std::set<std::string> seen = {"other"};
    for (auto& name : names) {
      const std::string number = std::to_string(classes.classes.size());
      if (!seen.insert(name).second) name += " " + number;
      classes.values.emplace_back(uint32_t(classes.classes.size()), int(classes.classes.size()));
      classes.classes.push_back({name});
    }
    INTARSIA_CHECK(addMaskPairs(builder, pairMasks(builder.files()), classes));
    return builder.finish();
  }
};

}  // namespace

std::unique_ptr<Format> makeAde20kFormat() { return std::make_unique<Ade20kFormat>(); }

}  // namespace intarsia
