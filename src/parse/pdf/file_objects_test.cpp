#include "parse/pdf/file_objects.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <zlib.h>

#include "parse/pdf/glyph_names.h"
#include "parse/pdf/owner_access.h"
#include "parse/shared/pdf_testing.h"
#include "parse/shared/testing.h"

namespace naru::pdf {
namespace {

std::string packed(std::string_view text) {
  std::string out(compressBound(text.size()), '\0');
  uLongf size = out.size();
  compress(reinterpret_cast<Bytef*>(out.data()), &size, reinterpret_cast<const Bytef*>(text.data()), text.size());
  out.resize(size);
  return out;
}

std::string stream_object(int number, std::string_view entries, std::string_view bytes) {
  return fmt::format("{} 0 obj\n<<{}/Length {}>>\nstream\n{}\nendstream\nendobj\n", number, entries, bytes.size(),
                     bytes);
}

TEST(PdfFileObjects, ValuesAreReadWithAllThatIsInThem) {
  const std::string_view text = "/Name 12 0 R 12 0 (a (b\\) c) d)<</A[<0f>1]>>[/x<</B 2>>]% comment\n true";
  std::vector<std::string_view> values;
  std::size_t at = 0;
  for (std::string_view value = next_value(text, at); !value.empty(); value = next_value(text, at)) {
    values.push_back(value);
  }
  EXPECT_EQ(values, (std::vector<std::string_view>{"/Name", "12 0 R", "12", "0", "(a (b\\) c) d)", "<</A[<0f>1]>>",
                                                   "[/x<</B 2>>]", "true"}));
}

TEST(PdfFileObjects, AreFoundInTheFileAndInObjectStreamsAndTheLastOfANumberHolds) {
  const std::string members = "5 0 6 9 <</A 1>> <</B 7 0 R>>";
  const std::string file = "%PDF-1.5\n1 0 obj<</Old 1>>endobj\n" +
                           stream_object(4, "/Type/ObjStm/N 2/First 8/Filter/FlateDecode", packed(members)) +
                           "7 0 obj [1 2] endobj\n1 0 obj<</New 5 0 R>>endobj\n";
  FileObjects objects(file);
  EXPECT_EQ(objects.all().size(), 5U);
  EXPECT_EQ(objects.value(objects.all().at(1), "/New"), "<</A 1>> ");
  EXPECT_EQ(objects.value(objects.all().at(1), "/Old"), "");
  EXPECT_EQ(objects.value(objects.all().at(6), "/B"), "[1 2]");
  EXPECT_EQ(objects.stream(objects.all().at(4)), members);
}

TEST(PdfFileObjects, WhatIsBrokenEndsAndReadsNothing) {
  for (const std::string_view text : {"1 0 obj<<", "1 0 obj", "1 0 obj<</A", "1 0 obj<</A(", "1 0 obj<</A<",
                                      "1 0 obj[[[", "1 0 obj<<>> stream", "99999999999 0 obj<<>>", " obj",
                                      "1 0 obj<</A 1 0 R>>", "1 0 obj<</Type/ObjStm/First 99/N 9>>stream\nendstream"}) {
    FileObjects objects(text);
    for (const auto& [number, object] : objects.all()) {
      EXPECT_LE(objects.value(object, "/A").size(), text.size());
      objects.stream(object);
    }
  }
}

TEST(PdfGlyphNames, LigaturesAreNamedByTheirLetters) {
  EXPECT_EQ(text_of_glyph("f_f_i"), U"ffi");
  EXPECT_EQ(text_of_glyph("T_h.alt"), U"Th");
  EXPECT_EQ(text_of_glyph("uni004E0061"), U"Na");
  EXPECT_EQ(text_of_glyph("u1F600"), U"\U0001F600");
  for (const std::string_view name : {"", ".notdef", "g12", "f__i", "uni12", "uniD800", "u110000", "one", "_"}) {
    EXPECT_EQ(text_of_glyph(name), U"") << name;
  }
}

TEST(PdfGlyphNames, WordsWithLigaturesThatOnlyTheirNamesExplainAreRead) {
  PdfWriter writer;
  writer.objects = {
      "<</Type/Font/Subtype/Type1/BaseFont/ABCDEF+Minion#20Pro/FirstChar 0/LastChar 127/Widths[" +
      repeated("500 ", 128) +
      "]/Encoding<</BaseEncoding/WinAnsiEncoding/Differences[1/f_f_i/T_h 3/f_i.alt]>>/FontDescriptor 8 0 R>>"};
  writer.fonts = "/G 9 0 R";
  writer.add(PdfWriter::text(72, 700, 12, "\\002e o\\001ce of the \\003sh", "G"));
  EXPECT_EQ(outline(parsed(writer.write(), "pdf")), "paragraph: The office of the fish\n");
}

// Made once with the passwords "harbour" and none, and a key of 32 bytes, by ISO 32000-2's algorithms 8 to 10.
constexpr std::string_view kNoOwnerPassword =
    "/Encrypt<</Filter/Standard/V 5/R 6/Length 256/P -4/CF<</StdCF<</CFM/AESV3/Length 32>>>>/StmF/StdCF/StrF/StdCF\n"
    "/U<d8b6c52bbcaea65e4af01a6fb6570e81a5a57e59cae9f6c57ebea4d6ff4b5eb9686172626f757231686172626f757232>\n"
    "/UE<711b1e64d4cf860fa6b954c7a29a56b47ab999da314221ddef7f726d55197219>\n"
    "/O<af2a4454c18d0419e6ad96c293909e07db8e4c25925df2feea8fb8a9710d904d66657272796d616e63726f7373696e67>\n"
    "/OE<b14b481ee27db26d3261ac8a64a095a887dbb48505fd7deec5c08129d8e95731>\n"
    "/Perms<3907d6fa32b121beaa54efce34e05430>>>/ID[(1)(1)]";

// Padded to whole blocks, behind a block of zeros as its vector.
std::string encrypted(std::string_view plain) {
  unsigned char key[32] = {}, vector[16] = {};
  for (std::size_t i = 0; i < sizeof key; ++i) key[i] = static_cast<unsigned char>(i);
  std::string out(sizeof vector + plain.size() + 16, '\0');
  EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
  int length = 0, last = 0;
  auto* to = reinterpret_cast<unsigned char*>(out.data()) + sizeof vector;
  EVP_EncryptInit_ex(context, EVP_aes_256_cbc(), nullptr, key, vector);
  EVP_EncryptUpdate(context, to, &length, reinterpret_cast<const unsigned char*>(plain.data()),
                    static_cast<int>(plain.size()));
  EVP_EncryptFinal_ex(context, to + length, &last);
  EVP_CIPHER_CTX_free(context);
  out.resize(sizeof vector + static_cast<std::size_t>(length + last));
  return out;
}

std::string file_of_an_owner_without_password() {
  const std::string content = encrypted(PdfWriter::text(72, 700, 12, "No lock on the gate."));
  PdfWriter writer;
  writer.objects = {fmt::format("<</Length {}>>\nstream\n{}\nendstream", content.size(), content)};
  writer.trailer = kNoOwnerPassword;
  writer.add(PdfWriter::Page{"", "/Contents 9 0 R", {}});
  return writer.write();
}

TEST(PdfOwnerAccess, AFileWhoseOwnerHasNoPasswordIsOpenToAll) {
  EXPECT_EQ(outline(parsed(file_of_an_owner_without_password(), "pdf")), "paragraph: No lock on the gate.\n");
}

TEST(PdfOwnerAccess, AnOwnersPasswordIsNotAllowed) {
  std::string bytes = file_of_an_owner_without_password();
  bytes[bytes.find("af2a")] = 'b';
  const Result<Document> locked = parse_bytes(bytes, "pdf");
  ASSERT_FALSE(locked.has_value());
  EXPECT_EQ(locked.error().code(), Code::not_allowed);
  for (const std::string_view broken : {"/Encrypt", "/Encrypt<<", "/Encrypt 3 0 R", "/Encrypt<</R 6/U<00>>>"}) {
    EXPECT_FALSE(without_user_password(broken).has_value());
  }
}

}  // namespace
}  // namespace naru::pdf
