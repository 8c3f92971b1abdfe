// The command line: words in, exit code out. main() calls it with what it found out about the terminal and signals.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "app/output.h"

namespace naru {

// `arguments` without the program's name. Never throws, never exits.
int run_cli(const std::vector<std::string>& arguments, const Surroundings& surroundings, std::stop_token stop);

}  // namespace naru
