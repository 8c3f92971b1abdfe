// Attachments and archive members as part of the document that holds them, so that they are found with it.
//
// Pure; any thread.
#pragma once

#include "naru/record.h"

namespace naru {

// A child under this name says the same as the document's own text, in another form.
inline constexpr const char* kAlternativeKey = "alternative";

// Appends the blocks of all children, at all depths, below a heading with the child's name each; `children` is empty
// afterwards. Their places keep page, sheet and the like and name the child in `part` ("data.zip/report.docx"); bytes
// and boxes, which are of the child, go. Alternatives are dropped, and running heads that repeat.
// What a child warns of, the document warns of.
void adopt_children(Document& document);

// How many attachments and members, at all depths, stand in a document that has adopted them.
std::size_t count_adopted(const Document& document);

}  // namespace naru
