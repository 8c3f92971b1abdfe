#include "operator/shared/decrypt.h"

#include <fmt/format.h>

#include "record/protection.h"
#include "runtime/subprocess.h"
#include "text/unicode.h"

namespace naru {

namespace {

// What a parser takes of one document (parse/worker/worker_pool.h).
constexpr std::size_t kOpenedBytesMax = 256U << 20;
// Of what the program complains of, in a message that a person reads.
constexpr std::size_t kLastLineBytesMax = 300;

// The last line with anything in it, as it may be shown.
std::string last_line(std::string_view errors) {
  const std::size_t end = errors.find_last_not_of(" \t\r\n");
  if (end == std::string_view::npos) return {};
  errors = errors.substr(0, end + 1);
  const std::size_t start = errors.find_last_of("\r\n");
  if (start != std::string_view::npos) errors.remove_prefix(start + 1);
  std::string line = fold_white_space(repair_utf8(errors));
  std::erase_if(line, [](char c) { return (c >= 0 && c < ' ') || c == 0x7f; });
  line.resize(whole_characters(line, kLastLineBytesMax));
  return line;
}

}  // namespace

Result<std::string> decrypt(std::string_view bytes, std::string_view vendor, const std::vector<std::string>& program,
                            std::uint64_t timeout_ms, std::stop_token stop) {
  ProcessOptions options;
  options.timeout_ms = timeout_ms;
  options.output_bytes_max = kOpenedBytesMax;
  options.input = bytes;
  options.errors_apart = true;
  options.bare_environment = true;
  Result<ProcessResult> done = run_process(program, options, stop);
  const std::string what = fmt::format("encrypted by {}, and {}", vendor, program[0]);
  if (!done && done.error().code() == Code::cancelled) return done.error();
  if (!done) return Error(done.error().code(), fmt::format("{} did not open it: {}", what, done.error().message()));
  if (done->exit_status != 0) {
    const std::string said = last_line(done->errors);
    return Error(Code::not_allowed, fmt::format("{} did not open it: exit status {}{}{}", what, done->exit_status,
                                                said.empty() ? "" : ": ", said));
  }
  if (done->output.empty()) return Error(Code::not_allowed, what + " gave nothing back");
  if (!protection_of(done->output).empty()) return Error(Code::not_allowed, what + " gave it back still encrypted");
  return std::move(done->output);
}

void tell_decrypted(Document& document, std::string_view vendor, const std::string& program) {
  document.metadata.emplace_back("protection", vendor);
  document.metadata.emplace_back("decrypted_by", program);
  for (Block& block : document.blocks) block.locator.bytes.reset();
  for (Document::Child& child : document.children) tell_decrypted(child.document, vendor, program);
}

}  // namespace naru
