// Identifiers made from content: 128-bit ids for documents and chunks, SHA-256 for bytes a person may want to check.
//
// Pure values and pure functions; any thread. Id128 is XXH3-128 of length-prefixed parts, so that ("ab","c") and
// ("a","bc") differ. Both are stable across machines and releases: they are written to disk and to `dump`.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace naru {

struct Id128 {
  std::uint64_t high = 0;
  std::uint64_t low = 0;

  auto operator<=>(const Id128&) const = default;
  std::string hex() const;    // 32 lower-case digits
  std::string bytes() const;  // 16 bytes, big-endian: sorts as the value does
  static Id128 from_bytes(std::string_view sixteen);
};

Id128 hash128(std::string_view bytes);
Id128 hash128(std::initializer_list<std::string_view> parts);

struct Sha256 {
  std::array<std::uint8_t, 32> digest{};

  auto operator<=>(const Sha256&) const = default;
  std::string hex() const;    // 64 lower-case digits
  std::string bytes() const;  // 32 bytes
  static Sha256 from_bytes(std::string_view thirty_two);
};

Sha256 sha256(std::string_view bytes);

// doc_id = H128(tenant, source, canonical key); tenants are separate stores, so the tenant is "".
Id128 make_doc_id(std::string_view source, std::string_view key);

}  // namespace naru

template <>
struct std::hash<naru::Id128> {
  std::size_t operator()(const naru::Id128& id) const noexcept { return id.low; }
};
