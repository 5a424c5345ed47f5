// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/augment_preview.h"

#include <QLineEdit>
#include <QPushButton>
#include <QTest>

#include "core/base/random.h"
#include "tests/support/register.h"
#include "ui/panels/recipe_dialog.h"

using namespace intarsia;

namespace {

AugmentPreview::Input input() {
  AugmentPreview::Input out;
  (void)out.classes.add("left", Color{255, 0, 0});
  (void)out.classes.add("right", Color{0, 0, 255});
  out.sample.image = {80, 60, 1, 16, std::vector<uint8_t>(80 * 60 * 2)};
  Random random(1);
  for (auto& v : out.sample.image.bytes) v = uint8_t(random.below(256));
  out.sample.labels = LabelMap(80, 60);
  for (int y = 0; y < 60; ++y)
    for (int x = 0; x < 80; ++x) out.sample.labels.set(x, y, x >= 40);
  return out;
}

Recipe still() {
  Recipe r;
  r.minutes = 1, r.size = {80, 60};
  r.flip = false, r.scaleMin = r.scaleMax = 1, r.rotate = r.contrast = r.brightness = r.saturation = r.gamma = 0;
  return r;
}

bool isRed(QRgb p) { return qRed(p) > qBlue(p); }

}  // namespace

class AugmentPreviewTest : public QObject {
  Q_OBJECT
 private slots:
  void showsWhatHappens() {
    AugmentPreview preview([] { return Expected<AugmentPreview::Input>(input()); });
    preview.setRecipe(still());
    QTRY_COMPARE(preview.images().size(), size_t(AugmentPreview::kDraws));
    for (const QImage& image : preview.images()) {
      QCOMPARE(image.size(), QSize(80, 60));
      QVERIFY(image == preview.images()[0] && isRed(image.pixel(10, 30)) && !isRed(image.pixel(70, 30)));
    }
    Recipe moving = still();
    moving.flip = true;
    moving.rotate = 30;
    const QImage before = preview.images()[0];
    preview.setRecipe(moving);
    QTRY_VERIFY(preview.images()[0] != before);
    const QImage first = preview.images()[0];
    preview.findChild<QPushButton*>()->click();
    QTRY_VERIFY(preview.images()[0] != first);
  }

  void followsTheFields() {
    RecipeDialog dialog(still(), {}, nullptr, [] { return Expected<AugmentPreview::Input>(input()); });
    dialog.show();
    auto* preview = dialog.findChild<AugmentPreview*>();
    QVERIFY(preview);
    QTRY_COMPARE(preview->images().size(), size_t(AugmentPreview::kDraws));
    const QImage before = preview->images()[0];
    for (auto* line : dialog.findChildren<QLineEdit*>())
      if (line->accessibleName() == QStringLiteral("Rotation")) line->setText(QStringLiteral("40"));
    QTRY_VERIFY(preview->images()[0] != before);
  }

  void whatCannotBeRead() {
    AugmentPreview preview([]() -> Expected<AugmentPreview::Input> { return fail(ErrorCode::io, INTARSIA_TEXT("Cannot read {file}: {reason}"), {{"file", "a.png"}, {"reason", "gone"}}); });
    preview.setRecipe(still());
    QTest::qWait(600);
    QVERIFY(preview.images().empty());
  }
};

INTARSIA_TEST(AugmentPreviewTest)
#include "augment_preview_test.moc"
