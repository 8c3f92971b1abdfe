#include "parse/worker/protocol.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "parse/shared/format_names.h"
#include "record/codec.h"
#include "runtime/files.h"
#include "text/unicode.h"

namespace naru {

namespace {

constexpr std::string_view kMagic = "NRW1";

// Limits of single fields, far above what honest parsers write.
constexpr std::size_t kMessageBytesMax = 4 * 1024;  // of an error or a warning: a person reads it
constexpr std::size_t kWarningsMax = 1'000;
constexpr std::size_t kFormatBytesMax = 32;
constexpr std::size_t kLanguageBytesMax = 16;
constexpr std::size_t kMediaHintBytesMax = 32;
constexpr std::size_t kPlaceNameBytesMax = 1000;  // a sheet's name has 31 characters, a part's number a few digits
constexpr float kCoordinateMax = 1e7F;            // points: 3.5 km of paper
constexpr std::uint32_t kPageNumberMax = 10'000'000;
constexpr std::uint64_t kMissingMax = 64;  // sentences of a sandbox report
constexpr int kLandlockAbiMax = 1'000;
// A PDF's mark may have some bytes of a mail or of a printer before it; readers search the first kilobyte.
constexpr std::size_t kPdfMarkBytes = 1024;

void put(std::string& bytes, std::uint64_t value, int count) {
  for (int i = 0; i < count; ++i, value >>= 8) bytes += static_cast<char>(value & 0xff);
}

std::uint64_t get(std::string_view bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

std::string frame(AnswerKind kind, std::string_view payload) {
  std::string bytes;
  bytes.reserve(AnswerReader::kHeadBytes + payload.size());
  bytes += kMagic;
  put(bytes, static_cast<std::uint32_t>(kind), 4);
  put(bytes, payload.size(), 8);
  bytes += payload;
  return bytes;
}

Error nonsense(std::string_view what) {
  return {Code::corrupt, fmt::format("its parser answered nonsense ({}): the file is damaged or hostile", what)};
}

// A message for people: one line without control characters, which could steer a terminal, and not endless.
std::string clean_message(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  // C1 controls, U+0080 to U+009F, are two bytes in UTF-8.
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    const auto first = static_cast<unsigned char>(text[i]), second = static_cast<unsigned char>(text[i + 1]);
    if (first == 0xc2 && second < 0xa0) text[i] = text[i + 1] = ' ';
  }
  if (text.size() <= kMessageBytesMax) return text;
  constexpr std::string_view kMore = "…";
  text.resize(whole_characters(text, kMessageBytesMax - kMore.size()));
  return text.append(kMore);
}

bool is_word(std::string_view text, std::size_t bytes_max) {
  return text.size() <= bytes_max && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
                  c == '+' || c == '.';
         });
}

bool is_near(float coordinate) { return std::abs(coordinate) <= kCoordinateMax; }

Status check_locator(const Locator& locator, std::uint64_t input_bytes) {
  if (locator.page && (*locator.page == 0 || *locator.page > kPageNumberMax)) return nonsense("a page number");
  if (locator.page_size && !(is_near(locator.page_size->width) && is_near(locator.page_size->height))) {
    return nonsense("a page size");
  }
  for (const Box& box : locator.boxes) {
    if (!is_near(box.x0) || !is_near(box.y0) || !is_near(box.x1) || !is_near(box.y1)) return nonsense("a box");
  }
  if (locator.sheet.size() > kPlaceNameBytesMax || locator.part.size() > kPlaceNameBytesMax) {
    return nonsense("a place's name");
  }
  if (locator.bytes && locator.bytes->end > input_bytes) return nonsense("a place outside the file");
  return {};
}

// What the codec cannot know: that fields have sense for the bytes that were parsed.
Status check_document(Document& document, std::uint64_t input_bytes) {
  if (document.format.empty() || !is_word(document.format, kFormatBytesMax)) return nonsense("a format's name");
  if (!is_word(document.language, kLanguageBytesMax)) return nonsense("a language");
  for (const Block& block : document.blocks) NARU_TRY(check_locator(block.locator, input_bytes));
  if (document.warnings.size() > kWarningsMax) document.warnings.resize(kWarningsMax);
  for (std::string& warning : document.warnings) warning = clean_message(std::move(warning));
  // A member may be larger than the archive around it: its places are checked where somebody reads its bytes.
  for (auto& [name, child] : document.children) NARU_TRY(check_document(child, ~0ULL));
  return {};
}

// The codes that the contract of Parser::parse gives to a parser, and what the worker itself may say.
bool may_answer(Code code) {
  switch (code) {
    case Code::corrupt:
    case Code::unsupported:
    case Code::not_allowed:
    case Code::limit_exceeded:
    case Code::invalid_argument:
    case Code::unavailable:
    case Code::internal:
      return true;
    default:
      return false;
  }
}

Error read_error(std::string_view payload) {
  ByteReader in(payload);
  const Result<std::string> name = in.text();
  if (!name) return nonsense("an error without a code");
  Code code = Code::corrupt;
  if (!code_from_name(*name, &code) || !may_answer(code)) return nonsense("an error of unknown kind");
  Result<std::string> message = in.text();
  if (!message || !in.empty()) return nonsense("an error without an end");
  return {code, clean_message(std::move(*message))};
}

}  // namespace

std::string encode_answer(const Result<Document>& answer) {
  if (answer) return frame(AnswerKind::document, encode_document(*answer));
  ByteWriter out;
  out.text(code_name(answer.error().code()));
  out.text(answer.error().describe());
  return frame(AnswerKind::error, out.bytes());
}

std::string encode_answer(const SandboxReport& report) {
  ByteWriter out;
  for (const bool part : {report.seccomp, report.resource_limits, report.no_new_privileges, report.address_space_limit,
                          report.user_namespace, report.network_namespace, report.ipc_namespace,
                          report.process_namespace, report.empty_root}) {
    out.number(part ? 1 : 0);
  }
  out.number(static_cast<std::uint64_t>(report.landlock_abi));
  out.number(report.missing.size());
  for (const std::string& sentence : report.missing) out.text(sentence);
  return frame(AnswerKind::sandbox, out.bytes());
}

Status AnswerReader::add(std::string_view piece) {
  const std::size_t before = bytes_.size();
  bytes_ += piece;
  if (!kMagic.starts_with(std::string_view(bytes_).substr(0, kMagic.size()))) return nonsense("no frame of ours");
  if (bytes_.size() < kHeadBytes) return {};
  if (before < kHeadBytes) {
    const std::uint64_t kind = get(std::string_view(bytes_).substr(4, 4));
    payload_bytes_ = get(std::string_view(bytes_).substr(8, 8));
    if (kind < 1 || kind > 3) return nonsense("a frame of unknown kind");
    kind_ = static_cast<AnswerKind>(kind);
    if (payload_bytes_ > payload_bytes_max_) {
      return Error(Code::limit_exceeded, fmt::format("what its parser made of it is larger than {} bytes: split the "
                                                     "file",
                                                     payload_bytes_max_));
    }
  }
  if (bytes_.size() > kHeadBytes + payload_bytes_) return nonsense("bytes behind the end");
  return {};
}

Result<Document> AnswerReader::document(std::uint64_t input_bytes) const {
  if (!complete()) return nonsense("half an answer");
  if (kind_ == AnswerKind::error) return read_error(payload());
  if (kind_ != AnswerKind::document) return nonsense("an answer to another question");
  Result<Document> document = decode_document(payload());
  if (!document) {
    if (document.error().code() == Code::limit_exceeded) return document;
    return nonsense(document.error().message());
  }
  NARU_TRY(check_document(*document, input_bytes));
  return document;
}

Result<SandboxReport> AnswerReader::sandbox() const {
  if (!complete()) return nonsense("half an answer");
  if (kind_ == AnswerKind::error) return read_error(payload());
  if (kind_ != AnswerKind::sandbox) return nonsense("an answer to another question");
  SandboxReport report;
  ByteReader in(payload());
  for (bool* part : {&report.seccomp, &report.resource_limits, &report.no_new_privileges, &report.address_space_limit,
                     &report.user_namespace, &report.network_namespace, &report.ipc_namespace,
                     &report.process_namespace, &report.empty_root}) {
    *part = NARU_TRY(in.number(1))
    == 1;
  }
  report.landlock_abi = static_cast<int>(NARU_TRY(in.number(kLandlockAbiMax)));
  const std::uint64_t count = NARU_TRY(in.number(kMissingMax));
  for (std::uint64_t i = 0; i < count; ++i) report.missing.push_back(clean_message(NARU_TRY(in.text())));
  if (!in.empty()) return nonsense("bytes behind the report");
  return report;
}

std::string encode_request(const WorkerRequest& request) {
  ByteWriter out;
  out.number(static_cast<std::uint64_t>(request.want));
  out.number(request.pdf ? 1 : 0);
  out.number(static_cast<std::uint64_t>(request.web_text));
  out.text(request.media_hint);
  out.text(request.inner_hint);
  return out.take();
}

Result<WorkerRequest> decode_request(std::string_view bytes) {
  ByteReader in(bytes);
  WorkerRequest request;
  request.want = static_cast<WorkerRequest::Want>(NARU_TRY(in.number(1)));
  request.pdf = NARU_TRY(in.number(1))
  == 1;
  request.web_text = static_cast<WebText>(NARU_TRY(in.number(static_cast<std::uint64_t>(WebText::whole_page))));
  request.media_hint = NARU_TRY(in.text());
  request.inner_hint = NARU_TRY(in.text());
  if (!in.empty()) return Error(Code::corrupt, "bytes behind a request");
  return request;
}

WorkerRequest request_for(const ParseInput& input) {
  WorkerRequest request;
  // One that is named so may have more before its mark; without any the PDF parser needs no library to say what it is.
  const bool named = input.media_hint.ends_with("pdf");
  const std::string_view front = input.bytes.substr(0, named ? input.bytes.size() : kPdfMarkBytes);
  request.pdf = front.find("%PDF") != std::string_view::npos || may_hold_members(input);
  request.web_text = input.web_text;
  if (is_word(input.media_hint, kMediaHintBytesMax)) request.media_hint = input.media_hint;
  const std::string inner = file_extension(name_inside(input.uri));
  if (is_word(inner, kMediaHintBytesMax)) request.inner_hint = inner;
  return request;
}

}  // namespace naru
