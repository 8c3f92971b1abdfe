#include "parse/shared/office_package.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "text/unicode.h"

namespace naru {

namespace {

constexpr std::string_view kCompoundFile = "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";
// A path in a package has no more levels than this that mean anything.
constexpr std::size_t kPathLevelsMax = 32;

// "ppt/slides/slide1.xml" and "../media/a.png" are "ppt/media/a.png".
std::string resolve(std::string_view part, std::string_view target) {
  std::vector<std::string_view> levels;
  const auto walk = [&levels](std::string_view path) {
    for (std::size_t at = 0; at < path.size() && levels.size() < kPathLevelsMax;) {
      const std::size_t end = std::min(path.find_first_of("/\\", at), path.size());
      const std::string_view level = path.substr(at, end - at);
      at = end + 1;
      if (level == "..") {
        if (!levels.empty()) levels.pop_back();
      } else if (!level.empty() && level != ".") {
        levels.push_back(level);
      }
    }
  };
  if (!target.starts_with('/')) walk(part.substr(0, part.rfind('/') == std::string_view::npos ? 0 : part.rfind('/')));
  walk(target.substr(0, target.find('#')));
  std::string out;
  for (const std::string_view level : levels) out += (out.empty() ? "" : "/") + std::string(level);
  return out;
}

std::string relationships_part(std::string_view part) {
  const std::size_t slash = part.rfind('/');
  const std::size_t name = slash == std::string_view::npos ? 0 : slash + 1;
  return fmt::format("{}_rels/{}.rels", part.substr(0, name), part.substr(name));
}

std::string_view last_word(std::string_view address) { return address.substr(address.rfind('/') + 1); }

}  // namespace

OfficeKind office_kind(std::string_view bytes) {
  if (!bytes.starts_with("PK")) return OfficeKind::none;
  const Result<ZipArchive> archive = ZipArchive::open(bytes);
  if (!archive) return OfficeKind::none;
  static constexpr std::array<std::pair<std::string_view, OfficeKind>, 3> kParts = {
      {{"word/", OfficeKind::word}, {"ppt/", OfficeKind::presentation}, {"xl/", OfficeKind::workbook}}};
  if (archive->find("[Content_Types].xml") == nullptr && archive->find("_rels/.rels") == nullptr) {
    return OfficeKind::none;
  }
  for (const ZipEntry& entry : archive->entries()) {
    for (const auto& [folder, kind] : kParts) {
      if (entry.name.starts_with(folder)) return kind;
    }
  }
  return OfficeKind::none;
}

bool is_encrypted_office(std::string_view bytes) {
  static const std::string kStream = [] {  // names are UTF-16
    std::string wide;
    for (const char c : std::string_view("EncryptedPackage")) wide.append({c, '\0'});
    return wide;
  }();
  return bytes.starts_with(kCompoundFile) && bytes.find(kStream) != std::string_view::npos;
}

Confidence detect_office(const ParseInput& input, OfficeKind kind) {
  if (office_kind(input.bytes) == kind) return Confidence::certain;
  if (!is_encrypted_office(input.bytes)) return Confidence::no;
  // Which kind it was is part of the secret; whoever takes it says no more than that it is protected.
  const char first = kind == OfficeKind::presentation ? 'p' : kind == OfficeKind::workbook ? 'x' : 'd';
  return input.media_hint.starts_with(first) ? Confidence::certain : Confidence::likely;
}

Result<OfficePackage> OfficePackage::open(std::string_view bytes, Document& document) {
  if (is_encrypted_office(bytes)) return Error(Code::not_allowed, "the document is protected by a password");
  OfficePackage package(NARU_TRY(ZipArchive::open(bytes)), document);
  if (package.archive_.damaged()) package.warn("the archive is damaged: parts at its end may be missing");
  return package;
}

void OfficePackage::warn(std::string warning) {
  if (warned_.insert(warning).second) document_->warnings.push_back(std::move(warning));
}

std::string OfficePackage::main_part(std::initializer_list<std::string_view> names) {
  std::string part = related("", "officeDocument");
  if (archive_.find(part) != nullptr) return part;
  for (const std::string_view name : names) {
    if (archive_.find(name) != nullptr) return std::string(name);
  }
  return part.empty() ? std::string(*names.begin()) : part;
}

std::map<std::string, Relationship> OfficePackage::relationships(std::string_view part) {
  std::map<std::string, Relationship> found;
  const std::string name = relationships_part(part);
  if (archive_.find(name) == nullptr) return found;
  const std::optional<XmlTree> rels = tree(name);
  if (!rels) return found;
  for (const pugi::xml_node& at : rels->root().children()) {
    Relationship relationship;
    relationship.type = last_word(attribute(at, "Type"));
    if (attribute(at, "TargetMode") != "External") relationship.part = resolve(part, attribute(at, "Target"));
    found.emplace(attribute(at, "Id"), std::move(relationship));
  }
  return found;
}

std::string OfficePackage::related(std::string_view part, std::string_view type) {
  for (const auto& [id, relationship] : relationships(part)) {
    if (relationship.type == type) return relationship.part;
  }
  return {};
}

std::optional<XmlTree> OfficePackage::tree(std::string_view part) {
  if (part.empty()) return std::nullopt;
  Result<XmlTree> parsed = read_xml(archive_, part);
  if (!parsed) {
    warn(fmt::format("{} was left out: {}", part, parsed.error().message()));
    return std::nullopt;
  }
  if (parsed->damaged()) warn(fmt::format("{} is damaged: it was read up to the damage", part));
  return std::move(*parsed);
}

void OfficePackage::read_properties() {
  std::string part = related("", "core-properties");
  if (part.empty() && archive_.find("docProps/core.xml") != nullptr) part = "docProps/core.xml";
  const std::optional<XmlTree> core = tree(part);
  if (!core) return;
  static constexpr std::array<std::pair<std::string_view, const char*>, 7> kNames = {{{"creator", "author"},
                                                                                      {"created", "created"},
                                                                                      {"modified", "modified"},
                                                                                      {"subject", "subject"},
                                                                                      {"keywords", "keywords"},
                                                                                      {"description", "description"},
                                                                                      {"category", "category"}}};
  for (const pugi::xml_node& at : core->root().children()) {
    const std::string value = fold_white_space(text_of(at));
    if (value.empty()) continue;
    if (local_name(at) == "title") document_->title = nfc(value);
    for (const auto& [name, key] : kNames) {
      if (local_name(at) == name) document_->metadata.emplace_back(key, nfc(value));
    }
  }
}

}  // namespace naru
