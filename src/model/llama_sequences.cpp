#include "model/llama_sequences.h"

#include <algorithm>

namespace naru {

namespace {

// A prompt that shares at least this part of a sequence is most likely what comes next of the same conversation, and
// takes its place; any other takes a copy and leaves it as it is.
constexpr double kSameConversation = 0.5;

}  // namespace

std::optional<LlamaSequences::Place> LlamaSequences::take(std::span<const llama_token> prompt) {
  std::uint32_t best = 0;
  Place place;
  for (std::uint32_t i = 0; i < sequences_.size(); ++i) {
    const std::uint32_t reused = reusable(sequences_[i], prompt);
    if (reused <= place.reused) continue;
    place.reused = reused;
    best = i;
  }
  const Sequence& source = sequences_[best];
  const bool same = !source.taken && place.reused > 0 &&
                    place.reused >= kSameConversation * static_cast<double>(source.tokens.size());
  const auto spared = place.reused > 0 ? std::optional(best) : std::nullopt;
  const auto chosen = same ? std::optional(best) : least_recently_used(spared);
  if (!chosen) return {};
  place.sequence = *chosen;
  Sequence& sequence = sequences_[place.sequence];
  if (place.reused > 0 && place.sequence != best) {
    place.copy_of = best;
    sequence.tokens = source.tokens;
    sequence.cuts = source.cuts;
    sequence.answer_from = source.answer_from;
  }
  sequence.taken = true;
  keep(place.sequence, place.reused);
  return place;
}

std::uint32_t LlamaSequences::reusable(const Sequence& sequence, std::span<const llama_token> prompt) {
  const auto most = std::min(sequence.tokens.size(), prompt.size() - 1);
  const auto end = sequence.tokens.begin() + static_cast<std::ptrdiff_t>(most);
  const auto differs = std::mismatch(sequence.tokens.begin(), end, prompt.begin()).first;
  const auto shared = static_cast<std::uint32_t>(differs - sequence.tokens.begin());
  if (sequence.answer_from && shared > *sequence.answer_from) return shared;
  const auto behind = std::upper_bound(sequence.cuts.begin(), sequence.cuts.end(), shared);
  return behind == sequence.cuts.begin() ? 0 : *(behind - 1);
}

// Of those that nobody has; the spared one only where there is no other.
std::optional<std::uint32_t> LlamaSequences::least_recently_used(std::optional<std::uint32_t> spared) const {
  std::optional<std::uint32_t> oldest;
  for (std::uint32_t i = 0; i < sequences_.size(); ++i) {
    if (sequences_[i].taken || i == spared) continue;
    if (!oldest || sequences_[i].used < sequences_[*oldest].used) oldest = i;
  }
  if (!oldest && spared && !sequences_[*spared].taken) return spared;
  return oldest;
}

void LlamaSequences::keep(std::uint32_t sequence, std::uint32_t length) {
  Sequence& kept = sequences_[sequence];
  kept.tokens.resize(std::min<std::size_t>(kept.tokens.size(), length));
  std::erase_if(kept.cuts, [&](std::uint32_t cut) { return cut > kept.tokens.size(); });
  // What follows an answer begins where that ends, and can be cut there.
  if (kept.answer_from && kept.tokens.size() > *kept.answer_from) kept.cuts.push_back(length);
  kept.answer_from.reset();
}

void LlamaSequences::read(std::uint32_t sequence, std::span<const llama_token> chunk, std::uint32_t piece) {
  Sequence& reading = sequences_[sequence];
  const auto from = static_cast<std::uint32_t>(reading.tokens.size());
  reading.tokens.insert(reading.tokens.end(), chunk.begin(), chunk.end());
  for (std::uint32_t read = piece; read <= chunk.size(); read += piece) reading.cuts.push_back(from + read);
}

void LlamaSequences::wrote(std::uint32_t sequence, llama_token token) {
  Sequence& writing = sequences_[sequence];
  if (!writing.answer_from) writing.answer_from = static_cast<std::uint32_t>(writing.tokens.size());
  writing.tokens.push_back(token);
}

void LlamaSequences::give_back(std::uint32_t sequence) {
  sequences_[sequence].taken = false;
  sequences_[sequence].used = ++clock_;
}

}  // namespace naru
