// Invocation: what a person asked for beside the command itself, and where they stand.
//
// Made once by run_cli, lent to the command; one thread, except stop() and output().
#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "app/output.h"
#include "naru/record.h"
#include "naru/result.h"

namespace naru {

// The options that every command takes. None: not given.
struct CommonOptions {
  std::optional<std::string> folder;  // -C
  std::optional<std::string> config;  // --config
  std::optional<std::string> as;      // --as
  bool json = false;
  bool trace = false;
};

class Invocation {
 public:
  Invocation(CommonOptions options, Output& output, std::stop_token stop)
      : options_(std::move(options)), output_(output), stop_(std::move(stop)) {}

  bool json() const { return options_.json; }
  Output& output() const { return output_; }
  std::stop_token stop() const { return stop_; }

  // As if the program had been started in the folder of -C; an empty one, of an unset variable in a script, is here.
  std::string folder() const { return options_.folder.value_or("").empty() ? "." : *options_.folder; }
  std::string path(const std::string& given) const;
  std::optional<std::string> config_file() const;  // none: naru.yaml of the folder, which may not be there

  // The one place where a principal is made. invalid_argument: --as has no user.
  Result<Principal> principal() const;
  // not_allowed with --as: what follows shows or changes what belongs to the owner.
  Status require_owner(std::string_view what) const;

 private:
  const CommonOptions options_;
  Output& output_;
  const std::stop_token stop_;
};

}  // namespace naru
