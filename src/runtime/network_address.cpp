#include "runtime/network_address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

namespace naru {

namespace {

using Bytes = std::span<const std::uint8_t>;

// The first `bits` of an address are those of `prefix`.
struct Range {
  std::array<std::uint8_t, 16> prefix;
  unsigned bits;
  std::string_view name;
};

constexpr std::array<Range, 16> kVersion4 = {{
    {{0}, 8, "reserved"},           {{10}, 8, "private"},          {{100, 64}, 10, "shared"},
    {{127}, 8, "loopback"},         {{169, 254}, 16, "link-local"}, {{172, 16}, 12, "private"},
    {{192, 0, 0}, 24, "reserved"},  {{192, 0, 2}, 24, "reserved"}, {{192, 88, 99}, 24, "reserved"},
    {{192, 168}, 16, "private"},    {{198, 18}, 15, "reserved"},   {{198, 51, 100}, 24, "reserved"},
    {{203, 0, 113}, 24, "reserved"}, {{224}, 4, "multicast"},      {{240}, 4, "reserved"},
    {{168, 63, 129, 16}, 32, "metadata"},  // where Azure answers its machines; other clouds: link-local, shared
}};

constexpr std::array<Range, 4> kInside6 = {{
    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96, ""},  // mapped
    {{0, 0x64, 0xff, 0x9b}, 96, ""},                       // NAT64
    {{0x20, 0x02}, 16, ""},                                // 6to4: behind the prefix
    {{}, 96, ""},                                          // compatible, long given up
}};

bool is_in(Bytes address, const Range& range) {
  for (unsigned bit = 0; bit < range.bits; bit += 8) {
    const unsigned left = std::min(8U, range.bits - bit);
    const auto mask = static_cast<std::uint8_t>(0xff << (8 - left));
    if ((address[bit / 8] & mask) != (range.prefix[bit / 8] & mask)) return false;
  }
  return true;
}

std::string_view version4(Bytes address) {
  for (const Range& range : kVersion4) {
    if (is_in(address, range)) return range.name;
  }
  return "";
}

std::string_view version6(Bytes address) {
  const bool low = std::all_of(address.begin(), address.end() - 1, [](std::uint8_t byte) { return byte == 0; });
  if (low && address[15] == 1) return "loopback";
  if (low && address[15] == 0) return "reserved";
  for (const Range& range : kInside6) {
    if (is_in(address, range)) return version4(address.subspan(range.bits == 16 ? 2 : 12, 4));
  }
  if ((address[0] & 0xe0) == 0x20) {  // 2000::/3 is what the world uses
    const bool special = address[0] == 0x20 && address[1] == 0x01 && address[2] < 0x02;  // 2001::/23: Teredo and others
    const bool example = address[0] == 0x20 && address[1] == 0x01 && address[2] == 0x0d && address[3] == 0xb8;
    return special || example ? "reserved" : "";
  }
  if ((address[0] & 0xfe) == 0xfc) return "private";
  if (address[0] == 0xfe && (address[1] & 0xc0) == 0x80) return "link-local";
  return address[0] == 0xff ? "multicast" : "reserved";
}

}  // namespace

std::string_view inner_network(std::span<const std::uint8_t> address) {
  if (address.size() == 4) return version4(address);
  return address.size() == 16 ? version6(address) : "unknown";
}

std::string address_text(std::span<const std::uint8_t> address) {
  std::array<char, INET6_ADDRSTRLEN> text = {};
  const int family = address.size() == 4 ? AF_INET : AF_INET6;
  if (address.size() != 4 && address.size() != 16) return "?";
  return inet_ntop(family, address.data(), text.data(), text.size()) != nullptr ? text.data() : "?";
}

}  // namespace naru
