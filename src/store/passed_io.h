// What a layer between SQLite and the files below hands on as it is: a layer takes these and puts its own in place.
#pragma once

#include <sqlite3.h>

namespace naru {

// `Below` gives the real file of one that SQLite has in its hands.
template <sqlite3_file* (*Below)(sqlite3_file*)>
class PassedIo {
 public:
  // All but memory maps: what is mapped is read through no method.
  static sqlite3_io_methods methods() {
    using Io = sqlite3_io_methods;
    Io made{};
    made.iVersion = 2;
    made.xClose = pass<&Io::xClose>;
    made.xRead = pass<&Io::xRead, void*, int, sqlite3_int64>;
    made.xWrite = pass<&Io::xWrite, const void*, int, sqlite3_int64>;
    made.xTruncate = pass<&Io::xTruncate, sqlite3_int64>;
    made.xSync = pass<&Io::xSync, int>;
    made.xFileSize = pass<&Io::xFileSize, sqlite3_int64*>;
    made.xLock = pass<&Io::xLock, int>;
    made.xUnlock = pass<&Io::xUnlock, int>;
    made.xCheckReservedLock = pass<&Io::xCheckReservedLock, int*>;
    made.xFileControl = pass<&Io::xFileControl, int, void*>;
    made.xSectorSize = pass<&Io::xSectorSize>;
    made.xDeviceCharacteristics = pass<&Io::xDeviceCharacteristics>;
    made.xShmMap = pass<&Io::xShmMap, int, int, int, void volatile**>;
    made.xShmLock = pass<&Io::xShmLock, int, int, int>;
    made.xShmBarrier = pass<&Io::xShmBarrier>;
    made.xShmUnmap = pass<&Io::xShmUnmap, int>;
    return made;
  }

 private:
  template <auto Method, class... Arguments>
  static auto pass(sqlite3_file* file, Arguments... arguments) {
    sqlite3_file* const real = Below(file);
    return (real->pMethods->*Method)(real, arguments...);
  }
};

}  // namespace naru
