// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/augment_preview.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>

#include "core/base/resize.h"
#include "train/api/augment.h"
#include "ui/models/background.h"
#include "ui/models/qt_text.h"

namespace intarsia {
namespace {

constexpr int kShown = 150;      // width of a picture on the screen
constexpr double kLabels = 0.4;  // their share of the colour

/// Half of the picture's colour, half of its class's, where it is labelled.
QImage rendered(const std::vector<float>& rgb, const std::vector<uint16_t>& labels, Size size, const ClassTable& classes) {
  QImage out(size.width, size.height, QImage::Format_RGB32);
  for (int y = 0; y < size.height; ++y)
    for (int x = 0; x < size.width; ++x) {
      const size_t at = size_t(y) * size_t(size.width) + size_t(x);
      double v[3] = {rgb[at * 3], rgb[at * 3 + 1], rgb[at * 3 + 2]};
      if (labels[at] < classes.size()) {
        const Color c = classes[labels[at]].color;
        const double of[3] = {double(c.r), double(c.g), double(c.b)};
        for (int k = 0; k < 3; ++k) v[k] += kLabels * (of[k] - v[k]);
      }
      out.setPixel(x, y, qRgb(int(v[0]), int(v[1]), int(v[2])));
    }
  return out;
}

struct Drawn {
  std::shared_ptr<const AugmentPreview::Input> input;
  std::vector<QImage> images;
  QString problem;
};

Drawn drawAll(const AugmentPreview::Source& source, std::shared_ptr<const AugmentPreview::Input> input, const Recipe& recipe, uint32_t first) {
  Drawn out;
  if (!input) {
    auto read = source();
    if (!read) return {{}, {}, sentence(read.error())};
    read->sample.image = toRgb8(std::move(read->sample.image));
    input = std::make_shared<const AugmentPreview::Input>(std::move(*read));
  }
  out.input = input;
  const Size from = input->sample.image.size();
  Size size = recipe.size;
  if (size.empty()) size = fitted(from, 240);
  const double scale = std::min(double(size.width) / from.width, double(size.height) / from.height);
  const Size inner{std::max(1, int(std::lround(from.width * scale))), std::max(1, int(std::lround(from.height * scale)))};
  const Image image = resized(input->sample.image, inner);
  const LabelMap labels = resizedNearest(input->sample.labels, inner);
  const LabelledPixels picture{inner, image.bytes.data(), labels.pixels().data()};
  std::vector<float> rgb(size_t(size.width) * size_t(size.height) * 3);
  std::vector<uint16_t> map(rgb.size() / 3);
  for (uint32_t k = 0; k < AugmentPreview::kDraws; ++k) {
    sampleAugmented(picture, Augmentation::draw(recipe, inner, size, Random(recipe.seed, 0, first + k)), size, rgb.data(), map.data());
    out.images.push_back(rendered(rgb, map, size, input->classes));
  }
  return out;
}

}  // namespace

AugmentPreview::AugmentPreview(Source source, QWidget* parent) : QWidget(parent), m_source(std::move(source)) {
  auto* row = new QHBoxLayout;
  row->setSpacing(4);
  for (int k = 0; k < kDraws; ++k) {
    m_places.push_back(new QLabel);
    m_places.back()->setMinimumSize(kShown, 40);
    m_places.back()->setAlignment(Qt::AlignCenter);
    m_places.back()->setAccessibleName(tr("Example %1").arg(k + 1));
    row->addWidget(m_places.back());
  }
  row->addStretch(1);
  auto* others = new QPushButton(tr("Draw Others"));
  others->setAutoDefault(false);
  m_note = new QLabel(tr("What may become of the open image. Crops on rare classes and pastes are not shown."));
  m_note->setWordWrap(true);
  m_note->setForegroundRole(QPalette::PlaceholderText);
  auto* below = new QHBoxLayout;
  below->addWidget(m_note, 1);
  below->addWidget(others);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addLayout(row);
  layout->addLayout(below);
  m_wait.setSingleShot(true);
  m_wait.setInterval(200);  // while somebody types
  connect(&m_wait, &QTimer::timeout, this, &AugmentPreview::draw);
  connect(others, &QPushButton::clicked, this, [this] {
    m_first += kDraws;
    draw();
  });
}

void AugmentPreview::setRecipe(const Recipe& recipe) {
  m_recipe = recipe;
  m_wait.start();
}

void AugmentPreview::draw() {
  m_again = m_busy;
  if (std::exchange(m_busy, true)) return;
  inBackground(this, [source = m_source, input = m_input, recipe = m_recipe, first = m_first] { return std::make_shared<Drawn>(drawAll(source, input, recipe, first)); },
               [this](const std::shared_ptr<Drawn>& drawn) {
                 m_busy = false;
                 m_input = drawn->input;
                 m_images = std::move(drawn->images);
                 if (!drawn->problem.isEmpty()) m_note->setText(drawn->problem);
                 for (size_t k = 0; k < m_images.size(); ++k) m_places[k]->setPixmap(QPixmap::fromImage(m_images[k].scaledToWidth(kShown, Qt::SmoothTransformation)));
                 if (m_again) draw();
               });
}

}  // namespace intarsia
