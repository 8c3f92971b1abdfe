#include "parse/shared/ole_properties.h"

#include <fmt/format.h>

#include <array>
#include <chrono>

#include "parse/shared/binary_reader.h"
#include "text/charset.h"

namespace naru {

namespace {

// A summary has some twenty properties.
constexpr std::uint32_t kPropertiesMax = 256;
// Longer than any title or list of keywords.
constexpr std::size_t kValueBytesMax = 64 * 1024;

enum : std::uint16_t { kText8 = 30, kText16 = 31, kFileTime = 64 };

std::string_view key_of(std::uint32_t id) {
  switch (id) {
    case 2:
      return "title";
    case 3:
      return "subject";
    case 4:
      return "author";
    case 5:
      return "keywords";
    case 6:
      return "description";
    case 8:
      return "last_author";
    case 12:
      return "created";
    case 13:
      return "modified";
    default:
      return {};
  }
}

// Hundreds of nanoseconds since 1601.
std::string file_time(std::uint64_t ticks) {
  constexpr std::uint64_t kTicksPerSecond = 10'000'000, kSecondsTo1970 = 11'644'473'600;
  constexpr std::uint64_t kYear9999 = 2'650'467'743'990'000'000;  // later ones are no dates
  if (ticks == 0 || ticks > kYear9999) return {};
  using namespace std::chrono;
  const sys_seconds time{
      seconds(static_cast<std::int64_t>(ticks / kTicksPerSecond) - static_cast<std::int64_t>(kSecondsTo1970))};
  const auto day = floor<days>(time);
  const year_month_day date(day);
  const hh_mm_ss clock(time - day);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", int(date.year()), unsigned(date.month()),
                     unsigned(date.day()), clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

std::string value_of(std::string_view bytes) {
  BinaryReader in(bytes);
  const std::uint32_t type = in.u32();
  if (type == kFileTime) return file_time(in.u64());
  const std::size_t length = in.u32();
  if (length > kValueBytesMax) return {};
  std::string text;
  if (type == kText16) text = utf16le_to_utf8(in.take(length * 2));
  if (type == kText8) text = decode_text(in.take(length)).text;
  text.resize(std::min(text.find('\0'), text.size()));
  return text;
}

}  // namespace

Metadata read_ole_summary(std::string_view stream) {
  Metadata metadata;
  BinaryReader in(stream);
  in.skip(2 + 2 + 4 + 16 + 4 + 16);  // byte order, version, system, class; how many sets; which
  const std::size_t start = in.u32();
  if (!in.ok() || start > stream.size()) return metadata;
  const std::string_view set = stream.substr(start);
  BinaryReader list(set);
  list.skip(4);
  const std::uint32_t count = std::min(list.u32(), kPropertiesMax);
  for (std::uint32_t i = 0; i < count && list.left() >= 8; ++i) {
    const std::string_view key = key_of(list.u32());
    const std::size_t at = list.u32();
    if (key.empty() || at >= set.size()) continue;
    std::string value = nfc(fold_white_space(value_of(set.substr(at))));
    if (!value.empty()) metadata.emplace_back(key, std::move(value));
  }
  return metadata;
}

}  // namespace naru
