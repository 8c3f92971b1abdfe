// The two readers of rows hold each other: what simdjson takes, the other takes too, and as the same.
#include "record/plain_json.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <random>

#include "base/json.h"
#include "record/value_json.h"

namespace naru {
namespace {

// Whether it was read by simdjson. What it does not read is the other's to say, so nothing can differ there.
bool same_by_both(std::string_view text) {
  const std::optional<Fields> plain = read_plain_json(text);
  if (!plain) return false;
  const Result<Fields> any = fields_from_any_json(text);
  EXPECT_TRUE(any) << text << ": " << any.error().describe();
  if (!any) return true;
  EXPECT_EQ(*plain, *any) << text;
  EXPECT_EQ(to_json_line(*plain), to_json_line(*any)) << "0 and -0 are equal, and not written so";
  return true;
}

std::string nested(int levels) {
  std::string text = R"({"a":)";
  for (int i = 1; i < levels; ++i) text += '[';
  text += '1';
  for (int i = 1; i < levels; ++i) text += ']';
  return text + '}';
}

TEST(PlainJson, ReadsWhatRowsAreMadeOf) {
  for (const std::string& text :
       {std::string("{}"), std::string(" { } \r\n\t"), std::string(R"({"a":null,"b":[true,false,[],{}],"":{"":""}})"),
        std::string(R"({"i":[0,-0,1,-1,9223372036854775807,-9223372036854775808]})"),
        std::string(
            R"({"d":[0.0,-0.0,0.1,1e0,1E+5,1e-5,2.2250738585072014e-308,4.9e-324,1e-400,1.7976931348623157e308]})"),
        std::string(R"({"d":[9007199254740993.0,0.30000000000000004,123456789012345678901234567890.5]})"),
        std::string(R"({"s":"\u0000\u001f\/\"\\\b\f\n\r\t\uac00\ud83d\ude00é한글\u2028"})"),
        std::string("{\"s\":\"\x7f\xf4\x8f\xbf\xbf\xee\x80\x80\"}"), nested(kJsonDepthMax)}) {
    EXPECT_TRUE(same_by_both(text)) << text;
  }
}

TEST(PlainJson, LeavesTheRestToTheOther) {
  for (const std::string& text : {std::string(),
                                  std::string(" "),
                                  std::string("[]"),
                                  std::string("1"),
                                  std::string("null"),
                                  std::string("{"),
                                  std::string(R"({"a":1} x)"),
                                  std::string(R"({"a":1,})"),
                                  std::string(R"({"a" 1})"),
                                  std::string(R"({a:1})"),
                                  std::string(R"({"a":01})"),
                                  std::string(R"({"a":1.})"),
                                  std::string(R"({"a":.5})"),
                                  std::string(R"({"a":+1})"),
                                  std::string(R"({"a":NaN})"),
                                  std::string(R"({"a":tru})"),
                                  std::string(R"({"a":1e400})"),
                                  std::string(R"({"a":9223372036854775808})"),
                                  std::string(R"({"a":18446744073709551616})"),
                                  std::string(R"({"a":-9223372036854775809})"),
                                  std::string(R"({"a":"\ud800"})"),
                                  std::string(R"({"a":"\udc00"})"),
                                  std::string(R"({"a":"\ud800\u0041"})"),
                                  std::string(R"({"a":"\x"})"),
                                  std::string(R"({"a":"\u12g4"})"),
                                  std::string("{\"a\":\"\x01\"}"),
                                  std::string("{\"a\":\"\xff\"}"),
                                  std::string("{\"a\":\"\xc0\x80\"}"),
                                  std::string("{\"a\":\"\xed\xa0\x80\"}"),
                                  std::string("{}\0x", 4),
                                  std::string(R"({"a":1,"a":2})"),
                                  std::string(R"({"a":[{"b":1,"b":2}]})"),
                                  nested(kJsonDepthMax + 1),
                                  R"({"a":")" + std::string(kPlainJsonBytes, 'x') + R"("})"}) {
    EXPECT_FALSE(same_by_both(text)) << text.substr(0, 100);
  }
}

// Either way: whether a mark of the byte order stands before it.
TEST(PlainJson, ABytesOrderMarkIsNothing) { (void)same_by_both("\xef\xbb\xbf{\"a\":1}"); }

class Documents {
 public:
  explicit Documents(std::uint64_t seed) : random_(seed) {}

  std::string object(int depth) {
    std::string text = "{";
    const std::uint64_t count = below(8) == 0 ? below(40) : below(6);
    for (std::uint64_t i = 0; i < count; ++i) {
      if (i > 0) text += ',' + blank();
      // Mostly no name twice; more than a few names now and then.
      const std::string name = below(60) == 0 ? "\"n0\"" : "\"n" + std::to_string(i) + "\"";
      text += (below(4) == 0 ? string() : name) + blank() + ':' + blank() + value(depth + 1);
    }
    return text + blank() + '}';
  }

  // One byte another, one gone, or one more.
  std::string damaged(std::string text) {
    const std::size_t at = below(text.size());
    const char byte = below(2) == 0 ? static_cast<char>(random_()) : R"({}[]",:\0-.eE 1u)"[below(17)];
    switch (below(3)) {
      case 0:
        text[at] = byte;
        break;
      case 1:
        text.erase(at, 1);
        break;
      default:
        text.insert(at, 1, byte);
    }
    return text;
  }

 private:
  std::uint64_t below(std::uint64_t limit) { return random_() % limit; }
  std::string blank() { return below(8) == 0 ? std::string(1, " \t\n\r"[below(4)]) : ""; }

  std::string value(int depth) {
    switch (below(depth > 5 ? 6 : 8)) {
      case 0:
        return below(2) == 0 ? "null" : below(2) == 0 ? "true" : "false";
      case 1:
        return std::to_string(static_cast<std::int64_t>(random_() >> below(64)));
      case 2:
        return std::to_string(random_() >> below(64));
      case 3:
        return number();
      case 6:
        return object(depth);
      case 7: {
        std::string text = "[";
        for (std::uint64_t i = below(5); i > 0; --i) text += value(depth + 1) + (i > 1 ? "," + blank() : "");
        return text + "]";
      }
      default:
        return string();
    }
  }

  std::string number() {
    char text[512];
    const double value =
        below(2) == 0 ? std::bit_cast<double>(random_()) : static_cast<double>(random_() >> below(64)) / 1e4;
    if (!std::isfinite(value)) return "0.5";
    constexpr int kMost = 40;
    std::snprintf(text, sizeof text, below(4) == 0 && std::abs(value) < 1e30 ? "%.*f" : "%.*e",
                  static_cast<int>(below(kMost)), value);
    return text;
  }

  std::string string() {
    static constexpr const char* kParts[] = {"a",       "word ",   "한글",         "é",
                                             "😀",      "\\n",     "\\\"",         "\\\\",
                                             "\\/",     "\\u00e9", "\\uAC00",      "\\ud83d\\ude00",
                                             "\\u0000", "\x7f",    "\xe2\x80\xa8", "0123456789abcdef"};
    std::string text = "\"";
    for (std::uint64_t i = below(below(10) == 0 ? 60 : 6); i > 0; --i) text += kParts[below(std::size(kParts))];
    return text + '"';
  }

  std::mt19937_64 random_;
};

// NARU_DOCUMENTS=1000000 for more of them, by hand.
TEST(PlainJson, RandomDocumentsAreTheSameByBoth) {
  const char* said = std::getenv("NARU_DOCUMENTS");
  const std::uint64_t count = said != nullptr ? std::strtoull(said, nullptr, 10) : 5000;
  Documents documents(1);
  std::uint64_t plain = 0, damaged = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::string text = documents.object(0);
    plain += same_by_both(text) ? 1 : 0;
    damaged += same_by_both(documents.damaged(text)) ? 1 : 0;
  }
  EXPECT_GT(plain, count / 4);
  EXPECT_GT(damaged, count / 50) << "some of what is damaged is JSON still";
  EXPECT_LT(damaged, plain);
}

}  // namespace
}  // namespace naru
