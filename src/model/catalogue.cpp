#include "model/catalogue.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "base/json.h"
#include "base/sha256_stream.h"
#include "config/suggest.h"
#include "model/model_files.h"
#include "runtime/files.h"
#include "runtime/random_access_file.h"

namespace naru {

namespace {

constexpr std::size_t kHashPieceBytes = 1 << 20;
constexpr std::uint64_t kRecordBytesMax = 64 * 1024;

bool has_role(const CatalogueEntry& entry, std::string_view role) {
  return std::find(entry.roles.begin(), entry.roles.end(), role) != entry.roles.end();
}

const CatalogueEntry* look_up(std::string_view name) {
  for (const CatalogueEntry& entry : catalogue()) {
    if (entry.name == name || has_role(entry, name)) return &entry;
  }
  return nullptr;
}

Error unknown_model(std::string_view name) {
  std::vector<std::string> known;
  for (const CatalogueEntry& entry : catalogue()) {
    known.insert(known.end(), entry.roles.begin(), entry.roles.end());
    known.push_back(entry.name);
  }
  return {Code::not_found, fmt::format("there is no model \"{}\"; {}", name, suggest(name, known))};
}

// Whether the record beside the file says that these bytes were checked.
bool recorded(const CatalogueEntry& entry, const std::string& folder) {
  const auto text = read_file(record_path(entry, folder), kRecordBytesMax);
  if (!text) return false;
  const auto record = parse_json(*text);
  return record && record->is_object() && record->value("sha256", Json("")) == entry.sha256 &&
         record->value("bytes", Json(0)) == entry.bytes;
}

}  // namespace

std::string_view kind_name(ModelKind kind) { return kind == ModelKind::embed ? "embed" : "chat"; }

Result<const CatalogueEntry*> find_entry(std::string_view name, ModelKind kind) {
  const CatalogueEntry* entry = look_up(fmt::format("{}-{}", name, kind_name(kind)));
  if (entry == nullptr) entry = look_up(name);
  if (entry == nullptr) return unknown_model(name);
  if (entry->kind != kind) {
    return Error(Code::invalid_argument, fmt::format("the model {} is for {}, not for {}", entry->name,
                                                     kind_name(entry->kind), kind_name(kind)));
  }
  return entry;
}

Result<const CatalogueEntry*> find_entry(std::string_view name) {
  if (const CatalogueEntry* entry = look_up(name)) return entry;
  if (const CatalogueEntry* entry = look_up(fmt::format("{}-chat", name))) return entry;
  return unknown_model(name);
}

std::string model_folder() {
  const auto variable = [](const char* name) {
    const char* value = std::getenv(name);
    return std::string(value == nullptr ? "" : value);
  };
  if (const std::string own = variable("NARU_MODELS"); !own.empty()) return own;
  std::string data = variable("XDG_DATA_HOME");
  // The XDG specification: a relative path is ignored.
  if (!data.starts_with('/')) data = join_path(home_folder(), ".local/share");
  return join_path(data, "naru/models");
}

std::string model_path(const CatalogueEntry& entry, const std::string& folder) {
  return join_path(folder, entry.name + ".gguf");
}

std::string record_path(const CatalogueEntry& entry, const std::string& folder) {
  return join_path(folder, entry.name + ".json");
}

Result<Sha256> hash_file(const std::string& path, std::stop_token stop) {
  const RandomAccessFile file = NARU_TRY(RandomAccessFile::open(path));
  Sha256Stream stream;
  for (std::uint64_t at = 0;;) {
    if (stop.stop_requested()) return Error(Code::cancelled, "stopped");
    const std::string piece = NARU_TRY(file.read_at(at, kHashPieceBytes));
    if (piece.empty()) return stream.finish();
    stream.add(piece);
    at += piece.size();
  }
}

Status write_record(const CatalogueEntry& entry, const std::string& folder, const std::vector<std::string>& from) {
  Json record;
  record["name"] = entry.name;
  record["bytes"] = entry.bytes;
  record["sha256"] = entry.sha256;
  record["licence"] = entry.licence;
  record["base_model"] = entry.base_model;
  record["provenance"] = entry.provenance;
  record["from"] = from;
  return write_file_durable(record_path(entry, folder), record.dump(2) + "\n");
}

Result<std::string> find_pulled(const CatalogueEntry& entry, const std::string& folder) {
  const std::string path = model_path(entry, folder);
  if (!file_exists(path)) {
    const std::string& name = entry.roles.empty() ? entry.name : entry.roles.front();
    return Error(Code::unavailable, fmt::format("the model {} is not here; `naru models pull {}` fetches it ({} MB)",
                                                entry.name, name, (entry.bytes + 500'000) / 1'000'000));
  }
  if (NARU_TRY(file_size(path)) == entry.bytes && recorded(entry, folder)) return path;
  NARU_TRY(check_pulled(entry, folder, {}));
  // The folder may be read-only; then it is hashed again next time, which is slower and as safe.
  if (const Status written = write_record(entry, folder, {"a file that lay there"}); !written) return path;
  return path;
}

Status check_pulled(const CatalogueEntry& entry, const std::string& folder, std::stop_token stop) {
  const std::string path = model_path(entry, folder);
  const std::uint64_t bytes = NARU_TRY(file_size(path));
  const std::string found = bytes == entry.bytes ? NARU_TRY(hash_file(path, stop)).hex() : std::string();
  if (found == entry.sha256) return {};
  const std::string difference = found.empty() ? fmt::format("it has {} bytes, not {}", bytes, entry.bytes)
                                               : fmt::format("its sha256 is {}, not {}", found, entry.sha256);
  return Error(Code::corrupt, fmt::format("{} is not the model {}: {}; remove it and run `naru models pull {}`", path,
                                          entry.name, difference, entry.name));
}

std::vector<ModelListing> list_models(const std::string& folder) {
  std::vector<ModelListing> listings;
  for (const CatalogueEntry& entry : catalogue()) {
    ModelListing listing;
    listing.entry = &entry;
    if (file_exists(model_path(entry, folder))) {
      Result<std::string> path = find_pulled(entry, folder);
      (path ? listing.path : listing.problem) = path ? *path : path.error().describe();
    }
    listings.push_back(std::move(listing));
  }
  return listings;
}

}  // namespace naru
