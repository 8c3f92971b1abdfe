// Names of people and postal addresses in Korean text, by the words around them: what no check digit can tell.
//
// A name is a family name and one to three syllables beside a title, a label ("성명:", "담당자") or a form of address
// ("씨", "님"); an address begins with a province or a city and ends with the number of a house or what follows it.
// Pure functions, any thread.
#pragma once

#include <string_view>
#include <vector>

#include "text/personal_data.h"

namespace naru {

std::vector<PersonalData> find_people(std::string_view text);     // in order
std::vector<PersonalData> find_addresses(std::string_view text);  // in order

}  // namespace naru
