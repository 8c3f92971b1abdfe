#include "operator/shared/decrypt.h"

#include <fmt/format.h>

#include "operator/shared/last_line.h"
#include "record/protection.h"
#include "runtime/subprocess.h"

namespace naru {

namespace {

// What a parser takes of one document (parse/worker/worker_pool.h).
constexpr std::size_t kOpenedBytesMax = 256U << 20;

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
