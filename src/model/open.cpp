#include "model/open.h"

#include <fmt/format.h>

#include "model/catalogue.h"
#include "model/gguf.h"
#include "model/llama.h"
#include "model/model_files.h"
#include "model/openai.h"
#include "model/stub.h"
#include "runtime/files.h"
#include "runtime/random_access_file.h"
#include "text/token_estimate.h"

namespace naru {

namespace {

class EstimatingTokenizer : public Tokenizer {
 public:
  Result<std::vector<std::int32_t>> encode(std::string_view) const override { return no_vocabulary(); }
  Result<std::string> decode(std::span<const std::int32_t>) const override { return no_vocabulary(); }
  std::size_t count(std::string_view text) const override { return estimate_tokens(text); }

 private:
  static Error no_vocabulary() {
    return {Code::unsupported, "this model has no vocabulary here: tokens are only estimated"};
  }
};

LlamaOptions options_of(const CatalogueEntry& entry, std::string path, const ModelSpec& spec) {
  return {.path = std::move(path),
          .name = entry.name,
          .licence = entry.licence,
          .weights_sha256 = entry.sha256,
          .english_only = entry.english_only,
          .context_tokens = spec.context_tokens,
          .threads = spec.threads,
          .streams = std::max(spec.streams, 1U),
          .query_prefix = entry.query_prefix,
          .passage_prefix = entry.passage_prefix};
}

// The hash of a file that did not change since it was last asked for; gigabytes are not read again at every start.
Result<std::string> remembered_hash(const std::string& path) {
  constexpr std::size_t kHexDigits = 64;
  const FileStamp stamp = NARU_TRY(NARU_TRY(RandomAccessFile::open(path)).stamp());
  const std::string key =
      fmt::format("{}:{}:{}:{}:{}", stamp.device, stamp.inode, stamp.size, stamp.mtime_ns, stamp.ctime_ns);
  const std::string folder = join_path(model_folder(), "hashes");
  const std::string place = join_path(folder, hash128(key).hex());
  if (auto known = read_file(place, kHexDigits); known && known->size() == kHexDigits) return *known;
  const std::string sha256 = NARU_TRY(hash_file(path, {})).hex();
  // Where nothing can be written, it is computed again next time.
  if (make_folders(folder)) (void)write_file_durable(place, sha256);
  return sha256;
}

// The catalogue's entry whose bytes the file has. Only a file of the right size is worth hashing.
Result<const CatalogueEntry*> entry_of(const std::string& path) {
  const std::uint64_t bytes = NARU_TRY(file_size(path));
  std::string sha256;
  for (const CatalogueEntry& entry : catalogue()) {
    if (entry.bytes != bytes) continue;
    if (sha256.empty()) sha256 = NARU_TRY(remembered_hash(path));
    if (entry.sha256 == sha256) return &entry;
  }
  return nullptr;
}

Result<LlamaOptions> foreign_file(const ModelSpec& spec) {
  const GgufInfo info = NARU_TRY(read_gguf(spec.path));
  NARU_TRY_AT(check_model(info), spec.path);
  if (!spec.trusted) {
    return Error(
        Code::not_allowed,
        fmt::format("{} is no model of the catalogue: a model file can be made to harm the program that loads it; "
                    "if you trust where it came from, say {{gguf: {{path: {}, trusted: true}}}}",
                    spec.path, spec.path));
  }
  std::string name = file_name(spec.path);
  if (name.ends_with(".gguf")) name.resize(name.size() - std::string_view(".gguf").size());
  return LlamaOptions{.path = spec.path,
                      .name = std::move(name),
                      .licence = info.text("general.license"),
                      .weights_sha256 = NARU_TRY(remembered_hash(spec.path)),
                      .english_only = info.english_only(),
                      .context_tokens = spec.context_tokens,
                      .threads = spec.threads,
                      .streams = std::max(spec.streams, 1U),
                      .query_prefix = spec.query_prefix,
                      .passage_prefix = spec.passage_prefix};
}

Result<LlamaOptions> local_file(const ModelSpec& spec, ModelKind kind) {
  if (spec.kind == ModelSpec::Kind::local) {
    const CatalogueEntry* entry = NARU_TRY(find_entry(spec.name, kind));
    return options_of(*entry, NARU_TRY(find_pulled(*entry)), spec);
  }
  if (const CatalogueEntry* entry = NARU_TRY(entry_of(spec.path))) return options_of(*entry, spec.path, spec);
  return foreign_file(spec);
}

}  // namespace

Result<std::unique_ptr<Embedder>> open_embedder(const ModelSpec& spec) {
  if (spec.kind == ModelSpec::Kind::stub) return make_stub_embedder();
  if (spec.kind == ModelSpec::Kind::openai) return open_openai_embedder(spec);
  return open_llama_embedder(NARU_TRY(local_file(spec, ModelKind::embed)));
}

Result<std::unique_ptr<Generator>> open_generator(const ModelSpec& spec) {
  if (spec.kind == ModelSpec::Kind::stub) return make_stub_generator();
  if (spec.kind == ModelSpec::Kind::openai) return open_openai_generator(spec);
  return open_llama_generator(NARU_TRY(local_file(spec, ModelKind::chat)));
}

Result<std::unique_ptr<Tokenizer>> open_tokenizer(const ModelSpec& spec) {
  const bool has_vocabulary = spec.kind == ModelSpec::Kind::local || spec.kind == ModelSpec::Kind::gguf;
  if (!has_vocabulary) return std::unique_ptr<Tokenizer>(std::make_unique<EstimatingTokenizer>());
  auto options = local_file(spec, ModelKind::embed);
  if (!options && options.error().code() == Code::invalid_argument) options = local_file(spec, ModelKind::chat);
  return open_llama_tokenizer(NARU_TRY(std::move(options)));
}

}  // namespace naru
