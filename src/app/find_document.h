// From what a person typed as DOC to the document, and from a document to the command that shows it.
//
// Looks only at what the principal may read, so that nothing is learnt of the rest. One thread.
#pragma once

#include <optional>
#include <string>

#include "app/engine.h"
#include "app/invocation.h"

namespace naru {

// DOC is the document's path or id, or KB/DOC; as it is, or as it was at an epoch. not_found: with what was probably
// meant; invalid_argument: it is in several knowledge bases.
Result<DocumentView> find_document(Engine& engine, Store& store, const Principal& principal, const std::string& doc,
                                   std::optional<std::uint64_t> as_of = std::nullopt);

// "naru show a/b.pdf --page 3", as it can be pasted into the same shell.
class ShowCommands {
 public:
  // `as_of`: the epoch or tag that the documents were found by.
  static Result<ShowCommands> make(Store& store, const Principal& principal, const Invocation& invocation,
                                   const std::optional<std::string>& as_of);
  std::string command(const std::string& knowledge_base, const std::string& doc, const Locator& locator,
                      std::uint32_t chunk) const;

 private:
  std::string prefix_;          // "naru", and the -C that was given
  std::string suffix_;          // the --as-of that was given
  bool several_bases_ = false;  // then DOC alone may not be enough
};

// "p. 3" or "bytes 120-812": a place as people say it; empty where the format has none.
std::string place_of(const Locator& locator);

}  // namespace naru
