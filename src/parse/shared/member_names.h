// Names of an archive's members, whose charset no archive says: guessed from all of them together.
//
// UTF-8 where the bytes are; else CP949 where they are Korean; else what a guess is sure of; else what the format's old
// programs wrote. Fill it, then ask; one thread.
#pragma once

#include <string>
#include <string_view>

namespace naru {

class MemberNames {
 public:
  // `otherwise`: the charset of names that nobody can tell, as ICU knows it.
  explicit MemberNames(std::string_view otherwise) : otherwise_(otherwise) {}

  void add(std::string_view name);
  std::string decode(std::string_view name) const;

 private:
  const std::string otherwise_;
  std::string seen_;  // names that are not UTF-8, a line each
};

}  // namespace naru
