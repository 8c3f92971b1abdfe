// Denial: which clauses of a sentence say "not", and which words of two sentences are opposites.
//
// A sentence is cut at commas and connectives; a clause denies when an odd number of its words does. "않", "없", "못",
// "안 된다" and "not", "never", "n't" deny; "뿐만 아니라", "수밖에 없다", "not only" and "no more than" do not. Pure
// functions over NFC text; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace naru {

struct Clause {
  std::string text;
  bool denies = false;
  std::vector<std::string> terms;  // stems of its words, sorted, distinct
};

std::vector<Clause> clauses_of(std::string_view text);

// True when any clause denies.
bool negated(std::string_view text);

// True when every word that the claim affirms (or denies) stands in a clause of the source that does so too. Words
// that the source does not have at all are no business of this check.
bool same_polarity(const std::vector<Clause>& claim, const std::vector<Clause>& source);

// True when the claim says a word ("allowed", "이상") that the source does not, and the source says its opposite
// ("prohibited", "이하").
bool says_opposite(std::string_view claim, std::string_view source);

}  // namespace naru
