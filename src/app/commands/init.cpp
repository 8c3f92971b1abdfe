// naru init: writes a commented naru.yaml that validates.
#include <fmt/format.h>

#include "app/commands/commands.h"
#include "runtime/files.h"

namespace naru {

namespace {

constexpr std::string_view kConfiguration = R"(# What naru does here: `naru validate` checks it, `naru run` does it.
# Relative paths start at this file. The knowledge base is the folder .naru beside it.

models:
@models@

flows:
  handbook:                       # a name of your choice
    source:
      folder:
        path: docs                # the folder to read, with all its subfolders
        # include: ["*.md", "*.pdf"]
        # exclude: ["drafts/**"]
        # access: [group:staff]   # who may read it: user:NAME, group:NAME, everyone; nothing: the owner only
    steps:
      - parse                     # PDF, HWP, Office, web, mail, text; what cannot be read: `naru rejects ls`
      # - pii                     # masks personal data before anything is indexed
      - chunk: {max_tokens: 256}  # passages, cut at headings and paragraphs
      - embed                     # search by meaning; leave it out and words alone are searched
    target: {knowledge_base: handbook}

# A file with one document a line instead of a folder:
#   source: {jsonl: {path: corpus.jsonl, id: _id, text: text}}
)";

constexpr std::string_view kLocalModels =
    R"(  embed: {local: default}         # multilingual; `naru models pull default-embed` fetches it, 74 MB
  chat: {local: default}          # `naru models pull default-chat`; without it `naru ask --no-llm` quotes
  # chat: {openai: {url: "http://localhost:8080/v1", model: NAME, key: "${env:NAME_OF_KEY}"}})";

constexpr std::string_view kStubModels =
    R"(  embed: {stub: {}}               # stand-ins without weights: words and letter groups, no meaning
  chat: {stub: {}})";

Result<int> run(const std::string& folder, bool stub, Invocation& invocation) {
  const std::string place = invocation.path(folder.empty() ? invocation.folder() : folder);
  const std::string directory = folder.empty() ? invocation.folder() : place;
  const std::string file = directory == "." ? "naru.yaml" : join_path(directory, "naru.yaml");
  if (file_exists(file)) {
    return Error(Code::already_exists, file + " is there already; edit it, or move it away first");
  }
  std::string text(kConfiguration);
  constexpr std::string_view kPlace = "@models@";
  text.replace(text.find(kPlace), kPlace.size(), stub ? kStubModels : kLocalModels);
  NARU_TRY(make_folders(directory));
  NARU_TRY(write_file_durable(file, text));
  if (invocation.json()) {
    invocation.output().json({{"file", file}});
    return 0;
  }
  invocation.output().line(fmt::format("{} is written. Say in it which folder to read, then:", file));
  if (!stub) invocation.output().line("  naru models pull default-embed   (once, 74 MB)");
  invocation.output().line("  naru run");
  return 0;
}

}  // namespace

void build_init(Syntax& syntax) {
  struct Flags {
    std::string folder;
    bool stub = false;
  };
  const auto flags = std::make_shared<Flags>();
  syntax.argument("DIR", flags->folder, "Where; made if it is not there. The current folder unless given.",
                  Need::optional)
      .flag("--stub", flags->stub, "With stand-ins for the models, which need no download: for trying out and tests.")
      .example("naru init                 then edit naru.yaml, `naru validate`, `naru run`")
      .example("naru init 사내규정         a new folder")
      .runs([flags](Invocation& invocation) { return run(flags->folder, flags->stub, invocation); });
}

}  // namespace naru
