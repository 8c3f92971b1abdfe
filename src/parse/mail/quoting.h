// The text of a mail as what was written now, what it answers, and the signature.
//
// Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace naru::mail {

enum class Voice : std::uint8_t { own, quoted, signature };

struct Passage {
  Voice voice = Voice::own;
  std::string text;  // quoted ones without their marks
};

std::vector<Passage> split_by_voice(std::string_view text);

}  // namespace naru::mail
