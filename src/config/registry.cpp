#include "naru/registry.h"

#include "base/assert.h"

namespace naru {

// A name taken twice is a mistake in the program, found by its first start.
void Registry::add_source(Descriptor descriptor, SourceFactory make, std::vector<std::string> one_of) {
  const std::string name = descriptor.name;
  NARU_ASSERT(sources_.emplace(name, SourceEntry{std::move(descriptor), std::move(make), std::move(one_of)}).second);
}

void Registry::add_parser(Descriptor descriptor, ParserFactory make) {
  const std::string name = descriptor.name;
  NARU_ASSERT(parsers_.emplace(name, ParserEntry{std::move(descriptor), std::move(make)}).second);
}

void Registry::add_operator(Descriptor descriptor, OperatorFactory make) {
  const std::string name = descriptor.name;
  NARU_ASSERT(operators_.emplace(name, OperatorEntry{std::move(descriptor), std::move(make)}).second);
}

void Registry::add_target(Descriptor descriptor, TargetFactory make) {
  const std::string name = descriptor.name;
  NARU_ASSERT(targets_.emplace(name, TargetEntry{std::move(descriptor), std::move(make)}).second);
}

const Registry::SourceEntry* Registry::source(std::string_view name) const {
  const auto it = sources_.find(name);
  return it == sources_.end() ? nullptr : &it->second;
}

const Registry::OperatorEntry* Registry::find_operator(std::string_view name) const {
  const auto it = operators_.find(name);
  return it == operators_.end() ? nullptr : &it->second;
}

const Registry::TargetEntry* Registry::target(std::string_view name) const {
  const auto it = targets_.find(name);
  return it == targets_.end() ? nullptr : &it->second;
}

}  // namespace naru
