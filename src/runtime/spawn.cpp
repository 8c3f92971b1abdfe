#include "runtime/spawn.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "runtime/files.h"

extern char** environ;

namespace naru {

namespace {

// What a program of somebody else needs to start; tokens and keys in our environment are nobody's business.
std::vector<char*> bare_environment() {
  constexpr std::array<std::string_view, 6> kKept = {"PATH=", "HOME=", "LANG=", "LC_", "TZ=", "TMPDIR="};
  std::vector<char*> kept;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    if (std::any_of(kKept.begin(), kKept.end(), [&](std::string_view name) { return text.starts_with(name); })) {
      kept.push_back(*entry);
    }
  }
  kept.push_back(nullptr);
  return kept;
}

}  // namespace

Result<pid_t> spawn_program(const std::vector<std::string>& arguments, const ChildEnds& ends, Environment environment) {
  const bool bare = environment == Environment::bare;
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  if (ends.input < 0) posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  if (ends.input >= 0) posix_spawn_file_actions_adddup2(&actions, ends.input, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, ends.output, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, ends.errors, STDERR_FILENO);
  sigset_t none, all;  // what our threads block or ignore is nothing to the child
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setpgroup(&attributes, 0);
  pid_t child = 0;
  std::vector<char*> kept = bare ? bare_environment() : std::vector<char*>();
  const int failed = posix_spawnp(&child, argv[0], &actions, &attributes, argv.data(), bare ? kept.data() : environ);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (failed == ENOENT) return Error(Code::unavailable, "the program " + arguments[0] + " is not there");
  if (failed == EACCES) return Error(Code::unavailable, "the program " + arguments[0] + " may not be run");
  if (failed != 0) return errno_error("starting " + arguments[0], failed);
  return child;
}

int exit_status_of(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); }

void keep_end(std::string& kept, std::string_view piece, std::size_t bytes_max) {
  kept += piece;
  if (kept.size() > bytes_max) kept.erase(0, kept.size() - bytes_max);
}

int kill_group(pid_t child) {
  kill(-child, SIGKILL);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return exit_status_of(status);
}

}  // namespace naru
