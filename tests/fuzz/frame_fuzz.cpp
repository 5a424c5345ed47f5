// SPDX-License-Identifier: GPL-3.0-or-later
// What comes through the engine's pipe, in pieces of any size.
#include <cstdlib>

#include "train/api/protocol.h"

using namespace intarsia;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const size_t piece = size_t(data[0]) + 1;
  FrameParser parser;
  for (size_t at = 1; at < size; at += piece) {
    parser.feed(std::as_bytes(std::span(data + at, std::min(piece, size - at))));
    for (;;) {
      const auto frame = parser.next();
      if (!frame) return 0;
      if (!*frame) break;
      if ((*frame)->json.size() > kMaxFrameJson || (*frame)->payload.size() > kMaxFrame) std::abort();
      (void)decodeCommand(**frame);
      (void)decodeMessage(**frame);
      const std::string bytes = encodeFrame(**frame);
      FrameParser again;
      again.feed(std::as_bytes(std::span(bytes)));
      const auto same = again.next();
      if (!same || !*same || (*same)->json != (*frame)->json || (*same)->payload != (*frame)->payload) std::abort();
    }
  }
  return 0;
}
