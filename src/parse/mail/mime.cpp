#include "parse/mail/mime.h"

#include <fmt/format.h>

#include <algorithm>

#include "parse/mail/transfer.h"
#include "text/unicode.h"

namespace naru::mail {

namespace {

constexpr std::size_t kBoundaryBytesMax = 1'000;  // 70 by the standard

std::string_view without_line_end(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  if (text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

// A boundary that no header names: the first line that begins as one.
std::string guess_boundary(std::string_view body) {
  for (std::size_t at = 0; at < body.size();) {
    const std::size_t end = std::min(body.find('\n', at), body.size());
    const std::string_view line = without_line_end(body.substr(at, end - at));
    if (line.starts_with("--") && line.size() > 3 && line.size() <= kBoundaryBytesMax &&
        line.find(' ') == std::string_view::npos) {
      return std::string(line.substr(2));
    }
    at = end + 1;
  }
  return {};
}

// The bodies between the lines "--boundary", without what stands before the first and behind the last.
std::vector<std::string_view> split(std::string_view body, const std::string& boundary) {
  std::vector<std::string_view> parts;
  const std::string mark = "--" + boundary;
  std::size_t open = std::string_view::npos;  // where the part that is read begins
  for (std::size_t at = body.find(mark); at != std::string_view::npos; at = body.find(mark, at)) {
    if (at > 0 && body[at - 1] != '\n' && body[at - 1] != '\r') {
      at += mark.size();
      continue;
    }
    // A boundary of an inner part may begin with this one's.
    const std::string_view rest = body.substr(at + mark.size());
    const std::string_view line = without_line_end(rest.substr(0, std::min(rest.find('\n'), rest.size() - 1) + 1));
    const bool last = line.starts_with("--");
    const std::string_view tail = last ? line.substr(2) : line;
    if (tail.find_first_not_of(" \t\r") != std::string_view::npos) {
      at += mark.size();
      continue;
    }
    if (open != std::string_view::npos) parts.push_back(without_line_end(body.substr(open, at - open)));
    const std::size_t line_end = body.find('\n', at + mark.size());
    open = line_end == std::string_view::npos ? body.size() : line_end + 1;
    if (last || parts.size() >= kPartsMax) {
      open = std::string_view::npos;
      break;
    }
    at = open;
  }
  if (open != std::string_view::npos && open < body.size()) parts.push_back(body.substr(open));  // cut off
  return parts;
}

class Reader {
 public:
  explicit Reader(Message& message) : message_(message) {}

  Part read(std::string_view bytes, const std::string& number, std::string_view type_unless_said, int depth) {
    Part part;
    part.fields = read_fields(bytes);
    part.body = bytes.substr(part.fields.size);
    part.number = number.empty() ? "1" : number;
    const Parameters type = read_parameters(part.fields.first("content-type"));
    const Parameters disposition = read_parameters(part.fields.first("content-disposition"));
    part.type = type.value.find('/') == std::string::npos ? std::string(type_unless_said) : type.value;
    part.charset = type.named("charset");
    part.file_name = disposition.named("filename").empty() ? type.named("name") : disposition.named("filename");
    part.attached = disposition.value == "attachment";
    part.flowed = case_fold(type.named("format")) == "flowed";
    part.wrapped_with_blank = case_fold(type.named("delsp")) == "yes";
    ++count_;
    if (part.is_multipart()) read_parts(part, std::string(type.named("boundary")), number, depth);
    return part;
  }

 private:
  void read_parts(Part& part, std::string boundary, const std::string& number, int depth) {
    if (depth >= kPartDepthMax) {
      return message_.warnings.push_back(fmt::format("parts nest more than {} deep: the rest is left out", depth));
    }
    std::vector<std::string_view> bodies;
    if (!boundary.empty() && boundary.size() <= kBoundaryBytesMax) bodies = split(part.body, boundary);
    if (bodies.empty()) {
      boundary = guess_boundary(part.body);
      if (!boundary.empty()) bodies = split(part.body, boundary);
    }
    if (bodies.empty()) {
      part.type = "text/plain";
      return message_.warnings.push_back("its parts have no boundary: it was read as one text");
    }
    const std::string_view unless_said = part.type == "multipart/digest" ? "message/rfc822" : "text/plain";
    for (std::size_t i = 0; i < bodies.size(); ++i) {
      if (count_ >= kPartsMax) {
        return message_.warnings.push_back(fmt::format("only the first {} parts were read", kPartsMax));
      }
      const std::string below = (number.empty() ? "" : number + ".") + std::to_string(i + 1);
      part.parts.push_back(read(bodies[i], below, unless_said, depth + 1));
    }
  }

  Message& message_;
  std::size_t count_ = 0;
};

}  // namespace

std::string Part::decoded() const {
  const std::string encoding = read_parameters(fields.first("content-transfer-encoding")).value;
  if (encoding == "base64") return decode_base64_body(body);
  if (encoding == "quoted-printable") return decode_quoted_printable(body);
  if (encoding == "x-uuencode" || encoding == "uuencode") return decode_uuencode(body);
  return std::string(body);
}

Message read_message(std::string_view bytes) {
  Message message;
  message.root = Reader(message).read(bytes, "", "text/plain", 0);
  return message;
}

}  // namespace naru::mail
