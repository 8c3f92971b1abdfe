// The program. Signals and the terminal are looked at here and nowhere else; all else is run_cli.
//
// The first SIGINT or SIGTERM asks to drain: what is finished is committed, exit code 75. A second one ends the process
// at once; the store survives that as it survives a crash.
#include <pthread.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "app/cli.h"
#include "parse/worker/worker.h"
#include "runtime/failpoint.h"
#include "runtime/thread.h"

namespace naru {

namespace {

constexpr int kExitTryAgain = 75;  // product.md

sigset_t watched_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : {SIGINT, SIGTERM, SIGUSR1}) sigaddset(&set, number);
  return set;
}

// Takes signals in a thread of its own, so that no code runs in a signal handler. SIGUSR1 to ourselves ends the thread.
class SignalWatch {
 public:
  SignalWatch() {
    const sigset_t set = watched_signals();
    pthread_sigmask(SIG_BLOCK, &set, nullptr);  // before any other thread: they inherit it
    signal(SIGPIPE, SIG_IGN);                   // a closed pipe is an error of write()
    thread_ = Thread("signals", [this](std::stop_token) { watch(); });
  }
  ~SignalWatch() {
    ending_ = true;
    kill(getpid(), SIGUSR1);
  }
  std::stop_token token() const { return stop_.get_token(); }

 private:
  void watch() {
    const sigset_t set = watched_signals();
    for (;;) {
      int number = 0;
      sigwait(&set, &number);
      if (ending_) return;
      if (number == SIGUSR1) continue;
      if (stop_.stop_requested()) _exit(kExitTryAgain);
      stop_.request_stop();
      if (isatty(STDERR_FILENO) == 0) continue;
      constexpr std::string_view kSaid = "\nnaru: stopping; what is finished is kept. Press again to end at once.\n";
      static_cast<void>(!write(STDERR_FILENO, kSaid.data(), kSaid.size()));
    }
  }

  std::stop_source stop_;
  std::atomic<bool> ending_ = false;
  Thread thread_;
};

Surroundings look_around() {
  Surroundings around;
  around.stdin_is_terminal = isatty(STDIN_FILENO) == 1;
  around.stdout_is_terminal = isatty(STDOUT_FILENO) == 1;
  around.stderr_is_terminal = isatty(STDERR_FILENO) == 1;
  const char* no_colour = std::getenv("NO_COLOR");  // no-color.org: present and not empty
  const char* terminal = std::getenv("TERM");
  around.colour = (no_colour == nullptr || *no_colour == '\0') &&
                  (terminal == nullptr || std::string_view(terminal) != "dumb");
  winsize size{};
  const bool sized = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0;
  constexpr unsigned kColumnsMin = 20;  // below, nothing can be laid out
  if (sized && size.ws_col >= kColumnsMin) around.columns = size.ws_col;
  return around;
}

}  // namespace

}  // namespace naru

int main(int argc, char** argv) {
  if (const std::optional<int> status = naru::run_worker_if_asked(argc, argv)) return *status;
  if (argc > 2 && std::string_view(argv[1]) == "parse") naru::fork_worker(argv);
  const naru::SignalWatch signals;
  naru::load_failpoints_from_environment();
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  return naru::run_cli(arguments, naru::look_around(), signals.token());
}
