#include "store/lexical/row_terms.h"

#include <xxhash.h>

namespace naru {

void add_to_digest(RowDigest& digest, Field field, std::string_view term, std::uint32_t position) {
  const std::uint64_t place = static_cast<std::uint64_t>(field) << 32 | position;
  digest.sum += XXH3_64bits_withSeed(term.data(), term.size(), place);
  ++digest.lengths[static_cast<std::size_t>(field)];
}

RowDigest digest_of(const RowTerms& terms) {
  RowDigest digest;
  for (std::size_t f = 0; f < kFields; ++f) {
    for (std::size_t i = 0; i < terms[f].terms.size(); ++i) {
      add_to_digest(digest, static_cast<Field>(f), terms[f].terms[i], terms[f].positions[i]);
    }
  }
  return digest;
}

}  // namespace naru
