// Standard input and output as a source and a target have them: bytes that are read to their end, lines that others
// read.
//
// One thread.
#pragma once

#include <cstddef>
#include <stop_token>
#include <string>
#include <string_view>

#include "naru/result.h"

namespace naru {

// What comes next, waited for; nothing: that was all.
Result<std::string> read_standard_input(std::size_t bytes_max, const std::stop_token& stop);
// Before it, once in a process: already_exists the second time. invalid_argument: it is a terminal.
Status claim_standard_input();

// From now on what the program itself says on standard output goes to standard error, so that only records stand there.
Status claim_standard_output();
// After it. io: nobody reads any more, or the disk is full.
Status write_standard_output(std::string_view bytes);

}  // namespace naru
