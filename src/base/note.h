// What people are told beside a result: what was guessed, left out or is not there, and why a document was returned.
//
// A note is a kind and the words that stand in its sentence. All sentences stand in one table, so that whoever shows
// them in another language (web/src/notes.ts) can be held to know every kind. Plain data; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace naru {

enum class NoteKind : std::uint8_t {
  // How a query was read.
  closes_nothing,
  joins_nothing,  // the word
  leaves_nothing_out,
  lone_sign,  // the sign
  nested_too_deep,
  group_not_closed,
  quote_not_closed,
  empty_quotation,
  phrase_asks_nothing,  // the phrase
  word_asks_nothing,    // the word
  star_inside,          // the word
  no_such_field,        // the name
  names_nothing,
  many_words,        // how many, their front, how many are ranked by
  phrase_gave_way,   // the phrase
  other_keyboard,    // what was typed, what is looked for
  initials,          // the same
  other_spacing,     // the same
  typing_slip,       // the same
  // What was searched.
  no_embedder,
  embedder_fails,  // why
  only_english,    // the model
  // How an answer came to be.
  model_fails,        // why
  sentence_left_out,
  sentences_left_out,  // how many
  model_finds_nothing,
  own_sentences,
  // What a run did beside its counts.
  flow_dropped,    // the flow, how many documents
  model_switches,  // the flow, the model, the knowledge base, the model before, how many passages
  korean_unfound,  // the document, the model
  // Why a document was returned or not.
  returned,  // its rank
  filtered_out,
  has_no_passages,
  condition_not_met,  // the condition
  has_no_word,
  no_candidate,
  others_stand_for_it,
  ranked_below,  // the rank of its best passage, how many were asked for
};

struct Note {
  NoteKind kind = NoteKind::returned;
  std::vector<std::string> values = {};
  bool operator==(const Note&) const = default;
};

std::string_view note_name(NoteKind kind);
std::vector<NoteKind> note_kinds();  // every one, in order

// The sentence. `language` "ko" gives Korean where the table has it, for what stands beside an answer in Korean.
std::string note_text(const Note& note, std::string_view language = "en");
std::vector<std::string> note_texts(const std::vector<Note>& notes, std::string_view language = "en");

// {"kind","values"}
Json note_to_json(const Note& note);
Json notes_to_json(const std::vector<Note>& notes);

}  // namespace naru
