// ChatTemplate: messages to the prompt that a model was trained on, by the template inside its own file.
//
// The template is a small program (Jinja); llama.cpp's own interpreter runs it. Any thread; shares the model.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "model/llama_model.h"
#include "naru/model.h"
#include "naru/result.h"

namespace naru {

class ChatTemplate {
 public:
  // invalid_argument: the model has no template, so it was not made for chat; corrupt: the template cannot be read.
  static Result<std::unique_ptr<ChatTemplate>> open(std::shared_ptr<const LlamaModel> model);
  virtual ~ChatTemplate() = default;

  // The prompt up to where the assistant begins. What a message says can never become a control token: the characters
  // of one are broken up. invalid_argument: the template refuses these roles or their order.
  virtual Result<std::string> prompt(std::span<const Message> messages) const = 0;
};

}  // namespace naru
