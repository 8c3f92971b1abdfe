#include "connector/shared/keyed_rows.h"

#include <fmt/format.h>

#include <optional>

#include "base/little_endian.h"

namespace naru {

namespace {

void put_upper_first(std::string& place, std::uint64_t number) {
  for (int shift = 56; shift >= 0; shift -= 8) place += static_cast<char>(number >> shift);
}

std::uint64_t take_upper_first(BoundedReader& reader) {
  std::uint64_t number = 0;
  for (const char byte : reader.take(8)) number = number << 8 | static_cast<unsigned char>(byte);
  return number;
}

// Item::place: order and number, so that rows of one key come in their order; then where it is.
std::string place_of(const KeyedRow& row) {
  std::string place;
  put_upper_first(place, row.order);
  put_upper_first(place, row.number);
  put_le(place, row.offset);
  put_le(place, row.size);
  put_le(place, static_cast<std::uint8_t>(row.deleted));
  return place;
}

}  // namespace

void KeyedRows::clear() {
  rows_ = {};
  listed_ = {};
}

void KeyedRows::add(const KeyedRow& row) {
  Item item;
  item.key = row.key;
  item.fingerprint = row.hash.bytes();
  item.size_bytes = row.size;
  item.place = place_of(row);
  rows_.add(std::move(item));
}

Status KeyedRows::list(std::string_view unit, std::string_view media, std::uint64_t version_order, const RowFeed& feed,
                       Listing& listing) {
  std::optional<Item> last;
  const auto list_last = [&]() -> Status {
    if (!last) return {};
    last->version_order = feed.order.empty() ? version_order : NARU_TRY(row_of(*last)).order;
    last->media_hint = media;
    listing.items.add(*last);
    return {};
  };
  NARU_TRY(rows_.each([&](Item& item) -> Status {
    if (last && item.key == last->key && !feed.latest_counts()) {
      const std::uint64_t number = NARU_TRY(row_of(item)).number;
      listing.rejects.push_back({fmt::format("{} {}", unit, number), std::string(code_name(Code::already_exists)),
                                 fmt::format("the id \"{}\" is already in {} {}: ids must differ", item.key, unit,
                                             NARU_TRY(row_of(*last)).number)});
      return {};
    }
    if (last && item.key != last->key) NARU_TRY(list_last());
    last = std::move(item);
    return {};
  }));
  NARU_TRY(list_last());
  listing.partial = feed.append;
  listing.ordered = !feed.order.empty();
  rows_ = {};
  listed_ = listing.items;
  return {};
}

Result<Item> KeyedRows::find(const std::string& key) const {
  SpilledList<Item>::Reader items = listed_.read();
  for (Item item; NARU_TRY(items.next(item)) && item.key <= key;) {
    if (item.key == key) return item;
  }
  return Error(Code::not_found, "the source no longer has it");
}

Result<KeyedRow> KeyedRows::row_of(const Item& item) {
  BoundedReader reader(item.place);
  KeyedRow row;
  row.key = item.key;
  row.order = take_upper_first(reader);
  row.number = take_upper_first(reader);
  row.offset = reader.number<std::uint64_t>();
  row.size = reader.number<std::uint64_t>();
  row.deleted = reader.number<std::uint8_t>() != 0;
  if (!reader.ok() || item.fingerprint.size() != 16) return Error(Code::not_found, "the row is gone");
  row.hash = Id128::from_bytes(item.fingerprint);
  return row;
}

ItemContent KeyedRows::content_of(const KeyedRow& row, std::string bytes, const Item& item) {
  ItemContent content{std::move(bytes), item};
  if (row.deleted) content.drop = DropReason{"deleted", ""};
  return content;
}

}  // namespace naru
