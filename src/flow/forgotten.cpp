#include "flow/forgotten.h"

namespace naru {

void Forgotten::add(std::string item_hash, std::string version_hash) {
  items_.insert(std::move(item_hash));
  if (!version_hash.empty()) versions_.insert(std::move(version_hash));
}

bool Forgotten::has_item(std::string_view flow, std::string_view key) const {
  return !items_.empty() && items_.contains(item_hash(flow, key));
}

bool Forgotten::has_version(const Sha256& version) const {
  return !versions_.empty() && versions_.contains(version_hash(version));
}

std::string Forgotten::item_hash(std::string_view flow, std::string_view key) const {
  return keyed("item " + std::to_string(flow.size()) + ":" + std::string(flow) + std::string(key));
}

std::string Forgotten::version_hash(const Sha256& version) const { return keyed("version " + version.bytes()); }

// The envelope keeps the hash of one name from being extended to that of a longer one without the secret.
std::string Forgotten::keyed(std::string_view data) const {
  return sha256(secret_ + sha256(secret_ + std::string(data)).bytes()).bytes();
}

}  // namespace naru
