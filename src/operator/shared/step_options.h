// What the factories of steps have in common. Pure functions; any thread.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "naru/descriptor.h"
#include "naru/id.h"
#include "naru/result.h"

namespace naru {

// Of a step that depends on its options and on nothing else.
Id128 step_fingerprint(const Descriptor& descriptor, const Options& options);

// An option without which the step cannot be, or one of texts that may be left out.
OptionSpec needed_option(std::string name, OptionType type, std::string summary);

// `field` of steps that judge whole texts.
OptionSpec text_field_option();

// "a SIGN b" of each text, both sides without blanks at their ends. invalid_argument with its place: a side is missing.
using NamePairs = std::vector<std::pair<std::string, std::string>>;
Result<NamePairs> read_pairs(const Options& options, std::string_view option, std::string_view sign);

// A mistake in what an option says, with the place of the step.
Error option_error(const Options& options, std::string_view what);

}  // namespace naru
