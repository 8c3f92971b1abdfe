// naru eval weights: the weights of meaning that `eval retrieval --tune --store` kept, and the way back.
#include <fmt/format.h>

#include "app/commands/commands.h"
#include "app/engine.h"
#include "app/weights_in_force.h"
#include "text/unicode.h"

namespace naru {

namespace {

Result<int> list(Store& store, Invocation& invocation) {
  for (const TunedWeights& weights : NARU_TRY(store.tuned_weights())) {
    if (invocation.json()) {
      invocation.output().json(named_weights_to_json(weights));
    } else {
      invocation.output().line(without_control(fmt::format("{}: {:.2f} ({}) for {}, {}", weights.knowledge_base,
                                                           weights.vector_weight, weights.normalisation,
                                                           weights.embedder, tuned_for_people(weights))));
    }
  }
  return 0;
}

Result<int> drop(Store& store, const std::string& base, Invocation& invocation) {
  NARU_TRY(store.remove_tuned_weights(base));
  if (invocation.json()) {
    invocation.output().json({{"kb", base}, {"removed", true}});
  } else {
    invocation.output().line(
        without_control(fmt::format("the stored weight of {} is gone; `naru status` says which holds now", base)));
  }
  return 0;
}

Result<int> run(const std::optional<std::string>& dropped, Invocation& invocation) {
  NARU_TRY(invocation.require_owner("`naru eval`"));
  const std::unique_ptr<Engine> engine = NARU_TRY(Engine::open(invocation, Configured::store_or_file));
  Store* store = NARU_TRY(engine->store_to_read());
  if (store == nullptr) return Error(Code::not_found, kNothingTakenIn);
  return dropped ? drop(*store, nfc(*dropped), invocation) : list(*store, invocation);
}

}  // namespace

void build_eval_weights(Syntax& syntax) {
  const auto dropped = std::make_shared<std::optional<std::string>>();
  syntax.text("--drop", "KB", *dropped, "Take the stored weight of this knowledge base back.")
      .example("naru eval weights")
      .example("naru eval weights --drop handbook")
      .runs([dropped](Invocation& invocation) { return run(*dropped, invocation); });
}

}  // namespace naru
