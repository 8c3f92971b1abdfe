// FileObjects: the file's own objects, for what PDFium has no function for: encodings of fonts, XMP.
//
// They are found by the marks before them ("12 0 obj"; the last of a number holds) and in object streams, without the
// cross-reference table. Those of encrypted files are read as far as they are plain. The file is looked through when
// the first is asked for. Borrows the bytes; one thread.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace naru::pdf {

// The next value of an object's text from `at` on: a name, a number, a string, "12 0 R", or an array or dictionary with
// all that is in it. Empty at the end.
std::string_view next_value(std::string_view text, std::size_t& at);

class FileObjects {
 public:
  explicit FileObjects(std::string_view bytes) : bytes_(bytes) {}

  std::string_view bytes() const { return bytes_; }

  // The text of each object, most of them dictionaries; by number.
  const std::map<std::uint32_t, std::string_view>& all();

  // What a value refers to: "12 0 R" is the text of object 12, all else itself.
  std::string_view resolved(std::string_view value);

  // The value of a key in a dictionary ("/Encoding"), a reference followed once. Empty: there is none.
  std::string_view value(std::string_view dictionary, std::string_view key);

  // The bytes of an object that is a stream; nothing where they are packed in a way that we do not read.
  std::optional<std::string> stream(std::string_view object);

 private:
  void find_objects();
  void open_object_streams();
  void add_members(std::string_view object);

  std::string_view bytes_;
  std::map<std::uint32_t, std::string_view> objects_;
  std::deque<std::string> members_;  // opened object streams, which objects_ points into
  std::size_t opened_bytes_ = 0;
  bool found_ = false;
};

}  // namespace naru::pdf
