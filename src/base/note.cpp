#include "base/note.h"

#include <array>

#include "base/assert.h"

namespace naru {

namespace {

struct NoteRow {
  NoteKind kind;
  std::string_view name;
  std::string_view english;      // {0}, {1}, … are the values
  std::string_view korean = {};  // only of what is said beside an answer
};

// The one table, in the order of NoteKind.
constexpr std::array kNotes = {
    NoteRow{NoteKind::closes_nothing, "closes_nothing", "a “)” closes nothing; it is left out"},
    NoteRow{NoteKind::joins_nothing, "joins_nothing", "{0} joins nothing there; it is read as a word"},
    NoteRow{NoteKind::leaves_nothing_out, "leaves_nothing_out", "NOT leaves nothing out there; it is read as a word"},
    NoteRow{NoteKind::lone_sign, "lone_sign", "a lone “{0}” is left out"},
    NoteRow{NoteKind::nested_too_deep, "nested_too_deep",
            "groups are nested too deep; the innermost are read as words"},
    NoteRow{NoteKind::group_not_closed, "group_not_closed", "a “(” is not closed; it ends with the query"},
    NoteRow{NoteKind::quote_not_closed, "quote_not_closed",
            "a quote is not closed; what follows is read as plain words"},
    NoteRow{NoteKind::empty_quotation, "empty_quotation", "an empty quotation asks for nothing"},
    NoteRow{NoteKind::phrase_asks_nothing, "phrase_asks_nothing",
            "“{0}” is only words that stand everywhere; it asks for nothing"},
    NoteRow{NoteKind::word_asks_nothing, "word_asks_nothing",
            "“{0}” stands everywhere or is no word; it asks for nothing"},
    NoteRow{NoteKind::star_inside, "star_inside", "in “{0}” the * is no end of a word; it is left out"},
    NoteRow{NoteKind::no_such_field, "no_such_field",
            "there is no field “{0}”, so “{0}:…” is read as words; fields are title, heading, body, file"},
    NoteRow{NoteKind::names_nothing, "names_nothing", "the query names nothing to look for, so nothing is found"},
    NoteRow{NoteKind::many_words, "many_words",
            "{0} words begin with “{1}”; passages are ranked by the {2} most frequent"},
    NoteRow{NoteKind::phrase_gave_way, "phrase_gave_way", "“{0}” stands nowhere as a phrase; its words are looked for"},
    NoteRow{NoteKind::other_keyboard, "other_keyboard",
            "“{0}” stands nowhere; in the keyboard's other letters it is: {1}"},
    NoteRow{NoteKind::initials, "initials", "“{0}” is read as initial consonants of: {1}"},
    NoteRow{NoteKind::other_spacing, "other_spacing", "“{0}” stands nowhere; it is looked for as “{1}”"},
    NoteRow{NoteKind::typing_slip, "typing_slip",
            "“{0}” stands nowhere; looked for “{1}”; --no-repair takes it as typed"},
    NoteRow{NoteKind::no_embedder, "no_embedder",
            "the embedding model is not there, so only words were searched; see `naru doctor`"},
    NoteRow{NoteKind::embedder_fails, "embedder_fails", "only words are searched: {0}"},
    NoteRow{NoteKind::only_english, "only_english",
            "the model {0} knows only English: a Korean question finds little by meaning"},
    NoteRow{NoteKind::model_fails, "model_fails", "The model could not answer: {0}", "모델이 답하지 못했습니다: {0}"},
    NoteRow{NoteKind::sentence_left_out, "sentence_left_out",
            "1 of the model's sentences was left out: the documents do not support it.",
            "모델의 문장 1개는 문서에 근거가 없어 뺐습니다."},
    NoteRow{NoteKind::sentences_left_out, "sentences_left_out",
            "{0} of the model's sentences were left out: the documents do not support them.",
            "모델의 문장 {0}개는 문서에 근거가 없어 뺐습니다."},
    NoteRow{NoteKind::model_finds_nothing, "model_finds_nothing", "The model found no answer.",
            "모델은 답을 찾지 못했습니다."},
    NoteRow{NoteKind::own_sentences, "own_sentences", "These are the documents' own sentences.",
            "문서에 있는 문장을 그대로 보입니다."},
    NoteRow{NoteKind::flow_dropped, "flow_dropped",
            "{0} is not in naru.yaml any more: its {1} document(s) were removed"},
    NoteRow{NoteKind::model_switches, "model_switches",
            "{0}: {1} is to serve {2} instead of {3}, which goes on until all is embedded (about {4} passages). The "
            "old vectors stay: the way back costs nothing"},
    NoteRow{NoteKind::korean_unfound, "korean_unfound",
            "{0} is Korean, and the model {1} knows only English: search by meaning will not find it. Use `embed: "
            "{local: default}`."},
    NoteRow{NoteKind::returned, "returned", "it was returned, at rank {0}"},
    NoteRow{NoteKind::filtered_out, "filtered_out", "the filter leaves it out"},
    NoteRow{NoteKind::has_no_passages, "has_no_passages", "it has no passages"},
    NoteRow{NoteKind::condition_not_met, "condition_not_met", "no passage of it meets the condition {0}"},
    NoteRow{NoteKind::has_no_word, "has_no_word",
            "no word of the query stands in it, and nothing of it is embedded"},
    NoteRow{NoteKind::no_candidate, "no_candidate", "it is not among the candidates of a leg"},
    NoteRow{NoteKind::others_stand_for_it, "others_stand_for_it", "other passages stand for it, or say the same"},
    NoteRow{NoteKind::ranked_below, "ranked_below", "its best passage is at rank {0}, and {1} were asked for"},
};

constexpr bool is_in_order() {
  for (std::size_t i = 0; i < kNotes.size(); ++i) {
    if (kNotes[i].kind != static_cast<NoteKind>(i)) return false;
  }
  return kNotes.back().kind == NoteKind::ranked_below;
}
static_assert(is_in_order(), "note_name() looks up by place");

const NoteRow& row_of(NoteKind kind) { return kNotes[static_cast<std::size_t>(kind)]; }

}  // namespace

std::string_view note_name(NoteKind kind) { return row_of(kind).name; }

std::vector<NoteKind> note_kinds() {
  std::vector<NoteKind> kinds;
  for (const NoteRow& row : kNotes) kinds.push_back(row.kind);
  return kinds;
}

// A value is put in once and never read again: what a document is called may have braces.
std::string note_text(const Note& note, std::string_view language) {
  const NoteRow& row = row_of(note.kind);
  const std::string_view sentence = language == "ko" && !row.korean.empty() ? row.korean : row.english;
  std::string text;
  for (std::size_t at = 0; at < sentence.size(); ++at) {
    if (sentence[at] != '{' || at + 2 >= sentence.size() || sentence[at + 2] != '}') {
      text += sentence[at];
      continue;
    }
    const auto place = static_cast<std::size_t>(sentence[at + 1] - '0');
    NARU_ASSERT(place < note.values.size());
    text += note.values[place];
    at += 2;
  }
  return text;
}

std::vector<std::string> note_texts(const std::vector<Note>& notes, std::string_view language) {
  std::vector<std::string> texts;
  for (const Note& note : notes) texts.push_back(note_text(note, language));
  return texts;
}

Json note_to_json(const Note& note) { return {{"kind", note_name(note.kind)}, {"values", note.values}}; }

Json notes_to_json(const std::vector<Note>& notes) {
  Json json = Json::array();
  for (const Note& note : notes) json.push_back(note_to_json(note));
  return json;
}

}  // namespace naru
