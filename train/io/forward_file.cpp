// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/io/forward_file.h"

#include "core/base/text.h"
#include "train/api/safetensors.h"
#include "train/io/load_weights.h"
#include "train/io/tensors.h"
#include "train/loop/device.h"

namespace intarsia {

Expected<> forwardFile(const std::string& network, const NetworkOptions& options, const std::filesystem::path& weights,
                       const std::filesystem::path& input, const std::filesystem::path& output) {
  try {
    useThreads(computingThreads());
    torch::NoGradGuard noGrad;
    NetworkOptions undrawn = options;
    undrawn.drawn = false;
    INTARSIA_TRY(const auto net, makeNetwork(network, undrawn));
    INTARSIA_TRY(const WeightFile file, WeightFile::open(weights));
    INTARSIA_TRY(const WeightReport report, loadWeights(*net, file));
    if (!report.complete() || !report.surplus.empty())
      return fail(ErrorCode::invalidInput, INTARSIA_TEXT("The weights do not fit this network: {report} (intarsia-cli weights show FILE --network ID lists all)"), {{"report", report.summary()}});
    INTARSIA_TRY(const TensorSet given, readTensorSet(input));
    const NamedTensor* images = given.find("input");
    if (!images || images->type != TensorType::f32 || images->shape.size() != 4 || (images->shape[1] != 3 && images->shape[1] != 1) || images->bytes.empty())
      return fail(ErrorCode::invalidInput, INTARSIA_TEXT("{file} needs a tensor named input: fp32, N×3×H×W or N×1×H×W"), {{"file", displayPath(input)}});
    torch::Tensor x = toTensor(*images);
    if (x.size(1) == 1) x = x.repeat({1, 3, 1, 1});
    net->eval();
    return writeTensorSet(output, {{toNamed("output", net->forward(x))}, {{"network", network}}});
  } catch (const std::exception& error) {
    const std::string_view why = error.what();
    return fail(ErrorCode::failed, INTARSIA_TEXT("The network could not be computed: {reason}"), {{"reason", std::string(why.substr(0, why.find('\n')))}});
  }
}

}  // namespace intarsia
