// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <tinyxml2.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/error.h"

namespace intarsia {

/// Someone else's XML. Entities of a document type are not expanded, nothing outside is read; numbers are read without any locale.
struct XmlFile {
  std::unique_ptr<tinyxml2::XMLDocument> document;
  bool ampersandsRepaired = false;
  const tinyxml2::XMLElement* root() const { return document->RootElement(); }
};
Expected<XmlFile> readXmlFile(const std::filesystem::path& path);

using XmlElement = tinyxml2::XMLElement;
/// Trimmed text of an element, or of its child of that name; empty if there is none.
std::string_view xmlText(const XmlElement* element);
std::string_view xmlText(const XmlElement* parent, const char* child);
std::string_view xmlAttribute(const XmlElement* element, const char* name);
std::optional<double> xmlNumber(const XmlElement* parent, const char* child);
std::optional<double> xmlAttributeNumber(const XmlElement* element, const char* name);

/// All children of that name: `for (auto e : XmlChildren(parent, "object"))`.
class XmlChildren {
 public:
  XmlChildren(const XmlElement* parent, const char* name) : m_first(parent ? parent->FirstChildElement(name) : nullptr), m_name(name) {}
  struct Iterator {
    const XmlElement* element;
    const char* name;
    const XmlElement* operator*() const { return element; }
    Iterator& operator++() { element = element->NextSiblingElement(name); return *this; }
    bool operator!=(const Iterator& other) const { return element != other.element; }
  };
  Iterator begin() const { return {m_first, m_name}; }
  Iterator end() const { return {nullptr, m_name}; }

 private:
  const XmlElement* m_first;
  const char* m_name;
};

/// Text made safe for XML.
std::string xmlEscaped(std::string_view text);

}  // namespace intarsia
