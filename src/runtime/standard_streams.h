// Standard input and output as a source and a target have them: bytes that are read to their end, lines that others
// read.
//
// One thread.
#pragma once

#include <cstdint>
#include <stop_token>
#include <string>
#include <string_view>

#include "naru/result.h"

namespace naru {

// All of it, once in a process: already_exists the second time. invalid_argument: it is a terminal; limit_exceeded.
Result<std::string> read_standard_input(std::uint64_t bytes_max, const std::stop_token& stop);

// From now on what the program itself says on standard output goes to standard error, so that only records stand there.
Status claim_standard_output();
// After it. io: nobody reads any more, or the disk is full.
Status write_standard_output(std::string_view bytes);

}  // namespace naru
