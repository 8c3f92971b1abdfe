// Memory: what a web source remembers between walks: addresses with their ETag, date, hash and links; no text. With it
// servers are asked for what changed alone, and what a page that fails led to is known.
//
// A value; the file is written whole or not at all, so several processes may use it. Losing it loses no document: then
// everything is fetched once more, and nothing that cannot be seen is taken for gone.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "naru/id.h"
#include "naru/result.h"

namespace naru::web {

// A page as it was when it was last seen.
struct Seen {
  std::string place;           // Url::text() where redirects led
  std::string etag, modified, type;
  std::string canonical;       // Url::text() of the page that it names as its own, or ""
  bool index = true;           // false: it asked not to be kept
  Id128 hash;                  // of its bytes
  std::uint64_t size = 0;
  std::vector<std::string> links;  // Url::text() of those that may be followed
};

struct Memory {
  std::map<std::string, Seen> pages;  // by Url::text(), as it was asked for
  bool whole = false;                 // no walk listed a page that is not in it, unless a later one missed it
  std::map<std::string, std::string> asked;  // by Seen::place: the first that led there; read() and index() fill it

  // By the address that is asked for, or to which another led; null: never seen.
  const Seen* find(const std::string& url) const;
  void index();
  // Of other options it is none: links were chosen by them. A file that is not there or was spoilt is an empty memory.
  static Memory read(const std::string& path, const Id128& options);
  Status write(const std::string& path, const Id128& options) const;
};

}  // namespace naru::web
