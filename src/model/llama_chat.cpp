#include "model/llama_chat.h"

#include <chat.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "runtime/files.h"
#include "runtime/shared_library.h"
#include "text/unicode.h"

// What chat.h's own pointer types call; it leads to the library that is opened at run time.
static void (*free_templates)(common_chat_templates*) = nullptr;
void common_chat_templates_free(common_chat_templates* templates) { free_templates(templates); }

namespace naru {

namespace {

constexpr const char* kLibraryName = "libllama-common.so";
constexpr std::size_t kTemplateBytesMax = 256U << 10;  // the longest known, with tools and reasoning, are 30 KiB
constexpr const char* kBreak = "\u200b";               // zero width space: breaks the characters of a control token up
constexpr int kSilent = -1;                            // below the verbosity of its errors

// The functions are C++; these are the names that the header's declarations have in the library.
struct ChatLibrary {
  decltype(::common_chat_templates_init)* init = nullptr;
  decltype(::common_chat_templates_apply)* apply = nullptr;
  void (*set_verbosity)(int) = nullptr;
};

Result<ChatLibrary> load() {
  SharedLibrary library = NARU_TRY(SharedLibrary::open(join_path(bundled_library_folder(), kLibraryName)));
  ChatLibrary api;
  if (!library.bind(
          "_Z26common_chat_templates_initPK11llama_modelRKNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEE"
          "S9_S9_",
          api.init) ||
      !library.bind("_Z27common_chat_templates_applyPK21common_chat_templatesRK28common_chat_templates_inputs",
                    api.apply) ||
      !library.bind("_Z26common_chat_templates_freeP21common_chat_templates", free_templates) ||
      !library.bind("_Z30common_log_set_verbosity_tholdi", api.set_verbosity)) {
    return Error(Code::unavailable, "libllama-common.so is of another version: run scripts/bootstrap and build");
  }
  library.keep();
  api.set_verbosity(kSilent);
  return api;
}

Result<const ChatLibrary*> chat_library() {
  static const Result<ChatLibrary> library = load();
  if (!library) return library.error();
  return &*library;
}

// Texts of the vocabulary's control tokens by their first byte, so that most of a message is skipped at once.
using ControlTexts = std::array<std::vector<std::string>, 256>;

ControlTexts control_texts(const LlamaModel& model) {
  ControlTexts texts;
  for (std::uint32_t token = 0; token < model.vocabulary_size(); ++token) {
    if (!model.is_control(static_cast<llama_token>(token))) continue;
    const std::string_view text = model.token_text(static_cast<llama_token>(token));
    if (text.size() < 2) continue;  // one byte cannot be broken up, and is a letter rather than a mark
    texts[static_cast<unsigned char>(text[0])].emplace_back(text);
  }
  return texts;
}

class JinjaTemplate : public ChatTemplate {
 public:
  JinjaTemplate(std::shared_ptr<const LlamaModel> model, const ChatLibrary& api, common_chat_templates_ptr templates)
      : model_(std::move(model)), api_(api), templates_(std::move(templates)), controls_(control_texts(*model_)) {}

  Result<std::string> prompt(std::span<const Message> messages) const override {
    common_chat_templates_inputs inputs;
    for (const Message& message : messages) {
      common_chat_msg converted;
      converted.role = message.role;
      converted.content = without_controls(nfc(message.content));
      inputs.messages.push_back(std::move(converted));
    }
    inputs.now = {};  // some templates print the date: the same request gives the same prompt
    inputs.enable_thinking = false;
    inputs.force_pure_content = true;
    try {
      return api_.apply(templates_.get(), inputs).prompt;
    } catch (const std::exception& thrown) {
      return Error(Code::invalid_argument, fmt::format("the model's chat template refuses: {}", thrown.what()));
    }
  }

 private:
  std::string without_controls(std::string text) const {
    for (std::size_t at = 0; at < text.size(); ++at) {
      const auto& candidates = controls_[static_cast<unsigned char>(text[at])];
      const bool found = std::any_of(candidates.begin(), candidates.end(), [&](const std::string& control) {
        return text.compare(at, control.size(), control) == 0;
      });
      if (!found) continue;
      std::size_t behind = at;
      next_code_point(text, behind);
      text.insert(behind, kBreak);
    }
    return text;
  }

  const std::shared_ptr<const LlamaModel> model_;
  const ChatLibrary& api_;
  const common_chat_templates_ptr templates_;
  const ControlTexts controls_;
};

}  // namespace

Result<std::unique_ptr<ChatTemplate>> ChatTemplate::open(std::shared_ptr<const LlamaModel> model) {
  const char* source = model->api().llama_model_chat_template_(model->handle(), nullptr);
  if (source == nullptr) {
    return Error(Code::invalid_argument, "the model has no chat template: it was not made to answer");
  }
  if (std::string_view(source).size() > kTemplateBytesMax) {
    return Error(Code::corrupt, fmt::format("the model's chat template is longer than {} bytes", kTemplateBytesMax));
  }
  const ChatLibrary* api = NARU_TRY(chat_library());
  try {
    auto templates = api->init(model->handle(), "", "", "");
    return std::unique_ptr<ChatTemplate>(std::make_unique<JinjaTemplate>(std::move(model), *api, std::move(templates)));
  } catch (const std::exception& thrown) {
    return Error(Code::corrupt, fmt::format("the model's chat template cannot be read: {}", thrown.what()));
  }
}

}  // namespace naru
