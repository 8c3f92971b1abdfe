// What foreign bytes look like, by their signatures: for messages, and so that no parser takes what is not its own.
//
// Pure functions; any thread.
#pragma once

#include <string>
#include <string_view>

#include "naru/flow.h"

namespace naru {

// What bytes that no parser takes look like, for the message: "ZIP archive", "HWP 5 document", "PNG image"; "" unknown.
// Formats that a parser of ours reads are not named here.
std::string describe_format(std::string_view bytes);

// Mail by its extension, or by its first lines being the headers that only mail has.
bool looks_like_mail(const ParseInput& input);

// What a compressed file holds, by its name: "data.csv.gz" is "data.csv", "all.tgz" is "all.tar". Without its folders.
std::string name_inside(std::string_view uri);

// Archives, compressed files and mail: what lies in them may be of any format. Office documents hold none.
bool may_hold_members(const ParseInput& input);

}  // namespace naru
