// What a person calls a document that is to be forgotten, and the proof that it was, as JSON: what `naru forget` and
// the server have in common. One thread.
#pragma once

#include <string>
#include <vector>

#include "app/engine.h"
#include "base/json.h"

namespace naru {

struct ForgetName {
  std::string flow, key;
  auto operator<=>(const ForgetName&) const = default;
};

// The flows of the configuration and those that only the store still has, with what DOC may be called in each.
Result<std::vector<ForgetName>> names_of(Engine& engine, Store& store, const std::string& doc);

// A document, else a reject, else something that was forgotten before and is looked for again. not_found, and
// invalid_argument where it is there more than once.
Result<ForgetName> find_name(Engine& engine, Store& store, const std::string& doc);

Json forget_proof_to_json(const ForgetProof& proof, const std::string& doc);

}  // namespace naru
