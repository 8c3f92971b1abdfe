// Distribution documents of HWP 5: their text lies in ViewText, enciphered with a key that lies before it. It keeps
// people from editing, not from reading: Hancom has published the scheme.
#pragma once

#include <string>
#include <string_view>

#include "naru/result.h"

namespace naru::hwp {

// The stream as BodyText would have it. corrupt: it does not begin with its key.
Result<std::string> open_view_text(std::string_view stream);

}  // namespace naru::hwp
