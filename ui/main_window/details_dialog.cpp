// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/main_window/details_dialog.h"

#include <QDialog>
#include <QDialogButtonBox>
#include <QFontDatabase>
#include <QPlainTextEdit>
#include <QVBoxLayout>

namespace intarsia {

void showDetails(const QString& text, QWidget* parent) {
  auto* dialog = new QDialog(parent);
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setWindowTitle(QDialog::tr("Details"));
  auto* lines = new QPlainTextEdit(text, dialog);
  lines->setObjectName(QStringLiteral("details"));
  lines->setReadOnly(true);
  lines->setLineWrapMode(QPlainTextEdit::NoWrap);
  lines->setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont));
  lines->setAccessibleName(dialog->windowTitle());
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close, dialog);
  QObject::connect(buttons, &QDialogButtonBox::rejected, dialog, &QDialog::close);
  auto* layout = new QVBoxLayout(dialog);
  layout->addWidget(lines);
  layout->addWidget(buttons);
  dialog->resize(760, 480);
  dialog->show();
}

}  // namespace intarsia
