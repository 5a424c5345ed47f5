// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <optional>
#include <string>
#include <vector>

namespace intarsia {

/// Instruction sets that matter to us and that this processor has: avx2, avx512f, avx512_bf16, amx_bf16.
std::vector<std::string> instructionSets();

/// The shared library whose sgemm_ this process uses; empty when there is none.
std::string blasLibrary();
/// A sentence when that is the reference BLAS, which makes training several times slower.
std::optional<std::string> blasWarning();
/// BLAS, LAPACK and OpenMP libraries mapped into this process (/proc/self/maps).
std::vector<std::string> computeLibraries();

/// 0 when unknown.
int coreCount();

}  // namespace intarsia
