// Where and as what this process runs, to tell it from others. Any thread.
#pragma once

#include <string>

namespace naru {

std::string host_name();   // as the system has it; "unknown" where it has none
std::string machine_id();  // of the installation; "" where the system gives none, as in many containers
int process_number();

}  // namespace naru
