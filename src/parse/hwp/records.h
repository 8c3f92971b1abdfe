// The records of HWP 5's streams: a tag, a level that makes them a tree, and bytes.
//
// Records borrow the stream. Pure; any thread.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace naru::hwp {

// Tags (Hancom's "한글문서파일형식 5.0", tables 13 and 57): 16 is the first of all.
enum class Tag : std::uint16_t {
  bin_data = 18,
  numbering = 23,
  bullet = 24,
  para_shape = 25,
  style = 26,
  distribute_doc_data = 28,
  para_header = 66,
  para_text = 67,
  ctrl_header = 71,
  list_header = 72,
  shape_component = 76,
  table = 77,
  equation = 88,
  text_art = 90,
  memo_list = 93,
};

struct Record {
  Tag tag{};
  std::uint16_t level = 0;
  std::string_view bytes;
  std::size_t end = 0;  // index of the next record that is not below this one
};

struct Records {
  std::vector<Record> list;
  bool complete = true;  // false: the stream ends inside a record
};

// An empty paragraph takes three records: more than this is no document. 32 bytes each here, at least 4 there.
inline constexpr std::size_t kRecordsMax = 4'000'000;

Records read_records(std::string_view stream);

// The record's own bytes in a stream: those behind its head. Also moves `stream` behind it.
bool next_record(std::string_view& stream, Record& record);

}  // namespace naru::hwp
