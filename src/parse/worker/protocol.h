// What the worker's child answers, as bytes, and how the parent reads bytes that a hostile child may have written.
//
// One frame, then the end of the pipe: 4 bytes "NRW1", kind (u32), length of the payload (u64), all little-endian, then
// the payload. Pure functions and values; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "naru/flow.h"
#include "runtime/sandbox.h"

namespace naru {

enum class AnswerKind : std::uint32_t { document = 1, error = 2, sandbox = 3 };

std::string encode_answer(const Result<Document>& answer);
std::string encode_answer(const SandboxReport& report);

// Collects a frame from pieces. Once an error was returned nothing more may be added.
class AnswerReader {
 public:
  explicit AnswerReader(std::uint64_t payload_bytes_max) : payload_bytes_max_(payload_bytes_max) {}

  // corrupt: no frame of ours, or bytes behind its end; limit_exceeded: it announces more than it may.
  Status add(std::string_view piece);
  bool complete() const { return bytes_.size() >= kHeadBytes && bytes_.size() == kHeadBytes + payload_bytes_; }
  bool empty() const { return bytes_.empty(); }

  // Once complete. `input_bytes` is the size of what was parsed: locators must lie inside. The child's own error comes
  // back as the error; corrupt also where a field could not come from an honest parser.
  Result<Document> document(std::uint64_t input_bytes) const;
  Result<SandboxReport> sandbox() const;

  static constexpr std::size_t kHeadBytes = 16;

 private:
  std::string_view payload() const { return std::string_view(bytes_).substr(kHeadBytes); }

  const std::uint64_t payload_bytes_max_;
  std::string bytes_;
  AnswerKind kind_ = AnswerKind::document;
  std::uint64_t payload_bytes_ = 0;
};

// What the parent asks of the program in the child. Goes through the zygote: holds nothing but numbers and words of
// ours; a hint that is no plain word is left out.
struct WorkerRequest {
  enum class Want : std::uint8_t { document, sandbox };
  Want want = Want::document;
  bool pdf = false;  // it may need the PDF library
  WebText web_text = WebText::automatic;
  std::string media_hint;
  std::string inner_hint;  // "csv" of "data.csv.gz": the extension below the first
};

std::string encode_request(const WorkerRequest& request);
Result<WorkerRequest> decode_request(std::string_view bytes);

// The request for these bytes. Looks for a PDF's mark, and at nothing else.
WorkerRequest request_for(const ParseInput& input);

}  // namespace naru
