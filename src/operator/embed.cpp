// embed: chunks get the unit vector of their text, as a passage.
//
// The model sees exactly the chunk's text. Which texts are new is the engine's business: it hands over only those, so
// that no text is embedded twice, whatever file or place it is in.
#include "naru/registry.h"

namespace naru {

namespace {

class EmbedStep : public Operator {
 public:
  EmbedStep(Embedder* embedder, Id128 fingerprint) : embedder_(embedder), fingerprint_(fingerprint) {}

  Result<Batch> process(Batch batch, WorkerState*, std::stop_token stop) const override {
    std::vector<std::string> texts;
    std::vector<Chunk*> chunks;
    for (Record& record : batch) {
      Chunk* chunk = std::get_if<Chunk>(&record.payload);
      if (chunk == nullptr) continue;
      texts.push_back(chunk->text);
      chunks.push_back(chunk);
    }
    if (texts.empty()) return batch;
    std::vector<std::vector<float>> vectors = NARU_TRY(embedder_->embed(texts, TextRole::passage, stop));
    if (vectors.size() != texts.size()) {
      return Error(Code::internal, "the embedder gave " + std::to_string(vectors.size()) + " vectors for " +
                                       std::to_string(texts.size()) + " texts");
    }
    for (std::size_t i = 0; i < chunks.size(); ++i) chunks[i]->vector = std::move(vectors[i]);
    return batch;
  }

  Id128 fingerprint() const override { return fingerprint_; }

 private:
  Embedder* const embedder_;
  const Id128 fingerprint_;
};

Descriptor describe() {
  Descriptor descriptor;
  descriptor.name = "embed";
  descriptor.takes = {PayloadKind::chunk};
  descriptor.gives = PayloadKind::chunk;
  descriptor.summary = "Gives passages a vector by the model of `models: embed`; without it search is lexical only.";
  descriptor.examples = {"embed"};
  return descriptor;
}

Result<std::unique_ptr<Operator>> make_embed(const Options& options, const OperatorContext& context) {
  if (context.embedder == nullptr) {
    return Error(Code::invalid_argument,
                 options.place.text() + ": embed needs a model; add `models: {embed: {local: default}}`");
  }
  const Id128 fingerprint = hash128(
      {"embed", std::to_string(describe().version), context.embedder->info().fingerprint.hex()});
  return std::unique_ptr<Operator>(std::make_unique<EmbedStep>(context.embedder, fingerprint));
}

}  // namespace

void register_embed(Registry& registry) { registry.add_operator(describe(), make_embed); }

}  // namespace naru
