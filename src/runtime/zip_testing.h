// For tests: makes ZIP archives in memory, right ones and, by the fields, wrong ones.
#pragma once

#include <zlib.h>

#include <string>
#include <vector>

#include "base/little_endian.h"

namespace naru::testing {

inline std::string deflated(const std::string& bytes) {
  z_stream stream{};
  deflateInit2(&stream, 6, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

struct ZipFile {
  std::string name, bytes;
  bool stored = false;
  // What the archive says instead of the truth, where not -1.
  std::int64_t claimed_bytes = -1, claimed_crc = -1, flags = 0, method = -1, packed_bytes = -1;
};

inline std::string make_zip(const std::vector<ZipFile>& files, const std::string& comment = "") {
  std::string out, directory;
  for (const ZipFile& file : files) {
    const auto offset = static_cast<std::uint32_t>(out.size());
    const std::string packed = file.stored ? file.bytes : deflated(file.bytes);
    const auto crc = static_cast<std::uint32_t>(
        crc32_z(0, reinterpret_cast<const Bytef*>(file.bytes.data()), file.bytes.size()));
    const auto or_claimed = [](std::int64_t claimed, std::uint64_t value) {
      return static_cast<std::uint32_t>(claimed < 0 ? value : static_cast<std::uint64_t>(claimed));
    };
    std::string common;  // from the flags to the length of the extra field
    put_le(common, static_cast<std::uint16_t>(file.flags));
    put_le(common, static_cast<std::uint16_t>(or_claimed(file.method, file.stored ? 0 : 8)));
    put_le(common, std::uint32_t{0});
    put_le(common, or_claimed(file.claimed_crc, crc));
    put_le(common, or_claimed(file.packed_bytes, packed.size()));
    put_le(common, or_claimed(file.claimed_bytes, file.bytes.size()));
    put_le(common, static_cast<std::uint16_t>(file.name.size()));
    put_le(common, std::uint16_t{0});
    out += "PK\x03\x04";
    put_le(out, std::uint16_t{20});
    out += common + file.name + packed;
    directory += "PK\x01\x02";
    put_le(directory, std::uint16_t{20});
    put_le(directory, std::uint16_t{20});
    directory += common;
    directory += std::string(10, '\0');  // comment, disk, attributes
    put_le(directory, offset);
    directory += file.name;
  }
  const auto directory_offset = static_cast<std::uint32_t>(out.size());
  out += directory + "PK\x05\x06" + std::string(4, '\0');
  put_le(out, static_cast<std::uint16_t>(files.size()));
  put_le(out, static_cast<std::uint16_t>(files.size()));
  put_le(out, static_cast<std::uint32_t>(directory.size()));
  put_le(out, directory_offset);
  put_le(out, static_cast<std::uint16_t>(comment.size()));
  return out + comment;
}

}  // namespace naru::testing
