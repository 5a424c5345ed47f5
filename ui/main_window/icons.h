// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QIcon>
#include <QString>

namespace intarsia {

/// Once, before the first icon.
void initResources();

/// A line icon of ours (resources/icons/<name>.svg), drawn in the palette's text colour at whatever size and scale is asked for.
QIcon lineIcon(const QString& name);

}  // namespace intarsia
