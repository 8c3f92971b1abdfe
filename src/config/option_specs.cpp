#include "config/option_specs.h"

#include <utility>

namespace naru {

OptionSpec option(std::string name, OptionType type, std::string summary) {
  OptionSpec spec;
  spec.name = std::move(name);
  spec.type = type;
  spec.summary = std::move(summary);
  spec.optional = true;
  return spec;
}

OptionSpec number_option(std::string name, OptionType type, std::string summary, double minimum, double maximum,
                         std::string unit) {
  OptionSpec spec = option(std::move(name), type, std::move(summary));
  spec.minimum = minimum;
  spec.maximum = maximum;
  spec.unit = std::move(unit);
  return spec;
}

OptionSpec required(OptionSpec spec) {
  spec.optional = false;
  return spec;
}

OptionSpec choice_option(std::string name, std::string summary, std::vector<std::string> choices) {
  OptionSpec spec = option(std::move(name), OptionType::text, std::move(summary));
  spec.choices = std::move(choices);
  return spec;
}

}  // namespace naru
