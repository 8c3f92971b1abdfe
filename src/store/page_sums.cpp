#include "store/page_sums.h"

#include <sqlite3.h>
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

#include "store/passed_io.h"

namespace naru {

namespace {

// The head of page 1, https://sqlite.org/fileformat2.html#the_database_header.
constexpr std::string_view kMagic{"SQLite format 3", 16};
constexpr int kHeadBytes = 100, kPageBytesAt = 16, kReadVersionAt = 19, kReservedAt = 20;
constexpr std::uint8_t kReadVersionOfALog = 2;
constexpr int kPageBytesMin = 512, kPageBytesMax = 65'536;

// The write-ahead log, https://sqlite.org/fileformat2.html#the_write_ahead_log: a head, then frames of a head and a
// page. Each frame's checksum goes on from the one before.
constexpr int kLogHeadBytes = 32, kLogSumAt = 24, kFrameHeadBytes = 24, kFrameSumAt = 16, kFrameSummed = 8;
constexpr std::uint8_t kMagicBigEndian = 1;  // last bit of the log's magic number: words of the checksum are big-endian

// What SQLite has in its hands for a file of ours. The real file's object is made beside it: whose file system that is
// may change while we live (tests put theirs in between).
struct Handle {
  sqlite3_file base;
  sqlite3_file* real;
  PageSums* sums;  // a log: those of its database; null: a file that is none of ours (a journal, a temporary one)
  bool is_log;
};

Handle& handle(sqlite3_file* file) { return *reinterpret_cast<Handle*>(file); }

std::uint64_t sum_of(const std::uint8_t* page, std::uint32_t page_bytes, std::uint32_t number) {
  return XXH3_64bits_withSeed(page, page_bytes - kPageSumBytes, number);
}

bool has_sum(const std::uint8_t* page, std::uint32_t page_bytes, std::uint32_t number) {
  std::uint64_t sum = 0;
  std::memcpy(&sum, page + page_bytes - kPageSumBytes, sizeof sum);
  return sum == sum_of(page, page_bytes, number);
}

bool is_head(const void* bytes, int count, sqlite3_int64 at) {
  return at == 0 && count >= kHeadBytes && std::memcmp(bytes, kMagic.data(), kMagic.size()) == 0;
}

void learn(PageSums& sums, const std::uint8_t* head) {
  const int stored = head[kPageBytesAt] << 8 | head[kPageBytesAt + 1];
  const int page_bytes = stored == 1 ? kPageBytesMax : stored;  // 65,536 does not fit
  if (page_bytes >= kPageBytesMin) sums.page_bytes = static_cast<std::uint32_t>(page_bytes);
  sums.kept = head[kReservedAt] == kPageSumBytes;
}

bool is_page(const PageSums& sums, int count, sqlite3_int64 at) {
  return static_cast<std::uint32_t>(count) == sums.page_bytes && at % count == 0;
}

int damaged(PageSums& sums, std::uint32_t page, bool in_log) {
  sums.damaged_page = page;
  sums.damaged_in_log = in_log;
  return SQLITE_IOERR_DATA;
}

// ---- the database's own file ----

// Whether page 1 says that there are no sums and has one all the same: then that byte is what is damaged.
bool hides_sums(const std::uint8_t* page, std::uint32_t page_bytes) {
  std::array<std::uint8_t, kPageBytesMax> copy;
  std::memcpy(copy.data(), page, page_bytes);
  copy[kReservedAt] = kPageSumBytes;
  return has_sum(copy.data(), page_bytes, 1);
}

int check_page(PageSums& sums, const std::uint8_t* page, sqlite3_int64 at, bool cut) {
  const auto number = static_cast<std::uint32_t>(at / sums.page_bytes + 1);
  if (!sums.kept) {
    return number == 1 && is_head(page, kHeadBytes, 0) && hides_sums(page, sums.page_bytes) ? damaged(sums, 1, false)
                                                                                           : SQLITE_OK;
  }
  // A page behind the end of the file reads as zeros: SQLite asks for those that it is about to make.
  if (cut && std::all_of(page, page + sums.page_bytes, [](std::uint8_t byte) { return byte == 0; })) {
    return SQLITE_IOERR_SHORT_READ;
  }
  if (has_sum(page, sums.page_bytes, number)) return SQLITE_OK;
  // A power cut may tear page 1 while the log has it whole. Before SQLite opened the log it takes no more from page 1
  // than that there is one, and reads the page again afterwards.
  if (number == 1 && !sums.has_log && page[kReadVersionAt] == kReadVersionOfALog) return SQLITE_OK;
  return damaged(sums, number, false);
}

int read_database(Handle& from, void* to, int count, sqlite3_int64 at);

// SQLite takes long values past its cache, without the last bytes of each page: such a page is read and checked whole.
int read_part(Handle& from, void* to, int count, sqlite3_int64 at) {
  std::array<std::uint8_t, kPageBytesMax> page;
  const int code = read_database(from, page.data(), static_cast<int>(from.sums->page_bytes), at);
  std::memcpy(to, page.data(), static_cast<std::size_t>(count));
  return code;
}

int read_database(Handle& from, void* to, int count, sqlite3_int64 at) {
  const PageSums& sums = *from.sums;
  const bool is_part = at > 0 && static_cast<std::uint32_t>(count) < sums.page_bytes && at % sums.page_bytes == 0;
  if (sums.kept && is_part) return read_part(from, to, count, at);
  const int code = from.real->pMethods->xRead(from.real, to, count, at);
  if (code != SQLITE_OK && code != SQLITE_IOERR_SHORT_READ) return code;
  const auto* bytes = static_cast<const std::uint8_t*>(to);
  if (is_head(to, count, at)) learn(*from.sums, bytes);
  if (!is_page(*from.sums, count, at)) return code;
  const int checked = check_page(*from.sums, bytes, at, code == SQLITE_IOERR_SHORT_READ);
  return checked == SQLITE_OK ? code : checked;
}

int write_database(Handle& to, const void* from, int count, sqlite3_int64 at) {
  if (is_head(from, count, at)) learn(*to.sums, static_cast<const std::uint8_t*>(from));
  if (!to.sums->kept || !is_page(*to.sums, count, at)) return to.real->pMethods->xWrite(to.real, from, count, at);
  std::array<std::uint8_t, kPageBytesMax> page;
  std::memcpy(page.data(), from, static_cast<std::size_t>(count));
  const std::uint64_t sum = sum_of(page.data(), to.sums->page_bytes, static_cast<std::uint32_t>(at / count + 1));
  std::memcpy(page.data() + count - kPageSumBytes, &sum, sizeof sum);
  return to.real->pMethods->xWrite(to.real, page.data(), count, at);
}

// Another process may have given the file its sums since we looked, and we are about to write its pages.
void look_again(Handle& file) {
  std::array<std::uint8_t, kHeadBytes> head;
  if (file.real->pMethods->xRead(file.real, head.data(), kHeadBytes, 0) != SQLITE_OK) return;
  if (is_head(head.data(), kHeadBytes, 0)) learn(*file.sums, head.data());
}

// ---- its log ----

std::uint32_t word(const std::uint8_t* bytes, bool big_endian) {
  return big_endian ? std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 | std::uint32_t{bytes[2]} << 8 |
                          bytes[3]
                    : std::uint32_t{bytes[3]} << 24 | std::uint32_t{bytes[2]} << 16 | std::uint32_t{bytes[1]} << 8 |
                          bytes[0];
}

struct LogSum {
  std::uint32_t a = 0, b = 0;

  static LogSum from(const std::uint8_t* bytes) { return {word(bytes, true), word(bytes + 4, true)}; }
  void add(const std::uint8_t* bytes, int count, bool big_endian) {
    for (int i = 0; i < count; i += 8) {
      a += word(bytes + i, big_endian) + b;
      b += word(bytes + i + 4, big_endian) + a;
    }
  }
  bool operator==(const LogSum&) const = default;
};

// `page` was read at `at` of the log: whether it is what the frame's checksum says.
int check_frame(Handle& log, const std::uint8_t* page, int count, sqlite3_int64 at) {
  const auto read = [&](std::uint8_t* to, int bytes, sqlite3_int64 from) {
    return log.real->pMethods->xRead(log.real, to, bytes, from);
  };
  std::array<std::uint8_t, kLogHeadBytes> head;
  std::array<std::uint8_t, kFrameHeadBytes> frame;
  std::array<std::uint8_t, 8> before;
  const sqlite3_int64 frame_at = at - kFrameHeadBytes;
  const bool first = frame_at == kLogHeadBytes;
  const sqlite3_int64 before_at = first ? kLogSumAt : frame_at - count - kFrameHeadBytes + kFrameSumAt;
  int code = read(head.data(), kLogHeadBytes, 0);
  if (code == SQLITE_OK) code = read(frame.data(), kFrameHeadBytes, frame_at);
  if (code == SQLITE_OK) code = read(before.data(), static_cast<int>(before.size()), before_at);
  if (code != SQLITE_OK) return code;
  const bool big_endian = (head[3] & kMagicBigEndian) != 0;
  LogSum sum = LogSum::from(before.data());
  sum.add(frame.data(), kFrameSummed, big_endian);
  sum.add(page, count, big_endian);
  if (sum == LogSum::from(frame.data() + kFrameSumAt)) return SQLITE_OK;
  return damaged(*log.sums, word(frame.data(), true), true);
}

int read_log(Handle& from, void* to, int count, sqlite3_int64 at) {
  const int code = from.real->pMethods->xRead(from.real, to, count, at);
  const auto* bytes = static_cast<const std::uint8_t*>(to);
  const PageSums& sums = *from.sums;
  if (code != SQLITE_OK || (sums.wrote_log && !sums.in_checkpoint)) return code;
  if (static_cast<std::uint32_t>(count) != sums.page_bytes) return code;
  if ((at - kLogHeadBytes - kFrameHeadBytes) % (count + kFrameHeadBytes) != 0) return code;
  return check_frame(from, bytes, count, at);
}

// ---- what SQLite calls ----

int close_file(sqlite3_file* file) {
  Handle& closed = handle(file);
  const int code = closed.real->pMethods->xClose(closed.real);
  sqlite3_free(closed.real);
  if (closed.sums != nullptr && closed.is_log) closed.sums->has_log = false;
  if (closed.sums != nullptr && !closed.is_log) delete closed.sums;
  return code;
}

int read_file(sqlite3_file* file, void* to, int count, sqlite3_int64 at) {
  Handle& from = handle(file);
  if (from.sums == nullptr) return from.real->pMethods->xRead(from.real, to, count, at);
  return from.is_log ? read_log(from, to, count, at) : read_database(from, to, count, at);
}

int write_file(sqlite3_file* file, const void* from, int count, sqlite3_int64 at) {
  Handle& to = handle(file);
  if (to.sums != nullptr && !to.is_log) return write_database(to, from, count, at);
  if (to.is_log) {
    to.sums->wrote_log = true;
    to.sums->in_checkpoint = false;  // one that failed does not say that it is over
  }
  return to.real->pMethods->xWrite(to.real, from, count, at);
}

int control_file(sqlite3_file* file, int operation, void* argument) {
  Handle& asked = handle(file);
  if (operation == SQLITE_FCNTL_CKPT_START && asked.sums != nullptr) {
    look_again(asked);
    asked.sums->in_checkpoint = true;
  }
  if (operation == SQLITE_FCNTL_CKPT_DONE && asked.sums != nullptr) asked.sums->in_checkpoint = false;
  return asked.real->pMethods->xFileControl(asked.real, operation, argument);
}

sqlite3_file* below(sqlite3_file* file) { return handle(file).real; }

const sqlite3_io_methods& methods() {
  static const sqlite3_io_methods made = [] {
    sqlite3_io_methods ours = PassedIo<below>::methods();
    ours.xClose = close_file;
    ours.xRead = read_file;
    ours.xWrite = write_file;
    ours.xFileControl = control_file;
    return ours;
  }();
  return made;
}

int open_file(sqlite3_vfs*, sqlite3_filename name, sqlite3_file* file, int flags, int* out_flags) {
  sqlite3_vfs* const below = sqlite3_vfs_find(nullptr);
  Handle& made = handle(file);
  made = {{nullptr}, nullptr, nullptr, false};
  made.real = static_cast<sqlite3_file*>(sqlite3_malloc(below->szOsFile));
  if (made.real == nullptr) return SQLITE_NOMEM;
  std::memset(made.real, 0, static_cast<std::size_t>(below->szOsFile));
  const int code = below->xOpen(below, name, made.real, flags, out_flags);
  if (code != SQLITE_OK) {
    if (made.real->pMethods != nullptr) made.real->pMethods->xClose(made.real);
    sqlite3_free(made.real);
    return code;
  }
  made.base.pMethods = &methods();
  made.is_log = (flags & SQLITE_OPEN_WAL) != 0;
  if ((flags & SQLITE_OPEN_MAIN_DB) != 0) made.sums = new PageSums;
  if (made.is_log) {
    made.sums = handle(sqlite3_database_file_object(name)).sums;
    made.sums->has_log = true;
  }
  return SQLITE_OK;
}

template <auto Method, class... Arguments>
int pass_call(sqlite3_vfs*, Arguments... arguments) {
  sqlite3_vfs* const below = sqlite3_vfs_find(nullptr);
  return (below->*Method)(below, arguments...);
}

sqlite3_vfs make_layer() {
  sqlite3_vfs layer{};
  layer.iVersion = 2;
  layer.szOsFile = sizeof(Handle);
  layer.mxPathname = sqlite3_vfs_find(nullptr)->mxPathname;
  layer.zName = "naru";
  layer.xOpen = open_file;
  layer.xDelete = pass_call<&sqlite3_vfs::xDelete, const char*, int>;
  layer.xAccess = pass_call<&sqlite3_vfs::xAccess, const char*, int, int*>;
  layer.xFullPathname = pass_call<&sqlite3_vfs::xFullPathname, const char*, int, char*>;
  layer.xRandomness = pass_call<&sqlite3_vfs::xRandomness, int, char*>;
  layer.xSleep = pass_call<&sqlite3_vfs::xSleep, int>;
  layer.xCurrentTime = pass_call<&sqlite3_vfs::xCurrentTime, double*>;
  layer.xGetLastError = pass_call<&sqlite3_vfs::xGetLastError, int, char*>;
  layer.xCurrentTimeInt64 = pass_call<&sqlite3_vfs::xCurrentTimeInt64, sqlite3_int64*>;
  return layer;
}

}  // namespace

const char* page_sums_layer() {
  static sqlite3_vfs layer = make_layer();
  static const int registered = sqlite3_vfs_register(&layer, 0);
  static_cast<void>(registered);
  return layer.zName;
}

PageSums& page_sums_of(sqlite3* database) {
  sqlite3_file* file = nullptr;
  sqlite3_file_control(database, "main", SQLITE_FCNTL_FILE_POINTER, &file);
  return *handle(file).sums;
}

}  // namespace naru
