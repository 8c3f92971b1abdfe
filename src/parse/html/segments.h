// Segments: the texts of a page between two block boundaries, with what tells running text from scraps and menus.
//
// Pure; any thread.
#pragma once

#include <cstdint>
#include <vector>

#include "parse/html/page.h"

namespace naru::html {

struct Segment {
  std::uint32_t first = 0, last = 0;  // text nodes
  std::uint32_t owner = 0;            // the innermost block element around it
  std::uint32_t characters = 0;       // Hangul, Han and kana count twice: they say as much
  std::uint32_t linked = 0;           // characters inside links
  std::uint32_t wide = 0;             // of those, two for each
  std::uint32_t stops = 0, commas = 0;
  float weight = 0;
  bool dropped = false, kept = false;
  bool heading = false, caption = false, table = false;
  bool item = false, paragraph = false, begins_linked = false;

  float link_share() const {
    return characters == 0 ? 0.0F : static_cast<float>(linked) / static_cast<float>(characters);
  }
};

// In document order; what the page hides, and what is no text of its, is in none.
std::vector<Segment> split_segments(const Page& page);

}  // namespace naru::html
