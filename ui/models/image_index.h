// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QObject>
#include <QThreadPool>
#include <map>
#include <memory>
#include <stop_token>

#include "ui/models/image_query.h"

namespace intarsia {

/// Which classes, notes and flags every image has. Read from the sidecars by one slow thread while the window works; labels that
/// are edited meanwhile are told by `update`. UI thread only.
class ImageIndex : public QObject {
  Q_OBJECT
 public:
  explicit ImageIndex(QObject* parent = nullptr);
  ~ImageIndex() override;
  /// Begins anew; what it held of an image with the same key stays until it is read again.
  void read(std::shared_ptr<const Project> project);
  /// The scores alone: a network was evaluated.
  void readScores(std::shared_ptr<const Project> project);
  const ImageFacts& facts(int image) const { return m_facts[size_t(image)]; }
  int size() const { return int(m_facts.size()); }
  int known() const { return m_known; }
  bool complete() const { return m_known == size(); }
  /// The labels of an image are these now. Looked through on a worker, the newest only.
  void update(int image, const Annotation& annotation);
  bool scored() const;  // any image
  /// Images with labels of a class, of those that are known.
  int imagesWith(ClassId id) const;

 signals:
  void added();  // facts of some more images, or all

 private:
  void look(int image);
  std::vector<ImageFacts> m_facts;  // by index of the project's images
  int m_known = 0;
  quint64 m_generation = 0;
  std::map<int, std::pair<Annotation, bool>> m_edited;  // to be looked through; true = at work
  std::stop_source m_stop;
  QThreadPool m_pool;
};

ImageFacts factsOf(const Annotation& annotation);

}  // namespace intarsia
