// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/api/rate_finder.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "core/base/json.h"

namespace intarsia {
namespace {

using Json = nlohmann::ordered_json;

/// The end and length of the longest strictly falling subsequence, as fastai's valley() finds them.
size_t valley(const std::vector<double>& losses) {
  const int n = int(losses.size());
  std::vector<int> falling(size_t(n), 1);
  int start = 0, end = 0;
  for (int i = 1; i < n; ++i)
    for (int j = 0; j < i; ++j) {
      if (losses[size_t(i)] < losses[size_t(j)] && falling[size_t(i)] < falling[size_t(j)] + 1) falling[size_t(i)] = falling[size_t(j)] + 1;
      if (falling[size_t(end)] < falling[size_t(i)]) {
        end = i;
        start = end - falling[size_t(end)];
      }
    }
  const double sections = (end - start) / 3.0;
  const int at = start + int(sections) + int(sections / 2);
  return size_t((at + n) % n);  // Python's index from the end
}

double slide(const std::vector<double>& rates, const std::vector<double>& losses) {
  constexpr int kApart = 15;
  constexpr double kThreshold = 0.005;
  const int n = int(losses.size());
  std::vector<double> gradient(losses.size());
  for (int i = 0; i < n; ++i) {
    const int before = std::max(0, i - 1), after = std::min(n - 1, i + 1);
    gradient[size_t(i)] = (losses[size_t(after)] - losses[size_t(before)]) / (after - before);
  }
  int right = n - 1, left = std::max(0, right - kApart);
  double found = rates[size_t(left)];
  while (left >= 0 && std::abs(gradient[size_t(right)] - gradient[size_t(left)]) > kThreshold) {
    found = rates[size_t(left)];
    --right;
    --left;
  }
  return found;
}

}  // namespace

std::optional<RateCurve::Suggestions> RateCurve::suggestions() const {
  const auto first = size_t(steps / 10);
  if (losses.size() != rates.size() || losses.size() < first + 5 + 5) return std::nullopt;
  std::vector<double> r(rates.begin() + long(first), rates.end() - 5), l(losses.begin() + long(first), losses.end() - 5);
  const auto bad = size_t(std::find_if(l.begin(), l.end(), [](double v) { return !std::isfinite(v); }) - l.begin());
  r.resize(bad);
  l.resize(bad);
  if (l.size() < 5) return std::nullopt;
  Suggestions out;
  out.valley = r[valley(l)];
  out.slide = slide(r, l);
  out.minimum = r[size_t(std::min_element(l.begin(), l.end()) - l.begin())] / 10;
  double steepest = INFINITY;
  for (size_t i = 0; i + 1 < l.size(); ++i)
    if (const double slope = (l[i + 1] - l[i]) / (std::log(r[i + 1]) - std::log(r[i])); slope < steepest) steepest = slope, out.steep = r[i];
  return out;
}

std::string RateCurve::toJson() const {
  Json json{{"rates", rates}, {"losses", losses}, {"steps", steps}, {"suggestions", Json()}};
  if (const auto s = suggestions()) json["suggestions"] = {{"valley", s->valley}, {"slide", s->slide}, {"minimum", s->minimum}, {"steep", s->steep}};
  return dumpJson(json, 1) + "\n";
}

Expected<RateCurve> RateCurve::fromJson(std::string_view text, const std::string& file) {
  INTARSIA_TRY(const auto json, parseOrderedJson(text, file));
  RateCurve curve;
  const auto read = [&](const char* name, std::vector<double>& into) {
    const auto at = json.is_object() ? json.find(name) : json.end();
    if (!json.is_object() || at == json.end() || !at->is_array()) return false;
    for (const auto& value : *at) into.push_back(value.is_number() ? value.template get<double>() : NAN);
    return true;
  };
  if (!read("rates", curve.rates) || !read("losses", curve.losses) || curve.rates.size() != curve.losses.size())
    return fail(ErrorCode::invalidInput, INTARSIA_TEXT("{file} holds no curve of a learning-rate test"), {{"file", file}});
  if (const auto at = json.find("steps"); at != json.end() && at->is_number_integer()) curve.steps = std::clamp(int(jsonInteger(*at).value_or(RateTest::kSteps)), 1, RateTest::kSteps);
  return curve;
}

double RateTest::rate() const { return kFirst * std::pow(kLast / kFirst, m_position); }

bool RateTest::add(double loss, RateCurve& curve, double seconds) {
  m_value = m_value * kSmoothing + loss * (1 - kSmoothing);
  const double smooth = m_value / (1 - std::pow(kSmoothing, ++m_count));
  curve.rates.push_back(rate());
  curve.losses.push_back(smooth);
  if (m_count == 1) m_firstSeconds = seconds;
  if (m_count == 1 || smooth < m_best) m_best = smooth;
  m_left = m_position < 1 ? kSteps + 1 - m_count : 0;
  m_perStep = m_count > 1 ? (seconds - m_firstSeconds) / (m_count - 1) : seconds;
  if (m_limit > 0 && m_count > 2 && m_left > 0) {
    const int fit = int(std::clamp((m_limit - seconds) / m_perStep, 1.0, double(kSteps)));
    const int most = m_left;
    m_left = std::clamp(fit, std::min(most, std::max(1, kFewest + 1 - m_count)), most);
    m_shortened = m_shortened || m_left < most;
  }
  if (m_shortened && m_left > 0) m_position = std::min(1.0, m_position + (1 - m_position) / m_left);
  else m_position = double(m_count) / kSteps;
  curve.steps = m_count + m_left - 1;
  return std::isfinite(smooth) && smooth <= kDiverged * m_best && m_left > 0;
}

}  // namespace intarsia
