// A hostile parser, for tests: bytes "HOSTILE:WORD" make the child do WORD. Registered by the test program alone.
#pragma once

#include <string>
#include <vector>

#include "naru/registry.h"

namespace naru {

void register_hostile(Registry& registry);

// The words that ask the system for something: each must be denied or end the child.
std::vector<std::string> escape_attempts();

// Strings of this process whose places a forked worker's child may know: "HOSTILE:remembered" reads them there.
void remember_strings(const char* environment, const char* argument);

}  // namespace naru
