// zip: an archive as a tree of items: each member is a child, read by whichever parser knows it.
//
// Names are UTF-8 where their bytes are, else CP949 where they are Korean, else what a guess is sure of, else code page
// 437. Folders, what systems leave behind (__MACOSX, Thumbs.db) and empty members are left out; encrypted, damaged and
// too large ones are named with the reason. Office documents and books are archives too and have parsers of their own.
#include <fmt/format.h>

#include <algorithm>

#include "naru/registry.h"
#include "parse/shared/blocks.h"
#include "parse/shared/child.h"
#include "parse/shared/format_names.h"
#include "parse/shared/member_names.h"
#include "parse/shared/zip_archive.h"

namespace naru {

namespace {

constexpr std::size_t kZipMembersMax = 5'000;             // half of what a document may have as children
constexpr std::uint64_t kZipMemberBytesMax = 128U << 20;  // of one, unpacked
constexpr std::string_view kOldCharset = "ibm-437";       // of names that are not marked, says the format

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
    MemberNames names(kOldCharset);
    for (const ZipEntry& entry : archive.entries()) names.add(entry.name);
    for (const ZipEntry& entry : archive.entries()) {
      if (entry.is_folder()) continue;
      const std::string name = names.decode(entry.name);
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
  registry.add_parser(
      {.name = "zip", .summary = "archives: each member by its own parser, Korean names right", .version = 2},
      [] { return std::make_unique<ZipParser>(); });
}

}  // namespace naru
