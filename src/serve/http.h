// HTTP as the rest of serve/ sees it: a request that was read, an answer, and the place where an answer goes.
//
// Plain values and pure functions, any thread; nothing of the library that speaks on the wire. A Reply may be used by
// one thread at a time, whichever it is, and is settled once: by send(), or by start_stream() and end().
#pragma once

#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "naru/result.h"

namespace naru {

// Longer targets are no request of any client of ours: a document's name is a path, a query some lines.
inline constexpr std::size_t kTargetBytesMax = 8 * 1024;
inline constexpr std::size_t kParametersMax = 64;

struct HttpRequest {
  std::string method;                                      // "GET"
  std::string path;                                        // decoded: "/api/documents/휴가 규정.md"
  std::vector<std::pair<std::string, std::string>> query;  // decoded, in order
  std::string host, origin, authorization, cookie, content_type;
  std::string mcp_version, mcp_method, mcp_name;           // of the Model Context Protocol
  std::string body;

  const std::string* parameter(std::string_view name) const;  // null: it was not given
};

// Fills path and query from what stands on the request line. invalid_argument: not of the form "/path?query", a broken
// escape, a control character, bytes that are not UTF-8, or a segment "." or "..".
Status read_target(std::string_view target, HttpRequest& request);

// As it may stand in a path or a query: everything but letters, digits and - . _ ~ as %XX.
std::string percent_encoded(std::string_view text);

// The value of a cookie in a Cookie header; empty: it is not there.
std::string_view cookie_value(std::string_view header, std::string_view name);

struct HttpResponse {
  unsigned status = 200;
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
};

std::string_view reason_phrase(unsigned status);  // "Not Found"

class Reply {
 public:
  virtual ~Reply() = default;  // not settled: the client gets 500, or a stream that breaks off
  virtual void send(HttpResponse response) = 0;
  virtual void start_stream(std::string content_type) = 0;
  // False: nobody reads any more, so nothing more need be made. Never waits: a reader that is too far behind is cut
  // off.
  virtual bool write(std::string_view bytes) = 0;
  virtual void end() = 0;
  // Stop is requested when the client leaves, or the server cannot wait any longer.
  virtual std::stop_token left() const = 0;
};

}  // namespace naru
