// Registry: every source, parser, operator and target by name, each with its Descriptor.
//
// Filled once at start by the generated register_connector/register_parse/register_operator, then read-only: any
// thread. A connector, parser or operator file defines `void register_NAME(Registry&)` and touches nothing else.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "naru/descriptor.h"
#include "naru/flow.h"
#include "naru/model.h"
#include "naru/target.h"

namespace naru {

// What a model said, by a hash of all that it depends on. Any thread.
class AnswerMemo {
 public:
  virtual ~AnswerMemo() = default;
  virtual std::optional<std::string> find(const Id128& key) = 0;
  virtual void keep(const Id128& key, std::string_view answer) = 0;
};

// What an operator may use beside its options. Pointers are borrowed and outlive the operator; null: not configured.
struct OperatorContext {
  Embedder* embedder = nullptr;
  const Tokenizer* tokenizer = nullptr;  // counts tokens for chunk sizes; null: an estimate is used
  const class ParseService* parse_service = nullptr;  // the sandboxed worker
  Generator* generator = nullptr;   // where the Descriptor needs one
  AnswerMemo* answers = nullptr;    // null: a model is asked each time
};

// Turns bytes into a Document somewhere safe. Implemented over the sandboxed worker; tests may parse in process.
class ParseService {
 public:
  virtual ~ParseService() = default;
  virtual Result<Document> parse(const ParseInput& input, std::stop_token stop) const = 0;
  virtual Id128 fingerprint() const = 0;  // of all parsers with their versions
};

using SourceFactory = std::function<Result<std::unique_ptr<Source>>(const Options&)>;
using ParserFactory = std::function<std::unique_ptr<Parser>()>;
using OperatorFactory = std::function<Result<std::unique_ptr<Operator>>(const Options&, const OperatorContext&)>;

// What a target is told beside its options.
struct TargetContext {
  std::string flow;
  PayloadKind takes = PayloadKind::document;  // what will arrive
  bool vectors = false;                       // and whether with its vectors
  std::optional<ModelInfo> model = {};        // that these are of; none: it was not opened, this is a look only
};
using TargetFactory = std::function<Result<std::unique_ptr<Target>>(const Options&, const TargetContext&)>;

class Registry {
 public:
  struct SourceEntry {
    Descriptor descriptor;
    SourceFactory make;
    std::vector<std::string> one_of;  // of these options a flow gives exactly one; `naru discover` does without
  };
  struct ParserEntry {
    Descriptor descriptor;
    ParserFactory make;
  };
  struct OperatorEntry {
    Descriptor descriptor;
    OperatorFactory make;
  };

  struct TargetEntry {
    Descriptor descriptor;
    TargetFactory make;
  };

  void add_source(Descriptor descriptor, SourceFactory make, std::vector<std::string> one_of = {});
  void add_parser(Descriptor descriptor, ParserFactory make);
  void add_operator(Descriptor descriptor, OperatorFactory make);
  void add_target(Descriptor descriptor, TargetFactory make);

  const SourceEntry* source(std::string_view name) const;  // null: no such name
  const OperatorEntry* find_operator(std::string_view name) const;
  const TargetEntry* target(std::string_view name) const;
  const std::map<std::string, SourceEntry, std::less<>>& sources() const { return sources_; }
  const std::map<std::string, ParserEntry, std::less<>>& parsers() const { return parsers_; }
  const std::map<std::string, OperatorEntry, std::less<>>& operators() const { return operators_; }
  const std::map<std::string, TargetEntry, std::less<>>& targets() const { return targets_; }

 private:
  std::map<std::string, SourceEntry, std::less<>> sources_;
  std::map<std::string, ParserEntry, std::less<>> parsers_;
  std::map<std::string, OperatorEntry, std::less<>> operators_;
  std::map<std::string, TargetEntry, std::less<>> targets_;
};

// Generated at configure time from the folders' files, in name order.
void register_connector(Registry& registry);
void register_parse(Registry& registry);
void register_operator(Registry& registry);

}  // namespace naru
