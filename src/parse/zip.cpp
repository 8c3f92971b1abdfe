// zip: an archive as a tree of items: each member is a child, read by whichever parser knows it.
//
// Names are UTF-8 where the archive or their bytes say so, else CP949 where they are Korean, else a guess. Folders,
// what systems leave behind (__MACOSX, Thumbs.db) and empty members are left out; encrypted, damaged and too large ones
// are named with the reason. Office documents and books are archives too and have parsers of their own.
#include <fmt/format.h>

#include <algorithm>

#include "naru/registry.h"
#include "parse/shared/blocks.h"
#include "parse/shared/child.h"
#include "parse/shared/format_names.h"
#include "parse/shared/zip_archive.h"
#include "text/charset.h"
#include "text/unicode.h"

namespace naru {

namespace {

constexpr std::size_t kZipMembersMax = 5'000;             // half of what a document may have as children
constexpr std::uint64_t kZipMemberBytesMax = 128U << 20;  // of one, unpacked
constexpr std::size_t kNamesBytesMax = 64 << 10;          // that the charset is guessed from

// Wansung, the part of CP949 in daily use: both bytes from 0xA1 on. German or French names have such pairs by chance
// only.
bool looks_korean(std::string_view names) {
  std::size_t high = 0, paired = 0;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto byte = static_cast<unsigned char>(names[i]);
    if (byte < 0x80) continue;
    ++high;
    const bool pair = byte >= 0xa1 && i + 1 < names.size() && static_cast<unsigned char>(names[i + 1]) >= 0xa1;
    if (!pair) continue;
    ++paired;
    ++high;
    ++i;
  }
  return paired * 2 >= high * 4 / 5 && paired > 0;
}

class NameDecoder {
 public:
  explicit NameDecoder(const ZipArchive& archive) {
    std::string unmarked;
    for (const ZipEntry& entry : archive.entries()) {
      if (!entry.utf8_name && unmarked.size() < kNamesBytesMax) unmarked += entry.name + "\n";
    }
    korean_ = looks_korean(unmarked);
  }

  std::string decode(const ZipEntry& entry) const {
    if (is_valid_utf8(entry.name)) return entry.name;
    return decode_text(entry.name, korean_ ? "cp949" : "").text;
  }

 private:
  bool korean_ = false;
};

bool is_left_behind(std::string_view name) {
  const std::string_view file = name.substr(name.rfind('/') + 1);
  return name.starts_with("__MACOSX/") || file == ".DS_Store" || file == "Thumbs.db" || file == "desktop.ini";
}

class ZipParser : public Parser {
 public:
  std::string_view format() const override { return "zip"; }

  Confidence detect(const ParseInput& input) const override {
    const bool zip = input.bytes.starts_with("PK\x03\x04") || input.bytes.starts_with("PK\x05\x06");
    return zip && describe_format(input.bytes) == "ZIP archive" ? Confidence::likely : Confidence::no;
  }

  Result<Document> parse(const ParseInput& input) const override {
    ZipArchive archive = NARU_TRY(ZipArchive::open(input.bytes));
    Document document = begin_document(input, "zip");
    const NameDecoder names(archive);
    for (const ZipEntry& entry : archive.entries()) {
      if (entry.is_folder()) continue;
      const std::string name = names.decode(entry);
      if (is_left_behind(name)) continue;
      if (document.children.size() >= kZipMembersMax) {
        document.warnings.push_back(fmt::format("only the first {} members were read", kZipMembersMax));
        break;
      }
      add_member(archive, entry, name, input, document);
    }
    if (archive.damaged()) document.warnings.push_back("its directory is damaged: members may be missing");
    NARU_TRY(one_child_was_read(document));
    warn_of_unread(document);
    if (document.children.empty()) document.warnings.push_back("an archive without members");
    return document;
  }

 private:
  static void add_member(ZipArchive& archive, const ZipEntry& entry, const std::string& name, const ParseInput& input,
                         Document& document) {
    bool damaged = false;
    const Result<std::string> bytes = archive.read(entry, kZipMemberBytesMax, &damaged);
    if (!bytes) return add_unread_child(document, name, bytes.error().describe());
    if (bytes->empty() && !damaged) return;
    add_child(document, input, name, *bytes);
    if (damaged) document.children.back().document.warnings.push_back("damaged in its archive: read as far as it goes");
  }
};

}  // namespace

void register_zip(Registry& registry) {
  registry.add_parser({.name = "zip", .summary = "archives: each member by its own parser, Korean names right"},
                      [] { return std::make_unique<ZipParser>(); });
}

}  // namespace naru
