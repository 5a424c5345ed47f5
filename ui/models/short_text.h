// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QString>

namespace intarsia {

/// At most so many letters: the middle goes, since long names often differ at their ends.
QString shortText(const QString& text, int letters);
/// Each word, and each folder of a path, so short that its line can be broken.
QString shortWords(const QString& text, int letters);

}  // namespace intarsia
