#include "config/config.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "config/testing.h"
#include "runtime/files.h"

namespace naru {
namespace {

Config good(std::string_view text) {
  LoadedConfig loaded = check_config(text, "naru.yaml", "/home/kim/work", testing::registry());
  for (const Diagnostic& diagnostic : loaded.diagnostics) ADD_FAILURE() << diagnostic.text();
  return std::move(loaded.config);
}

constexpr std::string_view kFlows = R"(
flows:
  handbook:
    source: {folder: {path: docs, include: "*.md", access: [user:kim, group:staff, user:kim], trust: external}}
    steps:
      - parse
      - chunk: {max_tokens: 100}
    target: {knowledge_base: handbook}
  rows:
    source: {jsonl: {path: rows.jsonl}}
    steps: [parse, chunk: {}]
    target: {knowledge_base: handbook}
)";

TEST(Config, KeepsFlowsInFileOrderWithCheckedOptions) {
  const Config config = good(kFlows);
  ASSERT_EQ(config.flows.size(), 2u);
  const FlowConfig& flow = config.flows[0];
  EXPECT_EQ(flow.name, "handbook");
  EXPECT_EQ(flow.place.text(), "naru.yaml:3:3");
  EXPECT_EQ(flow.sources.front().name, "folder");
  EXPECT_EQ(flow.sources.front().options.text("path"), "docs");
  EXPECT_EQ(flow.sources.front().options.list("include"), std::vector<std::string>{"*.md"});
  EXPECT_EQ(flow.sources.front().options.base_folder, "/home/kim/work");
  ASSERT_EQ(flow.steps.size(), 2u);
  EXPECT_EQ(flow.steps[1].name, "chunk");
  EXPECT_EQ(flow.steps[1].options.integer("max_tokens"), 100);
  EXPECT_EQ(flow.steps[1].options.place.text(), "naru.yaml:7:9");
  EXPECT_EQ(config.flows[1].knowledge_base, "handbook");
  EXPECT_EQ(config.flows[1].sources.front().options.text("id"), "_id");  // the descriptor's default
  EXPECT_EQ(config.flow("rows"), &config.flows[1]);
  EXPECT_EQ(config.flow("row"), nullptr);
}

TEST(Config, LabelsComeFromAccessAndTrustAndStayOutOfTheSourcesOptions) {
  const Config config = good(kFlows);
  EXPECT_EQ(config.flows[0].label.access, (std::vector<std::string>{"group:staff", "user:kim"}));
  EXPECT_EQ(config.flows[0].label.trust, Trust::external);
  EXPECT_FALSE(config.flows[0].sources.front().options.has("access"));
  EXPECT_FALSE(config.flows[0].sources.front().options.has("trust"));
  EXPECT_TRUE(config.flows[1].label.access.empty());
  EXPECT_EQ(config.flows[1].label.trust, Trust::tenant);
}

TEST(Config, ModelsAreValuesAndRelativeFilesStartAtTheConfiguration) {
  const Config config = good(R"(
models:
  embed: {gguf: {path: models/e5.gguf, trusted: true, query_prefix: "query: ", threads: 2}}
  chat: {openai: {url: "https://h/v1/", model: m, key: "${env:KEY}", timeout_seconds: 7}}
)");
  ASSERT_TRUE(config.embed && config.chat);
  EXPECT_EQ(config.embed->kind, ModelSpec::Kind::gguf);
  EXPECT_EQ(config.embed->path, "/home/kim/work/models/e5.gguf");
  EXPECT_TRUE(config.embed->trusted);
  EXPECT_EQ(config.embed->query_prefix, "query: ");
  EXPECT_EQ(config.embed->threads, 2u);
  EXPECT_EQ(config.chat->kind, ModelSpec::Kind::openai);
  EXPECT_EQ(config.chat->url, "https://h/v1");
  EXPECT_EQ(config.chat->key, "${env:KEY}");  // not looked up
  EXPECT_EQ(config.chat->timeout_ms, 7000u);
}

TEST(Config, TelemetryIsKeptAsItWasWrittenAndFilesStartAtTheConfiguration) {
  const Config config = good(R"(
telemetry:
  openlineage: {file: out/lineage.jsonl, namespace: prod}
  otlp: {endpoint: "http://collector:4318", key: "${secret:env:KEY}"}
)");
  ASSERT_TRUE(config.telemetry.openlineage && config.telemetry.otlp);
  EXPECT_EQ(config.telemetry.openlineage->file, "/home/kim/work/out/lineage.jsonl");
  EXPECT_EQ(config.telemetry.openlineage->job_namespace, "prod");
  EXPECT_EQ(config.telemetry.otlp->endpoint, "http://collector:4318");
  EXPECT_EQ(config.telemetry.otlp->key, "${secret:env:KEY}");  // not looked up
  EXPECT_FALSE(good("models: {}").telemetry.openlineage);
}

TEST(Config, ShortFormsOfModels) {
  const Config config = good("models: {embed: {local: small}, chat: {gguf: /m/chat.gguf}}");
  EXPECT_EQ(config.embed->kind, ModelSpec::Kind::local);
  EXPECT_EQ(config.embed->name, "small");
  EXPECT_EQ(config.chat->path, "/m/chat.gguf");
  EXPECT_FALSE(config.chat->trusted);
  const Config bare = good("models: {embed: stub, chat: local}");
  EXPECT_EQ(bare.embed->kind, ModelSpec::Kind::stub);
  EXPECT_EQ(bare.chat->name, "default");
}

TEST(Config, StoreLiesBesideTheFileUnlessSaid) {
  EXPECT_EQ(good("models: {}").store, "/home/kim/work/.naru");
  EXPECT_EQ(good("store: data").store, "/home/kim/work/data");
  EXPECT_EQ(good("store: /data/naru").store, "/data/naru");
  EXPECT_EQ(good("store: ~/naru").store, join_path(home_folder(), "naru"));
}

TEST(Config, SearchHasDefaults) {
  const Config plain = good("models: {}");
  EXPECT_EQ(plain.search.k1, 0.9);
  EXPECT_EQ(plain.search.b, 0.4);
  EXPECT_FALSE(plain.search.vector_weight);
  const Config given = good("search: {k1: 2, b: 0.75, vector_weight: 0, normalisation: z_score}");
  EXPECT_EQ(given.search.k1, 2);
  EXPECT_EQ(given.search.vector_weight, 0.0);
  EXPECT_EQ(given.search.normalisation, "z_score");
}

TEST(Config, NamesAreComposed) {
  const std::string decomposed = "\u1112\u1161\u11ab";  // as typed on some systems
  const Config config = good("flows:\n  " + decomposed + ":\n    source: {folder: {path: d}}\n" +
                             "    steps: [parse, chunk]\n    target: {knowledge_base: " + decomposed + "}\n");
  EXPECT_EQ(config.flows[0].name, "한");
  EXPECT_EQ(config.flows[0].knowledge_base, "한");
  EXPECT_NE(config.flow(decomposed), nullptr);
}

TEST(Config, LoadsAFileAndKnowsItsFolder) {
  auto folder = TemporaryFolder::make("config");
  ASSERT_TRUE(folder);
  const std::string path = join_path(folder->path(), "naru.yaml");
  ASSERT_TRUE(write_file(path, "models: {embed: {gguf: m.gguf}}\nzzz: 1\n"));
  const Result<LoadedConfig> loaded = load_config(path, testing::registry());
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->config.folder, folder->path());
  EXPECT_EQ(loaded->config.embed->path, join_path(folder->path(), "m.gguf"));
  ASSERT_EQ(loaded->diagnostics.size(), 1u);
  EXPECT_EQ(loaded->diagnostics[0].place.file, path);
}

TEST(Config, AMissingFileIsAnErrorAndNoDiagnostic) {
  const Result<LoadedConfig> loaded = load_config("/nowhere/naru.yaml", testing::registry());
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code(), Code::not_found);
}

TEST(Config, SaysWhereAFileIsNotUtf8) {
  const LoadedConfig loaded = check_config("models: {}\nstore: \xb0\xa1\n", "naru.yaml", "/", testing::registry());
  ASSERT_EQ(loaded.diagnostics.size(), 1u);
  EXPECT_EQ(loaded.diagnostics[0].text(), "naru.yaml:2:8: not UTF-8 text; save the file as UTF-8");
  const LoadedConfig zero = check_config(std::string_view("a: \0", 4), "naru.yaml", "/", testing::registry());
  EXPECT_EQ(zero.diagnostics.at(0).text(), "naru.yaml:1:4: not UTF-8 text; save the file as UTF-8");
}

TEST(Config, AByteOrderMarkIsNoPartOfTheFirstName) { EXPECT_TRUE(good("\xef\xbb\xbfmodels: {embed: stub}").embed); }

TEST(Config, NestingAndMultiplyingAreBounded) {
  std::string deep;
  for (int i = 0; i < 10'000; ++i) deep += "{a: ";
  const auto told = [](const std::string& text) {
    const auto diagnostics = check_config(text, "n", "/", testing::registry()).diagnostics;
    return diagnostics.empty() ? std::string() : diagnostics.back().message;
  };
  EXPECT_EQ(told(deep), "nested too deep");
  EXPECT_EQ(told(std::string(10'000, '[')), "nested too deep");
  EXPECT_EQ(told(std::string(10'000, '{')), "nested too deep");
  std::string laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 9; ++i) {
    laughs += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int j = 0; j < 10; ++j) laughs += (j == 0 ? "*a" : ", *a") + std::to_string(i - 1);
    laughs += "]\n";
  }
  EXPECT_EQ(told(laughs), "too many values; a configuration is shorter");
  EXPECT_EQ(told(std::string(kConfigBytesMax + 1, '#')), "larger than 1 MiB");
}

// ---- secrets ------------------------------------------------------------------------------------------------------

TEST(Config, AFlowHasALimitedNumberOfSteps) {
  std::string text = "flows:\n  a:\n    source: {folder: {path: docs}}\n";
  text += "    target: {jsonl: {path: o.jsonl}, from: s0}\n";
  text += "    steps:\n";
  for (int i = 0; i < 300; ++i) text += fmt::format("      s{}: {{from: s{}, use: clean}}\n", i, i + 1);
  const auto diagnostics = check_config(text, "n", "/", testing::registry()).diagnostics;
  ASSERT_EQ(diagnostics.size(), 1U);
  EXPECT_EQ(diagnostics[0].message, "a flow has 256 steps at most, not 300");
}

TEST(Secrets, AreLookedUpOnlyWhenTheModelIsOpened) {
  auto folder = TemporaryFolder::make("secret");
  ASSERT_TRUE(folder);
  ASSERT_TRUE(write_file(join_path(folder->path(), "key.txt"), "s3cret\r\n"));
  ModelSpec spec;
  spec.key = "Bearer ${secret:file:key.txt}";
  const Result<ModelSpec> resolved = resolve_references(spec, folder->path());
  ASSERT_TRUE(resolved);
  EXPECT_EQ(resolved->key, "Bearer s3cret");
}

TEST(Secrets, AMissingOneNamesItselfAndNothingElse) {
  ModelSpec spec;
  spec.key = "${secret:file:absent.txt}";
  const Result<ModelSpec> file = resolve_references(spec, "/nowhere");
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().code(), Code::not_found);
  EXPECT_NE(file.error().describe().find("absent.txt"), std::string::npos);
  spec.key = "${env:NARU_TEST_NO_SUCH_VARIABLE}";
  const Result<ModelSpec> variable = resolve_references(spec, "/nowhere");
  ASSERT_FALSE(variable);
  EXPECT_EQ(variable.error().describe(), "the environment has no variable NARU_TEST_NO_SUCH_VARIABLE");
}

TEST(Secrets, NoDiagnosticShowsAKey) {
  // Whatever is wrong around it, the text of `key` is in no message.
  for (const std::string_view key : {"sk-live-0123", "${sk-live-0123}", "${env:}sk-live-0123", "${sk-live-0123:x}",
                                     "\"sk-live-0123\"", "[sk-live-0123]", "{sk-live-0123: 1}", "sk-live-0123: x"}) {
    for (const std::string_view around :
         {"url: 5, model: [x]", "ulr: x", "url: http://h, model: m, timeout_seconds: k"}) {
      const std::string text =
          "models:\n  chat: {openai: {key: " + std::string(key) + ", " + std::string(around) + "}}\n";
      for (const Diagnostic& told : check_config(text, "naru.yaml", "/", testing::registry()).diagnostics) {
        EXPECT_EQ(told.text().find("sk-live"), std::string::npos) << text << told.text();
      }
    }
  }
}

TEST(Options, ReferencesOfAllTextsAreResolvedTogether) {
  Descriptor descriptor;
  descriptor.options = {testing::option("path", OptionType::text, {}),
                        testing::option("names", OptionType::text_list, {})};
  auto folder = TemporaryFolder::make("secret");
  ASSERT_TRUE(folder);
  ASSERT_TRUE(write_file(join_path(folder->path(), "one"), "1\n"));
  Options options;
  options.base_folder = folder->path();
  options.set("path", "a/${secret:file:one}/${secret:file:one}.md");
  options.set("names", std::vector<std::string>{"x", "${secret:file:one}"});
  const Result<Options> resolved = resolve_references(options, descriptor);
  ASSERT_TRUE(resolved);
  EXPECT_EQ(resolved->text("path"), "a/1/1.md");
  EXPECT_EQ(resolved->list("names"), (std::vector<std::string>{"x", "1"}));
}

TEST(Secrets, OfASourceComeFromFilesAndFromTheEnvironment) {
  Descriptor descriptor;
  descriptor.options = {testing::option("url", OptionType::text, {}),
                        testing::option("names", OptionType::text_list, {})};
  auto folder = TemporaryFolder::make("secret");
  ASSERT_TRUE(folder);
  ASSERT_TRUE(write_file(join_path(folder->path(), "one"), "1234\n"));
  setenv("NARU_TEST_SECRET", "123456", 1);
  Options options;
  options.base_folder = folder->path();
  options.set("url", "x://u:${secret:env:NARU_TEST_SECRET}@h");
  options.set("names", std::vector<std::string>{"${secret:file:one}", "plain"});
  const Result<Options> resolved = resolve_references(options, descriptor);
  ASSERT_TRUE(resolved) << resolved.error().describe();
  EXPECT_EQ(resolved->text("url"), "x://u:123456@h");
  EXPECT_EQ(secrets_of(options, descriptor), (std::vector<std::string>{"123456", "1234"}));
  unsetenv("NARU_TEST_SECRET");
}

TEST(Options, ExactlyOneOfSomeFieldsIsAskedFor) {
  const auto told = [&](const Options& options) {
    std::vector<Diagnostic> diagnostics;
    check_one_of({"table", "query"}, options, {}, "the source \"x\"", diagnostics);
    return diagnostics.empty() ? std::string() : diagnostics[0].message;
  };
  Options options;
  EXPECT_EQ(told(options), "the source \"x\" needs one of the fields table, query");
  options.set("table", std::string("t"));
  EXPECT_EQ(told(options), "");
  options.set("query", std::string("q"));
  EXPECT_EQ(told(options), "the source \"x\" needs only one of the fields table, query");
}

TEST(ReadSource, IsAWordWithItsFieldsAndNeedNotBeComplete) {
  const Registry registry = testing::registry();
  const Result<NamedOptions> read = read_source("folder: {path: docs}", "/base", registry);
  ASSERT_TRUE(read) << read.error().describe();
  EXPECT_EQ(read->name, "folder");
  EXPECT_EQ(read->options.text("path"), "docs");
  EXPECT_EQ(read->options.base_folder, "/base");
  EXPECT_EQ(read_source("fodler: {path: docs}", "/", registry).error().message(),
            "SOURCE:1:1: unknown source \"fodler\"; did you mean \"folder\"?");
  for (const std::string_view wrong : {"folder", "[folder]", "{a: 1, b: 2}", "folder: {pth: x}", "folder: [", ""}) {
    EXPECT_FALSE(read_source(wrong, "/", registry)) << wrong;
  }
}

TEST(Options, ADescriptorThatContradictsItselfIsFound) {
  Descriptor descriptor;
  descriptor.name = "folder";
  descriptor.options = {testing::option("path", OptionType::text, std::int64_t{5})};
  descriptor.examples = {"folder: {pth: x}", "jsonl: {}"};
  EXPECT_EQ(testing::descriptor_problems(descriptor).size(), 5u);
}

TEST(Options, CanonicalTextDependsOnValuesAlone) {
  Options a, b;
  a.set("x", std::int64_t{1});
  a.set("b", "t");
  b.set("b", "t");
  b.set("x", std::int64_t{1});
  EXPECT_EQ(a.canonical(), b.canonical());
  EXPECT_EQ(a.canonical(), R"({"b":"t","x":1})");
}

}  // namespace
}  // namespace naru
