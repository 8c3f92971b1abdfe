// Files of PDF 2.0 whose owner's password is empty: anybody may open them as the owner, without any password.
//
// PDFium tries the empty password as the user's only. Pure function, any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace naru::pdf {

// The same file, its user's password taken off. Nothing where the owner has a password, or the encryption is an older
// one: there an owner without a password gets the user's.
std::optional<std::string> without_user_password(std::string_view bytes);

}  // namespace naru::pdf
