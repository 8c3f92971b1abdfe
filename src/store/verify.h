// `naru verify`: every index against the truth, both ways and by content.
//
// Each live chunk's text is analysed again and held to the postings as they are read; its vector to the hash of its
// text; segments, layouts and contents to the rows that name them. Nothing is changed. Any thread.
#pragma once

#include "naru/result.h"
#include "store/store.h"
#include "store/truth.h"

namespace naru {

// Damage is in the report; an Error means that the store could not be looked at.
Result<VerifyReport> verify_store(const StorePaths& paths);

}  // namespace naru
