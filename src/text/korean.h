// What stands at the end of a Korean word and is not the word: particles and the endings of questions. Lists of
// function words, no dictionary of words that mean something. Pure functions; any thread; arguments are composed UTF-8.
#pragma once

#include <string_view>

namespace naru {

// "에서는", "를": what is glued to a noun and nothing else.
bool is_particle(std::string_view word);

// "도서관에서만은" -> "도서관". At least two syllables stay: "나이", "고도" are words, not a syllable and a particle.
// Words that happen to end like a particle are cut alike in texts and in questions, so that they still meet.
std::string_view without_particle(std::string_view word);

// "무엇인가요", "언제부터", "몇개": asks, and is in no text that answers.
bool is_question_word(std::string_view word);

}  // namespace naru
