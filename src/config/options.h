// Checks what a person wrote for a source, step or model against its Descriptor, and gives the Options or all mistakes.
//
// Pure functions; any thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/yaml.h"
#include "naru/descriptor.h"
#include "naru/result.h"

namespace naru {

// `node` is the map of fields, or null or absent (kind null) where none were given. `what` names the thing in messages:
// `source "folder"`. Nothing where there was a mistake.
std::optional<Options> check_options(const Descriptor& descriptor, const YamlNode& node, const Place& place,
                                     const std::string& what, const std::string& base_folder,
                                     std::vector<Diagnostic>& diagnostics);

// Whether exactly one of these is given; none are named: nothing is asked for.
void check_one_of(const std::vector<std::string>& names, const Options& options, const Place& place,
                  const std::string& what, std::vector<Diagnostic>& diagnostics);

// A text may be, or hold, ${secret:file:PATH}, ${secret:env:NAME} and ${env:NAME}: looked up only when the thing is
// made, and never shown. Problem of the form alone, "" where it is well formed.
std::string reference_problem(std::string_view text);
// not_found: the variable or file is not there; says which. A file's last line end is not part of the secret.
Result<std::string> resolve_references(std::string_view text, const std::string& base_folder);
// All texts of an Options.
Result<Options> resolve_references(const Options& options, const Descriptor& descriptor);
// The values that its references have now, longest first: what messages must not show.
std::vector<std::string> secrets_of(const Options& options, const Descriptor& descriptor);

}  // namespace naru
