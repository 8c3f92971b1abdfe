#include "parse/pdf/properties.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "parse/pdf/strings.h"

namespace naru::pdf {

namespace {

constexpr int kLabelledPagesMax = 20'000;    // as many as are read
constexpr std::size_t kLabelRangesMax = 50;  // "i-iv, 1-200": a book has a dozen
constexpr std::size_t kLabelBytesMax = 64;

// "A-12" is "A-" and 12.
struct Label {
  std::string prefix;
  std::optional<unsigned> number;
};

Label split(const std::string& name) {
  std::size_t digits = name.size();
  while (digits > 0 && name[digits - 1] >= '0' && name[digits - 1] <= '9') --digits;
  constexpr std::size_t kDigitsMax = 6;
  if (digits == name.size() || name.size() - digits > kDigitsMax) return {name, std::nullopt};
  return {name.substr(0, digits), static_cast<unsigned>(std::stoul(name.substr(digits)))};
}

std::string page_label(const Pdfium& library, FPDF_DOCUMENT file, int page) {
  std::string label = utf16_text(
      [&](void* buffer, unsigned long bytes) { return library.FPDF_GetPageLabel_(file, page, buffer, bytes); });
  label.resize(whole_characters(label, kLabelBytesMax));
  return label;
}

// "1=i, 2=ii, 3-12=1-10": which pages bear which names. Empty where each is named by its number, or has no name.
std::string page_labels(const Pdfium& library, FPDF_DOCUMENT file) {
  const int pages = std::min(library.FPDF_GetPageCount_(file), kLabelledPagesMax);
  std::string list;
  std::size_t ranges = 0;
  bool differs = false;
  for (int page = 0; page < pages;) {
    const std::string first = page_label(library, file, page);
    const Label label = split(first);
    std::string last = first;
    const int start = page++;
    while (label.number && page < pages) {
      const std::string next = fmt::format("{}{}", label.prefix, *label.number + static_cast<unsigned>(page - start));
      if (page_label(library, file, page) != next) break;
      last = next;
      ++page;
    }
    if (first.empty()) continue;
    differs = differs || first != std::to_string(start + 1);
    if (++ranges > kLabelRangesMax) {
      list += ", …";
      break;
    }
    if (!list.empty()) list += ", ";
    list += page - start == 1 ? fmt::format("{}={}", start + 1, first)
                              : fmt::format("{}-{}={}-{}", start + 1, page, first, last);
  }
  return differs ? list : std::string();
}

// Word writes "Microsoft Word - name.doc" for a document without a title; others write that it has none.
std::string title_of(std::string_view title) {
  constexpr std::string_view kByWord = "Microsoft Word - ";
  if (title.starts_with(kByWord)) title.remove_prefix(kByWord.size());
  const std::string folded = case_fold(title);
  return folded == "untitled" || folded == "제목 없음" ? std::string() : std::string(title);
}

}  // namespace

std::string date_of(std::string_view text) {
  std::string_view rest = text;
  if (rest.starts_with("D:")) rest.remove_prefix(2);
  std::size_t digits = 0;
  while (digits < rest.size() && rest[digits] >= '0' && rest[digits] <= '9') ++digits;
  constexpr std::size_t kDate = 8, kTime = 14;
  if (digits != kDate && digits < kTime) return std::string(text);
  std::string date = fmt::format("{}-{}-{}", rest.substr(0, 4), rest.substr(4, 2), rest.substr(6, 2));
  if (digits < kTime) return date;
  date += fmt::format("T{}:{}:{}", rest.substr(8, 2), rest.substr(10, 2), rest.substr(12, 2));
  rest.remove_prefix(kTime);
  if (rest.starts_with('Z')) return date + "Z";
  // +09'00', also without the marks.
  if (rest.size() < 3 || (rest[0] != '+' && rest[0] != '-')) return date;
  std::string minutes = "00";
  if (const std::size_t at = rest.find_first_of("0123456789", 3); at != std::string_view::npos && at + 2 <= rest.size())
    minutes = rest.substr(at, 2);
  return date + fmt::format("{}:{}", rest.substr(0, 3), minutes);
}

void read_properties(const Pdfium& library, FPDF_DOCUMENT file, Document& document) {
  static constexpr std::pair<const char*, const char*> kFields[] = {
      {"Title", "title"},     {"Author", "author"},     {"Subject", "subject"},      {"Keywords", "keywords"},
      {"Creator", "creator"}, {"Producer", "producer"}, {"CreationDate", "created"}, {"ModDate", "modified"}};
  for (const auto& [name, key] : kFields) {
    std::string value = utf16_text([&, tag = name](void* buffer, unsigned long bytes) {
      return library.FPDF_GetMetaText_(file, tag, buffer, bytes);
    });
    if (std::string_view(name).ends_with("Date")) value = date_of(value);
    if (value.empty()) continue;
    if (std::string_view(key) == "title") document.title = title_of(value);
    document.metadata.emplace_back(key, std::move(value));
  }
  document.metadata.emplace_back("pages", std::to_string(library.FPDF_GetPageCount_(file)));
  std::string language = utf16_text([&](void* buffer, unsigned long bytes) {
    return library.FPDFCatalog_GetLanguage_(file, static_cast<FPDF_WCHAR*>(buffer), bytes);
  });
  if (!language.empty()) document.metadata.emplace_back("language", std::move(language));
  if (std::string labels = page_labels(library, file); !labels.empty()) {
    document.metadata.emplace_back("page_labels", std::move(labels));
  }
}

}  // namespace naru::pdf
