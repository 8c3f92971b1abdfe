// A pipe whose ends no started program inherits by itself. For .cpp files of runtime/.
#pragma once

#include <fcntl.h>

#include <cerrno>

#include "naru/result.h"
#include "runtime/file_descriptor.h"
#include "runtime/files.h"

namespace naru {

struct Pipe {
  FileDescriptor read, write;
};

inline Result<Pipe> make_pipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return errno_error("making a pipe", errno);
  return Pipe{FileDescriptor(ends[0]), FileDescriptor(ends[1])};
}

}  // namespace naru
