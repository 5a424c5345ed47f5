// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/short_text.h"

namespace intarsia {

QString shortText(const QString& text, int letters) {
  if (text.size() <= letters) return text;
  qsizetype head = letters / 2, tail = letters - 1 - head;
  if (head > 0 && text[head - 1].isHighSurrogate()) --head;
  if (tail > 0 && text[text.size() - tail].isLowSurrogate()) --tail;
  return text.left(head) + QChar(0x2026) + text.right(tail);
}

QString shortWords(const QString& text, int letters) {
  QString out;
  for (qsizetype from = 0; from < text.size();) {
    qsizetype to = from;
    while (to < text.size() && !text[to].isSpace() && text[to] != QLatin1Char('/')) ++to;
    out += shortText(text.mid(from, to - from), letters);
    if (to < text.size()) out += text[to++];
    from = to;
  }
  return out;
}

}  // namespace intarsia
