// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/source.h"
#include "core/base/resize.h"
#include "core/base/text.h"
#include "core/media/decode.h"
#include "train/api/shard.h"

namespace intarsia::cli {
namespace {

struct Options {
  std::string project, size, split, out;
};

/// "50M", "2G", "800000".
Expected<uint64_t> parseBytes(const std::string& text) {
  uint64_t unit = 1;
  std::string digits = text;
  if (!digits.empty())
    if (const auto place = std::string("KMG").find(char(std::toupper(digits.back()))); place != std::string::npos) {
      unit = uint64_t(1) << (10 * (place + 1));
      digits.pop_back();
    }
  const auto number = parseInt(digits);
  if (!number || *number < 1 || *number > (int64_t(1) << 33))
    return intarsia::fail(ErrorCode::invalidInput, INTARSIA_TEXT("A file size is written like 50M, not {text}"),
                          {{"text", text}});
  return uint64_t(*number) * unit;
}

Expected<Json> pack(const Options& options, Size size, uint64_t bytes, const Job& job) {
  INTARSIA_TRY(const auto source, openSource({options.project, {}, {}}, job));
  INTARSIA_TRY(auto writer, ShardWriter::open(options.out, source.classes, bytes));
  std::map<std::string, int> counts;
  int packed = 0;
  for (int i = 0; i < source.count(); ++i) {
    INTARSIA_CHECK(job.check());
    job.report(i, source.count(), INTARSIA_TEXT("Packing"));
    if (!source.labelled(i)) continue;
    const auto& from = source.dataset.images[size_t(i)];
    const auto split = from.split == Split::none ? Split::train : from.split;
    INTARSIA_TRY(auto image, decodeImage(from.path, DecodeOptions{.keep16 = true}));
    INTARSIA_TRY(auto labels, labelMap(source.dataset, from));
    if (labels.size() != image.size())
      return intarsia::fail(ErrorCode::invalidInput,
                            INTARSIA_TEXT("The labels of {file} have another size than the picture"),
                            {{"file", source.name(i)}});
    if (!size.empty()) {
      image = resized(image, size);
      if (split == Split::train) labels = resizedNearest(labels, size);  // what is measured on keeps its own size
    }
    INTARSIA_CHECK(writer.add(source.name(i), split, image, labels));
    ++counts[std::string(splitName(split))];
    ++packed;
  }
  if (packed == 0)
    return intarsia::fail(ErrorCode::invalidInput, INTARSIA_TEXT("No image of {folder} is labelled yet"),
                          {{"folder", options.project}});
  INTARSIA_TRY(const auto files, writer.commit());
  Json json{{"files", Json::array()}, {"images", packed}, {"splits", Json::object()}};
  for (const auto& file : files) json["files"].push_back(encodePath(file));
  for (const auto& [name, count] : counts) json["splits"][name] = count;
  return json;
}

int run(const Options& options, const Terminal& terminal) {
  Size size;
  uint64_t bytes = 0;
  if (!options.size.empty()) {
    const auto parsed = parseSize(options.size);
    if (!parsed) return terminal.fail(parsed.error()), kUsage;
    size = *parsed;
  }
  if (!options.split.empty()) {
    const auto parsed = parseBytes(options.split);
    if (!parsed) return terminal.fail(parsed.error()), kUsage;
    bytes = *parsed;
  }
  const auto packed = pack(options, size, bytes, terminal.job());
  if (!packed) return terminal.fail(packed.error());
  if (terminal.json) terminal.print(*packed);
  for (const auto& file : (*packed)["files"]) terminal.say(file.get<std::string>());
  terminal.say(std::to_string((*packed)["images"].get<int>()) + " pictures were packed");
  return kDone;
}

}  // namespace

void addPack(Commands& commands) {
  auto options = std::make_shared<Options>();
  auto& command =
      commands.add("pack", "Packs pictures and label maps into a file that trains without project or codecs",
                   [options, &terminal = commands.terminal] { return run(*options, terminal); });
  command.add_option("PROJECT", options->project, "Project, or labels with their pictures")->required();
  command.add_option("--size", options->size, "Size of the pictures, WxH; label maps of val and test keep their own");
  command.add_option("--split", options->split, "Several files of about this size, like 50M");
  command.add_option("--out", options->out, "The file to write")->required();
}

}  // namespace intarsia::cli
