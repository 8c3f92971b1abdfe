#include "model/unigram.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>

#include "base/little_endian.h"
#include "text/unicode.h"

namespace naru {

namespace {

constexpr std::string_view kMark = "\u2581";  // what stands for the blank before a word
constexpr double kUnknownPenalty = 10;  // SentencePiece's kUnkPenalty: an unknown character is worse than any piece

// Types of tokens, as GGUF numbers them.
constexpr std::int32_t kNormal = 1, kUserDefined = 4, kUnused = 5;

// A hash of characters that grows by one character at a time.
constexpr std::uint64_t kHashStart = 0x9e3779b97f4a7c15ULL;
std::uint64_t hash_step(std::uint64_t hash, char32_t character) {
  hash = (hash ^ character) * 0xff51afd7ed558ccdULL;  // MurmurHash3's finalizer: its multipliers mix well
  return hash ^ (hash >> 32);
}

std::uint32_t tag_of(std::uint64_t hash) { return static_cast<std::uint32_t>(hash >> 32); }

// The units of a double-array trie (Yata, darts-clone): what a unit says.
std::uint32_t unit_offset(std::uint32_t unit) { return (unit >> 10) << ((unit & (1U << 9)) >> 6); }
std::uint32_t unit_label(std::uint32_t unit) { return unit & ((1U << 31) | 0xffU); }
std::uint32_t unit_value(std::uint32_t unit) { return unit & ((1U << 31) - 1); }
bool unit_has_leaf(std::uint32_t unit) { return ((unit >> 8) & 1U) != 0; }

const GgufValue* array(const GgufInfo& info, std::string_view key) {
  const auto found = info.metadata.find(key);
  return found == info.metadata.end() || !found->second.is_array ? nullptr : &found->second;
}

bool is_true(const GgufInfo& info, std::string_view key) { return info.number(key, 0) == 1; }

Error broken(std::string_view what) { return {Code::corrupt, fmt::format("the model's vocabulary: {}", what)}; }

}  // namespace

bool UnigramVocabulary::suits(const GgufInfo& info) {
  const bool known = info.text("tokenizer.ggml.model") == "t5" && info.architecture() == "bert";
  return known && array(info, "tokenizer.ggml.tokens") != nullptr && array(info, "tokenizer.ggml.scores") != nullptr &&
         array(info, "tokenizer.ggml.token_type") != nullptr && is_true(info, "tokenizer.ggml.add_space_prefix") &&
         is_true(info, "tokenizer.ggml.remove_extra_whitespaces") &&
         !is_true(info, "tokenizer.ggml.treat_whitespace_as_suffix");
}

Result<std::unique_ptr<UnigramVocabulary>> UnigramVocabulary::open(const std::string& path, const GgufInfo& info) {
  auto file = NARU_TRY(MappedFile::open(path));
  std::unique_ptr<UnigramVocabulary> made(new UnigramVocabulary(std::move(file)));
  NARU_TRY(made->read_pieces(info));
  NARU_TRY(made->read_map(info));
  return made;
}

Status UnigramVocabulary::read_pieces(const GgufInfo& info) {
  const GgufValue& tokens = *array(info, "tokenizer.ggml.tokens");
  const GgufValue& scores = *array(info, "tokenizer.ggml.scores");
  const GgufValue& types = *array(info, "tokenizer.ggml.token_type");
  if (tokens.type != GgufType::string || scores.type != GgufType::f32 || types.count != tokens.count ||
      (types.type != GgufType::i32 && types.type != GgufType::u32) || scores.count != tokens.count) {
    return broken("pieces, scores and types do not fit each other");
  }
  const auto from = [&](const GgufValue& value) {
    return BoundedReader(file_.bytes().substr(std::min<std::size_t>(value.offset, file_.bytes().size())));
  };
  BoundedReader piece_reader = from(tokens), score_reader = from(scores), type_reader = from(types);
  const auto count = static_cast<std::size_t>(tokens.count);
  pieces_.reserve(count);
  scores_.reserve(count);
  shown_.resize(count);
  slots_.resize(std::bit_ceil(2 * count + 1));
  float lowest = std::numeric_limits<float>::max();
  for (std::size_t i = 0; i < count; ++i) {
    pieces_.push_back(piece_reader.take(piece_reader.number<std::uint64_t>()));
    scores_.push_back(score_reader.number<float>());
    const auto type = type_reader.number<std::int32_t>();
    if (!piece_reader.ok() || !score_reader.ok() || !type_reader.ok()) return broken("the file is cut off");
    if (type == kUserDefined) return Error(Code::unsupported, "pieces of the vocabulary's user");
    shown_[i] = type == kNormal || type == kUnused;
    if (type == kNormal) lowest = std::min(lowest, scores_[i]);
    if (shown_[i] && !pieces_[i].empty()) add(static_cast<std::int32_t>(i));
  }
  unknown_score_ = static_cast<double>(lowest) - kUnknownPenalty;

  const auto special = [&](const char* name, std::vector<std::int32_t>* kept) -> Status {
    const std::uint64_t id = info.number(fmt::format("tokenizer.ggml.{}_token_id", name), count);
    if (id >= count) return broken(fmt::format("the {} token is not in it", name));
    kept->push_back(static_cast<std::int32_t>(id));
    return {};
  };
  std::vector<std::int32_t> unknown;
  NARU_TRY(special("unknown", &unknown));
  unknown_ = unknown[0];
  if (is_true(info, "tokenizer.ggml.add_bos_token")) NARU_TRY(special("bos", &begin_));
  if (is_true(info, "tokenizer.ggml.add_eos_token")) NARU_TRY(special("eos", &end_));
  return {};
}

Status UnigramVocabulary::read_map(const GgufInfo& info) {
  const GgufValue* map = array(info, "tokenizer.ggml.precompiled_charsmap");
  if (map == nullptr || map->count == 0) return {};
  const std::string_view bytes = file_.bytes();
  if (map->offset > bytes.size() || map->count > bytes.size() - map->offset) return broken("the file is cut off");
  BoundedReader reader(bytes.substr(map->offset, map->count));
  const auto trie_bytes = reader.number<std::uint32_t>();
  const std::string_view units = reader.take(trie_bytes);
  if (!reader.ok() || trie_bytes % sizeof(std::uint32_t) != 0) return broken("its character map is damaged");
  trie_.resize(trie_bytes / sizeof(std::uint32_t));
  std::memcpy(trie_.data(), units.data(), units.size());
  replacements_ = reader.take(map->count - reader.at());
  if (!replacements_.empty() && replacements_.back() != '\0') return broken("its character map is damaged");
  return {};
}

void UnigramVocabulary::add(std::int32_t token) {
  const std::string_view piece = pieces_[static_cast<std::size_t>(token)];
  std::uint64_t hash = kHashStart;
  std::size_t characters = 0;
  for (std::size_t at = 0; at < piece.size(); ++characters) hash = hash_step(hash, next_code_point(piece, at));
  longest_ = std::max(longest_, characters);
  const std::size_t mask = slots_.size() - 1;
  std::size_t place = hash & mask;
  while (slots_[place].token >= 0) {                                             // at most half of the slots are taken
    if (pieces_[static_cast<std::size_t>(slots_[place].token)] == piece) break;  // twice: the later one counts
    place = (place + 1) & mask;
  }
  slots_[place] = {tag_of(hash), token};
}

std::int32_t UnigramVocabulary::find(std::uint64_t hash, std::string_view piece) const {
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t place = hash & mask; slots_[place].token >= 0; place = (place + 1) & mask) {
    const Slot& slot = slots_[place];
    if (slot.tag == tag_of(hash) && pieces_[static_cast<std::size_t>(slot.token)] == piece) return slot.token;
  }
  return -1;
}

// The replacement of the longest beginning of `rest` that the map has; null where it has none.
std::string_view UnigramVocabulary::replacement(std::string_view rest, std::size_t* consumed) const {
  std::string_view found;
  if (trie_.empty()) return found;
  std::size_t place = unit_offset(trie_[0]);
  for (std::size_t i = 0; i < rest.size(); ++i) {
    const auto byte = static_cast<unsigned char>(rest[i]);
    place ^= byte;
    if (byte == 0 || place >= trie_.size() || unit_label(trie_[place]) != byte) break;
    const std::uint32_t unit = trie_[place];
    place ^= unit_offset(unit);
    if (!unit_has_leaf(unit)) continue;
    if (place >= trie_.size() || unit_value(trie_[place]) >= replacements_.size()) break;
    const char* text = replacements_.data() + unit_value(trie_[place]);
    found = std::string_view(text);  // ended by a zero byte: read_map() saw that the last one is
    *consumed = i + 1;
  }
  return found;
}

// Characters replaced by the map; a mark before each word, and no other white space.
std::string UnigramVocabulary::normalize(std::string_view text) const {
  std::string normal;
  normal.reserve(text.size() + text.size() / 2);
  bool in_word = false;
  const auto put = [&](std::string_view bytes) {
    for (const char byte : bytes) {
      if (byte == ' ') {
        in_word = false;
        continue;
      }
      if (!in_word) normal += kMark;
      in_word = true;
      normal += byte;
    }
  };
  for (std::size_t at = 0; at < text.size();) {
    std::size_t consumed = 0;
    const std::string_view replaced = replacement(text.substr(at), &consumed);
    if (consumed == 0) {
      std::size_t behind = at;
      next_code_point(text, behind);
      put(text.substr(at, behind - at));
      at = behind;
    } else {
      put(replaced);
      at += consumed;
    }
  }
  return normal;
}

std::vector<std::int32_t> UnigramVocabulary::tokenize(std::string_view text) const {
  const std::string normal = normalize(text);
  std::vector<char32_t> characters;
  std::vector<std::uint32_t> starts;  // of each character, in bytes
  for (std::size_t at = 0; at < normal.size();) {
    starts.push_back(static_cast<std::uint32_t>(at));
    characters.push_back(next_code_point(normal, at));
  }
  starts.push_back(static_cast<std::uint32_t>(normal.size()));

  // best[i]: the likeliest way to write the first i characters, by its last piece.
  struct Best {
    double score = -std::numeric_limits<double>::max();
    std::uint32_t start = 0;
    std::int32_t token = 0;
  };
  std::vector<Best> best(characters.size() + 1);
  best[0].score = 0;
  const auto offer = [&](std::size_t start, std::size_t end, std::int32_t token, double score) {
    if (best[start].score + score > best[end].score) {
      best[end] = {best[start].score + score, static_cast<std::uint32_t>(start), token};
    }
  };
  for (std::size_t start = 0; start < characters.size(); ++start) {
    std::uint64_t hash = kHashStart;
    bool known = false;  // the character alone is a piece
    const std::size_t end_max = std::min(characters.size(), start + longest_);
    for (std::size_t end = start + 1; end <= end_max; ++end) {
      hash = hash_step(hash, characters[end - 1]);
      const std::int32_t token =
          find(hash, std::string_view(normal).substr(starts[start], starts[end] - starts[start]));
      if (token < 0) continue;
      known = known || end == start + 1;
      offer(start, end, token, scores_[static_cast<std::size_t>(token)]);
    }
    if (!known) offer(start, start + 1, unknown_, unknown_score_);
  }

  std::vector<std::int32_t> tokens;
  for (std::size_t end = characters.size(); end > 0; end = best[end].start) {
    // Unknown characters side by side are one unknown token.
    if (best[end].token == unknown_ && !tokens.empty() && tokens.back() == unknown_) continue;
    tokens.push_back(best[end].token);
  }
  std::reverse(tokens.begin(), tokens.end());
  return tokens;
}

std::string UnigramVocabulary::text_of(std::int32_t token) const {
  const auto place = static_cast<std::size_t>(token);
  if (place >= pieces_.size() || !shown_[place]) return {};
  std::string text;
  std::string_view rest = pieces_[place];
  while (!rest.empty()) {
    const std::size_t mark = std::min(rest.find(kMark), rest.size());
    text += rest.substr(0, mark);
    if (mark == rest.size()) break;
    text += ' ';
    rest.remove_prefix(mark + kMark.size());
  }
  return text;
}

}  // namespace naru
