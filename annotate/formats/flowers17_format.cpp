// SPDX-License-Identifier: GPL-3.0-or-later
#include <matio.h>

#include <cstring>
#include <map>
#include <optional>

#include "annotate/formats/dataset_builder.h"
#include "annotate/formats/source_look.h"
#include "core/base/atomic_file.h"
#include "core/base/inflate.h"
#include "core/base/mat_element.h"
#include "core/base/text.h"

namespace intarsia {
namespace {

/// Whether a matrix has few dimensions and at most a million values: matio takes what the file says for memory to allocate.
bool soundMatrix(std::string_view bytes) {
  const auto matrix = matMatrix(bytes);
  const auto count = matrix ? matrix->count() : std::nullopt;
  return count && *count <= 1'000'000;
}

/// Of little-endian MATLAB 5 files only; compressed variables are looked into.
bool soundMat(const std::filesystem::path& path) {
  const auto file = readFile(path, size_t(16) << 20);
  if (!file || file->size() < 128 || file->substr(126, 2) != "IM") return false;
  for (size_t at = 128; at < file->size();) {
    const auto element = matElement(*file, at);
    if (!element) return false;
    const std::string_view content = std::string_view(*file).substr(element->begin, element->end - element->begin);
    if (element->type == MatElement::matrix && !soundMatrix(content)) return false;
    if (element->type == MatElement::compressed) {
      const auto inflated = inflateZlib(content, size_t(64) << 20);
      const auto inner = inflated ? matElement(*inflated, 0) : std::nullopt;
      if (!inner || inner->type != MatElement::matrix || !soundMatrix(std::string_view(*inflated).substr(inner->begin, inner->end - inner->begin))) return false;
    }
    at = element->next;
  }
  return true;
}

/// The whole numbers of a variable; nothing if it is missing or holds something else.
std::vector<int> numbersOf(mat_t* file, const char* name) {
  std::vector<int> numbers;
  matvar_t* variable = Mat_VarRead(file, name);
  if (!variable) return numbers;
  size_t count = 1;
  for (int d = 0; d < variable->rank; ++d) count = variable->dims[d] && count > 1'000'000 / variable->dims[d] ? 0 : count * variable->dims[d];
  const auto copy = [&]<class T>(const T* data) {
    for (size_t i = 0; i < count; ++i)
      if (data[i] >= 1 && data[i] <= 1'000'000) numbers.push_back(int(data[i]));
  };
  if (variable->data && !variable->isComplex && size_t(variable->nbytes) >= count * size_t(variable->data_size)) switch (variable->data_type) {
      case MAT_T_DOUBLE: copy(static_cast<const double*>(variable->data)); break;
      case MAT_T_SINGLE: copy(static_cast<const float*>(variable->data)); break;
      case MAT_T_UINT8: copy(static_cast<const uint8_t*>(variable->data)); break;
      case MAT_T_INT8: copy(static_cast<const int8_t*>(variable->data)); break;
      case MAT_T_UINT16: copy(static_cast<const uint16_t*>(variable->data)); break;
      case MAT_T_INT16: copy(static_cast<const int16_t*>(variable->data)); break;
      case MAT_T_UINT32: copy(static_cast<const uint32_t*>(variable->data)); break;
      case MAT_T_INT32: copy(static_cast<const int32_t*>(variable->data)); break;
      default: break;
    }
  Mat_VarFree(variable);
  return numbers;
}

/// Oxford 17 Flowers: jpg/image_0001.jpg, trimaps/image_0001.png for some of them, datasplits.mat.
class Flowers17Format : public Format {
 public:
  std::string_view id() const override { return "flowers17"; }
  std::string_view name() const override { return "Oxford 17 Flowers"; }

  int probe(const SourceLook& look) const override {
    return look.isFolder() && look.hasFolder("trimaps") && (look.hasFolder("jpg") || look.hasFile("datasplits.mat")) ? 90 : 0;
  }

  Expected<ImportedDataset> read(const std::filesystem::path& source, const ReadOptions& options, const Job& job) const override {
    DatasetBuilder builder(id(), source, options, job);
    INTARSIA_CHECK(builder.list());
    builder.addClass("background", Color{0, 0, 0});
    builder.addClass("flower", Color{128, 0, 0});
    builder.addClass("unknown", Color{128, 128, 0}, true);  // hard to classify: neither loss nor metric
    auto rule = std::make_shared<MaskRule>();
    rule->byValue = {0, 1, MaskRule::kUnknown, 2};
    rule->byColor = {{0x000000, 0}, {0x800000, 1}, {0x808000, 2}};
    std::map<int, Split> splits;
    if (const ListedFile* file = builder.file("datasplits.mat")) {
      if (mat_t* mat = soundMat(file->path) ? Mat_Open(file->path.c_str(), MAT_ACC_RDONLY) : nullptr) {
        for (const auto& [name, split] : {std::pair("trn1", Split::train), std::pair("val1", Split::val), std::pair("tst1", Split::test)})
          for (const int number : numbersOf(mat, name)) splits[number] = split;
        Mat_Close(mat);
      }
      if (splits.empty()) builder.skipped({file->name, {}}, "no split could be read from it");
      else builder.note({file->name, {}}, "the first of its three splits was taken");
    }
    for (const auto& file : builder.files()) {
      if (!isImageName(file.name) || folderOf(file.name) != "jpg") continue;
      const int image = builder.imageAt(file, {}, {file.name, {}});
      const std::string stem(stemOf(file.name));
      if (const auto number = parseInt(std::string_view(stem).substr(stem.find_last_of('_') + 1)))
        if (const auto it = splits.find(int(std::min<int64_t>(*number, 1'000'000))); it != splits.end()) builder[image].split = it->second;
      if (const ListedFile* trimap = builder.file("trimaps/" + stem + ".png")) builder.addMask(image, *trimap, rule);
      else builder.note({file.name, {}}, "the image has no trimap");
    }
    return builder.finish();
  }
};

}  // namespace

std::unique_ptr<Format> makeFlowers17Format() { return std::make_unique<Flowers17Format>(); }

}  // namespace intarsia
