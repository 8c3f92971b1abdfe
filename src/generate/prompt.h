// Prompts: what the model is told, in the language of the question. Pure functions; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "generate/passage.h"
#include "naru/model.h"

namespace naru {

// "ko" where the question has Hangul, else "en".
std::string question_language(std::string_view question);

std::vector<Message> build_prompt(const std::string& question, const std::vector<Passage>& passages,
                                  const std::string& language);

// The model said that the passages do not have the answer.
bool says_no_answer(std::string_view text);

// "The documents do not answer this." in the language of the question.
std::string refusal_text(const std::string& language);

}  // namespace naru
