// Short ways to describe the options of a connector, and to read what several have. Pure functions; any thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "connector/shared/glob.h"
#include "naru/descriptor.h"

namespace naru {

// Without `fallback` the option is required.
OptionSpec text_option(std::string name, std::string summary, std::optional<std::string> fallback = std::nullopt);
OptionSpec optional_text(std::string name, std::string summary);
OptionSpec whole_option(std::string name, std::string summary, std::int64_t fallback, std::string unit, double minimum,
                        double maximum);
OptionSpec flag_option(std::string name, std::string summary, bool fallback);
OptionSpec list_option(std::string name, std::string summary);  // empty where it is left out

// The text of an optional one, or "".
std::string text_or_empty(const Options& options, std::string_view name);

// The patterns of a list. invalid_argument: with the place of what is no pattern.
Result<std::vector<Glob>> globs_of(const Options& options, std::string_view name);

// A path that is not empty, below the configuration's folder where it is relative.
Result<std::string> path_of(const Options& options, std::string_view name);
// The same for a file that is written: no folder.
Result<std::string> file_to_write(const Options& options, std::string_view name);

}  // namespace naru
