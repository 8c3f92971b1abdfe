// CompoundFileWriter: OLE compound files of our own making, versions 3 and 4. For tests only.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "text/unicode.h"

namespace naru {

// Little-endian, `width` bytes.
inline std::string le(std::uint64_t value, std::size_t width) {
  std::string out;
  for (std::size_t i = 0; i < width; ++i) out += static_cast<char>((value >> (8 * i)) & 0xff);
  return out;
}

inline std::string utf16le(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const char32_t c = next_code_point(text, at);
    if (c < 0x10000) {
      out += le(c, 2);
    } else {
      out += le(0xd800 + ((c - 0x10000) >> 10), 2) + le(0xdc00 + ((c - 0x10000) & 0x3ff), 2);
    }
  }
  return out;
}

class CompoundFileWriter {
 public:
  // "BodyText/Section0": storages are made as they are named first.
  void add(std::string_view path, std::string bytes) {
    std::size_t folder = 0;
    for (std::size_t at = 0; at <= path.size();) {
      const std::size_t end = std::min(path.find('/', at), path.size());
      folder = node(folder, path.substr(at, end - at));
      at = end + 1;
    }
    nodes_[folder].is_stream = true;
    nodes_[folder].bytes = std::move(bytes);
  }

  std::string write(bool version4 = false) {
    sector_bytes_ = version4 ? 4096 : 512;
    sectors_.clear();
    next_.clear();
    std::string small;
    std::vector<std::uint32_t> small_next;
    for (Node& one : nodes_) {
      if (!one.is_stream) continue;
      if (one.bytes.size() >= kSmallBelow) {
        one.first = append(one.bytes);
        continue;
      }
      one.first = one.bytes.empty() ? kEndOfChain : static_cast<std::uint32_t>(small.size() / 64);
      for (std::size_t at = 0; at < one.bytes.size(); at += 64) {
        const bool last = at + 64 >= one.bytes.size();
        small_next.push_back(last ? kEndOfChain : static_cast<std::uint32_t>(small_next.size() + 1));
        small += one.bytes.substr(at, 64);
        small.resize((small.size() + 63) / 64 * 64);
      }
    }
    nodes_[0].first = small.empty() ? kEndOfChain : append(small);
    nodes_[0].size = small.size();
    std::string small_table;
    for (const std::uint32_t number : small_next) small_table += le(number, 4);
    small_table.resize((small_table.size() + sector_bytes_ - 1) / sector_bytes_ * sector_bytes_, '\xff');
    const std::uint32_t first_small = small_table.empty() ? kEndOfChain : append(small_table);
    const std::uint32_t first_directory = append(directory());
    return header(version4, first_directory, first_small, small_table.size() / sector_bytes_);
  }

 private:
  static constexpr std::uint32_t kEndOfChain = 0xfffffffe, kNone = 0xffffffff, kTableSector = 0xfffffffd;
  static constexpr std::size_t kSmallBelow = 4096;

  struct Node {
    std::string name;
    std::vector<std::size_t> children;
    bool is_stream = false;
    std::string bytes;
    std::uint32_t first = 0;
    std::uint64_t size = 0;
  };

  std::size_t node(std::size_t folder, std::string_view name) {
    for (const std::size_t child : nodes_[folder].children) {
      if (nodes_[child].name == name) return child;
    }
    nodes_.push_back({std::string(name), {}, false, {}, 0, 0});
    nodes_[folder].children.push_back(nodes_.size() - 1);
    return nodes_.size() - 1;
  }

  std::uint32_t append(std::string_view bytes) {
    const auto first = static_cast<std::uint32_t>(next_.size());
    for (std::size_t at = 0; at < bytes.size(); at += sector_bytes_) {
      const bool last = at + sector_bytes_ >= bytes.size();
      next_.push_back(last ? kEndOfChain : static_cast<std::uint32_t>(next_.size() + 1));
      sectors_ += bytes.substr(at, sector_bytes_);
      sectors_.resize(next_.size() * sector_bytes_);
    }
    return first;
  }

  // Siblings hang below each other on the right: a tree, if not a balanced one.
  std::string directory() const {
    std::vector<std::uint32_t> right(nodes_.size(), kNone);
    for (const Node& one : nodes_) {
      for (std::size_t i = 1; i < one.children.size(); ++i) {
        right[one.children[i - 1]] = static_cast<std::uint32_t>(one.children[i]);
      }
    }
    std::string out;
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      const Node& one = nodes_[i];
      std::string name = utf16le(one.name) + le(0, 2);
      const std::size_t name_bytes = name.size();
      name.resize(64);
      const int type = i == 0 ? 5 : one.is_stream ? 2 : 1;
      const std::uint32_t child = one.children.empty() ? kNone : static_cast<std::uint32_t>(one.children[0]);
      const std::uint64_t size = one.is_stream ? one.bytes.size() : one.size;
      out += name + le(name_bytes, 2) + le(type, 1) + le(1, 1) + le(kNone, 4) + le(right[i], 4) + le(child, 4) +
             std::string(36, '\0') + le(one.first, 4) + le(size, 8);
    }
    while (out.size() % sector_bytes_ != 0)
      out += std::string(64, '\0') + le(0, 4) + le(~0ULL, 8) + le(kNone, 4) + std::string(48, '\0');
    return out;
  }

  std::string header(bool version4, std::uint32_t directory, std::uint32_t small_table, std::size_t small_sectors) {
    const std::size_t per_sector = sector_bytes_ / 4;
    std::size_t tables = 0;
    while (tables * per_sector < next_.size() + tables) ++tables;
    std::string table, list;
    for (std::size_t i = 0; i < tables; ++i) {
      list += le(next_.size(), 4);
      next_.push_back(kTableSector);
    }
    list.resize(109 * 4, '\xff');
    for (const std::uint32_t number : next_) table += le(number, 4);
    table.resize(tables * sector_bytes_, '\xff');
    std::string out = "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + std::string(16, '\0') + le(0x3e, 2) +
                      le(version4 ? 4 : 3, 2) + le(0xfffe, 2) + le(version4 ? 12 : 9, 2) + le(6, 2) +
                      std::string(6, '\0') + le(0, 4) + le(tables, 4) + le(directory, 4) + le(0, 4) +
                      le(kSmallBelow, 4) + le(small_table, 4) + le(small_sectors, 4) + le(kEndOfChain, 4) + le(0, 4);
    out += list;
    out.resize(sector_bytes_);
    return out + sectors_ + table;
  }

  std::vector<Node> nodes_ = {{"Root Entry", {}, false, {}, 0, 0}};
  std::size_t sector_bytes_ = 512;
  std::string sectors_;
  std::vector<std::uint32_t> next_;
};

}  // namespace naru
