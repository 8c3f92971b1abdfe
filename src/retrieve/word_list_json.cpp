#include "retrieve/word_list_json.h"

namespace naru {

Json word_lists_to_json(const std::vector<WordListVersion>& lists) {
  Json json = Json::array();
  for (const WordListVersion& list : lists) {
    json.push_back({{"kind", list.kind}, {"version", list.version}, {"sha256", list.sha256.hex()}});
    if (!list.file.empty()) json.back()["file"] = list.file;
  }
  return json;
}

}  // namespace naru
