// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/api/model_info.h"

#include "core/base/atomic_file.h"
#include "core/base/json.h"
#include "core/base/text.h"
#include "train/api/class_json.h"
#include "train/api/json_field.h"

namespace intarsia {
namespace {

using Json = nlohmann::ordered_json;
namespace fs = std::filesystem;

constexpr int kMaxSide = 1 << 16;

Expected<std::array<double, 3>> readTriple(const Json& json, const char* name, const std::string& file) {
  const auto at = json.find(name);
  if (at == json.end() || !at->is_array() || at->size() != 3) return failField(file, name);
  std::array<double, 3> out{};
  for (size_t i = 0; i < 3; ++i) {
    if (!(*at)[i].is_number()) return failField(file, name);
    out[i] = (*at)[i].get<double>();
  }
  return out;
}

void readMetrics(const Json& json, ModelInfo& info) {
  const auto metrics = json.find("metrics");
  if (metrics == json.end()) return;
  info.pixelAccuracy = jsonField<double>(*metrics, "pixelAccuracy");
  info.meanIoU = jsonField<double>(*metrics, "meanIoU");
  info.valLoss = jsonField<double>(*metrics, "valLoss");
  if (!metrics->is_object() || !metrics->contains("classIoU") || !(*metrics)["classIoU"].is_array()) return;
  for (const auto& value : (*metrics)["classIoU"])
    info.classIoU.push_back(value.is_number() ? std::optional(value.get<double>()) : std::nullopt);
}

}  // namespace

std::string ModelInfo::toJson() const {
  Json metrics = Json::object();
  if (pixelAccuracy) metrics["pixelAccuracy"] = *pixelAccuracy;
  if (meanIoU) metrics["meanIoU"] = *meanIoU;
  if (valLoss) metrics["valLoss"] = *valLoss;
  for (const auto& iou : classIoU) metrics["classIoU"].push_back(iou ? Json(*iou) : Json());
  Json json{{"format", "intarsia-model"}, {"version", 1},
                  {"program", program},         {"torch", torch},
                  {"network", network},         {"baseWidth", baseWidth},
                  {"depth", depth},             {"upPath", upPath},
                  {"size", {size.width, size.height}},
                  {"mean", mean},               {"deviation", deviation},
                  {"classes", classesToJson(classes)},
                  {"scale", scale},
                  {"epoch", epoch},             {"step", step},
                  {"metrics", metrics}};
  if (!decoder.empty()) json["decoder"] = decoder;
  return dumpJson(json, 2) + "\n";
}

Expected<ModelInfo> ModelInfo::fromJson(std::string_view text, const std::string& file) {
  INTARSIA_TRY(const Json json, parseOrderedJson(text, file));
  if (jsonField<std::string>(json, "format") != "intarsia-model") return failField(file, "format");
  if (const auto version = jsonField<int>(json, "version"); version != 1)
    return fail(ErrorCode::unsupported, INTARSIA_TEXT("{file} was written by a newer version of this program"), {{"file", file}});
  ModelInfo info;
  INTARSIA_FIELD(info.network, std::string, json, "network", file);
  INTARSIA_FIELD(info.baseWidth, int, json, "baseWidth", file);
  INTARSIA_FIELD(info.depth, int, json, "depth", file);
  if (json.contains("upPath")) {
    INTARSIA_FIELD(info.upPath, std::string, json, "upPath", file);
  } else if (info.network == "unet") {  // its weights would load and mean something else
    return fail(ErrorCode::unsupported,
                INTARSIA_TEXT("{file} names a U-Net of an early version of this program, which joined its two paths the other way round; train it anew"),
                {{"file", file}});
  }
  if (const auto decoder = json.find("decoder"); decoder != json.end()) {
    if (!decoder->is_array() || decoder->size() != 5) return failField(file, "decoder");
    for (const auto& width : *decoder) {
      if (!width.is_number_integer() || width < 4 || width > 1024) return failField(file, "decoder");
      info.decoder.push_back(width.get<int>());
    }
  }
  if (info.baseWidth < 1 || info.baseWidth > 4096) return failField(file, "baseWidth");
  if (info.depth < 1 || info.depth > 16) return failField(file, "depth");
  const auto size = json.find("size");
  if (size == json.end() || !size->is_array() || size->size() != 2) return failField(file, "size");
  for (const auto& side : *size)
    if (!side.is_number_integer() || side < 0 || side > kMaxSide) return failField(file, "size");
  info.size = {(*size)[0].get<int>(), (*size)[1].get<int>()};
  info.scale = jsonField<double>(json, "scale").value_or(0);
  if (!(info.scale >= 0 && info.scale <= kMaxPredictionScale)) return failField(file, "scale");
  INTARSIA_TRY(info.mean, readTriple(json, "mean", file));
  INTARSIA_TRY(info.deviation, readTriple(json, "deviation", file));
  for (const double value : info.deviation)
    if (value <= 0) return failField(file, "deviation");
  const auto classes = json.find("classes");
  if (classes == json.end()) return failField(file, "classes");
  INTARSIA_TRY(info.classes, classesFromJson(*classes, file));
  info.epoch = jsonField<int>(json, "epoch").value_or(0);
  info.step = jsonField<int64_t>(json, "step").value_or(0);
  info.program = jsonField<std::string>(json, "program").value_or("");
  info.torch = jsonField<std::string>(json, "torch").value_or("");
  readMetrics(json, info);
  return info;
}

Expected<ModelInfo> ModelInfo::read(const fs::path& path) {
  INTARSIA_TRY(const std::string text, readFile(path, size_t(64) << 20));
  return fromJson(text, displayPath(path));
}

Expected<> ModelInfo::write(const fs::path& path) const { return writeFileAtomically(path, toJson()); }

Expected<ModelFiles> findModel(const fs::path& model) {
  std::error_code ignored;
  ModelFiles files;
  if (fs::is_directory(model, ignored)) {
    files.weights = model / "best.safetensors";
    if (!fs::exists(files.weights, ignored)) files.weights = model / "model.safetensors";
    files.info = model / "model.json";
  } else {
    files.weights = model;
    files.info = model.parent_path() / "model.json";
  }
  for (const fs::path& file : {files.weights, files.info})
    if (!fs::is_regular_file(file, ignored))
      return fail(ErrorCode::notFound, INTARSIA_TEXT("{model} is not a trained model: {file} does not exist"),
                  {{"model", displayPath(model)}, {"file", displayPath(file)}});
  return files;
}

}  // namespace intarsia
