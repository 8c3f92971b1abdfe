// Documents and passages as targets of JSON lines write them. Pure functions; any thread.
#pragma once

#include "base/json.h"
#include "naru/descriptor.h"
#include "naru/target.h"

namespace naru {

std::string_view trust_name(Trust trust);       // as `trust:` of a source has it
Json metadata_json(const Metadata& metadata);   // {NAME: [VALUE, …]}

// {"id","title","language","format","version","metadata","access","trust","text"}; `access` where it is more than the
// owner.
Json document_json(const DocumentUpsert& upsert);
// {"id","doc","n","title","language","heading_path","locator","version","access","trust","text"}
Json chunk_json(const DocumentUpsert& upsert, std::size_t n);

// What an item is in a file of JSON lines, and how many lines that is.
struct JsonLinesOf {
  std::string bytes;
  std::uint64_t records = 0;
};
JsonLinesOf json_lines_of(const DocumentUpsert& upsert, PayloadKind takes);

}  // namespace naru
