// SPDX-License-Identifier: GPL-3.0-or-later
#include "annotate/formats/xml_file.h"

#include "annotate/formats/text_file.h"
#include "core/base/text.h"

namespace intarsia {
namespace {

/// An '&' that begins no entity or character reference becomes "&amp;": some exporters do not escape names.
bool repairAmpersands(std::string& text) {
  std::string out;
  bool changed = false;
  for (size_t i = 0; i < text.size(); ++i) {
    out += text[i];
    if (text[i] == '<' && text.compare(i, 9, "<![CDATA[") == 0) {
      const size_t end = std::min(text.find("]]>", i), text.size());
      out.append(text, i + 1, end - i - 1);
      i = end - 1;
      continue;
    }
    if (text[i] != '&') continue;
    size_t end = i + 1;
    while (end < text.size() && end - i < 12 && (isalnum(static_cast<unsigned char>(text[end])) || text[end] == '#')) ++end;
    const std::string_view name = std::string_view(text).substr(i + 1, end - i - 1);
    const bool known = name == "amp" || name == "lt" || name == "gt" || name == "quot" || name == "apos" || (name.size() > 1 && name[0] == '#');
    if (end < text.size() && text[end] == ';' && known) continue;
    out += "amp;";
    changed = true;
  }
  if (changed) text = std::move(out);
  return changed;
}

}  // namespace

Expected<XmlFile> readXmlFile(const std::filesystem::path& path) {
  INTARSIA_TRY(TextFile file, readTextFile(path, size_t(1) << 29));
  const std::string name = displayPath(path);
  const auto first = file.text.find_first_not_of(" \t\r\n");
  if (first == std::string::npos) return fail(ErrorCode::invalidInput, INTARSIA_TEXT("Cannot read {file}: it is empty"), {{"file", name}}, {name});
  file.text.erase(0, first);
  if (file.text[0] != '<') return fail(ErrorCode::invalidInput, INTARSIA_TEXT("Cannot read {file}: it is no XML"), {{"file", name}}, {name});
  XmlFile xml;
  xml.ampersandsRepaired = repairAmpersands(file.text);
  xml.document = std::make_unique<tinyxml2::XMLDocument>();
  const auto error = xml.document->Parse(file.text.data(), file.text.size());
  if (error != tinyxml2::XML_SUCCESS)
    return fail(ErrorCode::invalidInput, INTARSIA_TEXT("Cannot read {file}: not valid XML ({reason}) in line {line}"),
                {{"file", name}, {"reason", tinyxml2::XMLDocument::ErrorIDToName(error)}, {"line", std::to_string(xml.document->ErrorLineNum())}}, {name});
  if (!xml.root()) return fail(ErrorCode::invalidInput, INTARSIA_TEXT("Cannot read {file}: it has no element"), {{"file", name}}, {name});
  return xml;
}

std::string_view xmlText(const XmlElement* element) {
  const char* text = element ? element->GetText() : nullptr;
  return text ? trim(text) : std::string_view();
}
std::string_view xmlText(const XmlElement* parent, const char* child) { return xmlText(parent ? parent->FirstChildElement(child) : nullptr); }
std::string_view xmlAttribute(const XmlElement* element, const char* name) {
  const char* text = element ? element->Attribute(name) : nullptr;
  return text ? std::string_view(text) : std::string_view();
}
std::optional<double> xmlNumber(const XmlElement* parent, const char* child) { return parseDouble(xmlText(parent, child)); }
std::optional<double> xmlAttributeNumber(const XmlElement* element, const char* name) { return parseDouble(xmlAttribute(element, name)); }

std::string xmlEscaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '&') out += "&amp;";
    else if (c == '<') out += "&lt;";
    else if (c == '>') out += "&gt;";
    else if (c == '"') out += "&quot;";
    else if (static_cast<unsigned char>(c) >= 0x20 || c == '\n' || c == '\t') out += c;
  }
  return out;
}

}  // namespace intarsia
