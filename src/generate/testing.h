// For tests: passages by hand, a knowledge base in a temporary folder, and a generator that says what it is told to.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "flow/chunk_id.h"
#include "generate/passage.h"
#include "model/stub.h"
#include "naru/model.h"
#include "runtime/files.h"
#include "store/store.h"
#include "text/analyzer.h"

namespace naru::testing {

inline Passage passage_of(std::string text, std::vector<std::string> headings = {}) {
  Passage passage;
  passage.hit.chunk.text = std::move(text);
  passage.hit.chunk.heading_path = std::move(headings);
  passage.sentences = sentences_of(passage.hit.chunk);
  passage.last = passage.sentences.size();
  return passage;
}

// A question whose words each stand in one of a hundred chunks.
inline QuestionTerms terms_of_question(std::string_view question) {
  std::vector<TermShare> shares;
  for (const QueryTerm& term : analyze_query(question)) shares.push_back({term.term, term.weight, 1, 0});
  return QuestionTerms(question, shares, 100);
}

// One paragraph a chunk. Paragraphs lie in the source one after the other, two bytes apart.
class KnowledgeBase {
 public:
  KnowledgeBase() {
    Result<TemporaryFolder> folder = TemporaryFolder::make("naru-generate");
    EXPECT_TRUE(folder.has_value());
    folder_ = std::make_unique<TemporaryFolder>(std::move(*folder));
    Result<std::unique_ptr<Store>> store = Store::open(folder_->path() + "/.naru", Access::write);
    EXPECT_TRUE(store.has_value());
    store_ = std::move(*store);
  }

  void add(const std::string& name, const std::vector<std::string>& paragraphs, const Label& label = {}) {
    DocumentUpsert upsert;
    upsert.item.key = name;
    upsert.item.fingerprint = "1";
    upsert.label = label;
    std::string text;
    for (const std::string& paragraph : paragraphs) {
      Block block;
      block.text = paragraph;
      const std::size_t start = text.empty() ? 0 : text.size() + kBlockSeparator.size();
      if (!text.empty()) text += kBlockSeparator;
      text += paragraph;
      block.locator.bytes = ByteRange{start, text.size()};
      Chunk chunk;
      chunk.text = paragraph;
      chunk.text_start = start;
      chunk.text_end = text.size();
      chunk.locator = block.locator;
      upsert.document.blocks.push_back(std::move(block));
      upsert.chunks.push_back(std::move(chunk));
    }
    upsert.document.uri = name;
    upsert.version = sha256(text);
    assign_chunk_ids(make_doc_id("test", name), upsert.chunks);
    upsert.vector_keys.assign(upsert.chunks.size(), std::nullopt);
    ChangeSet changes;
    changes.flow = "test";
    changes.knowledge_base = "test";
    changes.upserts.push_back(std::move(upsert));
    const Result<Committed> committed = store_->apply(changes);
    EXPECT_TRUE(committed.has_value()) << (committed ? "" : committed.error().describe());
  }

  Store& store() { return *store_; }

 private:
  std::unique_ptr<TemporaryFolder> folder_;
  std::unique_ptr<Store> store_;
};

// Says its script piece by piece, then fails if it was told to.
class ScriptedGenerator : public Generator {
 public:
  explicit ScriptedGenerator(std::vector<std::string> pieces) : pieces_(std::move(pieces)) { info_.name = "scripted"; }

  const ModelInfo& info() const override { return info_; }
  std::size_t count_tokens(std::string_view text) const override { return text.size() / 3 + 1; }
  Result<Generation> generate(const GenerateRequest& request, const std::function<bool(std::string_view)>& on_text,
                              std::stop_token stop) override {
    last_request = request;
    Generation generation;
    for (const std::string& piece : pieces_) {
      if (before_piece) before_piece();
      if (stop.stop_requested()) return Error(Code::cancelled, "stopped");
      generation.text += piece;
      if (!on_text(piece)) break;
    }
    if (failure) return *failure;
    generation.finish_reason = finish_reason;
    return generation;
  }

  std::optional<Error> failure;
  std::string finish_reason = "stop";
  std::function<void()> before_piece;
  GenerateRequest last_request;

 private:
  ModelInfo info_;
  std::vector<std::string> pieces_;
};

}  // namespace naru::testing
