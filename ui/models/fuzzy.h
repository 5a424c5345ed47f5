// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QStringView>

namespace intarsia {

/// How well `text` answers `query`: 0 = not at all, else higher is better. Every word of the query must occur in the text as a
/// row of letters with gaps; whole words, beginnings of words and unbroken runs count more, long texts a little less. Both are
/// to be in lower case.
int fuzzyScore(QStringView query, QStringView text);

}  // namespace intarsia
