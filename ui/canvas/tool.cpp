// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/canvas/tool.h"

#include <algorithm>

#include "ui/models/qt_text.h"

namespace intarsia {
namespace {
QString words(const char* text) { return QCoreApplication::translate("intarsia::Tools", text); }
}  // namespace

void ToolHost::commitMade(size_t, const QString& name, MakeEdit make, std::function<void(Made)> done) {
  Expected<Edit> edit = make(annotation(), Job());
  if (!edit) failed(sentence(edit.error()));
  const bool made = edit && changes(annotation(), *edit);
  if (made) commit(std::move(edit->after), edit->dirty, name);
  if (done) done(!edit ? Made::failed : made ? Made::yes : Made::nothing);
}

ToolOption Tool::overlapOption() const {
  ToolOption overlap{QStringLiteral("all/overlap"), words(QT_TRANSLATE_NOOP("intarsia::Tools", "Overlap")),
                     words(QT_TRANSLATE_NOOP("intarsia::Tools", "On top: a new shape hides what lies below. Take: the others lose those pixels, "
                                                                "also to what is added to a shape. Yield: a shape gets only what nobody has")),
                     ToolOption::Kind::choice, double(m_host.settings().overlap)};
  overlap.choices = {words(QT_TRANSLATE_NOOP("intarsia::Tools", "On top")), words(QT_TRANSLATE_NOOP("intarsia::Tools", "Take")),
                     words(QT_TRANSLATE_NOOP("intarsia::Tools", "Yield"))};
  return overlap;
}

ToolOption Tool::snapOption() const {
  return {QStringLiteral("all/snap"), words(QT_TRANSLATE_NOOP("intarsia::Tools", "Snap")),
          words(QT_TRANSLATE_NOOP("intarsia::Tools", "Within so many screen pixels a point goes to a vertex or edge of another shape; 0 = never, "
                                                     "Ctrl held suspends it")),
          ToolOption::Kind::number, m_host.settings().snapRadius, 0, 40, 1, words(QT_TRANSLATE_NOOP("intarsia::Tools", " px"))};
}

void Tool::setBorderOption(const QString& id, double value) {
  if (id == QLatin1String("all/overlap")) m_host.settings().overlap = Overlap(std::clamp(int(value), 0, 2));
  if (id == QLatin1String("all/snap")) m_host.settings().snapRadius = std::clamp(value, 0.0, 40.0);
}

}  // namespace intarsia
