// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QImage>
#include <QTimer>
#include <QWidget>
#include <functional>
#include <memory>

#include "core/base/class_table.h"
#include "core/base/sample_source.h"
#include "train/api/recipe.h"

class QLabel;

namespace intarsia {

/// What a recipe's augmentation makes of one labelled image: a few draws side by side, and others at a click.
class AugmentPreview : public QWidget {
  Q_OBJECT
 public:
  struct Input {
    Sample sample;
    ClassTable classes;
  };
  using Source = std::function<Expected<Input>()>;  // called once, on a worker
  static constexpr int kDraws = 4;

  explicit AugmentPreview(Source source, QWidget* parent = nullptr);
  void setRecipe(const Recipe& recipe);
  const std::vector<QImage>& images() const { return m_images; }

 private:
  void draw();
  Source m_source;
  std::shared_ptr<const Input> m_input;
  Recipe m_recipe;
  uint32_t m_first = 0;  // of the draws
  bool m_busy = false, m_again = false;
  QTimer m_wait;
  std::vector<QImage> m_images;
  std::vector<QLabel*> m_places;
  QLabel* m_note;
};

}  // namespace intarsia
