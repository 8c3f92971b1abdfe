// all-MiniLM-L6-v2 (safetensors, F32) to GGUF, its matrices rounded to Q8_0, with its WordPiece vocabulary.
//
// safetensors: u64 header bytes | JSON {name: {"dtype", "shape", "data_offsets": [begin, end]}} | data. Pure function;
// any thread; the same input gives the same bytes on every machine.
#pragma once

#include <string>
#include <string_view>

#include "naru/result.h"

namespace naru {

// `vocabulary`: vocab.txt, one piece a line. corrupt: not such files.
Result<std::string> convert_minilm(std::string_view safetensors, std::string_view vocabulary);

}  // namespace naru
