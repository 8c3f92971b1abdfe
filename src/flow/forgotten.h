// Forgotten: what a store was told to forget, as keyed hashes. No name and no text can be read out of it; only who has
// a name or the bytes can ask whether it is there.
//
// Filled once, then immutable: has_item() and has_version() from any thread.
#pragma once

#include <string>
#include <string_view>
#include <unordered_set>

#include "naru/id.h"

namespace naru {

class Forgotten {
 public:
  explicit Forgotten(std::string secret) : secret_(std::move(secret)) {}

  void add(std::string item_hash, std::string version_hash);  // version_hash may be empty

  bool has_item(std::string_view flow, std::string_view key) const;
  bool has_version(const Sha256& version) const;  // of the bytes of an item, whatever it is called now

  // 32 bytes each.
  std::string item_hash(std::string_view flow, std::string_view key) const;
  std::string version_hash(const Sha256& version) const;

 private:
  std::string keyed(std::string_view data) const;

  std::string secret_;
  std::unordered_set<std::string> items_, versions_;
};

}  // namespace naru
