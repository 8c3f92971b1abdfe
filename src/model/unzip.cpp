#include "model/unzip.h"

#include <zlib.h>

#include <algorithm>

#include "base/little_endian.h"

namespace naru {

namespace {

// End of the central directory: u32 signature | u16 disk, start disk, members here, members | u32 directory bytes,
// offset | u16 comment bytes | comment
constexpr std::uint64_t kEndBytes = 22, kCommentBytesMax = 65'535;
constexpr std::string_view kEndSignature = "PK\x05\x06";
// Directory entry: u32 signature | u16 made by, needed, flags, method, time, date | u32 crc, packed, bytes | u16 name,
// extra, comment bytes, disk, internal | u32 external, header offset | name | extra | comment
constexpr std::uint32_t kEntrySignature = 0x02014b50;
// Before the data: u32 signature | 22 bytes that the directory repeats | u16 name, extra bytes | name | extra
constexpr std::string_view kLocalSignature = "PK\x03\x04";
constexpr std::uint64_t kLocalBytes = 30;
constexpr std::uint32_t kZip64Mark = 0xffffffff;
constexpr std::uint16_t kEncrypted = 1, kStored = 0, kDeflated = 8;
constexpr std::size_t kPieceBytes = 1 << 20;  // read and inflated at a time

Error damaged(const std::string& what) { return {Code::corrupt, "the archive is damaged: " + what}; }

struct Directory {
  std::uint32_t members = 0, bytes = 0, offset = 0;
};

Result<Directory> find_directory(const RandomAccessFile& file, std::uint64_t size) {
  const std::uint64_t tail_bytes = std::min(size, kEndBytes + kCommentBytesMax);
  const std::string tail = NARU_TRY(file.read_at(size - tail_bytes, static_cast<std::size_t>(tail_bytes)));
  for (std::size_t at = tail.rfind(kEndSignature); at != std::string::npos;
       at = at == 0 ? std::string::npos : tail.rfind(kEndSignature, at - 1)) {
    BoundedReader in(std::string_view(tail).substr(at));
    in.take(4);
    const auto disk = in.number<std::uint16_t>();
    const auto start_disk = in.number<std::uint16_t>();
    const auto members_here = in.number<std::uint16_t>();
    Directory directory;
    directory.members = in.number<std::uint16_t>();
    directory.bytes = in.number<std::uint32_t>();
    directory.offset = in.number<std::uint32_t>();
    const auto comment_bytes = in.number<std::uint16_t>();
    if (!in.ok() || at + kEndBytes + comment_bytes != tail.size()) continue;  // those four bytes inside something else
    if (disk != 0 || start_disk != 0 || members_here != directory.members) {
      return Error(Code::unsupported, "an archive in several volumes");
    }
    if (directory.offset == kZip64Mark || directory.bytes == kZip64Mark || directory.members == 0xffff) {
      return Error(Code::unsupported, "a ZIP64 archive");
    }
    return directory;
  }
  return Error(Code::corrupt, "not a ZIP archive");
}

Result<ZipMember> read_entry(BoundedReader& in) {
  if (in.number<std::uint32_t>() != kEntrySignature) return damaged("its directory");
  ZipMember member;
  in.take(4);
  member.flags = in.number<std::uint16_t>();
  member.method = in.number<std::uint16_t>();
  in.take(4);
  member.crc32 = in.number<std::uint32_t>();
  member.packed_bytes = in.number<std::uint32_t>();
  member.bytes = in.number<std::uint32_t>();
  const auto name_bytes = in.number<std::uint16_t>();
  const auto extra_bytes = in.number<std::uint16_t>();
  const auto comment_bytes = in.number<std::uint16_t>();
  in.take(8);
  member.header_offset = in.number<std::uint32_t>();
  member.name = in.take(name_bytes);
  in.take(std::uint64_t{extra_bytes} + comment_bytes);
  if (!in.ok()) return damaged("its directory ends too early");
  return member;
}

// Counts and checks what comes out, and hands it on.
class Checked {
 public:
  Checked(const ZipMember& member, std::uint64_t bytes_max, const std::function<Status(std::string_view)>& take)
      : member_(member), bytes_max_(bytes_max), take_(take) {}

  Status add(std::string_view piece) {
    bytes_ += piece.size();
    if (bytes_ > member_.bytes) return damaged(member_.name + " is larger than its directory says");
    if (bytes_ > bytes_max_) return too_large();
    crc_ = crc32_z(crc_, reinterpret_cast<const Bytef*>(piece.data()), piece.size());
    return take_(piece);
  }

  Status finish() const {
    if (bytes_ != member_.bytes) return damaged(member_.name + " ends too early");
    if (crc_ != member_.crc32) return damaged(member_.name + " has another checksum");
    return {};
  }

  Error too_large() const {
    return {Code::limit_exceeded, member_.name + " unpacks to more than the " + std::to_string(bytes_max_) +
                                      " bytes that are expected"};
  }

 private:
  const ZipMember& member_;
  std::uint64_t bytes_max_;
  const std::function<Status(std::string_view)>& take_;
  std::uint64_t bytes_ = 0;
  uLong crc_ = 0;
};

class Inflater {
 public:
  Inflater() { ready_ = inflateInit2(&stream_, -MAX_WBITS) == Z_OK; }
  ~Inflater() {
    if (ready_) inflateEnd(&stream_);
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  Status add(std::string_view packed, Checked& out, const std::string& name) {
    if (!ready_) return Error(Code::limit_exceeded, "no memory to unpack " + name);
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
    stream_.avail_in = static_cast<uInt>(packed.size());
    while (!ended_ && (stream_.avail_in != 0 || full_)) {
      stream_.next_out = reinterpret_cast<Bytef*>(buffer_.data());
      stream_.avail_out = static_cast<uInt>(buffer_.size());
      const int code = inflate(&stream_, Z_NO_FLUSH);
      if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR) return damaged(name + " cannot be unpacked");
      full_ = stream_.avail_out == 0;
      ended_ = code == Z_STREAM_END;
      NARU_TRY(out.add({buffer_.data(), buffer_.size() - stream_.avail_out}));
      if (code == Z_BUF_ERROR) break;
    }
    if (ended_ && stream_.avail_in != 0) return damaged(name + " goes on after its end");
    return {};
  }

  bool ended() const { return ended_; }

 private:
  z_stream stream_{};
  std::string buffer_ = std::string(kPieceBytes, '\0');
  bool ready_ = false, ended_ = false, full_ = false;
};

}  // namespace

Result<ZipReader> ZipReader::open(const std::string& path, const ZipLimits& limits) {
  ZipReader reader(NARU_TRY(RandomAccessFile::open(path)));
  reader.size_ = NARU_TRY(reader.file_.stamp()).size;
  const Directory directory = NARU_TRY(find_directory(reader.file_, reader.size_));
  if (directory.members > limits.members_max || directory.bytes > limits.directory_bytes_max) {
    return Error(Code::limit_exceeded, "an archive of more than " + std::to_string(limits.members_max) + " members");
  }
  if (directory.offset > reader.size_ || directory.bytes > reader.size_ - directory.offset) {
    return damaged("its directory is not inside");
  }
  const std::string bytes = NARU_TRY(reader.file_.read_at(directory.offset, directory.bytes));
  BoundedReader in(bytes);
  for (std::uint32_t i = 0; i < directory.members; ++i) reader.members_.push_back(NARU_TRY(read_entry(in)));
  return reader;
}

const ZipMember* ZipReader::find(std::string_view name) const {
  const auto found = std::find_if(members_.begin(), members_.end(), [&](const auto& m) { return m.name == name; });
  return found == members_.end() ? nullptr : &*found;
}

Result<std::uint64_t> ZipReader::data_offset(const ZipMember& member) const {
  const std::string local = NARU_TRY(file_.read_at(member.header_offset, kLocalBytes));
  if (local.size() < kLocalBytes || !local.starts_with(kLocalSignature)) {
    return damaged(member.name + " is not where its directory says");
  }
  BoundedReader in(local);
  in.take(kLocalBytes - 4);
  const auto name_bytes = in.number<std::uint16_t>();
  const auto extra_bytes = in.number<std::uint16_t>();
  const std::uint64_t offset = member.header_offset + kLocalBytes + name_bytes + extra_bytes;
  if (offset > size_ || member.packed_bytes > size_ - offset) return damaged(member.name + " is not inside");
  return offset;
}

Status ZipReader::read(const ZipMember& member, std::uint64_t bytes_max,
                       const std::function<Status(std::string_view)>& take) const {
  if ((member.flags & kEncrypted) != 0) return Error(Code::unsupported, member.name + " is encrypted");
  if (member.method != kStored && member.method != kDeflated) {
    return Error(Code::unsupported, member.name + " is packed by method " + std::to_string(member.method));
  }
  Checked out(member, bytes_max, take);
  if (member.bytes > bytes_max) return out.too_large();
  std::uint64_t offset = NARU_TRY(data_offset(member));
  Inflater inflater;
  for (std::uint64_t left = member.packed_bytes; left != 0;) {
    const std::string packed = NARU_TRY(file_.read_at(offset, std::min<std::uint64_t>(left, kPieceBytes)));
    if (packed.empty()) return damaged("it became shorter while it was read");
    NARU_TRY(member.method == kStored ? out.add(packed) : inflater.add(packed, out, member.name));
    offset += packed.size();
    left -= packed.size();
  }
  if (member.method == kDeflated && !inflater.ended()) return damaged(member.name + " ends too early");
  return out.finish();
}

}  // namespace naru
