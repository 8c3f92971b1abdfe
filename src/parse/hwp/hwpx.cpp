// hwpx: documents of Hancom Office since 2010 (OWPML, KS X 6101), a ZIP archive of XML.
//
// Knows the format by its archive: the media type, or the package's list of parts. Reads the sections in the order of
// that list into the same model as `hwp` and keeps the same; text whose deletion was tracked is left out. Title, author
// and dates come from the package. Encrypted documents are refused. Where the body cannot be read the preview text is
// taken, with a warning. The locator is a section and a paragraph.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "naru/registry.h"
#include "parse/hwp/owpml.h"
#include "parse/hwp/writer.h"
#include "parse/shared/xml.h"
#include "parse/shared/zip_archive.h"
#include "text/unicode.h"

namespace naru {

namespace {

constexpr std::string_view kMediaType = "application/hwp+zip";
constexpr std::string_view kPackage = "Contents/content.hpf";
constexpr std::string_view kSectionName = "Contents/section";
// The longest preview that Hancom Office writes has some thousand characters.
constexpr std::uint64_t kPreviewBytesMax = 1U << 20;
constexpr std::uint64_t kMediaTypeBytesMax = 256;

std::string_view metadata_key(std::string_view name) {
  static constexpr std::pair<std::string_view, std::string_view> kKeys[] = {
      {"creator", "author"},       {"subject", "subject"},        {"description", "description"},
      {"keyword", "keywords"},     {"lastsaveby", "last_author"}, {"CreatedDate", "created"},
      {"ModifiedDate", "modified"}};
  for (const auto& [from, to] : kKeys) {
    if (from == name) return to;
  }
  return {};
}

// One document being read.
class HwpxReader {
 public:
  HwpxReader(ZipArchive& archive, Document& document) : archive_(archive), document_(document) {}

  Status read() {
    NARU_TRY(refuse_encrypted());
    if (archive_.damaged()) warn("the archive is damaged: parts may be missing");
    read_package();
    const Result<XmlTree> head_part = part("Contents/header.xml");
    const hwp::MarkupHead head = head_part ? hwp::read_markup_head(head_part->root()) : hwp::MarkupHead();
    hwp::SectionWriter writer(document_, head.numberings);
    NARU_TRY(read_sections(head, writer));
    writer.finish();
    if (!body_read_) {
      if (const ZipEntry* preview = archive_.find("Preview/PrvText.txt")) {
        hwp::add_preview(document_, archive_.read(*preview, kPreviewBytesMax).value_or(""));
      }
    }
    return {};
  }

 private:
  void warn(std::string warning) { document_.warnings.push_back(std::move(warning)); }

  // A part as a tree; what is missing or damaged is said.
  Result<XmlTree> part(const std::string& name) {
    Result<XmlTree> tree = read_xml(archive_, name);
    if (!tree) {
      warn(fmt::format("{}: {}", name, tree.error().describe()));
    } else if (tree->damaged()) {
      warn(fmt::format("{}: damaged, read up to there", name));
    }
    return tree;
  }

  Status refuse_encrypted() {
    const Result<XmlTree> manifest = read_xml(archive_, "META-INF/manifest.xml");
    if (!manifest) return {};  // some programs write none
    for (const pugi::xml_node& entry : manifest->root().children()) {
      if (!child(entry, "encryption-data")) continue;
      return Error(Code::not_allowed,
                   "this HWPX document is protected by a password: save a copy without one in Hancom Office");
    }
    return {};
  }

  // The package names its parts by id, and says in which order they are read.
  void read_package() {
    std::map<std::string, std::string, std::less<>> paths;
    const Result<XmlTree> package = read_xml(archive_, kPackage);
    if (package) {
      for (const pugi::xml_node& group : package->root().children()) {
        const std::string_view name = local_name(group);
        for (const pugi::xml_node& one : group.children()) {
          if (name == "metadata") read_metadata(one);
          if (name == "manifest") add_part(one, paths);
          if (name != "spine") continue;
          const auto found = paths.find(attribute(one, "idref"));
          if (found != paths.end() && found->second.find("section") != std::string::npos) {
            sections_.push_back(found->second);
          }
        }
      }
    }
    if (sections_.empty()) find_sections();
  }

  void read_metadata(const pugi::xml_node& node) {
    const std::string value = nfc(fold_white_space(text_of(node)));
    if (value.empty()) return;
    if (local_name(node) == "title") {
      document_.title = value;
      document_.metadata.emplace_back("title", value);
    }
    const std::string_view key = metadata_key(attribute(node, "name"));
    if (local_name(node) == "meta" && !key.empty()) document_.metadata.emplace_back(key, value);
  }

  // Paths are counted from the archive's root by Hancom Office and from the package by others.
  void add_part(const pugi::xml_node& item, std::map<std::string, std::string, std::less<>>& paths) {
    std::string path(attribute(item, "href"));
    if (archive_.find(path) == nullptr) path = "Contents/" + path;
    if (archive_.find(path) == nullptr) return;
    const std::string id(attribute(item, "id"));
    if (id.starts_with("masterpage")) master_pages_.push_back(path);
    paths.emplace(id, std::move(path));
  }

  void find_sections() {
    std::vector<std::pair<long long, std::string>> found;
    for (const ZipEntry& entry : archive_.entries()) {
      const std::string_view name = entry.name;
      if (!name.starts_with(kSectionName) || !name.ends_with(".xml")) continue;
      const std::string_view digits = name.substr(kSectionName.size(), name.size() - kSectionName.size() - 4);
      const long long number = to_number(digits, -1);
      if (number >= 0) found.emplace_back(number, entry.name);
    }
    std::sort(found.begin(), found.end());
    for (auto& [number, name] : found) sections_.push_back(std::move(name));
  }

  // An error that leaves nothing to read is the document's.
  Status read_sections(const hwp::MarkupHead& head, hwp::SectionWriter& writer) {
    std::uint32_t number = 0;
    for (const std::string& path : sections_) {
      ++number;
      const Result<XmlTree> tree = part(path);
      if (!tree && tree.error().code() == Code::not_allowed) return tree.error();
      if (!tree) continue;
      body_read_ = body_read_ || !tree->damaged();
      hwp::MarkupReader reader(head);
      hwp::Section section = reader.section(tree->root());
      if (reader.left_out()) warn(fmt::format("{}: nests too deep, the innermost parts are left out", path));
      writer.add(std::move(section), number);
    }
    for (const std::string& path : master_pages_) {
      const Result<XmlTree> tree = part(path);
      if (tree) writer.add_page_part(hwp::MarkupReader(head).section(tree->root()).paragraphs, 1);
    }
    if (sections_.empty()) return Error(Code::corrupt, "this HWPX document has no section");
    return {};
  }

  ZipArchive& archive_;
  Document& document_;
  std::vector<std::string> sections_, master_pages_;
  bool body_read_ = false;  // one section at least: what has no text then has none
};

class HwpxParser : public Parser {
 public:
  std::string_view format() const override { return "hwpx"; }

  Confidence detect(const ParseInput& input) const override {
    if (!input.bytes.starts_with("PK")) return Confidence::no;
    Result<ZipArchive> archive = ZipArchive::open(input.bytes);
    if (!archive) return Confidence::no;
    if (archive->find(kPackage) != nullptr) return Confidence::certain;
    const ZipEntry* type = archive->find("mimetype");
    const bool says_so =
        type != nullptr && archive->read(*type, kMediaTypeBytesMax).value_or("").starts_with(kMediaType);
    return says_so || archive->find("Contents/section0.xml") != nullptr ? Confidence::certain : Confidence::no;
  }

  Result<Document> parse(const ParseInput& input) const override {
    Document document = begin_document(input, "hwpx");
    ZipArchive archive = NARU_TRY(ZipArchive::open(input.bytes));
    NARU_TRY(HwpxReader(archive, document).read());
    finish_document(document);
    return document;
  }
};

}  // namespace

void register_hwpx(Registry& registry) {
  registry.add_parser({.name = "hwpx", .summary = "documents of Hancom Office (HWPX, OWPML)"},
                      [] { return std::make_unique<HwpxParser>(); });
}

}  // namespace naru
