// SPDX-License-Identifier: GPL-3.0-or-later
// Keys of other programs, for hands that know them. labelme 7.1 and X-AnyLabeling 4.0 agree in most; CVAT's are those of its
// guide. An action that is not named keeps our key unless one here takes it.
#include "ui/main_window/action_registry.h"

namespace intarsia {
namespace {

ActionRegistry::Keys keys(std::initializer_list<const char*> texts) {
  ActionRegistry::Keys out;
  for (const char* text : texts) out << QKeySequence::fromString(QLatin1String(text), QKeySequence::PortableText);
  return out;
}

ActionRegistry::Preset labelme() {
  return {QStringLiteral("labelme"), QStringLiteral("labelme / X-AnyLabeling"),
          {{"file.openFolder", keys({"Ctrl+U"})},
           {"file.openFile", keys({"Ctrl+O"})},
           {"tool.select", keys({"Ctrl+J", "V"})},
           {"tool.polygon", keys({"Ctrl+N", "P"})},
           {"tool.rectangle", keys({"Ctrl+R", "R"})},
           {"tool.brush", keys({"Shift+B"})},
           {"tool.wand", keys({"Shift+W"})},
           {"tool.finish", keys({"Return", "Enter", "Space"})},
           {"image.next", keys({"D", "PgDown"})},
           {"image.previous", keys({"A", "PgUp"})},
           {"image.nextUnlabelled", keys({"Ctrl+Shift+D"})},
           {"image.previousUnlabelled", keys({"Ctrl+Shift+A"})},
           {"view.fit", keys({"Ctrl+F", "F"})},
           {"view.hideLabels", keys({"T", "Ctrl+H"})},
           {"shape.hide", keys({"S"})},
           {"shape.showAll", keys({"W"})}},
          {{"wheel", "scroll"}}};
}

ActionRegistry::Preset cvat() {
  ActionRegistry::Preset preset{QStringLiteral("cvat"), QStringLiteral("CVAT"),
                                {{"tool.drawOrFinish", keys({"N"})},
                                 {"image.next", keys({"F", "PgDown"})},
                                 {"image.previous", keys({"D", "PgUp"})},
                                 {"image.skipForward", keys({"V", "Shift+PgDown"})},
                                 {"image.skipBack", keys({"C", "Shift+PgUp"})},
                                 {"edit.delete", keys({"Del", "Shift+Del"})},
                                 {"view.hideLabels", keys({"T"})},
                                 {"shape.hide", keys({"H"})},
                                 {"shape.lock", keys({"L"})},
                                 {"shape.group", keys({"G"})},
                                 {"shape.next", keys({"Tab"})},
                                 {"shape.previous", keys({"Shift+Tab"})},
                                 {"shape.copyToNext", keys({"Ctrl+B"})},
                                 {"help.editKeys", keys({"F2"})}},
                                {{"wheel", "zoom"}}};
  for (int i = 1; i <= 10; ++i) preset.keys[QStringLiteral("class.%1").arg(i)] = {QKeySequence(Qt::CTRL | (i < 10 ? Qt::Key_0 + i : Qt::Key_0))};
  return preset;
}

}  // namespace

const QList<ActionRegistry::Preset>& ActionRegistry::presets() {
  static const QList<Preset> all{{QStringLiteral("intarsia"), QStringLiteral("Intarsia"), {}, {{"wheel", "zoom"}}}, labelme(), cvat()};
  return all;
}

}  // namespace intarsia
