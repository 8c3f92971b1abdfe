#include "parse/html/main_text.h"

namespace naru::html {

std::vector<bool> choose_main_text(const Page&, std::string_view) { return {}; }

}  // namespace naru::html
