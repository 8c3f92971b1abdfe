#include "flow/engine.h"

#include <gtest/gtest.h>

#include "flow/compare.h"
#include "flow/memo.h"
#include "flow/testing.h"
#include "flow/testing_flow.h"
#include "runtime/random.h"

namespace naru {
namespace {

using testing::Flow;
using testing::MemorySource;

TEST(Flow, TakesInNewItemsAndTellsAfterTheCommit) {
  Flow flow;
  flow.source->put("a", "one\ntwo");
  flow.source->put("b", "three");
  const auto report = flow.run();
  ASSERT_TRUE(report) << report.error().describe();
  EXPECT_EQ(report->exit_code(), 0);
  EXPECT_EQ(report->summary.added, 2U);
  EXPECT_EQ(report->summary.seen, 2U);
  EXPECT_EQ(report->summary.embedded, 3U);
  EXPECT_EQ(flow.store.missing_vectors, 0);
  const auto commits = flow.of<CommitEvent>();
  ASSERT_EQ(commits.size(), 1U);
  EXPECT_EQ(commits[0].docs[0].first, "a");
  EXPECT_EQ(commits[0].docs[0].second, sha256("one\ntwo"));
  EXPECT_TRUE(std::holds_alternative<DoneEvent>(flow.events.back()));
  EXPECT_EQ(flow.store.runs.back().outcome, "done");
}

TEST(Flow, SecondRunReadsParsesAndEmbedsNothing) {
  Flow flow;
  for (int i = 0; i < 200; ++i) flow.source->put("doc" + std::to_string(i), "text " + std::to_string(i));
  ASSERT_TRUE(flow.run());
  const int reads = flow.source->reads, parsed = flow.parser->parsed, applied = flow.store.applied;
  const auto report = flow.run();
  ASSERT_TRUE(report);
  EXPECT_EQ(flow.source->reads, reads);
  EXPECT_EQ(flow.parser->parsed, parsed);
  EXPECT_EQ(flow.store.applied, applied);
  EXPECT_EQ(report->summary.embedded, 0U);
  EXPECT_EQ(report->summary.unchanged, 200U);
}

TEST(Flow, TouchedItemMovesOnlyTheCursor) {
  Flow flow;
  flow.source->put("a", "same");
  ASSERT_TRUE(flow.run());
  flow.source->put("a", "same");
  const auto report = flow.run();
  ASSERT_TRUE(report);
  EXPECT_EQ(report->summary.unchanged, 1U);
  EXPECT_EQ(flow.parser->parsed, 1);
  EXPECT_TRUE(flow.of<CommitEvent>().empty());
  const int reads = flow.source->reads;
  ASSERT_TRUE(flow.run());
  EXPECT_EQ(flow.source->reads, reads);
}

TEST(Flow, RenamedAndDoubledItemsAreNeitherParsedNorEmbeddedAgain) {
  for (const unsigned workers : {1U, 3U}) {
    Flow flow;
    RunOptions options;
    options.workers = workers;
    flow.source->put("old", "one\ntwo");
    ASSERT_TRUE(flow.run(options));
    flow.source->files["new"] = flow.source->files["old"];
    flow.source->files["twin"] = flow.source->files["old"];
    flow.source->files.erase("old");
    const auto report = flow.run(options);
    ASSERT_TRUE(report);
    EXPECT_EQ(report->summary.embedded, 0U);
    EXPECT_EQ(report->summary.added, 2U);
    EXPECT_EQ(report->summary.removed, 1U);
    EXPECT_EQ(flow.parser->parsed, 1);
    EXPECT_EQ(flow.documents().count("old"), 0U);
    Flow scratch;
    scratch.source->files = flow.source->files;
    ASSERT_TRUE(scratch.run());
    EXPECT_EQ(flow.documents(), scratch.documents());
  }
}

TEST(Flow, EmbedsEachDistinctTextOnce) {
  Flow flow;
  flow.source->put("a", "same\nsame\nother");
  flow.source->put("b", "same\nthird");
  const auto report = flow.run();
  ASSERT_TRUE(report);
  EXPECT_EQ(report->summary.embedded, 3U);
  for (const auto& [text, times] : flow.embedder->embedded) EXPECT_EQ(times, 1) << text;
}

TEST(Flow, EmbeddingAheadPaysAndChangesNothing) {
  Flow flow;
  flow.source->put("a", "one\ntwo");
  flow.source->put("b", "three");
  flow.source->put("c", "broken");
  FlowRunner runner(flow.store, flow.store, flow.clock, [&](const FlowEvent& event) { flow.events.push_back(event); });
  RunOptions options;
  const auto ahead = runner.embed_ahead(flow.plan, options);
  ASSERT_TRUE(ahead) << ahead.error().describe();
  EXPECT_EQ(ahead->summary.embedded, 3U);
  EXPECT_EQ(flow.store.vectors.size(), 3U);
  EXPECT_GE(flow.store.kept_vectors, 1);
  EXPECT_EQ(flow.store.applied, 0);
  EXPECT_TRUE(flow.store.runs.empty());
  EXPECT_TRUE(flow.of<DoneEvent>().empty());
  const int parsed = flow.parser->parsed;
  options.embedded_ahead = ahead->summary.embedded;
  const auto report = flow.run(options);
  ASSERT_TRUE(report) << report.error().describe();
  EXPECT_EQ(report->summary.embedded, 3U);
  EXPECT_EQ(report->summary.added, 2U);
  EXPECT_EQ(flow.parser->parsed, parsed + 1);  // what cannot be parsed is remembered by a commit alone
  for (const auto& [text, times] : flow.embedder->embedded) EXPECT_EQ(times, 1) << text;
}

TEST(Flow, TellsHowFarEmbeddingIsWithinOneChangeSet) {
  Flow flow;
  for (const std::string name : {"a", "b", "c", "d"}) {
    std::string lines;
    for (int i = 0; i < 100; ++i) lines += name + std::to_string(i) + "\n";
    flow.source->put(name, lines);
  }
  flow.embedder->clock = &flow.clock;
  flow.embedder->ms_per_text = 10;
  ASSERT_TRUE(flow.run());
  // The first three are one change set of 300 texts, embedded 64 at once; a document counts when all of it is embedded.
  // Slices that follow within half a second are not told.
  std::vector<std::pair<std::uint64_t, std::uint64_t>> told;
  for (const ProgressEvent& event : flow.of<ProgressEvent>()) {
    told.emplace_back(event.done, event.embedded);
    EXPECT_EQ(event.total, 4U);
    EXPECT_DOUBLE_EQ(event.seconds, 0.01 * static_cast<double>(event.embedded));
  }
  const std::vector<std::pair<std::uint64_t, std::uint64_t>> wanted = {
      {0, 64}, {1, 128}, {1, 192}, {2, 256}, {3, 364}};
  EXPECT_EQ(told, wanted);
}

TEST(Flow, HoldsRemovalsOfTooManyItemsAndAppliesAdditions) {
  Flow flow;
  for (int i = 0; i < 40; ++i) flow.source->put("doc" + std::to_string(i), "text " + std::to_string(i));
  ASSERT_TRUE(flow.run());
  for (int i = 0; i < 12; ++i) flow.source->files.erase("doc" + std::to_string(i));
  flow.source->put("new", "fresh");
  auto report = flow.run();
  ASSERT_TRUE(report);
  EXPECT_EQ(report->exit_code(), 75);
  EXPECT_EQ(report->summary.outcome, "held");
  ASSERT_EQ(flow.of<HeldEvent>().size(), 1U);
  EXPECT_EQ(flow.of<HeldEvent>()[0].missing, 12U);
  EXPECT_EQ(flow.of<HeldEvent>()[0].known, 40U);
  EXPECT_EQ(flow.documents().size(), 41U);
  RunOptions accept;
  accept.accept_removals = true;
  report = flow.run(accept);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->exit_code(), 0);
  EXPECT_EQ(report->summary.removed, 12U);
  EXPECT_EQ(flow.documents().size(), 29U);
}

TEST(Flow, RenamedFolderIsNoHeldRemoval) {
  Flow flow;
  for (int i = 0; i < 40; ++i) flow.source->put("old/" + std::to_string(i), "text " + std::to_string(i));
  ASSERT_TRUE(flow.run());
  std::map<std::string, MemorySource::File> moved;
  for (auto& [key, file] : flow.source->files) moved["new/" + key.substr(4)] = file;
  flow.source->files = moved;
  const auto report = flow.run();
  ASSERT_TRUE(report);
  EXPECT_EQ(report->exit_code(), 0);
  EXPECT_EQ(report->summary.removed, 40U);
  EXPECT_EQ(flow.documents().size(), 40U);
}

TEST(Flow, FewMissingItemsAreRemovedWithoutAsking) {
  Flow flow;
  for (int i = 0; i < 12; ++i) flow.source->put("doc" + std::to_string(i), "text");
  ASSERT_TRUE(flow.run());
  for (int i = 0; i < 9; ++i) flow.source->files.erase("doc" + std::to_string(i));
  const auto report = flow.run();
  ASSERT_TRUE(report);
  EXPECT_EQ(report->summary.removed, 9U);
}

TEST(Flow, ItemsBelowAnUnreadableFolderStay) {
  Flow flow;
  flow.source->put("sub/a", "one");
  flow.source->put("b", "two");
  ASSERT_TRUE(flow.run());
  flow.source->files.erase("sub/a");
  flow.source->extra.unreadable_prefixes = {"sub/"};
  flow.source->extra.rejects = {{"sub", "not_allowed", "permission denied"}};
  const auto report = flow.run();
  ASSERT_TRUE(report);
  EXPECT_EQ(report->summary.removed, 0U);
  EXPECT_EQ(report->summary.rejected, 1U);
  EXPECT_EQ(flow.documents().size(), 2U);
  const auto again = flow.run();
  ASSERT_TRUE(again);
  EXPECT_EQ(again->summary.rejected, 1U);
  EXPECT_TRUE(flow.of<RejectEvent>()[0].unchanged);
}

TEST(Flow, UnchangedRejectIsCountedAndNotParsedAgain) {
  Flow flow;
  flow.source->put("bad", "broken");
  flow.source->put("good", "fine");
  auto report = flow.run();
  ASSERT_TRUE(report);
  EXPECT_EQ(report->exit_code(), 1);
  EXPECT_EQ(report->summary.rejected, 1U);
  EXPECT_EQ(flow.of<RejectEvent>()[0].reject.code, "corrupt");
  const int parsed = flow.parser->parsed;
  report = flow.run();
  ASSERT_TRUE(report);
  EXPECT_EQ(report->exit_code(), 1);
  EXPECT_EQ(flow.parser->parsed, parsed);
  flow.source->put("bad", "broken");  // touched: the same bytes
  report = flow.run();
  ASSERT_TRUE(report);
  EXPECT_EQ(flow.parser->parsed, parsed);
  flow.parser->version = 2;  // another pipeline tries again
  report = flow.run();
  ASSERT_TRUE(report);
  EXPECT_EQ(flow.parser->parsed, parsed + 2);
  flow.source->put("bad", "mended");
  report = flow.run();
  ASSERT_TRUE(report);
  EXPECT_EQ(report->exit_code(), 0);
  EXPECT_EQ(flow.documents().size(), 2U);
}

TEST(Flow, ItemThatBecomesUnreadableLosesItsDocument) {
  Flow flow;
  flow.source->put("a", "fine");
  ASSERT_TRUE(flow.run());
  flow.source->put("a", "broken");
  ASSERT_TRUE(flow.run());
  EXPECT_TRUE(flow.documents().empty());
  EXPECT_EQ(flow.of<CommitEvent>()[0].removed, std::vector<std::string>{"a"});
}

TEST(Flow, PassingFailureKeepsWhatWasThereAndIsTriedAgain) {
  Flow flow;
  flow.source->put("a", "fine");
  ASSERT_TRUE(flow.run());
  flow.source->put("a", "finer");
  flow.source->files["a"].error = Error(Code::unavailable, "it keeps changing");
  auto report = flow.run();
  ASSERT_TRUE(report);
  EXPECT_EQ(report->exit_code(), 1);
  EXPECT_EQ(flow.documents()["a"].texts[0], "fine");
  flow.source->files["a"].error.reset();
  report = flow.run();
  ASSERT_TRUE(report);
  EXPECT_EQ(flow.documents()["a"].texts[0], "finer");
}

TEST(Flow, ItemGoneBetweenListingAndReadingIsTheNextRuns) {
  Flow flow;
  flow.source->put("a", "one");
  flow.source->put("b", "two");
  flow.source->on_read = [&](const std::string& key) { flow.source->files.erase(key == "a" ? "b" : ""); };
  const auto report = flow.run();
  ASSERT_TRUE(report);
  EXPECT_EQ(report->exit_code(), 0);
  EXPECT_EQ(flow.documents().size(), 1U);
}

TEST(Flow, ForgottenItemIsSeenAndNeitherReadNorNamed) {
  Flow flow;
  flow.source->put("a", "one");
  flow.source->put("secret", "two");
  flow.source->extra.rejects.push_back({"secret.bin", "unsupported", "secret.bin is a picture"});
  flow.store.forgotten_items = std::make_shared<Forgotten>("key");
  const Forgotten& hashes = *flow.store.forgotten_items;
  for (const char* key : {"secret", "secret.bin"}) {
    flow.store.forgotten_items->add(hashes.item_hash("handbook", key), "");
  }
  const auto report = flow.run();
  ASSERT_TRUE(report);
  EXPECT_EQ(report->summary.seen, 3U);
  EXPECT_EQ(report->summary.added, 1U);
  EXPECT_EQ(report->summary.rejected, 0U);
  EXPECT_EQ(report->summary.forgotten, 2U);
  EXPECT_EQ(report->exit_code(), 0);
  EXPECT_EQ(flow.source->reads, 1);
  EXPECT_EQ(flow.store.known["handbook"].size(), 1U);
  EXPECT_TRUE(flow.of<RejectEvent>().empty());
  EXPECT_EQ(flow.store.memo.size(), 1U);
}

TEST(Flow, ForgottenBytesStayOutUnderAnyName) {
  Flow flow;
  flow.source->put("a", "one");
  flow.source->put("b", "kept");
  ASSERT_TRUE(flow.run());
  flow.store.forgotten_items = std::make_shared<Forgotten>("key");
  flow.store.forgotten_items->add("an item's hash", flow.store.forgotten_items->version_hash(sha256("two")));
  flow.source->put("new name", "two");
  flow.source->put("a", "two");  // takes the place of what was there
  const auto report = flow.run();
  ASSERT_TRUE(report);
  EXPECT_EQ(report->summary.forgotten, 2U);
  EXPECT_EQ(report->summary.removed, 1U);
  EXPECT_EQ(flow.documents().size(), 1U);
  EXPECT_TRUE(flow.documents().contains("b"));
  EXPECT_EQ(flow.embedder->embedded.count("two"), 0U);
  EXPECT_EQ(flow.store.memo.size(), 2U);
}

TEST(Forgotten, HashesTellFlowsNamesAndSecretsApart) {
  const Forgotten one("one"), two("two");
  EXPECT_NE(one.item_hash("a", "bc"), one.item_hash("ab", "c"));
  EXPECT_NE(one.item_hash("a", "b"), two.item_hash("a", "b"));
  EXPECT_EQ(one.item_hash("a", "b"), Forgotten("one").item_hash("a", "b"));
  EXPECT_FALSE(one.has_item("a", "b"));
}

TEST(Flow, AnotherLabelTouchesNoBytes) {
  Flow flow;
  flow.source->put("a", "one");
  ASSERT_TRUE(flow.run());
  flow.plan.label.access = {"group:staff"};
  const int reads = flow.source->reads;
  const auto report = flow.run();
  ASSERT_TRUE(report);
  EXPECT_EQ(flow.source->reads, reads);
  EXPECT_EQ(report->summary.changed, 1U);
  EXPECT_EQ(flow.documents()["a"].label.access[0], "group:staff");
}

TEST(Flow, LimitTakesSoManyChangesAndRemovesNothing) {
  Flow flow;
  for (int i = 0; i < 10; ++i) flow.source->put("doc" + std::to_string(i), "text " + std::to_string(i));
  RunOptions options;
  options.limit = 3;
  ASSERT_TRUE(flow.run(options));
  EXPECT_EQ(flow.documents().size(), 3U);
  flow.source->files.erase("doc0");
  ASSERT_TRUE(flow.run(options));
  EXPECT_EQ(flow.documents().size(), 6U);
  ASSERT_TRUE(flow.run());
  EXPECT_EQ(flow.documents().size(), 9U);
}

TEST(Flow, FullReadsEverythingAndChangesNothing) {
  Flow flow;
  flow.source->put("a", "one");
  ASSERT_TRUE(flow.run());
  const auto before = flow.documents();
  RunOptions options;
  options.full = true;
  const auto report = flow.run(options);
  ASSERT_TRUE(report);
  EXPECT_EQ(flow.parser->parsed, 2);
  EXPECT_EQ(report->summary.unchanged, 1U);
  EXPECT_EQ(report->summary.embedded, 0U);
  EXPECT_EQ(flow.documents(), before);
}

TEST(Flow, StopDrainsAndTheNextRunGoesOn) {
  for (const unsigned workers : {1U, 3U}) {
    Flow flow;
    for (int i = 0; i < 300; ++i) flow.source->put("doc" + std::to_string(1000 + i), "text " + std::to_string(i));
    std::stop_source stop;
    flow.source->on_read = [&](const std::string& key) {
      if (key == "doc1150") stop.request_stop();
    };
    RunOptions options;
    options.workers = workers;
    options.stop = stop.get_token();
    const auto report = flow.run(options);
    ASSERT_TRUE(report);
    EXPECT_EQ(report->exit_code(), 75);
    EXPECT_EQ(report->summary.outcome, "cancelled");
    EXPECT_LT(flow.documents().size(), 300U);
    EXPECT_EQ(flow.store.missing_vectors, 0);
    EXPECT_TRUE(std::holds_alternative<DoneEvent>(flow.events.back()));
    flow.source->on_read = nullptr;
    options.stop = {};
    ASSERT_TRUE(flow.run(options));
    EXPECT_EQ(flow.documents().size(), 300U);
  }
}

TEST(Flow, FailedCommitEndsTheRunAndTheNextRunCompletesIt) {
  Flow flow;
  for (int i = 0; i < 300; ++i) flow.source->put("doc" + std::to_string(i), "text " + std::to_string(i));
  flow.store.fail_applies = 2;
  const auto failed = flow.run();
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code(), Code::io);
  EXPECT_EQ(flow.of<CommitEvent>().size(), 1U);
  EXPECT_EQ(flow.store.runs.back().outcome, "failed");
  ASSERT_TRUE(flow.run());
  EXPECT_EQ(flow.documents().size(), 300U);
}

TEST(Flow, EmbedderThatIsDownEndsTheRunAsUnavailable) {
  Flow flow;
  flow.source->put("a", "one");
  flow.embedder->unavailable = true;
  const auto report = flow.run();
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code(), Code::unavailable);
  EXPECT_TRUE(flow.documents().empty());
}

TEST(Flow, WhatWasParsedBeforeTheEmbedderFailedIsNotParsedAgain) {
  Flow flow;
  flow.source->put("a", "one");
  flow.embedder->unavailable = true;
  ASSERT_FALSE(flow.run());
  flow.embedder->unavailable = false;
  ASSERT_TRUE(flow.run());
  EXPECT_EQ(flow.parser->parsed, 1);
  EXPECT_EQ(flow.documents().size(), 1U);
}

TEST(Flow, WhatIsEmbeddedOfALargeDocumentIsKeptFromTimeToTime) {
  for (const bool slow : {false, true}) {
    Flow flow;
    std::string text;
    for (int i = 0; i < 2'000; ++i) text += "line " + std::to_string(i) + '\n';
    flow.source->put("a", std::move(text));
    if (slow) flow.embedder->clock = &flow.clock;
    flow.embedder->ms_per_text = 20;
    ASSERT_TRUE(flow.run());
    EXPECT_EQ(flow.store.applied, 1);
    EXPECT_EQ(flow.store.kept_vectors, slow ? 31 : 2);  // 64 texts take more than a second; 960 are many
  }
}

// The law of the whole flow, over random edits, renames, deletions, failures and stops.
TEST(Flow, AnySequenceOfChangesEndsAsARunFromScratch) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    Random random(seed);
    Flow flow;
    for (int step = 0; step < 12; ++step) {
      for (int change = 0; change < 8; ++change) {
        const std::string key = "k" + std::to_string(random.below(30));
        const std::string bytes = random.below(12) == 0 ? "broken " + key
                                                        : "t" + std::to_string(random.below(20)) + "\nu" +
                                                              std::to_string(random.below(20));
        if (random.below(3) != 0) {
          flow.source->put(key, bytes);
        } else if (random.below(2) == 0 && flow.source->files.contains(key)) {
          flow.source->files["r" + key] = flow.source->files[key];
          flow.source->files.erase(key);
        } else {
          flow.source->files.erase(key);
        }
      }
      RunOptions options;
      options.accept_removals = true;
      options.workers = 1 + static_cast<unsigned>(random.below(3));
      options.limit = random.below(4) == 0 ? 2 : 0;
      if (random.below(4) == 0) flow.store.fail_applies = 1 + static_cast<int>(random.below(2));
      static_cast<void>(flow.run(options).has_value());
      flow.store.fail_applies = 0;
    }
    RunOptions options;
    options.accept_removals = true;
    ASSERT_TRUE(flow.run(options));
    Flow scratch;
    scratch.source->files = flow.source->files;
    ASSERT_TRUE(scratch.run());
    EXPECT_EQ(flow.documents(), scratch.documents()) << "seed " << seed;
    for (const auto& [text, times] : flow.embedder->embedded) EXPECT_EQ(times, 1) << text;
  }
}

TEST(Memo, GivesBackWhatWasPutIn) {
  Document document;
  document.format = "pdf";
  document.title = "제목";
  document.metadata = {{"author", "Kim"}};
  Block block;
  block.kind = BlockKind::table;
  block.text = "a | b";
  block.cells = {{"a", "b"}};
  block.heading_path = {"x"};
  block.locator.page = 3;
  block.locator.page_size = PageSize{595, 842};
  block.locator.boxes = {{1, 2, 3, 4}};
  block.locator.bytes = ByteRange{7, 1ULL << 40};
  document.blocks = {block, block};
  document.warnings = {"w"};
  document.children.emplace_back("inner.txt", document);
  Chunk chunk;
  chunk.heading_path = {"x"};
  chunk.text_start = 1;
  chunk.text_end = 4;
  chunk.locator = block.locator;
  const std::string bytes = encode_memo({document, {chunk}});
  const auto decoded = decode_memo(bytes);
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->document.blocks, document.blocks);
  EXPECT_EQ(decoded->document.title, document.title);
  EXPECT_EQ(decoded->document.metadata, document.metadata);
  EXPECT_EQ(decoded->document.children[0].document.blocks, document.blocks);
  EXPECT_EQ(decoded->chunks[0].text, document_text(document).substr(1, 3));
  EXPECT_EQ(decoded->chunks[0].locator, block.locator);
}

TEST(Memo, DamagedValueIsNoValue) {
  Document document;
  document.blocks.resize(3);
  const std::string bytes = encode_memo({document});
  Random random(7);
  for (std::size_t size = 0; size < bytes.size(); ++size) EXPECT_FALSE(decode_memo(bytes.substr(0, size)));
  for (int i = 0; i < 500; ++i) {
    std::string damaged = bytes;
    damaged[random.below(damaged.size())] = static_cast<char>(random.below(256));
    static_cast<void>(decode_memo(damaged));
  }
}

TEST(ChunkIds, TellRepetitionsApartAndKeepTheOthers) {
  std::vector<Chunk> chunks(3);
  chunks[0].text = "a";
  chunks[1].text = "b";
  chunks[2].text = "a";
  assign_chunk_ids(make_doc_id("flow", "doc"), chunks);
  EXPECT_NE(chunks[0].id, chunks[2].id);
  const Id128 b = chunks[1].id;
  chunks.erase(chunks.begin());
  assign_chunk_ids(make_doc_id("flow", "doc"), chunks);
  EXPECT_EQ(chunks[0].id, b);
}

}  // namespace
}  // namespace naru
