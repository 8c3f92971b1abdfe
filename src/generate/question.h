// Question: what it asks for, as far as words tell. "몇 권" wants a number of volumes, "how long" a duration, "Is it
// free?" only yes or no.
//
// Pure functions over NFC text; any thread.
#pragma once

#include <string>
#include <string_view>

#include "generate/facts.h"

namespace naru {

struct Asked {
  bool open = false;    // has a word that asks; without one it is answered by yes or no
  bool number = false;  // a number, date or time of day is asked for
  std::string unit;     // of that number, canonical; empty where any will do
};

Asked asked_for(std::string_view question);

// The facts hold what is asked for: any number, and where the unit is told, one of that unit or of none. Durations are
// of one kind. True where no number is asked for.
bool has_asked(const Asked& asked, const Facts& facts);

}  // namespace naru
