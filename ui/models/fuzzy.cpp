// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/fuzzy.h"

#include <QList>

#include <algorithm>

namespace intarsia {
namespace {

bool beginsWord(QStringView text, qsizetype at) { return at == 0 || !text[at - 1].isLetterOrNumber(); }

int wordScore(QStringView word, QStringView text) {
  // Unbroken: the best place counts.
  int best = 0;
  for (qsizetype at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
    const bool ends = at + word.size() == text.size() || !text[at + word.size()].isLetterOrNumber();
    best = std::max(best, 400 + (beginsWord(text, at) ? 300 : 0) + (beginsWord(text, at) && ends ? 200 : 0) + (at == 0 ? 50 : 0));
  }
  if (best > 0) return best;
  // With gaps, beginnings of words first: "nui" finds "next unlabelled image".
  const auto gaps = [&](bool starts) {
    qsizetype from = 0, last = -2;
    int score = 0;
    for (const QChar c : word) {
      qsizetype at = from;
      if (starts && from > 0 && from < text.size() && text[from] == c) {
        at = from;
      } else {
        while (at < text.size() && !(text[at] == c && (!starts || beginsWord(text, at)))) ++at;
      }
      if (at >= text.size()) return 0;
      score += (beginsWord(text, at) ? 20 : 0) + (at == last + 1 ? 10 : 0) + 1;
      last = at;
      from = at + 1;
    }
    return std::min(score, 390);
  };
  return std::max(gaps(true), gaps(false));
}

}  // namespace

int fuzzyScore(QStringView query, QStringView text) {
  int score = 0;
  bool any = false;
  for (const QStringView word : query.split(u' ', Qt::SkipEmptyParts)) {
    const int one = wordScore(word, text);
    if (one == 0) return 0;
    score += one;
    any = true;
  }
  return any ? std::max(1, score * 16 - int(std::min<qsizetype>(text.size(), 255)) / 4) : 1;
}

}  // namespace intarsia
