// History: which documents there were at an epoch, which epochs are kept, and the names that keep them.
//
// A document's earlier generations, with their chunk rows and contents, are kept for a day, and as long as a tag needs
// them. Free functions over one connection to the truth, within the caller's transaction; docs/format/truth.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "naru/result.h"
#include "store/sqlite.h"
#include "store/store.h"

namespace naru {

// A table expression with one row a document as it was at an epoch, now where none is given: id, flow, key, version,
// label, label_now, base, title, language, format, date, metadata, content, layout. `label_now` is that of the document
// of this name that lives now, NULL where none does: who may read it must be allowed both.
std::string documents_at(std::optional<std::uint64_t> epoch);

// not_found: it is not kept any more; invalid_argument: there was never such an epoch. The message names what is there.
Status check_kept(Database& truth, std::uint64_t epoch);
// An epoch by its number or by a tag. not_found as above, or where there is no such tag.
Result<std::uint64_t> find_epoch(Database& truth, const std::string& text);
Result<std::uint64_t> oldest_epoch(Database& truth);

// How a document was and is, newest first: what is still kept, and what the reader may read by the label that it had
// then and by that of the document of this name today.
Result<std::vector<DocumentVersion>> read_versions(Database& truth, const std::string& flow, const std::string& key,
                                                    const Principal& principal);

Result<std::vector<Tag>> read_tags(Database& truth);  // by name
// already_exists, with its epoch; invalid_argument: no name for a tag.
Result<Tag> add_tag(Database& truth, const std::string& name, std::optional<std::uint64_t> epoch);
Status drop_tag(Database& truth, const std::string& name);  // not_found

// The model whose vectors a knowledge base searched at an epoch; 0: none.
Result<std::int64_t> model_at(Database& truth, std::int64_t base, std::uint64_t epoch);

// Drops what is older than a day and needed by no tag. The contents that it named may be named by nothing now.
Result<std::vector<std::int64_t>> drop_old_history(Database& truth);

}  // namespace naru
