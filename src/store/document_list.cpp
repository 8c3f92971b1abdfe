#include "store/document_list.h"

#include <fmt/format.h>

#include <charconv>

#include "store/truth.h"

namespace naru {

namespace {

// A page ends behind an item: "3/hr/leave.pdf" is the third flow's.
struct Cursor {
  std::int64_t flow = 0;
  std::string key;
};

std::string written(const Cursor& cursor) { return fmt::format("{}/{}", cursor.flow, cursor.key); }

Result<Cursor> read_cursor(const std::optional<std::string>& text) {
  Cursor cursor;
  if (!text) return cursor;
  const std::size_t slash = text->find('/');
  const char* end = text->data() + std::min(slash, text->size());
  const auto [behind, error] = std::from_chars(text->data(), end, cursor.flow);
  if (slash == std::string::npos || error != std::errc() || behind != end) {
    return Error(Code::invalid_argument, "this is not where a page of documents ended");
  }
  cursor.key = text->substr(slash + 1);
  return cursor;
}

}  // namespace

Result<DocumentPage> list_documents(Database& truth, const Principal& principal,
                                    const std::optional<std::string>& after, std::size_t count) {
  const Cursor from = NARU_TRY(read_cursor(after));
  Statement rows = NARU_TRY(truth.prepare(
      "SELECT items.flow, items.key, bases.name, flows.name, docs.title, docs.format, docs.language, labels.json "
      "FROM items JOIN docs ON docs.id = items.id JOIN bases ON bases.id = docs.base "
      "JOIN flows ON flows.id = items.flow JOIN labels ON labels.id = items.label "
      "WHERE (items.flow, items.key) > (?, ?) ORDER BY items.flow, items.key"));
  rows.bind(from.flow).bind(from.key);
  DocumentPage page;
  Cursor last;
  while (NARU_TRY(rows.step())) {
    if (!principal.may_read(NARU_TRY(decode_label(rows.view(7))))) continue;
    if (page.documents.size() == count) {
      page.next = written(last);
      break;
    }
    last = {rows.integer(0), rows.text(1)};
    page.documents.push_back({.knowledge_base = rows.text(2),
                              .flow = rows.text(3),
                              .doc = last.key,
                              .title = rows.text(4),
                              .format = rows.text(5),
                              .language = rows.text(6)});
  }
  return page;
}

}  // namespace naru
