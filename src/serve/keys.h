// KeyFile: who may call the server: the owner's token, and API keys that speak for a user, in `.naru/serve/`.
//
// A key is shown once, when it is made; what is kept is its SHA-256, which nobody can turn back: a key has 256 random
// bits, so that no slow hash is needed. Files have mode 0600. Any process may change them: they are read anew when they
// changed, so a revoked key ends at its next request. One object belongs to one thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "naru/id.h"
#include "naru/record.h"
#include "naru/result.h"

namespace naru {

// What a key may do, as bits of a set.
enum class Scope : std::uint8_t {
  read = 1,     // search, ask, see documents: what its user may read
  models = 2,   // ask the bare models
  operate = 4,  // metrics
};
inline constexpr std::uint8_t kAllScopes = 7;

std::string scopes_text(std::uint8_t scopes);                      // "read,models"
Result<std::uint8_t> scopes_from_text(const std::string& text);    // invalid_argument: another word, or none

// More keys than that are kept by a program of its own, not in a file.
inline constexpr std::size_t kKeysMax = 1000;

struct ApiKey {
  std::string name;  // one word, for people and for revoking
  bool owner = false;
  std::string user;  // of a key that is not the owner's
  std::vector<std::string> groups;
  std::uint8_t scopes = 0;
  Sha256 sha256;  // of the key
  std::int64_t created_ms = 0, expires_ms = 0;
};

Json key_to_json(const ApiKey& key);  // for people: without the hash

// Who calls, once that is known.
struct Caller {
  Principal principal;
  std::uint8_t scopes = 0;
  std::string name;  // of the key; "owner" for the token and the page

  bool may(Scope scope) const { return (scopes & static_cast<std::uint8_t>(scope)) != 0; }
};

class KeyFile {
 public:
  explicit KeyFile(const std::string& store_folder);

  // Made the first time it is asked for.
  Result<std::string> token();
  // Fills name to expires_ms from `key`; the key itself comes back. already_exists, limit_exceeded.
  Result<std::string> add(ApiKey key);
  Result<std::vector<ApiKey>> keys();
  Status revoke(const std::string& name);  // not_found

  // Whom a token or key speaks for, now. None: it is not known, or no longer. The one place of serve/ where a
  // principal is made.
  Result<std::optional<Caller>> caller_of(std::string_view secret, std::int64_t now_ms);
  static Caller owner();  // of whoever came by the login link

 private:
  Status make_folder();
  Status write(const std::vector<ApiKey>& keys);

  const std::string folder_;
  std::string read_;  // as the file was last
  std::vector<ApiKey> keys_;
};

}  // namespace naru
