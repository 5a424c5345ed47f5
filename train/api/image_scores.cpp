// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/api/image_scores.h"

#include <nlohmann/json.hpp>

#include "core/base/atomic_file.h"
#include "core/base/json.h"
#include "core/base/text.h"

namespace intarsia {

std::unordered_map<std::string, double> imageScores(const RunFolder& run) {
  constexpr size_t kLimit = size_t(256) << 20;
  std::unordered_map<std::string, double> scores;
  for (const Split split : {Split::train, Split::val, Split::test}) {
    const auto text = readFile(run.evaluationPath(split), kLimit);
    if (!text) continue;
    const auto json = parseJson(*text, displayPath(run.evaluationPath(split)));
    if (!json || !json->is_object() || !json->contains("imageScores") || !json->at("imageScores").is_array()) continue;
    for (const auto& image : json->at("imageScores"))
      if (image.is_object() && image.contains("key") && image["key"].is_string() && image.contains("score") && image["score"].is_number())
        scores[image["key"].get<std::string>()] = image["score"].get<double>();
  }
  return scores;
}

}  // namespace intarsia
