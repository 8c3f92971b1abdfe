// XMP: the properties of a document in XML, where its older dictionary of properties lacks them.
#pragma once

#include "naru/record.h"
#include "parse/pdf/file_objects.h"

namespace naru::pdf {

// Adds title, author, dates and the like to the metadata, and the document's title, where they are not there yet.
void add_xmp(FileObjects& objects, Document& document);

}  // namespace naru::pdf
