// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <string>
#include <vector>

#include "core/base/error.h"
#include "train/loop/device.h"

namespace intarsia {

/// What the engine runs on and what is wrong with it.
struct Diagnosis {
  std::string version, torchVersion, torchConfig;
  std::vector<DeviceInfo> devices;
  std::string device;                        // the one that was checked
  int cores = 0, threads = 0;
  std::string blas;
  std::vector<std::string> libraries, instructionSets;
  double difference = 0, differenceBf16 = 0;  // of a small network's logits on `device` from double precision on the CPU; largest, relative
  std::vector<std::string> problems;         // sentences; empty = all is well
  std::string toJson() const;
  std::string toText() const;
};

/// `device`: auto, cpu, cuda:N; one that is missing is an error.
Expected<Diagnosis> diagnose(const std::string& device);

/// `--describe`: JSON of what this engine can do, as train/api's describeEngine reads it.
std::string describeAsJson();

}  // namespace intarsia
