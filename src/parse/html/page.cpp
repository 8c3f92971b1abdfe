#include "parse/html/page.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <csetjmp>
#include <cstring>

#include "runtime/clock.h"

namespace naru::html {

namespace {

constexpr std::size_t kChunkBytes = 1U << 20;
constexpr std::size_t kAllocationsPerLook = 4096;  // at the clock
constexpr std::size_t kFineBytes = 512;
constexpr std::size_t kSizeClasses = kFineBytes / 16 + 28;  // up to 64 GB, far above any tree

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f'; }

}  // namespace

// Memory for one tree. What the parser gives back is used again; the rest goes with the arena. gumbo does not expect an
// allocation to fail, so the way out is a jump over its C frames, which own nothing.
class Arena {
 public:
  explicit Arena(double ms_max) : ms_max_(ms_max), start_ns_(system_clock().monotonic_ns()) {}

  GumboOutput* parse(const GumboOptions& options, std::string_view text) {
    if (setjmp(out_) != 0) return nullptr;
    return gumbo_parse_with_options(&options, text.data(), text.size());
  }

  static void* allocate(void* arena, std::size_t size) { return static_cast<Arena*>(arena)->take(size); }
  static void release(void* arena, void* memory) {
    if (memory != nullptr) static_cast<Arena*>(arena)->give_back(memory);
  }

 private:
  struct Header {
    std::size_t size_class;
    Header* next_free;  // the block's own bytes begin here: it is only used while the block is free
  };
  static constexpr std::size_t kHeaderBytes = 16;  // keeps blocks aligned as malloc's are

  // Multiples of 16 bytes up to kFineBytes, where nearly all blocks are; powers of two above.
  static std::size_t class_of(std::size_t size) {
    if (size <= kFineBytes) return (size + 15) / 16;
    std::size_t size_class = kFineBytes / 16;
    for (std::size_t bytes = kFineBytes; bytes < size && size_class < kSizeClasses; bytes *= 2) ++size_class;
    return size_class;
  }
  static std::size_t bytes_of(std::size_t size_class) {
    if (size_class <= kFineBytes / 16) return size_class * 16;
    return kFineBytes << (size_class - kFineBytes / 16);
  }

  void* take(std::size_t size) {
    const std::size_t size_class = class_of(size + kHeaderBytes);
    if (++allocations_ % kAllocationsPerLook == 0 && elapsed_ms(start_ns_, system_clock().monotonic_ns()) > ms_max_) {
      std::longjmp(out_, 1);
    }
    if (size_class >= kSizeClasses) std::longjmp(out_, 1);
    Header* block = free_[size_class];
    if (block != nullptr) {
      free_[size_class] = block->next_free;
    } else {
      block = reinterpret_cast<Header*>(fresh(bytes_of(size_class)));
      block->size_class = size_class;
    }
    return reinterpret_cast<char*>(block) + kHeaderBytes;
  }

  void give_back(void* memory) {
    auto* block = reinterpret_cast<Header*>(static_cast<char*>(memory) - kHeaderBytes);
    block->next_free = free_[block->size_class];
    free_[block->size_class] = block;
  }

  char* fresh(std::size_t bytes) {
    if (bytes > left_) {
      const std::size_t chunk = std::max(bytes, kChunkBytes);
      if (used_ + chunk > kTreeBytesMax) std::longjmp(out_, 1);
      used_ += chunk;
      chunks_.push_back(std::make_unique_for_overwrite<char[]>(chunk));
      at_ = chunks_.back().get();
      left_ = chunk;
    }
    char* const block = at_;
    at_ += bytes;
    left_ -= bytes;
    return block;
  }

  std::jmp_buf out_;
  double ms_max_;
  std::int64_t start_ns_;
  std::vector<std::unique_ptr<char[]>> chunks_;
  char* at_ = nullptr;
  std::size_t left_ = 0, used_ = 0, allocations_ = 0;
  std::array<Header*, kSizeClasses> free_{};
};

std::string_view Node::attribute(const char* name) const {
  if (is_text() || gumbo->type == GUMBO_NODE_DOCUMENT) return {};
  const GumboAttribute* found = gumbo_get_attribute(&gumbo->v.element.attributes, name);
  return found == nullptr ? std::string_view() : std::string_view(found->value);
}

bool Node::has(const char* name) const {
  return !is_text() && gumbo->type != GUMBO_NODE_DOCUMENT &&
         gumbo_get_attribute(&gumbo->v.element.attributes, name) != nullptr;
}

Page::Page() = default;
Page::Page(Page&&) noexcept = default;
Page& Page::operator=(Page&&) noexcept = default;
Page::~Page() = default;

Result<Page> Page::parse(std::string_view text, double ms_max) {
  Page page;
  page.text_ = text;
  page.arena_ = std::make_unique<Arena>(ms_max);
  GumboOptions options = kGumboDefaultOptions;
  options.allocator = &Arena::allocate;
  options.deallocator = &Arena::release;
  options.userdata = page.arena_.get();
  options.max_errors = 0;
  const GumboOutput* output = page.arena_->parse(options, text);
  if (output == nullptr) {
    return Error(Code::limit_exceeded,
                 fmt::format("the page's tree takes more than {} MB or {} ms", kTreeBytesMax >> 20, ms_max));
  }

  struct Open {
    std::uint32_t index;
    const GumboVector* children;
    unsigned next;
  };
  std::vector<Open> open;
  page.nodes_.push_back({output->document, 0, 0, GUMBO_TAG_UNKNOWN});
  open.push_back({0, &output->document->v.document.children, 0});
  while (!open.empty()) {
    Open& top = open.back();
    if (top.next == top.children->length) {
      page.nodes_[top.index].end = static_cast<std::uint32_t>(page.nodes_.size());
      open.pop_back();
      continue;
    }
    const auto* child = static_cast<const GumboNode*>(top.children->data[top.next++]);
    if (child->type == GUMBO_NODE_COMMENT) continue;
    const auto index = static_cast<std::uint32_t>(page.nodes_.size());
    const bool element = child->type == GUMBO_NODE_ELEMENT || child->type == GUMBO_NODE_TEMPLATE;
    page.nodes_.push_back({child, top.index, index + 1, element ? child->v.element.tag : GUMBO_TAG_LAST});
    if (element) open.push_back({index, &child->v.element.children, 0});
  }
  return page;
}

std::pair<std::size_t, std::size_t> Page::range(const Node& node) const {
  const GumboStringPiece& piece = node.gumbo->v.text.original_text;
  if (piece.data < text_.data() || piece.data > text_.data() + text_.size()) return {0, 0};  // the parser's own words
  std::size_t start = static_cast<std::size_t>(piece.data - text_.data());
  std::size_t end = std::min(start + piece.length, text_.size());
  while (end > start && is_blank(text_[end - 1])) --end;
  while (start < end && is_blank(text_[start])) ++start;
  return {start, end};
}

}  // namespace naru::html
