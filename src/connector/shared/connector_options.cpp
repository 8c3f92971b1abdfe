#include "connector/shared/connector_options.h"

#include <fmt/format.h>

#include "runtime/files.h"

namespace naru {

namespace {

OptionSpec spec_of(std::string name, OptionType type, std::string summary) {
  OptionSpec spec;
  spec.name = std::move(name);
  spec.type = type;
  spec.summary = std::move(summary);
  return spec;
}

}  // namespace

OptionSpec text_option(std::string name, std::string summary, std::optional<std::string> fallback) {
  OptionSpec spec = spec_of(std::move(name), OptionType::text, std::move(summary));
  if (fallback) spec.fallback = std::move(*fallback);
  return spec;
}

OptionSpec optional_text(std::string name, std::string summary) {
  OptionSpec spec = spec_of(std::move(name), OptionType::text, std::move(summary));
  spec.optional = true;
  return spec;
}

OptionSpec whole_option(std::string name, std::string summary, std::int64_t fallback, std::string unit, double minimum,
                        double maximum) {
  OptionSpec spec = spec_of(std::move(name), OptionType::integer, std::move(summary));
  spec.fallback = fallback;
  spec.unit = std::move(unit);
  spec.minimum = minimum;
  spec.maximum = maximum;
  return spec;
}

OptionSpec flag_option(std::string name, std::string summary, bool fallback) {
  OptionSpec spec = spec_of(std::move(name), OptionType::boolean, std::move(summary));
  spec.fallback = fallback;
  return spec;
}

OptionSpec list_option(std::string name, std::string summary) {
  OptionSpec spec = spec_of(std::move(name), OptionType::text_list, std::move(summary));
  spec.fallback = std::vector<std::string>();
  return spec;
}

std::string text_or_empty(const Options& options, std::string_view name) {
  return options.has(name) ? options.text(name) : std::string();
}

Result<std::vector<Glob>> globs_of(const Options& options, std::string_view name) {
  std::vector<Glob> globs;
  for (const std::string& pattern : options.list(name)) {
    globs.push_back(NARU_TRY_AT(Glob::compile(pattern), fmt::format("{}: {}: \"{}\"", options.place.text(), name,
                                                                    pattern)));
  }
  return globs;
}

Result<std::string> path_of(const Options& options, std::string_view name) {
  const std::string& path = options.text(name);
  if (path.empty()) return Error(Code::invalid_argument, fmt::format("{}: `{}` is empty", options.place.text(), name));
  return path.front() == '/' ? path : join_path(options.base_folder, path);
}

Result<std::string> file_to_write(const Options& options, std::string_view name) {
  std::string path = NARU_TRY(path_of(options, name));
  if (path.ends_with('/') || is_folder(path)) {
    return Error(Code::invalid_argument,
                 fmt::format("{}: {} is a folder, not a file", options.place.text(), options.text(name)));
  }
  return path;
}

}  // namespace naru
