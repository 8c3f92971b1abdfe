// Query repair: a word that no visible passage has is taken for what its typist may have meant: the keyboard's other
// state, initial consonants, words written apart or together, a slip in a Latin word.
//
// Only what stands in a visible passage is proposed, so that a repair says nothing of what may not be read; a word that
// matches something is never touched. Whatever is done is told. Any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/note.h"
#include "store/store.h"
#include "text/query_syntax.h"
#include "text/word_lists.h"

namespace naru {

enum class RepairKind : std::uint8_t { keyboard, initials, spacing, typo };

std::string_view repair_name(RepairKind kind);

struct Repair {
  RepairKind kind = RepairKind::typo;
  std::string typed;
  std::vector<std::string> used;  // words, or two words for one
};

// Words of a query that are looked at; longer queries are pasted text, and their words stand somewhere.
inline constexpr std::size_t kRepairWordsMax = 32;

// Words that initial consonants stand for: the most frequent ones.
inline constexpr std::size_t kInitialsWordsMax = 5;

// "“gksrmf” stands nowhere; in the keyboard's other letters it is: 한글"
Note repair_note(const Repair& repair);

using NamedSnapshot = std::pair<std::string, std::shared_ptr<const Snapshot>>;

// Puts what was meant in the place of what was typed, in the words to rank by and in the conditions.
// `house` may be null: words that it knows are left alone.
Result<std::vector<Repair>> repair_query(std::span<const NamedSnapshot> bases, ParsedQuery& query,
                                         const WordLists* house);

}  // namespace naru
