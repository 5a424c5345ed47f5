// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <filesystem>

#include "core/base/error.h"

namespace intarsia {

enum class ExportFormat { all, pth };
/// Writes what runs elsewhere into the folder `out`: model.safetensors, model.pt (TorchScript), model.json and example.py; or, as pth,
/// model.pth (what torch.load opens: the reference network's own names) and model.json. `model` is a run folder, a model folder or a .safetensors file. The traced network takes normalised input, as model.json says.
Expected<> exportModel(const std::filesystem::path& model, const std::filesystem::path& out, ExportFormat format = ExportFormat::all);

}  // namespace intarsia
