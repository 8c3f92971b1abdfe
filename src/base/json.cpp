#include "base/json.h"

#include <fmt/format.h>

namespace naru {

namespace {

Status check_depth(std::string_view text) {
  int depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c == '\\')
        ++i;
      else if (c == '"')
        quoted = false;
      continue;
    }
    if (c == '"') quoted = true;
    if (c == '{' || c == '[') ++depth;
    if (c == '}' || c == ']') --depth;
    if (depth > kJsonDepthMax) {
      return Error(Code::limit_exceeded, fmt::format("JSON nested deeper than {} levels", kJsonDepthMax));
    }
  }
  return {};
}

}  // namespace

Result<Json> parse_json(std::string_view text) {
  NARU_TRY(check_depth(text));
  try {
    return Json::parse(text.begin(), text.end());
  } catch (const Json::parse_error& e) {
    return Error(Code::corrupt, fmt::format("not JSON: error at byte {}", e.byte));
  } catch (const Json::exception& e) {
    return Error(Code::corrupt, fmt::format("not JSON: {}", e.what()));
  }
}

std::string text_at(const Json& object, const char* name) {
  if (!object.is_object()) return "";
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

std::string to_line(const Json& value) { return value.dump(-1, ' ', false, Json::error_handler_t::replace); }

}  // namespace naru
