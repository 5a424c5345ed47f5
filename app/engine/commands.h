// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "core/base/error.h"
#include "core/base/split.h"
#include "train/nets/network.h"

namespace intarsia {

/// To stdout.
void print(const nlohmann::ordered_json& json);

/// What `intarsia-engine COMMAND …` does. JSON goes to stdout, progress and sentences to stderr.
struct TrainArguments {
  std::vector<std::filesystem::path> inputs;  // a run folder, or shards with `run`
  std::filesystem::path run;
  bool resume = false, json = false;
  int threads = 0;
  std::filesystem::path recipe, dump;
  std::string device;  // instead of the recipe's
  std::vector<std::string> set;
};
Expected<> trainCommand(const TrainArguments& arguments);

struct EvaluateArguments {
  std::vector<std::filesystem::path> inputs;
  std::filesystem::path run;
  Split split = Split::val;
  std::string device = "auto";
  bool json = false;
};
Expected<> evaluateCommand(const EvaluateArguments& arguments);

struct PredictArguments {
  std::filesystem::path model, out;
  std::vector<std::filesystem::path> images;
  std::filesystem::path list;  // file with more of them, each ended by a zero byte
  std::string device = "auto";
  double scale = 0;  // network pixels per image pixel; 0 = as in training
  bool resume = false, json = false;  // resume: label maps that are newer than image and weights stay
};
/// predict_command.cpp: label maps in the order of the images, each whole or not there; the ending signals end it before the next tile.
Expected<> predictCommand(const PredictArguments& arguments);

/// Prints the curve of a learning-rate test and its suggestions. `limit`: about so many seconds; 0 = none.
Expected<> findRateCommand(const std::filesystem::path& run, double limit, bool json);

struct NetworkArguments {
  std::string network;
  NetworkOptions options;
};
/// Prints what a weight file holds or, with a network, what becomes of it there.
Expected<> weightsCommand(const std::filesystem::path& file, const NetworkArguments& network, bool json);

/// `format`: all or pth.
Expected<> exportCommand(const std::filesystem::path& model, const std::filesystem::path& out, const std::string& format);

}  // namespace intarsia
