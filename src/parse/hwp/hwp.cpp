// hwp: documents of Hancom Office since 2002 (HWP 5), an OLE compound file of compressed records.
//
// Knows the format by the words at the start of its stream FileHeader. Keeps paragraphs with their outline levels,
// numbers and bullets, tables with merged cells, text boxes, drawings' texts, captions, footnotes, endnotes, comments,
// equations as their script, descriptions that people gave to pictures, fields by their results; headers, footers and
// master pages once, at the end; title, author and dates. Opens distribution documents. Where the body cannot be read
// the preview text is taken, with a warning. The locator is a section and a paragraph. Leaves out layout, pictures,
// embedded objects, link targets, and what deleted text a document with tracked changes keeps is not told apart.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "naru/registry.h"
#include "parse/hwp/body.h"
#include "parse/hwp/distribution.h"
#include "parse/hwp/doc_info.h"
#include "parse/hwp/records.h"
#include "parse/hwp/writer.h"
#include "parse/shared/binary_reader.h"
#include "parse/shared/compound_file.h"
#include "parse/shared/ole_properties.h"
#include "runtime/compress.h"

namespace naru {

namespace {

constexpr std::string_view kSignature = "HWP Document File";
constexpr std::size_t kSignatureBytes = 32, kFileHeaderBytes = 40;

// What all streams together may unpack to: a book of 2,000 pages has some 60 MB of records.
constexpr std::uint64_t kUnpackedBytesMax = 128U << 20;

// Flags of FileHeader.
constexpr std::uint32_t kCompressed = 1, kPassword = 1U << 1, kDistribution = 1U << 2, kDrm = 1U << 4;
constexpr std::uint32_t kCertificate = 1U << 8, kCertificateDrm = 1U << 10;

struct SectionStream {
  std::uint32_t number = 0;  // from 0
  const CompoundFile::Entry* entry = nullptr;
};

std::vector<SectionStream> sections_of(const CompoundFile& file, std::string_view folder) {
  std::vector<SectionStream> sections;
  const std::string prefix = std::string(folder) + "/Section";
  for (const CompoundFile::Entry& entry : file.entries()) {
    if (entry.is_storage || !entry.path.starts_with(prefix)) continue;
    const std::string_view digits = std::string_view(entry.path).substr(prefix.size());
    SectionStream section{0, &entry};
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), section.number);
    if (error == std::errc() && end == digits.data() + digits.size()) sections.push_back(section);
  }
  std::sort(sections.begin(), sections.end(),
            [](const SectionStream& a, const SectionStream& b) { return a.number < b.number; });
  return sections;
}

// One document being read.
class HwpReader {
 public:
  HwpReader(const CompoundFile& file, Document& document) : file_(file), document_(document) {}

  Status read() {
    NARU_TRY(read_file_header());
    read_summary();
    if (file_.damaged()) warn("the compound file is damaged");
    read_sections();
    if (!body_read_) hwp::add_preview(document_, utf16le_to_utf8(file_.read("PrvText").bytes));
    return {};
  }

 private:
  void warn(std::string warning) { document_.warnings.push_back(std::move(warning)); }

  Status read_file_header() {
    const std::string header = file_.read("FileHeader").bytes;
    if (!header.starts_with(kSignature) || header.size() < kFileHeaderBytes) {
      return Error(Code::corrupt, "this HWP document has no readable FileHeader");
    }
    BinaryReader in(header);
    in.skip(kSignatureBytes);
    const std::uint32_t version = in.u32();
    flags_ = in.u32();
    if (version >> 24 != 5) return Error(Code::unsupported, fmt::format("HWP version {} is not read", version >> 24));
    if ((flags_ & kPassword) != 0) {
      return Error(Code::not_allowed,
                   "this HWP document is protected by a password: save a copy without one in Hancom Office");
    }
    if ((flags_ & (kDrm | kCertificate | kCertificateDrm)) != 0) {
      return Error(Code::not_allowed,
                   "this HWP document is encrypted (DRM or certificate): save a copy without it in Hancom Office");
    }
    return {};
  }

  void read_summary() {
    for (auto& [key, value] : read_ole_summary(file_.read("\005HwpSummaryInformation").bytes)) {
      if (key == "title") document_.title = value;
      document_.metadata.emplace_back(std::move(key), std::move(value));
    }
  }

  // A stream as it was before it was compressed; what can be read of a damaged one.
  std::string unpack(std::string_view stream, const std::string& name) {
    if ((flags_ & kCompressed) == 0) return std::string(stream);
    Inflated inflated = inflate_raw(stream, kUnpackedBytesMax - unpacked_bytes_);
    unpacked_bytes_ += inflated.bytes.size();
    if (inflated.end == Inflated::End::limit) {
      warn(fmt::format("{}: cut, it unpacks to more than {} MB", name, kUnpackedBytesMax >> 20));
    } else if (inflated.end == Inflated::End::damaged) {
      warn(fmt::format("{}: damaged, read up to there", name));
    }
    return std::move(inflated.bytes);
  }

  void read_sections() {
    const hwp::DocInfo info = hwp::read_doc_info(unpack(file_.read("DocInfo").bytes, "DocInfo"));
    hwp::SectionWriter writer(document_, info.numberings);
    const bool view = (flags_ & kDistribution) != 0;
    std::vector<SectionStream> sections = sections_of(file_, view ? "ViewText" : "BodyText");
    for (const SectionStream& section : sections) {
      const std::string name = fmt::format("section {}", section.number + 1);
      CompoundFile::Stream stream = file_.read(*section.entry);
      if (!stream.complete) warn(fmt::format("{}: sectors are missing", name));
      if (view) {
        Result<std::string> opened = hwp::open_view_text(stream.bytes);
        if (!opened) {
          warn(fmt::format("{}: {}", name, opened.error().message()));
          continue;
        }
        stream.bytes = std::move(*opened);
      }
      const std::string unpacked = unpack(stream.bytes, name);
      const hwp::Records records = hwp::read_records(unpacked);
      body_read_ = body_read_ || (records.complete && !records.list.empty());
      if (!records.complete) warn(fmt::format("{}: ends inside a record", name));
      hwp::SectionReader reader(info, records);
      hwp::Section read = reader.read();
      if (reader.left_out()) warn(fmt::format("{}: nests too deep, the innermost parts are left out", name));
      writer.add(std::move(read), section.number + 1);
    }
    writer.finish();
  }

  const CompoundFile& file_;
  Document& document_;
  std::uint32_t flags_ = 0;
  std::uint64_t unpacked_bytes_ = 0;
  bool body_read_ = false;  // one section at least: what has no text then has none
};

class HwpParser : public Parser {
 public:
  std::string_view format() const override { return "hwp"; }

  Confidence detect(const ParseInput& input) const override {
    if (!CompoundFile::has_signature(input.bytes)) return Confidence::no;
    const Result<CompoundFile> file = CompoundFile::open(input.bytes);
    if (!file) return input.media_hint == "hwp" ? Confidence::possible : Confidence::no;
    return file->read("FileHeader").bytes.starts_with(kSignature) ? Confidence::certain : Confidence::no;
  }

  Result<Document> parse(const ParseInput& input) const override {
    Document document = begin_document(input, "hwp");
    const CompoundFile file = NARU_TRY(CompoundFile::open(input.bytes));
    NARU_TRY(HwpReader(file, document).read());
    finish_document(document);
    return document;
  }
};

}  // namespace

void register_hwp(Registry& registry) {
  registry.add_parser({.name = "hwp", .summary = "documents of Hancom Office (HWP 5), distribution documents too"},
                      [] { return std::make_unique<HwpParser>(); });
}

}  // namespace naru
