// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QColor>
#include <QPainter>

#include "annotate/assist/tile_mask.h"
#include "ui/canvas/view_transform.h"

namespace intarsia {

/// Paints the pixels of a mask as squares of that colour, as they will be committed.
void paintMask(QPainter& painter, const TileMask& mask, const ViewTransform& view, const QColor& color);

}  // namespace intarsia
