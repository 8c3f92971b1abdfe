#include "parse/hwp/records.h"

#include "parse/shared/binary_reader.h"

namespace naru::hwp {

namespace {

// A size of twelve ones says that the real one follows in 32 bits.
constexpr std::uint32_t kLongSize = 0xfff;

}  // namespace

bool next_record(std::string_view& stream, Record& record) {
  BinaryReader in(stream);
  const std::uint32_t head = in.u32();
  record.tag = static_cast<Tag>(head & 0x3ff);
  record.level = static_cast<std::uint16_t>((head >> 10) & 0x3ff);
  std::uint32_t size = head >> 20;
  if (size == kLongSize) size = in.u32();
  if (!in.ok()) return false;
  const bool complete = size <= in.left();
  record.bytes = stream.substr(stream.size() - in.left(), size);  // a cut one keeps what is there
  stream.remove_prefix(stream.size() - in.left() + record.bytes.size());
  return complete;
}

Records read_records(std::string_view stream) {
  Records records;
  std::vector<std::size_t> open;  // indices of the records that the next one may be below
  while (!stream.empty()) {
    if (records.list.size() == kRecordsMax) {
      records.complete = false;
      break;
    }
    Record record;
    record.bytes = {};
    records.complete = next_record(stream, record);
    if (!records.complete && record.bytes.empty()) break;
    while (!open.empty() && records.list[open.back()].level >= record.level) {
      records.list[open.back()].end = records.list.size();
      open.pop_back();
    }
    open.push_back(records.list.size());
    records.list.push_back(record);
    if (!records.complete) break;
  }
  for (const std::size_t index : open) records.list[index].end = records.list.size();
  return records;
}

}  // namespace naru::hwp
