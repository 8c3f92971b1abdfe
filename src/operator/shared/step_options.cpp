#include "operator/shared/step_options.h"

#include <fmt/format.h>

#include "text/unicode.h"

namespace naru {

Id128 step_fingerprint(const Descriptor& descriptor, const Options& options) {
  return hash128({descriptor.name, std::to_string(descriptor.version), options.canonical()});
}

OptionSpec needed_option(std::string name, OptionType type, std::string summary) {
  OptionSpec option;
  option.name = std::move(name);
  option.type = type;
  option.summary = std::move(summary);
  return option;
}

OptionSpec text_field_option() {
  OptionSpec field;
  field.name = "field";
  field.summary = "Of rows: which field holds the text.";
  field.fallback = "text";
  return field;
}

Error option_error(const Options& options, std::string_view what) {
  return {Code::invalid_argument, fmt::format("{}: {}", options.place.text(), what)};
}

Result<NamePairs> read_pairs(const Options& options, std::string_view option, std::string_view sign) {
  NamePairs pairs;
  for (const std::string& text : options.list(option)) {
    const std::size_t at = text.find(sign);
    const std::string left = fold_white_space(text.substr(0, at));
    const std::string right = at == std::string::npos ? "" : fold_white_space(text.substr(at + sign.size()));
    if (left.empty() || right.empty()) {
      return option_error(options, fmt::format("\"{}\" is not of the form `a {} b`", text, sign));
    }
    // The right side may be an expression with blanks that mean something.
    pairs.emplace_back(nfc(left), text.substr(at + sign.size()));
  }
  return pairs;
}

}  // namespace naru
