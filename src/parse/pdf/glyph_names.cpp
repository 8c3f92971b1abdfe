#include "parse/pdf/glyph_names.h"

#include <charconv>

namespace naru::pdf {

namespace {

constexpr std::size_t kFontsMax = 1'000;    // asked for in one document
constexpr std::size_t kNameBytesMax = 512;  // in the file: 127 characters, written as #xx at most

// "unichars004E0061" by fours. Empty: no such name.
std::u32string by_hexadecimal(std::string_view digits, std::size_t each) {
  std::u32string text;
  if (digits.empty() || digits.size() % each != 0) return text;
  for (; !digits.empty(); digits.remove_prefix(each)) {
    std::uint32_t code = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + each, code, 16);
    if (error != std::errc() || end != digits.data() + each || code < 0x20 || code > 0x10ffff) return {};
    if (code >= 0xd800 && code < 0xe000) return {};
    text += static_cast<char32_t>(code);
  }
  return text;
}

std::u32string text_of_part(std::string_view part) {
  const bool letter = part.size() == 1 && ((part[0] | 0x20) >= 'a' && (part[0] | 0x20) <= 'z');
  if (letter) return std::u32string(1, static_cast<char32_t>(part[0]));
  if (part.starts_with("uni")) return by_hexadecimal(part.substr(3), 4);
  if (part.starts_with('u')) return by_hexadecimal(part.substr(1), part.size() - 1);
  return {};
}

// Names in a file may hold "#20" for a blank.
std::string plain_name(std::string_view name) {
  std::string out;
  for (std::size_t i = name.starts_with('/') ? 1 : 0; i < name.size(); ++i) {
    unsigned char byte = static_cast<unsigned char>(name[i]);
    if (byte == '#' && i + 2 < name.size() &&
        std::from_chars(name.data() + i + 1, name.data() + i + 3, byte, 16).ptr == name.data() + i + 3) {
      i += 2;
    }
    out += static_cast<char>(byte);
  }
  return out;
}

}  // namespace

std::u32string text_of_glyph(std::string_view name) {
  name = name.substr(0, name.find('.'));
  std::u32string text;
  while (!name.empty()) {
    const std::size_t end = std::min(name.find('_'), name.size());
    const std::u32string part = text_of_part(name.substr(0, end));
    if (part.empty()) return {};
    text += part;
    name.remove_prefix(std::min(end + 1, name.size()));
  }
  return text;
}

std::u32string_view GlyphNames::text_of(std::string_view font, char32_t code) {
  if (code >= kCodesMax) return {};
  auto known = fonts_.find(font);
  if (known == fonts_.end()) {
    if (!read_) read_objects();
    if (fonts_.size() >= kFontsMax) return {};
    known = fonts_.emplace(font, read_font(font)).first;
  }
  const auto text = known->second.find(code);
  return text == known->second.end() ? std::u32string_view() : text->second;
}

void GlyphNames::read_objects() {
  read_ = true;
  for (const auto& [number, object] : objects_.all()) {
    const std::string_view base = objects_.value(object, "/BaseFont");
    if (!base.empty() && base.size() <= kNameBytesMax) dictionaries_.emplace(plain_name(base), object);
  }
}

GlyphNames::Texts GlyphNames::read_font(std::string_view font) {
  Texts texts;
  const auto [first, last] = dictionaries_.equal_range(font);
  for (auto dictionary = first; dictionary != last; ++dictionary) {
    const std::string_view list = objects_.value(objects_.value(dictionary->second, "/Encoding"), "/Differences");
    if (!list.starts_with('[')) continue;
    char32_t code = 0;
    for (std::size_t at = 1; at < list.size();) {
      const std::string_view value = next_value(list, at);
      if (!value.starts_with('/')) {
        std::uint32_t number = 0;
        if (std::from_chars(value.data(), value.data() + value.size(), number).ec != std::errc()) break;
        code = number;
        continue;
      }
      std::u32string text = text_of_glyph(value.substr(1));
      if (!text.empty() && code < kCodesMax) texts.emplace(code, std::move(text));
      ++code;
    }
  }
  return texts;
}

}  // namespace naru::pdf
