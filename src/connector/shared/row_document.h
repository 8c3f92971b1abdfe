// What connectors of rows share: the item's key among a row's fields, and the document that a row is.
//
// Pure functions; any thread.
#pragma once

#include <string>

#include "naru/flow.h"
#include "naru/record.h"
#include "naru/result.h"

namespace naru {

// Which fields of a row mean what. Further fields become metadata. Without a `text` every field is a line of it, as
// "name: value".
struct RowFields {
  std::string id, text, title;
};

// A text that is not empty, or a number as JSON writes it. invalid_argument: neither, or missing.
Result<std::string> row_key(const Fields& row, const std::string& id);

// Its title as a heading, the paragraphs of its text with their bytes [start, end) in that text, short fields as
// metadata. `uri` is left to the caller. invalid_argument: there is no text.
Result<Document> row_document(const Fields& row, const RowFields& fields, std::string_view format);

// The same of an item whose bytes are the row as JSON, with its key as `uri`; Source::direct_document.
Result<Document> json_row_document(const ItemContent& content, const RowFields& fields, std::string_view format);
// Source::direct_row, without a place.
Result<Row> json_row(const ItemContent& content);

}  // namespace naru
