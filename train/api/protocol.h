// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "core/base/error.h"
#include "train/api/engine_client.h"

namespace intarsia {

/// What passes through the pipes between a client and its engine: magic, length, JSON length (three u32, little-endian),
/// then `length` bytes: JSON, binary payload. The first frame of each side is a hello with the protocol's version.
struct Frame {
  std::string json;
  std::vector<std::byte> payload;
};

inline constexpr uint32_t kFrameMagic = 0x31534E49;  // "INS1"
inline constexpr size_t kMaxFrame = size_t(16) << 20;
inline constexpr size_t kMaxFrameJson = size_t(1) << 20;
inline constexpr int kProtocolVersion = 2;

std::string encodeFrame(const Frame& frame);

/// Cuts a stream of bytes into frames. Lengths are checked before anything is allocated; after an error it stays in error.
class FrameParser {
 public:
  void feed(std::span<const std::byte> bytes);
  /// The next whole frame; nothing while bytes are missing.
  Expected<std::optional<Frame>> next();
  /// Nothing is left of an unfinished frame.
  bool clean() const { return m_buffer.size() == m_position; }

 private:
  std::vector<std::byte> m_buffer;
  size_t m_position = 0;
};

// ---- what the client asks -------------------------------------------------------------------------------------------
struct HelloCommand { int protocol = kProtocolVersion; };
struct TrainCommand { std::filesystem::path run; bool resume = false; };
struct PauseCommand { bool paused = false; };
struct StopCommand {};
struct FinishCommand {};
struct PredictCommand { EngineClient::PredictRequest request; };
struct ViewportCommand { uint64_t generation = 0; Rect viewport; };
struct AcknowledgeCommand { uint64_t generation = 0; int tiles = 0; };
struct CancelPredictionCommand {};
using EngineCommand = std::variant<HelloCommand, TrainCommand, PauseCommand, StopCommand, FinishCommand, PredictCommand, ViewportCommand,
                                   AcknowledgeCommand, CancelPredictionCommand>;

/// A sign of life between other messages; the client keeps it to itself.
struct Heartbeat {};
using EngineMessage = std::variant<EngineEvent, Heartbeat>;

Frame encodeCommand(const EngineCommand& command);
Expected<EngineCommand> decodeCommand(const Frame& frame);
Frame encodeMessage(const EngineMessage& message);
/// A hello with another protocol version is an error that says so.
Expected<EngineMessage> decodeMessage(const Frame& frame);

}  // namespace intarsia
