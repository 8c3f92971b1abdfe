// A checksum on every page of a database: a layer between SQLite and whatever file system it would use by itself.
//
// SQLite leaves the last 8 bytes of each page alone (its "reserved bytes"). They hold XXH3-64 of the bytes before them,
// seeded with the number of the page, so that a whole page in a wrong place is found too. It is written with the page
// into the file and compared with each page that is read from it: a page that is not what was written is an I/O error
// (SQLITE_IOERR_DATA), never data. Pages in the write-ahead log are compared with the checksums that SQLite keeps there
// and itself looks at only after a crash. Files that were made without reserved bytes are read and written as they are.
// docs/decisions/0016-page-checksums.md.
#pragma once

#include <cstdint>

struct sqlite3;

namespace naru {

// Bytes at the end of each page that SQLite is to leave alone.
inline constexpr int kPageSumBytes = 8;

// The name of the layer for sqlite3_open_v2(). Any thread.
const char* page_sums_layer();

// What the layer knows of the main file of one connection; used by the thread that has the connection.
struct PageSums {
  std::uint32_t page_bytes = 4096;  // SQLite's default, until the file says otherwise
  bool kept = true;                 // in this file; one that is still empty will have them
  bool has_log = false;             // the write-ahead log is open: what page 1 of the file says is checked from then on
  std::uint32_t damaged_page = 0;   // the last one that was read and was not what was written; 0: none
  bool damaged_in_log = false;      // ... and it stands in the log
  bool wrote_log = false;           // frames of an open transaction wait for their checksums: not compared,
  bool in_checkpoint = false;       // but before they go into the file
};

PageSums& page_sums_of(sqlite3* database);

}  // namespace naru
