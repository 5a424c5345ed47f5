// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/image_query.h"

#include <QCoreApplication>
#include <algorithm>

#include "core/base/text.h"
#include "ui/models/qt_text.h"

namespace intarsia {
namespace {

QString tr(const char* text) { return QCoreApplication::translate("intarsia::ImageQuery", text); }

/// Words at spaces that no quotation marks hold; the marks go.
QStringList words(const QString& text) {
  QStringList out;
  QString word;
  bool quoted = false, any = false;
  for (const QChar c : text) {
    if (c == QLatin1Char('"')) {
      quoted = !quoted;
      any = true;
    } else if (c.isSpace() && !quoted) {
      if (any) out << word;
      word.clear();
      any = false;
    } else {
      word += c;
      any = true;
    }
  }
  if (any) out << word;
  return out;
}

std::optional<bool> yesOrNo(const QString& value) {
  for (const char* yes : {"yes", "y", "1", "true"})
    if (value == QLatin1String(yes)) return true;
  for (const char* no : {"no", "n", "0", "false"})
    if (value == QLatin1String(no)) return false;
  return std::nullopt;
}

std::optional<ImageStatus> statusOf(const QString& value) {
  if (value == QLatin1String("unlabelled") || value == QLatin1String("unlabeled") || value == QLatin1String("new")) return ImageStatus::unlabelled;
  if (value == QLatin1String("work") || value == QLatin1String("inwork") || value == QLatin1String("in-work")) return ImageStatus::inWork;
  if (value == QLatin1String("checked") || value == QLatin1String("done")) return ImageStatus::checked;
  return std::nullopt;
}

/// The class of that name; else those that begin with it, else those that contain it.
std::vector<uint32_t> classesNamed(const QString& name, const ClassTable& table) {
  std::vector<uint32_t> whole, begins, contains;
  for (const ClassInfo& info : table) {
    const QString lower = toQt(info.name).toLower();
    if (lower == name) whole.push_back(info.id);
    if (lower.startsWith(name)) begins.push_back(info.id);
    if (lower.contains(name)) contains.push_back(info.id);
  }
  return !whole.empty() ? whole : !begins.empty() ? begins : contains;
}

template <class T>
bool anyOf(const std::vector<uint32_t>& values, T value) {
  return std::ranges::find(values, uint32_t(value)) != values.end();
}

}  // namespace

QList<ImageQuery::Key> ImageQuery::keys(const ClassTable& classes) {
  QStringList names;
  for (const ClassInfo& info : classes) {
    const QString name = toQt(info.name);
    names << (name.contains(QLatin1Char(' ')) ? QLatin1Char('"') + name + QLatin1Char('"') : name);
  }
  const QStringList yesNo{QStringLiteral("yes"), QStringLiteral("no")};
  return {{QStringLiteral("class:"), tr("has labels of this class"), names},
          {QStringLiteral("status:"), tr("unlabelled, work or checked"), {QStringLiteral("unlabelled"), QStringLiteral("work"), QStringLiteral("checked")}},
          {QStringLiteral("checked:"), tr("was marked as checked"), yesNo},
          {QStringLiteral("labelled:"), tr("has labels"), yesNo},
          {QStringLiteral("split:"), tr("train, val, test or none"), {QStringLiteral("train"), QStringLiteral("val"), QStringLiteral("test"), QStringLiteral("none")}},
          {QStringLiteral("score:"), tr("mean IoU in the newest evaluation"), {QStringLiteral("<0.5"), QStringLiteral(">0.9")}},
          {QStringLiteral("shapes:"), tr("number of shapes"), {QStringLiteral("0"), QStringLiteral(">10")}},
          {QStringLiteral("note:"), tr("words of the note; note:yes, any note"), {QStringLiteral("yes")}},
          {QStringLiteral("flag:"), tr("a flag; flag:yes, any flag"), {QStringLiteral("yes")}}};
}

ImageQuery ImageQuery::parse(const QString& text, const ClassTable& classes) {
  ImageQuery query;
  for (QString word : words(text)) {
    const bool negated = word.size() > 1 && word.startsWith(QLatin1Char('-'));
    if (negated) word.remove(0, 1);
    const qsizetype colon = word.indexOf(QLatin1Char(':'));
    const QString key = colon > 0 ? word.left(colon).toLower() : QString();
    const QString value = word.mid(colon + 1).toLower();
    if (!key.isEmpty() && value.isEmpty()) continue;  // still being typed
    const QString problem = query.add(key, value, negated, classes);
    if (!problem.isEmpty() && query.m_problem.isEmpty()) query.m_problem = problem;
  }
  return query;
}

QString ImageQuery::add(const QString& key, const QString& value, bool negated, const ClassTable& classes) {
  Term term;
  term.negated = negated;
  const QStringList choices = value.split(QLatin1Char(','), Qt::SkipEmptyParts);
  const auto notUnderstood = [&] { return tr("“%1:%2” is not understood").arg(key, value); };
  if (key.isEmpty()) {
    term.texts << value;
  } else if (key == QLatin1String("class")) {
    term.what = What::klass;
    for (const QString& choice : choices) {
      const auto ids = classesNamed(choice, classes);
      term.values.insert(term.values.end(), ids.begin(), ids.end());
      if (ids.empty()) {
        m_terms.push_back(term);
        return tr("There is no class “%1”").arg(choice);
      }
    }
  } else if (key == QLatin1String("checked") || key == QLatin1String("labelled") || key == QLatin1String("labeled")) {
    const auto yes = yesOrNo(value);
    if (!yes) return notUnderstood();
    term.what = key == QLatin1String("checked") ? What::status : What::labelled;
    if (term.what == What::status) term.values = {uint32_t(ImageStatus::checked)};
    term.negated = negated == *yes;
  } else if (key == QLatin1String("status")) {
    term.what = What::status;
    for (const QString& choice : choices) {
      const auto status = statusOf(choice);
      if (!status) return notUnderstood();
      term.values.push_back(uint32_t(*status));
    }
  } else if (key == QLatin1String("split")) {
    term.what = What::split;
    for (const QString& choice : choices) {
      const auto split = choice == QLatin1String("none") ? Split::none : splitFromName(choice.toStdString());
      if (!split) return notUnderstood();
      term.values.push_back(uint32_t(*split));
    }
  } else if (key == QLatin1String("score") || key == QLatin1String("shapes")) {
    term.what = key == QLatin1String("score") ? What::score : What::shapes;
    const bool less = value.startsWith(QLatin1Char('<')), more = value.startsWith(QLatin1Char('>'));
    const bool equal = value.mid(less || more ? 1 : 0).startsWith(QLatin1Char('='));
    QString digits = value.mid((less || more ? 1 : 0) + (equal ? 1 : 0));
    const bool percent = digits.endsWith(QLatin1Char('%'));
    if (percent) digits.chop(1);
    const auto number = parseDouble(digits.toStdString());
    if (!number) return notUnderstood();
    const double limit = percent ? *number / 100 : *number;
    if (!less) term.low = limit, term.lowIncluded = !more || equal;
    if (!more) term.high = limit, term.highIncluded = !less || equal;
  } else if (key == QLatin1String("note") || key == QLatin1String("flag")) {
    term.what = key == QLatin1String("note") ? What::note : What::flag;
    const auto yes = value == QLatin1String("*") ? std::optional(true) : yesOrNo(value);
    if (!yes) term.texts = term.what == What::note ? QStringList{value} : choices;
    if (yes) term.negated = negated == *yes;
  } else {
    term.texts << key + QLatin1Char(':') + value;  // part of a name, perhaps
    m_terms.push_back(term);
    return tr("“%1:” is not a key; it was searched in the names").arg(key);
  }
  m_terms.push_back(term);
  return {};
}

bool ImageQuery::needsFacts() const {
  return std::ranges::any_of(m_terms, [](const Term& t) { return t.what >= What::score || t.what == What::klass; });
}

bool ImageQuery::needsScores() const { return std::ranges::find(m_terms, What::score, &Term::what) != m_terms.end(); }

bool ImageQuery::holds(const Term& term, const ProjectImage& image, const QString& lowerName, const ImageFacts& facts) const {
  const auto within = [&](double v) { return (term.lowIncluded ? v >= term.low : v > term.low) && (term.highIncluded ? v <= term.high : v < term.high); };
  const auto anyText = [&](auto holds) { return std::ranges::any_of(term.texts, holds); };
  switch (term.what) {
    case What::name: return lowerName.contains(term.texts.front());
    case What::klass: return std::ranges::any_of(facts.classes, [&](ClassId id) { return anyOf(term.values, id); });
    case What::labelled: return image.labelled;
    case What::status: return anyOf(term.values, image.status);
    case What::split: return anyOf(term.values, image.split);
    case What::score: return facts.score && within(*facts.score);
    case What::shapes: return within(facts.shapes);
    case What::note:
      return term.texts.isEmpty() ? !facts.note.empty() : anyText([note = toQt(facts.note).toLower()](const QString& t) { return note.contains(t); });
    case What::flag:
      return term.texts.isEmpty() ? !facts.flags.empty() : anyText([&](const QString& t) {
        return std::ranges::any_of(facts.flags, [&](const std::string& flag) { return toQt(flag).toLower() == t; });
      });
  }
  return false;
}

bool ImageQuery::accepts(const ProjectImage& image, const QString& lowerName, const ImageFacts& facts) const {
  for (const Term& term : m_terms) {
    const bool fromSidecar = term.what == What::klass || term.what >= What::score;
    if (fromSidecar && !facts.known) return false;
    if (term.what == What::score && !facts.score) return false;  // neither good nor bad
    if (holds(term, image, lowerName, facts) == term.negated) return false;
  }
  return true;
}

}  // namespace intarsia
