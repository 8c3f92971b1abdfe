#include "model/llama_library.h"

#include "base/assert.h"
#include "runtime/files.h"
#include "runtime/shared_library.h"

namespace naru {

namespace {

constexpr const char* kLibraryName = "libllama.v0.5.0.so";  // what third_party/deps.lock brings
constexpr std::size_t kReasonBytesMax = 500;                // of a line that goes into an error

// The first error of this thread since it was last taken, else the first warning: later ones only say where it led to.
thread_local std::string reason;
thread_local bool reason_is_error = false;

void keep_reason(ggml_log_level level, const char* text, void*) {
  if (level != GGML_LOG_LEVEL_ERROR && level != GGML_LOG_LEVEL_WARN) return;
  std::string line(text == nullptr ? "" : text);
  while (!line.empty() && (line.back() == '\n' || line.back() == ' ')) line.pop_back();
  if (line.empty()) return;
  const bool is_error = level == GGML_LOG_LEVEL_ERROR;
  if (!reason.empty() && (reason_is_error || !is_error)) return;
  reason = line.substr(0, kReasonBytesMax);
  reason_is_error = is_error;
}

// The library found what it takes for a bug, and ends the process; without this it would start a debugger first.
void end_with_message(const char* message) { assertion_failed(message, "the model library", 0); }

Status start(LlamaLibrary& api) {
  api.ggml_set_abort_callback_(end_with_message);
  api.llama_log_set_(keep_reason, nullptr);
  api.ggml_backend_load_all_from_path_(bundled_library_folder().c_str());
  if (api.ggml_backend_dev_by_type_(GGML_BACKEND_DEVICE_TYPE_CPU) == nullptr) {
    return Error(Code::unavailable,
                 "no model backend for this processor lies in lib/naru: run scripts/bootstrap and build");
  }
  api.llama_backend_init_();
  return {};
}

Result<LlamaLibrary> load() {
  SharedLibrary library = NARU_TRY(SharedLibrary::open(join_path(bundled_library_folder(), kLibraryName)));
  LlamaLibrary api;
#define NARU_LLAMA_LOAD(NAME)                                                     \
  if (!library.bind(#NAME, api.NAME##_))                                          \
    return Error(Code::unavailable, "the model library lacks the function " #NAME \
                                    ": run scripts/bootstrap and "                \
                                    "build");
  NARU_LLAMA_FUNCTIONS(NARU_LLAMA_LOAD)
#undef NARU_LLAMA_LOAD
  library.keep();  // its threads and exit handlers outlive every user
  NARU_TRY(start(api));
  return api;
}

}  // namespace

Result<const LlamaLibrary*> llama_library() {
  static const Result<LlamaLibrary> library = load();
  if (!library) return library.error();
  return &*library;
}

std::string take_llama_reason() {
  std::string taken = reason.empty() ? "" : ": " + reason;
  reason.clear();
  reason_is_error = false;
  return taken;
}

}  // namespace naru
