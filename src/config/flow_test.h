// FlowTest: what a flow should make of one item, as `tests:` of the flow says; `naru test` holds it to that.
//
// A plain value.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "naru/descriptor.h"
#include "naru/value.h"

namespace naru {

struct FlowTest {
  std::string name;
  Place place;
  std::string step;                 // by its word or number; empty: the last but `embed`
  // Given: exactly one of these.
  std::optional<std::string> text;  // bytes of an item
  std::optional<std::string> file;  // absolute path of a file with them
  std::optional<Fields> row;
  std::string item;                 // the item's key: its ending says what it may be
  // Expected: one and more of these.
  std::optional<std::int64_t> passages;      // so many
  std::optional<std::vector<Fields>> rows;   // exactly these, in this order
  std::vector<std::string> contains, lacks;  // texts somewhere, or nowhere, in what was made
  std::optional<std::string> dropped;        // for that reason; empty: for any
  std::optional<std::string> rejected;       // with that code; empty: with any
};

}  // namespace naru
