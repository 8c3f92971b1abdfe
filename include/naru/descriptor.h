// Descriptor: the documentation that a connector, parser or operator carries in its own file, and Options: what the
// configuration gave it, checked against that Descriptor.
//
// From the Descriptor alone come help, the configuration's schema, error suggestions and a test that runs every
// example. Immutable after registration; any thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "naru/result.h"

namespace naru {

enum class OptionType : std::uint8_t { text, integer, number, boolean, text_list };

using OptionValue = std::variant<std::string, std::int64_t, double, bool, std::vector<std::string>>;

struct OptionSpec {
  std::string name;     // snake_case, one word everywhere
  OptionType type = OptionType::text;
  std::string summary;  // one line
  std::optional<OptionValue> fallback;  // none: the option is required unless `optional`
  bool optional = false;
  std::string unit;                     // "tokens", "seconds", "" ...
  std::optional<double> minimum, maximum;
  std::vector<std::string> choices;     // text options: the closed set, if any
};

// What moves through a flow: the raw bytes of an item, a row of typed fields, a document of blocks, its chunks.
enum class PayloadKind : std::uint8_t { bytes, row, document, chunk };

std::string_view payload_kind_name(PayloadKind kind);  // "bytes", "rows", "documents", "passages": as people say it

struct Descriptor {
  std::string name;     // the word in naru.yaml
  std::string summary;  // one line
  std::vector<OptionSpec> options;
  std::vector<std::string> examples;  // YAML of one step or source, each must validate
  std::uint32_t version = 1;          // part of the step fingerprint: bump when the output changes
  // Of operators and targets: what they work on. `validate` holds a flow to it.
  std::vector<PayloadKind> takes = {PayloadKind::document};
  std::optional<PayloadKind> gives;   // operators: none: what they took. Sources: none: bytes
  bool needs_chat = false;            // operators: it asks the model of `models: chat`
  std::string guarantee;              // targets: what holds of them after a kill at any moment; a few words
  bool keeps_vectors = false;         // targets: passages may arrive with their vectors
};

// A place in a configuration file: 1-based line and column, 0 where unknown.
struct Place {
  std::string file;
  int line = 0;
  int column = 0;
  std::string text() const;  // "naru.yaml:14:7"
};

// Option values after validation: every option of the Descriptor that has a value or a fallback is present.
class Options {
 public:
  void set(std::string name, OptionValue value) { values_[std::move(name)] = std::move(value); }
  bool has(std::string_view name) const { return values_.find(name) != values_.end(); }
  // Asserts that the option exists with that type: validation has already happened.
  const std::string& text(std::string_view name) const;
  std::int64_t integer(std::string_view name) const;
  double number(std::string_view name) const;
  bool boolean(std::string_view name) const;
  const std::vector<std::string>& list(std::string_view name) const;
  std::string canonical() const;  // sorted JSON: part of the step fingerprint

  Place place;             // where the step stands, for messages
  std::string base_folder; // folder of the configuration file: relative paths start here

 private:
  std::map<std::string, OptionValue, std::less<>> values_;
};

}  // namespace naru
