// A message as its parts: the tree of MIME (RFC 2045 to 2049), also where its boundaries are broken.
//
// Parts borrow the message's bytes. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "parse/mail/header.h"

namespace naru::mail {

inline constexpr int kPartDepthMax = 32;
inline constexpr std::size_t kPartsMax = 5'000;  // of one message

struct Part {
  Fields fields;
  std::string number;     // "1.2", as IMAP numbers them; the only part of a simple message is "1"
  std::string type;       // "text/plain", in lower case
  std::string charset;    // as declared, may be empty
  std::string file_name;  // decoded, may be empty
  bool attached = false;  // its disposition is "attachment"
  // Its lines are wrapped as "format=flowed", and the blank at a wrap is no part of the text ("delsp"): RFC 3676.
  bool flowed = false, wrapped_with_blank = false;
  std::string_view body;  // as sent
  std::vector<Part> parts;

  bool is_multipart() const { return type.starts_with("multipart/"); }
  std::string decoded() const;  // the body without its transfer encoding, in its own charset
};

struct Message {
  Part root;
  std::vector<std::string> warnings;
};

Message read_message(std::string_view bytes);

}  // namespace naru::mail
