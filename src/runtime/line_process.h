// LineProcess: a program that answers lines, one for each it is asked, for as long as it lives; started when it is
// first asked and again when it has gone.
//
// It is started as run_process() starts one, without a shell, in a process group of its own. One that is late, says
// more than one line or too much, or ends, is killed with its group; the next question starts another. One that fails
// again and again is started after a pause that doubles. One thread a LineProcess; the destructor ends the program.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "naru/result.h"

namespace naru {

struct LineProcessOptions {
  std::vector<std::string> arguments;
  std::uint64_t timeout_ms = 30'000;         // for one answer
  std::uint64_t memory_bytes_max = 0;        // of each of its processes: data, stack and heap; 0: no limit
  std::size_t line_bytes_max = 16U << 20;  // of an answer
};

class LineProcess {
 public:
  explicit LineProcess(LineProcessOptions options);
  ~LineProcess();
  LineProcess(const LineProcess&) = delete;
  LineProcess& operator=(const LineProcess&) = delete;

  // `line` without an end. unavailable: it cannot be started; timeout, limit_exceeded: it was killed; corrupt: it
  // said more than one line; io: it ended without an answer, with its exit status; cancelled. Whether an answer
  // belongs to its question only what is in it can tell: where it does not, call restart(). One that ends although it
  // has answered before is started and asked once more. Needs SIGPIPE to be ignored.
  Result<std::string> ask(std::string_view line, std::stop_token stop);
  // Ends the program, as after a failure.
  void restart();
  // The end of what the last one said on its standard error.
  const std::string& complained() const { return complained_; }

 private:
  struct Child;

  Status start(std::stop_token stop);
  Result<std::string> exchange(std::string_view line, std::stop_token stop);
  Error ended();
  void end();

  const LineProcessOptions options_;
  std::unique_ptr<Child> child_;  // null: none runs
  unsigned failures_ = 0;         // in a row
  std::string complained_;
};

}  // namespace naru
