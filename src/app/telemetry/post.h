// Posts JSON to whoever watches: short waits, few attempts. An answer other than 2xx is an error.
//
// Each Poster belongs to one thread.
#pragma once

#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "naru/result.h"
#include "runtime/http.h"

namespace naru {

class Poster {
 public:
  using Headers = std::vector<std::pair<std::string, std::string>>;

  Poster(std::string url, Headers headers);
  Status post(std::string body, const std::stop_token& stop);

 private:
  HttpClientRequest request_;
  HttpClient client_;
};

// "Authorization: Bearer KEY"; none where there is no key.
Poster::Headers bearer(const std::string& key);

// Without what stands before an @ in the host's part, and without query and fragment: for messages and names.
std::string without_credentials(std::string_view url);
// A message in which an address may stand: `://user:secret@` becomes `://`, `password=secret` becomes `password=***`.
std::string without_passwords(std::string_view text);

}  // namespace naru
