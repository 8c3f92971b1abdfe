// TermList: short texts one behind the other in one buffer, in order, repeats included. A text costs no allocation, and
// clear() keeps the memory for the next ones. A plain value.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace naru {

class TermList {
 public:
  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = std::string_view;
    using reference = std::string_view;
    using pointer = void;
    using difference_type = std::ptrdiff_t;

    Iterator(const TermList& list, std::size_t at) : list_(&list), at_(at) {}
    std::string_view operator*() const { return (*list_)[at_]; }
    Iterator& operator++() { return ++at_, *this; }
    bool operator==(const Iterator& other) const { return at_ == other.at_; }

   private:
    const TermList* list_;
    std::size_t at_;
  };

  TermList() = default;
  TermList(std::initializer_list<std::string_view> terms) {
    for (const std::string_view term : terms) push_back(term);
  }
  explicit TermList(const std::vector<std::string>& terms) {
    for (const std::string& term : terms) push_back(term);
  }

  std::size_t size() const { return ends_.size(); }
  bool empty() const { return ends_.empty(); }
  // Valid until the next change.
  std::string_view operator[](std::size_t i) const {
    const std::size_t start = i == 0 ? 0 : ends_[i - 1];
    return {bytes_.data() + start, ends_[i] - start};
  }
  Iterator begin() const { return {*this, 0}; }
  Iterator end() const { return {*this, size()}; }

  void push_back(std::string_view term) {
    bytes_ += term;
    ends_.push_back(bytes_.size());
  }
  void clear() {
    bytes_.clear();
    ends_.clear();
  }
  std::vector<std::string> strings() const {
    std::vector<std::string> all;
    all.reserve(size());
    for (const std::string_view term : *this) all.emplace_back(term);
    return all;
  }
  bool operator==(const TermList&) const = default;

 private:
  std::string bytes_;
  std::vector<std::size_t> ends_;
};

}  // namespace naru
