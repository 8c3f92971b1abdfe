// Tables that go on over the end of a page: each part knows how the columns are named. Pure; any thread.
#pragma once

#include <vector>

#include "naru/record.h"

namespace naru::pdf {

// A table at the top of a page that goes on with the columns of the one at the foot of the page before it: where it
// repeats the header's rows, they are its header too; where it does not, the header ends its heading path, as that of a
// chunk of a table does. Each part stays a block of its own, since a place is on one page.
void name_columns_over_pages(std::vector<Block>& blocks);

}  // namespace naru::pdf
