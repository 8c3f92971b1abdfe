// Another program as a child: started without a shell, in a process group of its own, with no open files of ours. For
// .cpp files of runtime/.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "naru/result.h"

namespace naru {

// What the child has as its standard input (-1: none), output and errors.
struct ChildEnds {
  int input = -1, output = -1, errors = -1;
};

// bare: of ours only where programs and home are, the language and the time zone.
enum class Environment : std::uint8_t { ours, bare };

// unavailable: the program is not there, or may not be run.
Result<pid_t> spawn_program(const std::vector<std::string>& arguments, const ChildEnds& ends, Environment environment);

// 128 + signal where a signal ended it.
int exit_status_of(int status);

// Adds a piece of what a child says, of which the last bytes are kept.
void keep_end(std::string& kept, std::string_view piece, std::size_t bytes_max);

// Ends the child and all of its group, and waits for it: its exit status.
int kill_group(pid_t child);

}  // namespace naru
