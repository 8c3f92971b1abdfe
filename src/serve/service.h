// Service: what the server serves, as app/ wires it: knowledge bases, answers, models. The same functions as the
// commands'; serve/ knows HTTP and nothing of how they are made.
//
// Any thread. What is lent (models) lives as long as the Service.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/json.h"
#include "generate/answer.h"
#include "naru/model.h"
#include "naru/record.h"
#include "naru/result.h"
#include "retrieve/retriever.h"
#include "store/rooms.h"
#include "store/store.h"

namespace naru {

enum class ServedKind : std::uint8_t { knowledge_base, chat, embed };

struct ServedModel {
  std::string id;  // "naru/handbook"; of a model its own name
  ServedKind kind = ServedKind::knowledge_base;
  std::string knowledge_base;
};

// A knowledge base's model id.
inline constexpr std::string_view kBaseFront = "naru/";

struct ReadyCheck {
  std::string name;   // "store"
  std::string wrong;  // empty: it is ready
};

struct SearchCall {
  SearchRequest request;
  std::optional<std::string> as_of;      // an epoch or a tag
  std::optional<std::string> explained;  // a document: why it was returned, or was not
};

struct AskCall {
  AskRequest request;
  std::optional<std::string> as_of;  // an epoch or a tag
  std::optional<std::string> room;   // its turns are the history of the request, then
};

struct Original {
  std::string format;  // as the parser that read it is called: "pdf"
  std::string bytes;
};

// Of a flow its last run, and when it last came to its end as it should (Unix time; 0: in no run that is kept).
struct FlowRun {
  RunSummary last;
  std::int64_t succeeded_ms = 0;
};

class Service {
 public:
  virtual ~Service() = default;

  // What this principal may see; nothing is opened for it.
  virtual Result<std::vector<ServedModel>> models(const Principal& principal) = 0;
  virtual std::vector<ReadyCheck> readiness() = 0;
  // Of the flows that ran, by name: for metrics.
  virtual Result<std::vector<FlowRun>> flow_runs() = 0;

  // As `naru ask`: the answer is kept for `naru why`, and in its room.
  virtual Result<Answer> ask(AskCall call, const Principal& principal, const AskEvents& events,
                             std::stop_token stop) = 0;
  // The conversations; each principal sees and changes their own.
  virtual Rooms rooms() = 0;
  // As `naru search --json`.
  virtual Result<Json> search(SearchCall call, const Principal& principal, std::stop_token stop) = 0;
  // not_found: not there or not to be read, which looks alike; invalid_argument: in several knowledge bases.
  virtual Result<DocumentView> document(const std::optional<std::string>& knowledge_base, const std::string& doc,
                                        const Principal& principal) = 0;
  virtual Result<Json> document_json(const std::optional<std::string>& knowledge_base, const std::string& doc,
                                     const std::optional<std::string>& as_of,  // an epoch or a tag
                                     const Principal& principal) = 0;          // as `naru show DOC --json`
  // {"kb","flow","doc","versions":[{"version","as_of","born","died","born_ms","tags"}]}, newest first: what `as_of` may
  // be to see each. not_found: neither there now nor, where `as_of` is given, then.
  virtual Result<Json> versions(const std::optional<std::string>& knowledge_base, const std::string& doc,
                                const std::optional<std::string>& as_of, const Principal& principal) = 0;
  // {"documents":[{"kb","flow","doc","title","format","language"}],"next"}: a page from `after` on, `next` for the one
  // behind it or null.
  virtual Result<Json> documents(const std::optional<std::string>& after, const Principal& principal) = 0;
  // The bytes at the source, which must be those that were read: not_found where they changed since.
  virtual Result<Original> original(const std::optional<std::string>& knowledge_base, const std::string& doc,
                                    const Principal& principal, std::stop_token stop) = 0;
  // {"rejects":[{"flow","doc","code","message"}]}. not_allowed: only the owner sees them.
  virtual Result<Json> rejects(const Principal& principal) = 0;
  // As `naru forget --json`. not_allowed: only the owner forgets; timeout: another process writes now.
  virtual Result<Json> forget(const std::optional<std::string>& knowledge_base, const std::string& doc, bool dry_run,
                              const Principal& principal) = 0;
  // As `naru status --json`.
  virtual Result<Json> status(const Principal& principal) = 0;

  // For whoever runs the server: what a client need not know.
  virtual void note(const std::string& message) = 0;

  // Null: none is configured. Opened when first asked for. Errors as Engine's.
  virtual Result<Generator*> generator() = 0;
  virtual Result<Embedder*> embedder() = 0;
};

}  // namespace naru
