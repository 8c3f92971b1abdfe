// Which network an address belongs to, so that a program that fetches what others name does not reach inside.
//
// Pure functions; any thread. Ranges after the IANA special-purpose registries (RFC 6890, RFC 8190).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace naru {

// "" where anybody on the internet may be meant; else what the address is: "loopback", "private", "link-local" (where
// clouds answer with a machine's credentials), "reserved", ... `address`: 4 or 16 bytes in network order. Addresses of
// version 4 inside those of version 6 (mapped, NAT64, 6to4) are judged by what is inside.
std::string_view inner_network(std::span<const std::uint8_t> address);

// "127.0.0.1", "2001:db8::1" as it is written.
std::string address_text(std::span<const std::uint8_t> address);

}  // namespace naru
