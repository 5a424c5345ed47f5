// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include "annotate/project/export_place.h"
#include "annotate/project/project_file.h"
#include "app/cli/engine.h"
#include "app/wiring/image_list.h"
#include "core/base/text.h"
#include "core/media/decode.h"

namespace intarsia::cli {
namespace {

void addDevice(CLI::App& command, std::string& device) {
  command.add_option("--device", device, "auto, cpu or cuda:0");
}

std::vector<std::string> withDevice(std::vector<std::string> arguments, const std::string& device) {
  if (!device.empty()) arguments.insert(arguments.end(), {"--device", device});
  return arguments;
}

/// Folders become their pictures, in the order of people.
Expected<std::vector<std::string>> filesOf(const std::vector<std::string>& paths) {
  std::vector<std::string> files;
  for (const auto& path : paths) {
    std::error_code error;
    if (!fs::is_directory(path, error)) {
      files.push_back(path);
      continue;
    }
    std::vector<std::string> inside;
    for (fs::directory_iterator at(path, error), end; !error && at != end; at.increment(error))
      if (at->is_regular_file(error) && probeImage(at->path())) inside.push_back(at->path().native());
    if (inside.empty()) return intarsia::fail(ErrorCode::invalidInput, INTARSIA_TEXT("There is no image in {folder}"), {{"folder", displayPath(path)}});
    std::ranges::sort(inside, naturalLess);
    files.insert(files.end(), inside.begin(), inside.end());
  }
  return files;
}

}  // namespace

void addEvaluate(Commands& commands) {
  struct Options {
    std::vector<std::string> sources;
    std::string run, split = "val", device;
  };
  auto options = std::make_shared<Options>();
  auto& command = commands.add(
      "evaluate", "Measures a run on a split, at the labels' own size", [options, &terminal = commands.terminal] {
        std::vector<std::string> arguments{"evaluate"};
        if (areShards(options->sources)) {
          if (options->run.empty())
            return terminal.note("intarsia-cli: --run says which run's weights are measured on a shard"), kUsage;
          arguments.insert(arguments.end(), options->sources.begin(), options->sources.end());
          arguments.insert(arguments.end(), {"--run", options->run});
        } else {
          const auto run = findRun(options->sources.front(), options->run);
          if (!run) return terminal.fail(run.error());
          arguments.push_back(run->native());
        }
        arguments.insert(arguments.end(), {"--split", options->split});
        return engineCommand(withDevice(std::move(arguments), options->device), terminal);
      });
  command.add_option("SOURCE", options->sources, "A project, or packed shards")->required();
  command.add_option("--run", options->run,
                     "Name of the run (default: the newest that was trained); with shards its folder");
  command.add_option("--split", options->split, "train, val or test")
      ->check(CLI::IsMember({"train", "val", "test"}))
      ->capture_default_str();
  addDevice(command, options->device);
}

void addPredict(Commands& commands) {
  struct Options {
    std::string model, out, device, scale;
    std::vector<std::string> images;
    bool resume = false;
  };
  auto options = std::make_shared<Options>();
  auto& command = commands.add("predict", "Writes a network's answer for pictures as label maps",
                               [options, &terminal = commands.terminal] {
                                 const auto images = filesOf(options->images);
                                 if (!images) return terminal.fail(images.error());
                                 if (const auto ready = prepareExport(options->out); !ready) return terminal.fail(ready.error());
                                 const auto list = ImageList::write(*images);
                                 if (!list) return terminal.fail(list.error());
                                 std::vector<std::string> arguments{"predict", options->model, "--list", list->file().native(), "--out", options->out};
                                 if (options->resume) arguments.push_back("--resume");
                                 if (!options->scale.empty()) arguments.insert(arguments.end(), {"--scale", options->scale});
                                 return engineCommand(withDevice(std::move(arguments), options->device), terminal);
                               });
  command.add_option("MODEL", options->model, "A run's folder, or a .safetensors file with model.json beside it")
      ->required();
  command.add_option("IMAGE", options->images, "Pictures, or folders of them")->required();
  command.add_flag("--resume", options->resume, "Leave label maps that are newer than picture and weights");
  command.add_option("--out", options->out, "Folder for the label maps")->required();
  command.add_option("--scale", options->scale, "Network pixels per image pixel: 1 looks at every pixel (default: as in training)");
  addDevice(command, options->device);
}

void addDoctor(Commands& commands) {
  auto device = std::make_shared<std::string>();
  auto& command = commands.add(
      "doctor", "Says what the engine computes with, and checks its numbers",
      [device, &terminal = commands.terminal] { return engineCommand(withDevice({"doctor"}, *device), terminal); });
  addDevice(command, *device);
}

void NetworkOptions::add(CLI::App& command, bool required) {
  command.add_option("--network", network, "Id as in `networks`")->required(required);
  command.add_option("--classes", classes, "Channels of the output")->required(required);
  command.add_option("--base", base, "unet: channels of the first level (default 32)");
  command.add_option("--depth", depth, "unet: number of poolings (default 4)");
  command.add_option("--up", up, "unet: transposed (default) or bilinear");
  command.add_option("--decoder", decoder, "*_unet: widths of the decoder, as 256,128,64,32,16");
}

void NetworkOptions::pass(std::vector<std::string>& arguments) const {
  for (const auto& [name, value] : {std::pair("--network", &network), {"--classes", &classes}, {"--base", &base}, {"--depth", &depth}, {"--up", &up}, {"--decoder", &decoder}})
    if (!value->empty()) arguments.insert(arguments.end(), {name, *value});
}

void addForward(Commands& commands) {
  struct Options : NetworkOptions {
    std::string weights, input, output;
  };
  auto options = std::make_shared<Options>();
  auto& command = commands.add("forward", "Computes the bare network in fp32 (for checks against other programs)",
                               [options, &terminal = commands.terminal] {
                                 std::vector<std::string> arguments{"forward", "--weights", options->weights, "--input", options->input, "--output", options->output};
                                 options->pass(arguments);
                                 return engineCommand(arguments, terminal);
                               });
  options->add(command, true);
  command.add_option("--weights", options->weights, "File with the network's tensors under its own names")->required();
  command.add_option("--input", options->input, "safetensors file with `input`: fp32, N×3×H×W, normalised")->required();
  command.add_option("--output", options->output, "safetensors file to write, with `output`: fp32, N×C×H×W")->required();
}

void addNetworks(Commands& commands) {
  commands.add("networks", "Lists the networks that the engine can train",
               [&terminal = commands.terminal] { return engineCommand({"networks"}, terminal); });
}

}  // namespace intarsia::cli
