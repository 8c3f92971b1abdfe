#include "serve/keys.h"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/clock.h"
#include "runtime/files.h"
#include "runtime/private_file.h"
#include "runtime/random.h"

namespace naru {

namespace {

constexpr std::size_t kSecretBytes = 32;
constexpr std::size_t kNameBytesMax = 64;
constexpr std::uint64_t kFileBytesMax = 4ULL << 20;  // kKeysMax keys with long groups

// So that a key that lies about somewhere is seen for what it is.
constexpr std::string_view kKeyFront = "naru-", kTokenFront = "naru-owner-";

struct ScopeName {
  Scope scope;
  std::string_view name;
};
constexpr ScopeName kScopes[] = {{Scope::read, "read"}, {Scope::models, "models"}, {Scope::operate, "operate"}};

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= kNameBytesMax && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.' || c == '@';
  });
}

std::string bytes_of_hex(std::string_view hex) {
  std::string bytes;
  const auto value = [](char c) { return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10; };
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes += static_cast<char>(value(hex[i]) * 16 + value(hex[i + 1]));
  }
  return bytes;
}

bool is_digest(const std::string& hex) {
  return hex.size() == 64 && hex.find_first_not_of("0123456789abcdef") == std::string::npos;
}

// False: the file was not written by us.
bool read_key(const Json& json, ApiKey& key) {
  if (!json.is_object()) return false;
  for (const char* text : {"name", "user", "sha256"}) {
    if (!json.contains(text) || !json[text].is_string()) return false;
  }
  for (const char* number : {"scopes", "created_ms", "expires_ms"}) {
    if (!json.contains(number) || !json[number].is_number_integer()) return false;
  }
  if (!json.contains("owner") || !json["owner"].is_boolean() || !json.contains("groups")) return false;
  for (const Json& group : json["groups"]) {
    if (!group.is_string()) return false;
    key.groups.push_back(group);
  }
  const std::string digest = json["sha256"];
  if (!is_digest(digest)) return false;
  key.name = json["name"];
  key.user = json["user"];
  key.owner = json["owner"];
  key.scopes = static_cast<std::uint8_t>(json["scopes"].get<int>() & kAllScopes);
  key.sha256 = Sha256::from_bytes(bytes_of_hex(digest));
  key.created_ms = json["created_ms"];
  key.expires_ms = json["expires_ms"];
  return key.owner || !key.user.empty();
}

Json kept(const ApiKey& key) {
  return {{"name", key.name},     {"owner", key.owner},   {"user", key.user}, {"groups", key.groups},
          {"scopes", key.scopes}, {"sha256", key.sha256.hex()}, {"created_ms", key.created_ms},
          {"expires_ms", key.expires_ms}};
}

}  // namespace

std::string scopes_text(std::uint8_t scopes) {
  std::string text;
  for (const ScopeName& known : kScopes) {
    if ((scopes & static_cast<std::uint8_t>(known.scope)) == 0) continue;
    text += (text.empty() ? "" : ",") + std::string(known.name);
  }
  return text;
}

Result<std::uint8_t> scopes_from_text(const std::string& text) {
  std::uint8_t scopes = 0;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    const std::string_view word = std::string_view(text).substr(at, end - at);
    const auto* known = std::find_if(std::begin(kScopes), std::end(kScopes),
                                     [&](const ScopeName& scope) { return scope.name == word; });
    if (known == std::end(kScopes)) {
      return Error(Code::invalid_argument,
                   fmt::format("there is no scope \"{}\"; known are read, models, operate", word));
    }
    scopes |= static_cast<std::uint8_t>(known->scope);
    at = end + 1;
  }
  return scopes;
}

Json key_to_json(const ApiKey& key) {
  return {{"name", key.name},     {"owner", key.owner},
          {"user", key.user},     {"groups", key.groups},
          {"scopes", scopes_text(key.scopes)}, {"created_ms", key.created_ms},
          {"expires_ms", key.expires_ms}};
}

KeyFile::KeyFile(const std::string& store_folder) : folder_(join_path(store_folder, "serve")) {}

Status KeyFile::make_folder() { return make_folders(folder_); }

Result<std::string> KeyFile::token() {
  const std::string path = join_path(folder_, "token");
  if (!file_exists(path)) {
    NARU_TRY(make_folder());
    NARU_TRY(write_private_file(path, std::string(kTokenFront) + random_hex(kSecretBytes) + "\n"));
  }
  const Result<std::string> text = read_file(path, kFileBytesMax);
  if (!text) return text.error();
  if (text->size() <= kTokenFront.size() + kSecretBytes || !text->starts_with(kTokenFront)) {
    return Error(Code::corrupt, path + " holds no token; remove it, and the next start makes one");
  }
  return std::string(text->begin(), std::find(text->begin(), text->end(), '\n'));
}

Result<std::vector<ApiKey>> KeyFile::keys() {
  const std::string path = join_path(folder_, "keys.json");
  if (!file_exists(path)) {
    read_.clear();
    keys_.clear();
    return keys_;
  }
  std::string text = NARU_TRY(read_file(path, kFileBytesMax));
  if (text == read_) return keys_;
  const Json json = NARU_TRY_AT(parse_json(text), path);
  std::vector<ApiKey> keys;
  if (!json.is_array() || json.size() > kKeysMax) return Error(Code::corrupt, path + " is no list of keys");
  for (const Json& entry : json) {
    ApiKey key;
    if (!read_key(entry, key)) return Error(Code::corrupt, path + " has an entry that is no key");
    keys.push_back(std::move(key));
  }
  keys_ = std::move(keys);
  read_ = std::move(text);
  return keys_;
}

Status KeyFile::write(const std::vector<ApiKey>& keys) {
  Json json = Json::array();
  for (const ApiKey& key : keys) json.push_back(kept(key));
  return write_private_file(join_path(folder_, "keys.json"), to_line(json) + "\n");
}

Result<std::string> KeyFile::add(ApiKey key) {
  if (!is_name(key.name)) {
    return Error(Code::invalid_argument, "a key's name is one word of letters, digits and - _ . @");
  }
  NARU_TRY(make_folder());
  const auto lock = NARU_TRY(FileLock::acquire(join_path(folder_, "keys.lock")));
  std::vector<ApiKey> all = NARU_TRY(keys());
  const auto same = [&](const ApiKey& other) { return other.name == key.name; };
  if (std::any_of(all.begin(), all.end(), same)) {
    return Error(Code::already_exists, fmt::format("there is a key {} already; `naru keys revoke {}` ends it", key.name,
                                                   key.name));
  }
  if (all.size() >= kKeysMax) {
    return Error(Code::limit_exceeded, fmt::format("there are {} keys; revoke some first", kKeysMax));
  }
  const std::string secret = std::string(kKeyFront) + random_hex(kSecretBytes);
  key.sha256 = sha256(secret);
  key.created_ms = system_clock().unix_ms();
  all.push_back(std::move(key));
  NARU_TRY(write(all));
  return secret;
}

Status KeyFile::revoke(const std::string& name) {
  std::vector<ApiKey> all = NARU_TRY(keys());
  if (all.empty()) return Error(Code::not_found, "there is no key " + name);
  const auto lock = NARU_TRY(FileLock::acquire(join_path(folder_, "keys.lock")));
  all = NARU_TRY(keys());
  if (std::erase_if(all, [&](const ApiKey& key) { return key.name == name; }) == 0) {
    return Error(Code::not_found, "there is no key " + name);
  }
  return write(all);
}

Caller KeyFile::owner() { return {Principal::owner(), kAllScopes, "owner"}; }

Result<std::optional<Caller>> KeyFile::caller_of(std::string_view secret, std::int64_t now_ms) {
  const Sha256 digest = sha256(secret);  // digests are compared: how long that takes tells nothing of a secret
  if (digest == sha256(NARU_TRY(token()))) return std::optional<Caller>(owner());
  for (const ApiKey& key : NARU_TRY(keys())) {
    if (key.sha256 != digest || now_ms >= key.expires_ms) continue;
    const Principal principal = key.owner ? Principal::owner() : Principal::of(key.user, key.groups);
    return std::optional<Caller>(Caller{principal, key.scopes, key.name});
  }
  return std::optional<Caller>();
}

}  // namespace naru
