#include "parse/shared/format_names.h"

#include <algorithm>
#include <array>

#include "text/unicode.h"

namespace naru {

namespace {

// Names of zip members stand near its start or in the directory at its end: that much of both is searched.
constexpr std::size_t kZipLookBytes = 64 * 1024;
constexpr std::size_t kMailLookBytes = 4 * 1024;

struct Signature {
  std::size_t offset;
  std::string_view bytes;
  std::string_view name;
};

using namespace std::string_view_literals;

constexpr std::array<Signature, 40> kSignatures = {{
    {0, "\x89PNG\r\n\x1a\n"sv, "PNG image"},
    {0, "\xff\xd8\xff"sv, "JPEG image"},
    {0, "GIF87a"sv, "GIF image"},
    {0, "GIF89a"sv, "GIF image"},
    {0, "II*\0"sv, "TIFF image"},
    {0, "MM\0*"sv, "TIFF image"},
    {0, "BM\0"sv, "BMP image"},
    {8, "WEBP"sv, "WebP image"},
    {0, "\0\0\1\0"sv, "icon"},
    {4, "ftypheic"sv, "HEIC image"},
    {4, "ftypavif"sv, "AVIF image"},
    {4, "ftyp"sv, "MP4 video"},
    {0, "\x1a\x45\xdf\xa3"sv, "Matroska video"},
    {8, "AVI "sv, "AVI video"},
    {8, "WAVE"sv, "WAV audio"},
    {0, "ID3"sv, "MP3 audio"},
    {0, "OggS"sv, "Ogg audio"},
    {0, "fLaC"sv, "FLAC audio"},
    {0, "\x1f\x8b"sv, "gzip file"},
    {0, "BZh"sv, "bzip2 file"},
    {0,
     "\xfd"
     "7zXZ\0"sv,
     "xz file"},
    {0, "\x28\xb5\x2f\xfd"sv, "zstd file"},
    {0, "7z\xbc\xaf\x27\x1c"sv, "7z archive"},
    {0, "Rar!\x1a\x07"sv, "RAR archive"},
    {257, "ustar"sv, "tar archive"},
    {0, "!<arch>\n"sv, "ar archive"},
    {0,
     "\x7f"
     "ELF"sv,
     "ELF program"},
    {0, "MZ\x90\0"sv, "Windows program"},
    {0, "SQLite format 3\0"sv, "SQLite database"},
    {0, "{\\rtf"sv, "RTF document"},
    {0, "%!PS"sv, "PostScript document"},
    {0, "wOFF"sv, "web font"},
    {0, "wOF2"sv, "web font"},
    {0, "\0\1\0\0\0"sv, "TrueType font"},
    {0, "OTTO"sv, "OpenType font"},
    {0, "PAR1"sv, "Parquet file"},
    {0, "GGUF"sv, "GGUF model"},
    {0, "HWP Document File"sv, "HWP 3 document"},
    {0, "\xca\xfe\xba\xbe"sv, "Java class"},
    {0, "\0asm"sv, "WebAssembly module"},
}};

std::string describe_zip(std::string_view bytes) {
  const std::string_view head = bytes.substr(0, kZipLookBytes);
  const std::string_view tail = bytes.substr(bytes.size() - std::min(bytes.size(), kZipLookBytes));
  const auto has = [&](std::string_view name) {
    return head.find(name) != std::string_view::npos || tail.find(name) != std::string_view::npos;
  };
  if (has("application/hwp+zip")) return "HWPX document";
  if (has("application/epub+zip")) return "EPUB book";
  if (has("vnd.oasis.opendocument.text")) return "OpenDocument text (ODT)";
  if (has("vnd.oasis.opendocument.spreadsheet")) return "OpenDocument spreadsheet (ODS)";
  if (has("vnd.oasis.opendocument.presentation")) return "OpenDocument presentation (ODP)";
  // Books and OpenDocument without the first member that names them.
  if (has("META-INF/container.xml")) return "EPUB book";
  if (has("META-INF/manifest.xml") && has("content.xml")) return "OpenDocument file";
  if (has("word/document")) return "Word document (DOCX)";
  if (has("xl/workbook")) return "Excel workbook (XLSX)";
  if (has("ppt/presentation")) return "PowerPoint presentation (PPTX)";
  if (has("Contents/section0")) return "HWPX document";
  return "ZIP archive";
}

// OLE names its streams in UTF-16.
std::string describe_ole(std::string_view bytes) {
  const auto has = [&](std::string_view ascii) {
    std::string wide;
    for (const char c : ascii) wide.append({c, '\0'});
    return bytes.find(wide) != std::string_view::npos;
  };
  const bool hwp = bytes.find("HWP Document File") != std::string_view::npos || has("HwpSummaryInformation");
  if (hwp) return "HWP 5 document";
  if (has("EncryptedPackage")) return "encrypted Office document";
  if (has("WordDocument")) return "Word document (DOC)";
  if (has("PowerPoint Document")) return "PowerPoint presentation (PPT)";
  if (has("Workbook") || has("Book")) return "Excel workbook (XLS)";
  if (has("__substg1.0_")) return "Outlook message (MSG)";
  return "OLE document";
}

}  // namespace

std::string describe_format(std::string_view bytes) {
  if (bytes.starts_with("PK\x03\x04") || bytes.starts_with("PK\x05\x06")) return describe_zip(bytes);
  if (bytes.starts_with("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")) return describe_ole(bytes);
  for (const Signature& signature : kSignatures) {
    if (bytes.size() >= signature.offset && bytes.substr(signature.offset).starts_with(signature.bytes)) {
      return std::string(signature.name);
    }
  }
  return {};
}

std::string name_inside(std::string_view uri) {
  const std::string_view name = uri.substr(uri.rfind('/') + 1);
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos) return std::string(name);
  const std::string_view extension = name.substr(dot);
  return std::string(name.substr(0, dot)) + (extension == ".tgz" || extension == ".txz" ? ".tar" : "");
}

bool looks_like_mail(const ParseInput& input) {
  if (input.media_hint == "eml" || input.media_hint == "mht" || input.media_hint == "mhtml") return true;
  static constexpr std::array<std::string_view, 7> kHeaders = {"received:",
                                                               "message-id:",
                                                               "mime-version:",
                                                               "return-path:",
                                                               "delivered-to:",
                                                               "dkim-signature:",
                                                               "content-transfer-encoding:"};
  const std::string head = case_fold(input.bytes.substr(0, kMailLookBytes));
  std::size_t found = 0;
  for (std::size_t at = 0; at < head.size();) {
    const std::size_t end = std::min(head.find('\n', at), head.size());
    const std::string_view line(head.data() + at, end - at);
    if (line.empty() || line == "\r") break;  // the headers end
    for (const std::string_view header : kHeaders) found += line.starts_with(header) ? 1 : 0;
    at = end + 1;
  }
  return found >= 2;
}

bool may_hold_members(const ParseInput& input) {
  static constexpr std::array<std::string_view, 5> kContainers = {"ZIP archive", "tar archive", "gzip file", "xz file",
                                                                  "zstd file"};
  const std::string name = describe_format(input.bytes);
  return std::find(kContainers.begin(), kContainers.end(), name) != kContainers.end() ||
         input.bytes.starts_with("From ") || looks_like_mail(input);
}

}  // namespace naru
