// For tests: a server script of tests/servers/ as a child process on a free loopback port, ended with the object.
#pragma once

#include <charconv>
#include <condition_variable>
#include <mutex>
#include <string>
#include <vector>

#include "runtime/subprocess.h"
#include "runtime/thread.h"

namespace naru::testing {

class ScriptServer {
 public:
  // The script prints `port N` first. Waits for that line, or until the script ended.
  ScriptServer(const std::string& script, const std::vector<std::string>& arguments) {
    std::vector<std::string> command = {"python3", script};
    command.insert(command.end(), arguments.begin(), arguments.end());
    thread_ = Thread("server", [this, command](std::stop_token stop) {
      ProcessOptions options;
      options.on_output = [this](std::string_view piece) { take_output(piece); };
      const Result<ProcessResult> result = run_process(command, options, stop);
      const std::lock_guard lock(mutex_);
      ended_ = true;
      if (!result) output_ += result.error().describe();
      changed_.notify_all();
    });
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return port_ != 0 || ended_; });
  }

  ~ScriptServer() {
    thread_.request_stop();
    thread_.join();
  }

  int port() const { return port_; }  // 0: it did not start
  std::string url(const std::string& path) const { return "http://127.0.0.1:" + std::to_string(port_) + path; }
  std::string output() {
    const std::lock_guard lock(mutex_);
    return output_;
  }

 private:
  void take_output(std::string_view piece) {
    const std::lock_guard lock(mutex_);
    output_ += piece;
    const std::size_t end = output_.find('\n');
    if (port_ != 0 || end == std::string::npos || !output_.starts_with("port ")) return;
    std::from_chars(output_.data() + 5, output_.data() + end, port_);
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  int port_ = 0;
  bool ended_ = false;
  std::string output_;
  Thread thread_;
};

}  // namespace naru::testing
