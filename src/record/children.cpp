#include "record/children.h"

#include <fmt/format.h>

#include <algorithm>

#include "record/running_heads.h"

namespace naru {

namespace {

constexpr std::size_t kAdoptedBlocksMax = 1'000'000;  // half of what the codec takes
constexpr std::size_t kAdoptedWarningsMax = 100;
constexpr std::uint32_t kHeadingLevelMax = 6;

bool is_alternative(const Document& child) {
  return std::any_of(child.metadata.begin(), child.metadata.end(),
                     [](const auto& pair) { return pair.first == kAlternativeKey; });
}

class Adopter {
 public:
  explicit Adopter(Document& document) : document_(document) {}

  // As deep as the codec lets documents nest. `path`: names of the children above, outermost first.
  void adopt(std::vector<Document::Child> children, const std::vector<std::string>& path) {
    for (auto& [name, child] : children) {
      if (is_alternative(child)) continue;
      std::vector<std::string> below = path;
      below.push_back(name);
      const std::string part = fmt::format("{}", fmt::join(below, "/"));
      if (!child.blocks.empty())
        add_heading(child.title.empty() ? name : fmt::format("{}: {}", name, child.title), path, part);
      // Members lose the mark by which running heads are known: what repeats goes here.
      const std::vector<bool> repeated = repeated_heads(child);
      for (std::size_t i = 0; i < child.blocks.size(); ++i) {
        if (!repeated[i]) add(std::move(child.blocks[i]), below, part);
      }
      for (const std::string& warning : child.warnings) warn(fmt::format("{}: {}", part, warning));
      if (document_.language.empty()) document_.language = child.language;
      adopt(std::move(child.children), below);
    }
  }

 private:
  void add_heading(std::string text, const std::vector<std::string>& path, const std::string& part) {
    Block heading;
    heading.kind = BlockKind::heading;
    heading.text = std::move(text);
    heading.level = std::min(static_cast<std::uint32_t>(path.size()) + 1, kHeadingLevelMax);
    heading.heading_path = path;
    heading.locator.part = part;
    push(std::move(heading));
  }

  void add(Block block, const std::vector<std::string>& path, const std::string& part) {
    block.heading_path.insert(block.heading_path.begin(), path.begin(), path.end());
    if (block.kind == BlockKind::heading) {
      block.level = std::min(block.level + static_cast<std::uint32_t>(path.size()), kHeadingLevelMax);
    }
    block.locator.bytes.reset();
    block.locator.boxes.clear();
    block.locator.page_size.reset();
    block.locator.part = part;
    push(std::move(block));
  }

  void push(Block block) {
    if (document_.blocks.size() < kAdoptedBlocksMax) return document_.blocks.push_back(std::move(block));
    if (!cut_) document_.warnings.push_back(fmt::format("its members were cut at {} blocks", kAdoptedBlocksMax));
    cut_ = true;
  }

  void warn(std::string warning) {
    if (document_.warnings.size() < kAdoptedWarningsMax) document_.warnings.push_back(std::move(warning));
  }

  Document& document_;
  bool cut_ = false;
};

// The heading that a child begins with: its place is its path and nothing else.
bool begins_child(const Block& block) {
  Locator path;
  path.part = block.locator.part;
  if (block.kind != BlockKind::heading || path.part.empty() || !(block.locator == path)) return false;
  std::string above = fmt::format("{}", fmt::join(block.heading_path, "/"));
  if (!above.empty()) above += '/';
  if (!path.part.starts_with(above)) return false;
  const std::string_view name = std::string_view(path.part).substr(above.size());
  return block.text.starts_with(name) &&
         (block.text.size() == name.size() || block.text.compare(name.size(), 2, ": ") == 0);
}

}  // namespace

std::size_t count_adopted(const Document& document) {
  return static_cast<std::size_t>(std::count_if(document.blocks.begin(), document.blocks.end(), begins_child));
}

void adopt_children(Document& document) {
  std::vector<Document::Child> children = std::move(document.children);
  document.children.clear();
  Adopter(document).adopt(std::move(children), {});
}

}  // namespace naru
