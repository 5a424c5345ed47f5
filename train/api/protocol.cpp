// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/api/protocol.h"

#include <cstring>

#include "core/base/json.h"
#include "core/base/text.h"
#include "train/api/json_field.h"

namespace intarsia {
namespace {

using Json = nlohmann::ordered_json;
constexpr size_t kHeader = 12;
constexpr int kMaxCoordinate = 1 << 28;

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};

std::unexpected<Error> broken(std::string why) {
  return fail(ErrorCode::invalidInput, INTARSIA_TEXT("The connection to the engine broke: {reason}"), {{"reason", std::move(why)}});
}

Json toJson(const Rect& r) { return {r.x, r.y, r.width, r.height}; }

std::optional<Rect> rectField(const Json& json, const char* name) {
  const auto at = json.find(name);
  if (at == json.end() || !at->is_array() || at->size() != 4) return std::nullopt;
  int numbers[4];
  for (size_t i = 0; i < 4; ++i) {
    const auto& item = (*at)[i];
    if (!item.is_number_integer()) return std::nullopt;
    const auto value = item.get<int64_t>();
    if (value < -kMaxCoordinate || value > kMaxCoordinate) return std::nullopt;
    numbers[i] = int(value);
  }
  return Rect{numbers[0], numbers[1], numbers[2], numbers[3]};
}

std::vector<std::string> textsField(const Json& json, const char* name) {
  std::vector<std::string> out;
  const auto at = json.find(name);
  if (at != json.end() && at->is_array())
    for (const auto& item : *at)
      if (item.is_string()) out.push_back(item.get<std::string>());
  return out;
}

template <class T>
T field(const Json& json, const char* name, T otherwise = {}) {
  return jsonField<T>(json, name).value_or(otherwise);
}

/// The frame's JSON object and its "type".
Expected<std::pair<Json, std::string>> open(const Frame& frame) {
  INTARSIA_TRY(Json json, parseOrderedJson(frame.json, "a message"));
  const auto type = jsonField<std::string>(json, "type");
  if (!type) return broken("a message has no type");
  return std::pair(std::move(json), *type);
}

Expected<> checkVersion(const Json& json) {
  const int version = field<int>(json, "protocol");
  if (version != kProtocolVersion)
    return fail(ErrorCode::unsupported,
                INTARSIA_TEXT("The engine and this program do not fit together (protocol {theirs}, expected {ours}); install the same version of both"),
                {{"theirs", std::to_string(version)}, {"ours", std::to_string(kProtocolVersion)}});
  return {};
}

Frame encodeTile(const PredictionTile& tile) {
  Frame frame{dumpJson(Json{{"type", "tile"}, {"generation", tile.generation}, {"level", tile.level}, {"rect", toJson(tile.rect)}}), {}};
  const size_t n = tile.classes.size();
  frame.payload.resize(n * 3);
  std::memcpy(frame.payload.data(), tile.classes.data(), n * 2);
  std::memcpy(frame.payload.data() + n * 2, tile.confidence.data(), std::min(n, tile.confidence.size()));
  return frame;
}

Expected<EngineEvent> decodeTile(const Json& json, const Frame& frame) {
  PredictionTile tile;
  const auto rect = rectField(json, "rect");
  tile.generation = field<uint64_t>(json, "generation");
  tile.level = field<int>(json, "level");
  if (!rect || rect->empty() || rect->x < 0 || rect->y < 0 || tile.level < 0 || tile.level > 30) return broken("a tile is out of range");
  tile.rect = *rect;
  const uint64_t n = uint64_t(rect->width) * uint64_t(rect->height);
  if (n * 3 != frame.payload.size()) return broken("a tile's size does not fit its pixels");
  tile.classes.resize(n);
  tile.confidence.resize(n);
  std::memcpy(tile.classes.data(), frame.payload.data(), n * 2);
  std::memcpy(tile.confidence.data(), frame.payload.data() + n * 2, n);
  return tile;
}

}  // namespace

std::string encodeFrame(const Frame& frame) {
  const uint32_t header[3] = {kFrameMagic, uint32_t(frame.json.size() + frame.payload.size()), uint32_t(frame.json.size())};
  std::string out(kHeader, '\0');
  out.reserve(kHeader + header[1]);
  std::memcpy(out.data(), header, kHeader);
  out += frame.json;
  out.append(reinterpret_cast<const char*>(frame.payload.data()), frame.payload.size());
  return out;
}

void FrameParser::feed(std::span<const std::byte> bytes) {
  if (m_position > 0 && m_position == m_buffer.size()) {
    m_buffer.clear();
    m_position = 0;
  } else if (m_position > (size_t(1) << 20)) {
    m_buffer.erase(m_buffer.begin(), m_buffer.begin() + ptrdiff_t(m_position));
    m_position = 0;
  }
  m_buffer.insert(m_buffer.end(), bytes.begin(), bytes.end());
}

Expected<std::optional<Frame>> FrameParser::next() {
  const size_t available = m_buffer.size() - m_position;
  uint32_t header[3];
  if (available < kHeader) return std::nullopt;
  std::memcpy(header, m_buffer.data() + m_position, kHeader);
  const auto [magic, length, jsonLength] = header;
  if (magic != kFrameMagic) return broken("what arrived is not a message");
  if (length > kMaxFrame || jsonLength > length || jsonLength > kMaxFrameJson) return broken("a message is too large");
  if (available < kHeader + length) return std::nullopt;
  const std::byte* data = m_buffer.data() + m_position + kHeader;
  Frame frame{std::string(reinterpret_cast<const char*>(data), jsonLength), {data + jsonLength, data + length}};
  m_position += kHeader + length;
  return frame;
}

Frame encodeCommand(const EngineCommand& command) {
  const Json json = std::visit(
      Overloaded{
          [](const HelloCommand& c) -> Json { return {{"type", "hello"}, {"protocol", c.protocol}}; },
          [](const TrainCommand& c) -> Json { return {{"type", "train"}, {"run", encodePath(c.run)}, {"resume", c.resume}}; },
          [](const PauseCommand& c) -> Json { return {{"type", "pause"}, {"paused", c.paused}}; },
          [](const StopCommand&) -> Json { return {{"type", "stop"}}; },
          [](const FinishCommand&) -> Json { return {{"type", "finish"}}; },
          [](const PredictCommand& c) -> Json {
            return {{"type", "predict"},
                    {"image", encodePath(c.request.image)},
                    {"model", encodePath(c.request.model)},
                    {"generation", c.request.generation},
                    {"viewport", toJson(c.request.viewport)},
                    {"level", c.request.level},
                    {"fresh", c.request.fresh}};
          },
          [](const ViewportCommand& c) -> Json { return {{"type", "viewport"}, {"generation", c.generation}, {"viewport", toJson(c.viewport)}}; },
          [](const AcknowledgeCommand& c) -> Json {
            return {{"type", "acknowledge"}, {"generation", c.generation}, {"tiles", c.tiles}};
          },
          [](const CancelPredictionCommand&) -> Json { return {{"type", "cancelPrediction"}}; },
      },
      command);
  return {dumpJson(json), {}};
}

Expected<EngineCommand> decodeCommand(const Frame& frame) {
  INTARSIA_TRY(const auto opened, open(frame));
  const auto& [json, type] = opened;
  if (type == "hello") {
    INTARSIA_CHECK(checkVersion(json));
    return HelloCommand{};
  }
  if (type == "train") {
    INTARSIA_FIELD(const std::string run, std::string, json, "run", "a message");
    return TrainCommand{decodePath(run), field<bool>(json, "resume")};
  }
  if (type == "pause") return PauseCommand{field<bool>(json, "paused")};
  if (type == "stop") return StopCommand{};
  if (type == "finish") return FinishCommand{};
  if (type == "cancelPrediction") return CancelPredictionCommand{};
  if (type == "acknowledge") return AcknowledgeCommand{field<uint64_t>(json, "generation"), field<int>(json, "tiles")};
  if (type == "predict") {
    INTARSIA_FIELD(const std::string image, std::string, json, "image", "a message");
    const auto viewport = rectField(json, "viewport");
    const int level = field<int>(json, "level", -1);
    if (!viewport || level < 0 || level > 30) return broken("a request for a prediction is out of range");
    return PredictCommand{{decodePath(image), decodePath(field<std::string>(json, "model")), field<uint64_t>(json, "generation"), *viewport, level, field<bool>(json, "fresh")}};
  }
  if (type == "viewport") {
    const auto viewport = rectField(json, "viewport");
    if (!viewport) return broken("a viewport is out of range");
    return ViewportCommand{field<uint64_t>(json, "generation"), *viewport};
  }
  return broken("a message has the unknown type " + type);
}

Frame encodeMessage(const EngineMessage& message) {
  if (std::holds_alternative<Heartbeat>(message)) return {R"({"type":"heartbeat"})", {}};
  const auto& event = std::get<EngineEvent>(message);
  if (const auto* tile = std::get_if<PredictionTile>(&event)) return encodeTile(*tile);
  const Json json = std::visit(
      Overloaded{
          [](const EngineReady& e) -> Json {
            return {{"type", "hello"}, {"protocol", kProtocolVersion}, {"version", e.version}, {"torch", e.torchVersion}, {"devices", e.devices}};
          },
          [](const RunProgress& e) -> Json {
            return {{"type", "progress"}, {"phase", e.phase}, {"epoch", e.epoch}, {"epochs", e.epochs}, {"step", e.step}, {"steps", e.steps},
                    {"imagesPerSecond", e.imagesPerSecond}, {"secondsLeft", e.secondsLeft}, {"trainLoss", e.trainLoss}};
          },
          [](const MetricsAdded&) -> Json { return {{"type", "metrics"}}; },
          [](const WeightsChanged& e) -> Json { return {{"type", "weights"}, {"step", e.step}}; },
          [](const RunEnded& e) -> Json { return {{"type", "runEnded"}, {"ok", e.ok}, {"reason", e.reason}}; },
          [](const PredictionTile&) -> Json { return {}; },  // has a payload: above
          [](const PredictionDone& e) -> Json {
            return {{"type", "predictionDone"}, {"generation", e.generation}, {"ok", e.ok}, {"reason", e.reason}, {"seconds", e.seconds}, {"step", e.step}};
          },
          [](const EngineNotice& e) -> Json { return {{"type", "notice"}, {"text", e.text}}; },
          [](const EngineNotResponding&) -> Json { return {{"type", "notResponding"}}; },  // the client's own; never sent
          [](const EngineEnded& e) -> Json { return {{"type", "bye"}, {"reason", e.reason}}; },
      },
      event);
  return {dumpJson(json), {}};
}

Expected<EngineMessage> decodeMessage(const Frame& frame) {
  INTARSIA_TRY(const auto opened, open(frame));
  const auto& [json, type] = opened;
  if (type == "heartbeat") return Heartbeat{};
  if (type == "hello") {
    INTARSIA_CHECK(checkVersion(json));
    return EngineEvent(EngineReady{field<std::string>(json, "version"), field<std::string>(json, "torch"), textsField(json, "devices")});
  }
  if (type == "progress")
    return EngineEvent(RunProgress{field<std::string>(json, "phase"), field<int>(json, "epoch"), field<int>(json, "epochs"),
                                   field<int64_t>(json, "step"), field<int64_t>(json, "steps"), field<double>(json, "imagesPerSecond"),
                                   field<double>(json, "secondsLeft"), field<double>(json, "trainLoss")});
  if (type == "metrics") return EngineEvent(MetricsAdded{});
  if (type == "weights") return EngineEvent(WeightsChanged{field<int64_t>(json, "step")});
  if (type == "runEnded") return EngineEvent(RunEnded{field<bool>(json, "ok"), field<std::string>(json, "reason")});
  if (type == "predictionDone")
    return EngineEvent(PredictionDone{field<uint64_t>(json, "generation"), field<bool>(json, "ok"), field<std::string>(json, "reason"),
                                      field<double>(json, "seconds"), field<int64_t>(json, "step")});
  if (type == "notice") return EngineEvent(EngineNotice{field<std::string>(json, "text")});
  if (type == "bye") return EngineEvent(EngineEnded{true, field<std::string>(json, "reason")});
  if (type == "tile") {
    INTARSIA_TRY(EngineEvent tile, decodeTile(json, frame));
    return tile;
  }
  return broken("a message has the unknown type " + type);
}

}  // namespace intarsia
