#include "parse/shared/zip_archive.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>

#include "base/ascii.h"
#include "base/little_endian.h"

namespace naru {

namespace {

// The format: APPNOTE.TXT 6.3, sections 4.3.7 (before a member), 4.3.12 (directory), 4.3.14 to 4.3.16 (its end).
constexpr std::string_view kLocalSignature = "PK\x03\x04", kCentralSignature = "PK\x01\x02";
constexpr std::string_view kEndSignature = "PK\x05\x06", kEnd64Signature = "PK\x06\x06";
constexpr std::string_view kLocator64Signature = "PK\x06\x07";
constexpr std::size_t kLocalBytes = 30, kEndBytes = 22, kLocator64Bytes = 20;
constexpr std::size_t kCommentBytesMax = 0xffff;
constexpr std::uint16_t kEncrypted = 1, kSizesFollow = 1 << 3;
constexpr std::uint32_t kSeeExtra = 0xffffffff;
constexpr std::uint16_t kZip64Extra = 1;
constexpr std::uint16_t kStored = 0, kDeflate = 8;
constexpr std::uint16_t kVersionMax = 63;  // of the format so far: a check against chance in find_headers()

std::string entry_name(std::string_view raw) {
  std::string name(raw);
  std::replace(name.begin(), name.end(), '\\', '/');
  return name;
}

// Sizes and offset that did not fit into 32 bits stand in the extra field, those alone and in this order.
void read_zip64(ZipEntry& entry, std::string_view extra) {
  BoundedReader fields(extra);
  while (fields.ok()) {
    const auto id = fields.number<std::uint16_t>();
    BoundedReader field(fields.take(fields.number<std::uint16_t>()));
    if (!fields.ok()) return;
    if (id != kZip64Extra) continue;
    for (std::uint64_t* value : {&entry.bytes, &entry.packed_bytes, &entry.header_offset}) {
      if (*value != kSeeExtra) continue;
      const auto wide = field.number<std::uint64_t>();
      if (field.ok()) *value = wide;
    }
    return;
  }
}

void free_inflater(z_stream_s* stream) {
  inflateEnd(stream);
  delete stream;
}

}  // namespace

Result<ZipArchive> ZipArchive::open(std::string_view bytes, const ZipArchiveLimits& limits) {
  ZipArchive archive(bytes, limits);
  if (!archive.read_directory()) {
    archive.entries_.clear();
    archive.shift_ = 0;
    archive.damaged_ = true;
    if (!archive.too_many_) NARU_TRY(archive.find_headers());
  }
  if (archive.too_many_) {
    return Error(Code::limit_exceeded, fmt::format("the archive has more than {} members", limits.entries_max));
  }
  archive.index();
  return archive;
}

bool ZipArchive::read_directory() {
  const std::size_t tail =
      bytes_.size() > kEndBytes + kCommentBytesMax ? bytes_.size() - kEndBytes - kCommentBytesMax : 0;
  const std::size_t end = bytes_.rfind(kEndSignature);
  if (end == std::string_view::npos || end < tail) return false;
  BoundedReader reader(bytes_.substr(end + 4));
  (void)reader.take(6);
  std::uint64_t count = reader.number<std::uint16_t>();
  std::uint64_t size = reader.number<std::uint32_t>();
  std::uint64_t offset = reader.number<std::uint32_t>();
  if (!reader.ok()) return false;
  std::uint64_t directory_end = end;
  if (end >= kLocator64Bytes && bytes_.substr(end - kLocator64Bytes).starts_with(kLocator64Signature)) {
    const std::size_t end64 = bytes_.rfind(kEnd64Signature, end - kLocator64Bytes);
    if (end64 == std::string_view::npos) return false;
    BoundedReader wide(bytes_.substr(end64 + 4));
    (void)wide.take(28);
    count = wide.number<std::uint64_t>();
    size = wide.number<std::uint64_t>();
    offset = wide.number<std::uint64_t>();
    if (!wide.ok()) return false;
    directory_end = end64;
  }
  if (size > directory_end || offset > directory_end - size) return false;
  shift_ = directory_end - size - offset;  // the directory ends where its end begins, wherever the archive begins
  BoundedReader directory(bytes_.substr(directory_end - size, size));
  too_many_ = count > limits_.entries_max;
  if (too_many_) return false;
  for (std::uint64_t i = 0; i < count; ++i) {
    if (directory.take(4) != kCentralSignature) return false;
    ZipEntry entry;
    (void)directory.take(4);
    const auto flags = directory.number<std::uint16_t>();
    entry.method = directory.number<std::uint16_t>();
    (void)directory.take(4);
    entry.crc32 = directory.number<std::uint32_t>();
    entry.packed_bytes = directory.number<std::uint32_t>();
    entry.bytes = directory.number<std::uint32_t>();
    const auto name_bytes = directory.number<std::uint16_t>();
    const auto extra_bytes = directory.number<std::uint16_t>();
    const auto comment_bytes = directory.number<std::uint16_t>();
    (void)directory.take(8);
    entry.header_offset = directory.number<std::uint32_t>();
    const std::string_view name = directory.take(name_bytes);
    read_zip64(entry, directory.take(extra_bytes));
    (void)directory.take(comment_bytes);
    if (!directory.ok()) return false;
    if (name_bytes > limits_.name_bytes_max) {
      damaged_ = true;
      continue;
    }
    entry.name = entry_name(name);
    entry.encrypted = (flags & kEncrypted) != 0;
    entries_.push_back(std::move(entry));
  }
  return true;
}

Status ZipArchive::find_headers() {
  for (std::size_t at = bytes_.find(kLocalSignature); at != std::string_view::npos;
       at = bytes_.find(kLocalSignature, at + 4)) {
    BoundedReader reader(bytes_.substr(at + 4));
    const auto version = reader.number<std::uint16_t>();
    const auto flags = reader.number<std::uint16_t>();
    ZipEntry entry;
    entry.method = reader.number<std::uint16_t>();
    (void)reader.take(4);
    entry.crc32 = reader.number<std::uint32_t>();
    entry.packed_bytes = reader.number<std::uint32_t>();
    entry.bytes = reader.number<std::uint32_t>();
    const auto name_bytes = reader.number<std::uint16_t>();
    const auto extra_bytes = reader.number<std::uint16_t>();
    const std::string_view name = reader.take(name_bytes);
    read_zip64(entry, reader.take(extra_bytes));
    const bool sane = reader.ok() && (version & 0xff) <= kVersionMax && name_bytes > 0 &&
                      name_bytes <= limits_.name_bytes_max && (entry.method == kStored || entry.method == kDeflate);
    if (!sane) continue;
    entry.header_offset = at;
    entry.name = entry_name(name);
    entry.encrypted = (flags & kEncrypted) != 0;
    entry.sized = (flags & kSizesFollow) == 0;
    entries_.push_back(std::move(entry));
    too_many_ = entries_.size() > limits_.entries_max;
    if (too_many_) return {};
  }
  if (entries_.empty()) return Error(Code::corrupt, "no ZIP archive: neither a directory nor a member is there");
  return {};
}

void ZipArchive::index() {
  for (std::size_t i = 0; i < entries_.size(); ++i) by_name_.emplace(lower_ascii(entries_[i].name), i);
}

const ZipEntry* ZipArchive::find(std::string_view name) const {
  const auto found = by_name_.find(lower_ascii(name));
  return found == by_name_.end() ? nullptr : &entries_[found->second];
}

Result<ZipStream> ZipArchive::stream(const ZipEntry& entry) {
  if (entry.encrypted) return Error(Code::not_allowed, fmt::format("{} is protected by a password", entry.name));
  if (entry.method != kStored && entry.method != kDeflate) {
    return Error(Code::unsupported, fmt::format("{} is packed by method {}", entry.name, entry.method));
  }
  const std::uint64_t at = entry.header_offset + shift_;
  if (at < shift_ || at + kLocalBytes < at || at + kLocalBytes > bytes_.size() ||
      !bytes_.substr(at).starts_with(kLocalSignature)) {
    return Error(Code::corrupt, fmt::format("{} is not where the archive says", entry.name));
  }
  BoundedReader lengths(bytes_.substr(at + 26));
  const auto name_bytes = lengths.number<std::uint16_t>();
  const auto extra_bytes = lengths.number<std::uint16_t>();
  const std::uint64_t start = std::min<std::uint64_t>(at + kLocalBytes + name_bytes + extra_bytes, bytes_.size());
  const std::string_view rest = bytes_.substr(start);
  // Deflate knows its own end; stored data without a size ends we do not know where.
  const bool bounded = entry.sized || entry.method == kStored;
  return ZipStream(*this, entry,
                   bounded ? rest.substr(0, std::min<std::uint64_t>(entry.packed_bytes, rest.size())) : rest);
}

Result<std::string> ZipArchive::read(const ZipEntry& entry, std::uint64_t bytes_max, bool* damaged) {
  ZipStream pieces = NARU_TRY(stream(entry));
  std::string out;
  while (NARU_TRY(pieces.next(out)) > 0) {
    if (out.size() > bytes_max) {
      return Error(Code::limit_exceeded, fmt::format("{} is longer than {} bytes", entry.name, bytes_max));
    }
  }
  if (damaged != nullptr) *damaged = *damaged || pieces.damaged();
  return out;
}

ZipStream::ZipStream(ZipArchive& archive, const ZipEntry& entry, std::string_view packed)
    : archive_(&archive), packed_(packed), inflater_(nullptr, free_inflater) {
  crc_wanted_ = entry.crc32;
  checked_ = entry.sized;
  damaged_ = entry.sized && packed.size() < entry.packed_bytes;
  if (entry.method != kDeflate) return;
  inflater_.reset(new z_stream_s());
  // zlib asks for no more than it takes; where memory ends, inflate() below fails and says so.
  inflateInit2(inflater_.get(), -MAX_WBITS);
}

ZipStream::ZipStream(ZipStream&&) noexcept = default;
ZipStream::~ZipStream() = default;

Result<std::size_t> ZipStream::next(std::string& out) {
  if (ended_) return std::size_t{0};
  const std::size_t before = out.size();
  out.resize(before + kZipPieceBytes);
  const std::size_t made = inflate_piece(out.data() + before, kZipPieceBytes);
  out.resize(before + made);
  NARU_TRY(count(made));
  crc_ = static_cast<std::uint32_t>(crc32_z(crc_, reinterpret_cast<const Bytef*>(out.data() + before), made));
  ended_ = ended_ || made == 0;
  if (ended_ && checked_ && crc_ != crc_wanted_) damaged_ = true;
  return made;
}

std::size_t ZipStream::inflate_piece(char* out, std::size_t room) {
  const std::size_t fed = std::min<std::size_t>(packed_.size(), 1U << 30);  // zlib counts in 32 bits
  if (inflater_ == nullptr) {
    const std::size_t taken = std::min(packed_.size(), room);
    std::copy_n(packed_.data(), taken, out);
    packed_.remove_prefix(taken);
    return taken;
  }
  inflater_->next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed_.data()));
  inflater_->avail_in = static_cast<uInt>(fed);
  inflater_->next_out = reinterpret_cast<Bytef*>(out);
  inflater_->avail_out = static_cast<uInt>(room);
  const int status = inflate(inflater_.get(), Z_NO_FLUSH);
  packed_.remove_prefix(fed - inflater_->avail_in);
  if (status == Z_STREAM_END) ended_ = true;
  const bool failed = status != Z_OK && status != Z_STREAM_END;  // Z_BUF_ERROR: the data broke off
  if (failed) ended_ = damaged_ = true;
  return room - inflater_->avail_out;
}

Status ZipStream::count(std::size_t bytes) {
  given_ += bytes;
  archive_->inflated_ += bytes;
  const ZipArchiveLimits& limits = archive_->limits_;
  if (archive_->inflated_ > limits.inflated_bytes_max) {
    return Error(Code::limit_exceeded, fmt::format("the archive holds more than {} bytes", limits.inflated_bytes_max));
  }
  const std::uint64_t eaten = inflater_ == nullptr ? given_ : inflater_->total_in;
  if (given_ > limits.ratio_from && given_ / limits.ratio_max > eaten) {
    return Error(Code::limit_exceeded, fmt::format("a member is over {} times as large as packed", limits.ratio_max));
  }
  return {};
}

}  // namespace naru
