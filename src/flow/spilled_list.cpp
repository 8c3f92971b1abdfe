#include "naru/spilled_list.h"

#include <array>
#include <utility>

#include "flow/known_item.h"
#include "naru/record.h"
#include "naru/target.h"
#include "record/codec.h"
#include "runtime/spool.h"

namespace naru {

namespace {

// Of each list: a run has a handful, most of them short.
constexpr std::size_t kMemoryBytesMax = 1U << 20;
constexpr std::size_t kReadBytes = 128U << 10;  // as the spool packs them
constexpr std::uint64_t kAny = UINT64_MAX;
constexpr std::uint64_t kNamesMax = 1'000'000;

void write(ByteWriter& to, const Item& item) {
  to.text(item.key);
  to.text(item.fingerprint);
  to.number(item.version_order);
  to.number(item.size_bytes);
  to.text(item.media_hint);
  to.text(item.place);
  to.number(item.access ? item.access->size() + 1 : 0);
  if (!item.access) return;
  for (const std::string& name : *item.access) to.text(name);
}

Status read(ByteReader& from, Item& item) {
  item.key = NARU_TRY(from.raw());
  item.fingerprint = NARU_TRY(from.raw());
  item.version_order = NARU_TRY(from.number(kAny));
  item.size_bytes = NARU_TRY(from.number(kAny));
  item.media_hint = NARU_TRY(from.raw());
  item.place = NARU_TRY(from.raw());
  item.access.reset();
  const std::uint64_t names = NARU_TRY(from.number(kNamesMax));
  if (names == 0) return {};
  item.access.emplace();
  for (std::uint64_t left = names - 1; left > 0; --left) item.access->emplace_back(NARU_TRY(from.raw()));
  return {};
}

void write(ByteWriter& to, const KnownItem& item) { write_known(to, item); }

Status read(ByteReader& from, KnownItem& item) {
  item = NARU_TRY(read_known(from));
  return {};
}

}  // namespace

template <class T>
struct SpilledList<T>::Held {
  Spool spool{kMemoryBytesMax};
  std::optional<Error> error;  // of adding
};

template <class T>
void SpilledList<T>::add(const T& one) {
  if (!held_ || held_.use_count() > 1) {
    const std::shared_ptr<const Held> shared = std::exchange(held_, std::make_shared<Held>());
    Reader all(shared);
    for (T copied; size_ > 0;) {
      const Result<bool> found = all.next(copied);
      if (!found) held_->error = found.error();
      if (!found || !*found) break;
      const std::uint64_t size = size_;
      add(copied);
      size_ = size;
    }
  }
  ++size_;
  if (held_->error) return;
  ByteWriter record;
  write(record, one);
  ByteWriter framed;
  framed.text(record.bytes());
  if (Result<std::uint64_t> added = held_->spool.add(framed.bytes()); !added) held_->error = added.error();
}

template <class T>
Result<bool> SpilledList<T>::Reader::next(T& one) {
  if (!held_) return false;
  if (held_->error) return *held_->error;
  for (std::size_t wanted = kReadBytes;; wanted *= 2) {
    ByteReader reader(std::string_view(bytes_).substr(at_));
    const std::size_t had = reader.left();
    if (const Result<std::string_view> record = reader.raw()) {
      ByteReader fields(*record);
      NARU_TRY(naru::read(fields, one));
      at_ += had - reader.left();
      return true;
    }
    // The rest of a record that is not whole yet, and more.
    bytes_.erase(0, at_);
    at_ = 0;
    Spool::Window window;
    const std::string more = NARU_TRY(held_->spool.read(next_, wanted, window));
    next_ += more.size();
    if (more.empty() && bytes_.empty()) return false;
    if (more.empty()) return Error(Code::internal, "a list ends within one of its own");
    bytes_ += more;
  }
}

template <class T>
Status SpilledList<T>::each(const std::function<Status(T& one)>& visit) const {
  Reader reader = read();
  for (T one; NARU_TRY(reader.next(one));) NARU_TRY(visit(one));
  return {};
}

template <class T>
Result<std::vector<T>> SpilledList<T>::all() const {
  std::vector<T> list;
  NARU_TRY(each([&](T& one) { return list.push_back(std::move(one)), Status(); }));
  return list;
}

template class SpilledList<Item>;
template class SpilledList<KnownItem>;

}  // namespace naru
