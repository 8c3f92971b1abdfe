// tar: an archive as a tree of items: each file is a child, read by whichever parser knows it.
//
// The headers of POSIX (ustar, pax) and GNU (long names, numbers in base 256). Names are UTF-8 where their bytes are,
// else CP949 where they are Korean, else a guess. Folders, links and devices are left out,
// and empty files; what breaks off is read as far as it goes. Compressed ones come through compressed.cpp.
#include <fmt/format.h>

#include <algorithm>

#include "naru/registry.h"
#include "parse/shared/blocks.h"
#include "parse/shared/child.h"
#include "parse/shared/member_names.h"

namespace naru {

namespace {

constexpr std::size_t kBlock = 512;
constexpr std::size_t kTarMembersMax = 5'000;  // half of what a document may have as children
constexpr std::size_t kTarNameBytesMax = 64 << 10;
constexpr std::string_view kOldCharset = "windows-1252";  // of names that nobody can tell

std::string_view text_field(std::string_view block, std::size_t at, std::size_t size) {
  const std::string_view field = block.substr(at, size);
  return field.substr(0, field.find('\0'));
}

// Octal digits, or with the first bit set a number in base 256 (GNU).
std::uint64_t number_field(std::string_view block, std::size_t at, std::size_t size) {
  const std::string_view field = block.substr(at, size);
  std::uint64_t value = 0;
  if ((static_cast<unsigned char>(field[0]) & 0x80) != 0) {
    for (std::size_t i = field.size() - std::min<std::size_t>(field.size(), 8); i < field.size(); ++i) {
      value = value << 8 | static_cast<unsigned char>(field[i]);
    }
    return value;
  }
  for (const char c : field) {
    if (c >= '0' && c <= '7') value = value * 8 + static_cast<std::uint64_t>(c - '0');
    if (c == '\0' && value > 0) break;
  }
  return value;
}

// The sum of the header's bytes, its own field counted as blanks.
bool has_right_checksum(std::string_view block) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < kBlock; ++i) sum += i >= 148 && i < 156 ? ' ' : static_cast<unsigned char>(block[i]);
  return sum == number_field(block, 148, 8);
}

// The value of `path` in a pax header: lines "length key=value\n".
std::string pax_path(std::string_view records) {
  for (std::size_t at = 0; at < records.size();) {
    std::size_t length = 0, digits = at;
    while (digits < records.size() && records[digits] >= '0' && records[digits] <= '9' && length < records.size()) {
      length = length * 10 + static_cast<std::size_t>(records[digits++] - '0');
    }
    if (length == 0 || length > records.size() - at) break;
    const std::string_view record = records.substr(digits, at + length - digits);
    if (record.starts_with(" path=")) return std::string(record.substr(6, record.size() - 7));
    at += length;
  }
  return {};
}

class TarParser : public Parser {
 public:
  std::string_view format() const override { return "tar"; }

  Confidence detect(const ParseInput& input) const override {
    const bool tar =
        input.bytes.size() >= kBlock && has_right_checksum(input.bytes.substr(0, kBlock)) && input.bytes[0] != '\0';
    return tar ? Confidence::certain : Confidence::no;
  }

  Result<Document> parse(const ParseInput& input) const override {
    Document document = begin_document(input, "tar");
    const std::vector<Member> members = find_members(input.bytes, document);
    MemberNames names(kOldCharset);
    for (const Member& member : members) names.add(member.name);
    for (const Member& member : members) add_child(document, input, names.decode(member.name), member.bytes);
    NARU_TRY(one_child_was_read(document));
    warn_of_unread(document);
    if (document.children.empty() && document.warnings.empty()) document.warnings.push_back("an archive without files");
    return document;
  }

 private:
  struct Member {
    std::string name;  // as it stands there
    std::string_view bytes;
  };

  static std::vector<Member> find_members(std::string_view rest, Document& document) {
    std::vector<Member> members;
    std::string long_name;
    while (rest.size() >= kBlock && rest[0] != '\0') {
      const std::string_view block = rest.substr(0, kBlock);
      if (!has_right_checksum(block)) {
        document.warnings.push_back("damaged: what follows could not be read");
        break;
      }
      rest.remove_prefix(kBlock);
      const std::uint64_t size = number_field(block, 124, 12);
      const std::string_view body = rest.substr(0, std::min<std::uint64_t>(size, rest.size()));
      if (body.size() < size) document.warnings.push_back("cut off: its last member is not whole");
      rest.remove_prefix(
          std::min<std::uint64_t>(size / kBlock * kBlock + (size % kBlock == 0 ? 0 : kBlock), rest.size()));
      if (block[156] == 'L') {
        long_name = body.substr(0, std::min(body.find('\0'), kTarNameBytesMax));
      } else if (block[156] == 'x') {
        long_name = pax_path(body.substr(0, kTarNameBytesMax));
      } else {
        std::string name = long_name.empty() ? name_of(block) : std::move(long_name);
        long_name.clear();
        if (!is_file(block) || body.empty()) continue;
        if (members.size() >= kTarMembersMax) {
          document.warnings.push_back(fmt::format("only the first {} members were read", kTarMembersMax));
          break;
        }
        members.push_back({std::move(name), body});
      }
    }
    return members;
  }

  static bool is_file(std::string_view block) { return block[156] == '0' || block[156] == '\0' || block[156] == '7'; }

  static std::string name_of(std::string_view block) {
    const std::string name(text_field(block, 0, 100));
    const std::string_view prefix = block.substr(257, 5) == "ustar" ? text_field(block, 345, 155) : std::string_view();
    return prefix.empty() || block.substr(257, 6) == "ustar " ? name : std::string(prefix) + "/" + name;
  }
};

}  // namespace

void register_tar(Registry& registry) {
  registry.add_parser({.name = "tar", .summary = "archives: each file by its own parser", .version = 2},
                      [] { return std::make_unique<TarParser>(); });
}

}  // namespace naru
