// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QString>
#include <QStringList>
#include <optional>
#include <string>
#include <vector>

#include "annotate/project/project.h"

namespace intarsia {

/// What the list of images knows of one image beyond the project's own entry: read from its sidecar in the background.
struct ImageFacts {
  bool known = false;
  std::vector<ClassId> classes;     // in shapes and base map, ascending
  int shapes = 0;
  std::string note;
  std::vector<std::string> flags;
  std::optional<double> score;      // mean IoU of this image in the newest evaluation, 0 to 1
};

/// A search such as `class:tree -checked:yes split:val 0042`: all words must hold, "-" turns one round, commas offer choices,
/// quotation marks keep spaces together. Words without a key are part of the name.
class ImageQuery {
 public:
  static ImageQuery parse(const QString& text, const ClassTable& classes);
  /// Images whose facts are not known yet do not answer words that need them.
  bool accepts(const ProjectImage& image, const QString& lowerName, const ImageFacts& facts) const;
  bool empty() const { return m_terms.empty(); }
  bool needsFacts() const;
  bool needsScores() const;
  /// What was not understood, for people; empty when all was.
  QString problem() const { return m_problem; }

  struct Key {
    QString name;      // "class:"
    QString meaning;
    QStringList values;  // that can be offered
  };
  /// For help and completion.
  static QList<Key> keys(const ClassTable& classes);

 private:
  enum class What { name, klass, labelled, status, split, score, shapes, note, flag };
  struct Term {
    What what = What::name;
    bool negated = false;
    QStringList texts;               // name, note, flag: any of
    std::vector<uint32_t> values;    // class ids, statuses, splits: any of
    double low = -1e300, high = 1e300;
    bool lowIncluded = true, highIncluded = true;
  };
  bool holds(const Term& term, const ProjectImage& image, const QString& lowerName, const ImageFacts& facts) const;
  QString add(const QString& key, const QString& value, bool negated, const ClassTable& classes);

  std::vector<Term> m_terms;
  QString m_problem;
};

}  // namespace intarsia
