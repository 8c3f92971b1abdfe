// Zygote: a process of our own program that forks a sandboxed child for each task.
//
// Started by exec with an empty environment and no open file of ours, or forked before we know anything, so that
// nothing we know is in the memory that its children inherit. It never looks at foreign bytes: it forwards
// descriptors, forks, watches the children's memory, kills and reaps. When this process ends, however it ends, the
// zygote sees its socket close, kills its children and ends; when the zygote ends, the kernel kills its children.
//
// Zygote::run may be called from any number of threads. A ZygoteChild belongs to one thread and may outlive nothing:
// its destructor has the child killed.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "naru/result.h"
#include "runtime/sandbox.h"

namespace naru {

// How a child ended, as the zygote saw it.
struct ChildEnd {
  enum class Why : std::uint8_t { by_itself, memory, asked };
  int exit_status = 0;  // where no signal ended it
  int signal = 0;
  Why why = Why::by_itself;
  std::uint64_t peak_bytes = 0;  // resident
  std::uint64_t cpu_ms = 0;
};

class ZygoteChild {
 public:
  ZygoteChild(int output, int status) : output_(output), status_(status) {}
  ZygoteChild(ZygoteChild&& other) noexcept;
  ZygoteChild& operator=(ZygoteChild&&) = delete;
  ~ZygoteChild();

  enum class Event : std::uint8_t {
    bytes,      // `text` holds what the child wrote
    end,        // the child's end of the pipe is closed
    nothing,    // `wait_ms` went by
    refused,    // the zygote could not fork: error_number()
    lost,       // the zygote is gone
  };
  // Waits up to `wait_ms` for bytes of the child, at most `bytes_max` of them.
  Event read(std::string& text, std::size_t bytes_max, int wait_ms);
  int error_number() const { return error_; }

  // Has the child killed, if it still lives, and waits up to `wait_ms` for its end. Nothing: the zygote is silent.
  std::optional<ChildEnd> kill(int wait_ms);
  // The same without killing, for a child whose output has ended.
  std::optional<ChildEnd> wait(int wait_ms);

 private:
  bool receive();  // a message of the zygote; false: it is gone

  int output_, status_;
  int error_ = 0;
  std::optional<ChildEnd> end_;
};

class Zygote {
 public:
  // unavailable: the program cannot be started.
  static Result<std::unique_ptr<Zygote>> start(const std::string& executable, const std::string& argument);
  // The same without a second exec, for a program that has only begun: one thread, no file of its own open, nothing
  // read. In the new process `arguments` and the environment are overwritten, then `child` runs and does not come back.
  // unavailable: no process is to be had.
  static Result<std::unique_ptr<Zygote>> fork(char** arguments, void (*child)());
  ~Zygote();  // ends it with all its children
  Zygote(const Zygote&) = delete;
  Zygote& operator=(const Zygote&) = delete;

  // A child that gets `input` read-only and cannot change it. `request` (at most kRequestBytesMax) is for the program
  // itself and reaches the zygote: nothing foreign in it. io: no memory or descriptors; unavailable: it is gone.
  Result<ZygoteChild> run(std::string_view request, std::string_view input, const SandboxLimits& limits) const;

  void kill() const;  // for one that does not answer
  int process() const { return process_; }

  static constexpr std::size_t kRequestBytesMax = 1024;
  static constexpr unsigned kChildrenMax = 1024;  // at once; the next is refused as by a machine without processes

 private:
  Zygote(int process, int control) : process_(process), control_(control) {}
  const int process_;
  const int control_;
};

// What the program does as a zygote.
class ZygoteTask {
 public:
  virtual ~ZygoteTask() = default;
  // In the zygote, once it can no longer be asked for files by its children: opens what children will need.
  virtual void prepare(std::string_view request) = 0;
  // In the child, inside the sandbox. `entered` is an error where the floor does not hold: then no byte of the input is
  // there. What comes back is written to the output; the child then ends.
  virtual std::string run(std::string_view request, const Result<Sandbox::Entered>& entered) = 0;
};

// Serves the socket on descriptor 0 until it closes, then ends the process without running anything more. The process
// must have one thread.
[[noreturn]] void run_zygote(ZygoteTask& task);

// Writes all of it to the child's output; false: nobody reads any more.
bool write_output(std::string_view bytes);

}  // namespace naru
