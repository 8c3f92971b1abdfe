#include "text/clean.h"

#include "text/unicode.h"

namespace naru {

namespace {

bool is_line_end(char32_t c) { return c == '\n' || c == '\f' || c == 0x0b || c == 0x85 || c == 0x2028 || c == 0x2029; }

bool is_between(char32_t c, char32_t first, char32_t last) { return c >= first && c <= last; }

bool is_unseen(char32_t c) {
  if (c < 0xa0) return c < 0x20 ? c != '\t' : c >= 0x7f;
  return c == 0xad || c == 0x200b || c == 0x200e || c == 0x200f || c == 0x2060 || c == 0xfeff ||
         is_between(c, 0x202a, 0x202e) || is_between(c, 0x2066, 0x206f) || is_between(c, 0xfff9, 0xfffb) ||
         is_between(c, 0xe0000, 0xe007f);
}

class Cleaner {
 public:
  explicit Cleaner(Blanks blanks) : folds_(blanks == Blanks::fold) {}

  void take(char32_t c) {
    if (is_line_end(c)) return end_line();
    if (is_unseen(c)) return;
    if (is_space(c)) {
      blanks_ += folds_ || c != '\t' ? ' ' : '\t';
      return;
    }
    write_blanks();
    append_utf8(clean_, c);
  }

  std::string finish() && {
    while (clean_.ends_with('\n')) clean_.pop_back();
    return std::move(clean_);
  }

 private:
  bool at_line_start() const { return clean_.empty() || clean_.back() == '\n'; }

  void write_blanks() {
    if (!folds_) clean_ += blanks_;
    if (folds_ && !blanks_.empty() && !at_line_start()) clean_ += ' ';
    blanks_.clear();
  }

  void end_line() {
    blanks_.clear();
    const bool many = clean_.empty() || clean_.ends_with("\n\n");
    if (!folds_ || !many) clean_ += '\n';
  }

  const bool folds_;
  std::string clean_;
  std::string blanks_;  // that were read and not yet written
};

}  // namespace

std::string clean_text(std::string_view text, Blanks blanks) {
  std::string room;
  text = nfc(text, room);
  Cleaner cleaner(blanks);
  for (std::size_t at = 0; at < text.size();) {
    char32_t c = next_code_point(text, at);
    if (c == '\r') {
      if (at < text.size() && text[at] == '\n') ++at;
      c = '\n';
    }
    cleaner.take(c);
  }
  // What stood between two characters is gone: they may compose now.
  return nfc(std::move(cleaner).finish());
}

std::string without_numbers(std::string_view line) {
  std::string same;
  for (std::size_t at = 0; at < line.size();) {
    const std::size_t start = at;
    if (!is_digit(next_code_point(line, at))) {
      same += line.substr(start, at - start);
    } else if (!same.ends_with('0')) {
      same += '0';
    }
  }
  return same;
}

}  // namespace naru
