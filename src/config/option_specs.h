// Short ways to describe the options that config/ itself knows: of models, of `search:`, of labels. Pure functions.
#pragma once

#include <string>
#include <vector>

#include "naru/descriptor.h"

namespace naru {

OptionSpec option(std::string name, OptionType type, std::string summary);  // may be left out
OptionSpec number_option(std::string name, OptionType type, std::string summary, double minimum, double maximum,
                         std::string unit = "");
OptionSpec choice_option(std::string name, std::string summary, std::vector<std::string> choices);
OptionSpec required(OptionSpec spec);

}  // namespace naru
