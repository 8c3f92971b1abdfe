// naru models ls|info: the models that can be had by name or role, and which are here. `pull` is in models_pull.cpp.
#include "model/catalogue.h"

#include <fmt/format.h>

#include "app/commands/commands.h"

namespace naru {

namespace {

Json to_json(const CatalogueEntry& entry, const std::string& path, const std::string& problem) {
  Json json = {{"name", entry.name},
               {"kind", kind_name(entry.kind)},
               {"roles", entry.roles},
               {"licence", entry.licence},
               {"base_model", entry.base_model},
               {"provenance", entry.provenance},
               {"publisher_known", entry.publisher_known},
               {"bytes", entry.bytes},
               {"sha256", entry.sha256},
               {"context_tokens", entry.context_tokens},
               {"dims", entry.dims},
               {"english_only", entry.english_only},
               {"note", entry.note},
               {"path", path.empty() ? Json(nullptr) : Json(path)}};
  if (!problem.empty()) json["problem"] = problem;
  return json;
}

Result<int> ls(Invocation& invocation) {
  Output& output = invocation.output();
  for (const ModelListing& listing : list_models()) {
    const CatalogueEntry& entry = *listing.entry;
    if (invocation.json()) {
      output.json(to_json(entry, listing.path, listing.problem));
      continue;
    }
    const std::string state = !listing.problem.empty() ? "broken" : listing.path.empty() ? "" : "here";
    const std::string shown = output.toned(Tone::strong, fmt::format("{:<32}", entry.name));
    output.line(fmt::format("{:<7} {} {:>9}  {:<10} {}", state, shown, human_bytes(entry.bytes), entry.licence,
                            fmt::join(entry.roles, ", ")));
    if (!entry.note.empty()) output.line("        " + entry.note);
    if (!listing.problem.empty()) output.line("        " + listing.problem);
  }
  if (!invocation.json()) output.line("models lie in " + model_folder());
  return 0;
}

struct InfoFlags {
  std::string name;
  bool check = false;
};

// A model that is damaged or not there is a dependency that is missing, not a bug of ours.
Status check(const CatalogueEntry& entry, Invocation& invocation) {
  const Result<std::string> path = find_pulled(entry);
  const Status checked = path ? check_pulled(entry, model_folder(), invocation.stop()) : Status(path.error());
  if (checked || checked.error().code() != Code::corrupt) return checked;
  return Error(Code::unavailable, checked.error().describe());
}

Result<int> info(const InfoFlags& flags, Invocation& invocation) {
  const CatalogueEntry& entry = *NARU_TRY(find_entry(flags.name));
  if (flags.check) NARU_TRY(check(entry, invocation));
  const Result<std::string> path = find_pulled(entry);
  const std::string problem = !path && path.error().code() != Code::unavailable ? path.error().describe() : "";
  Output& output = invocation.output();
  if (invocation.json()) {
    output.json(to_json(entry, path ? *path : "", problem));
    return 0;
  }
  output.line(output.toned(Tone::strong, entry.name));
  output.line(fmt::format("roles       {}", fmt::join(entry.roles, ", ")));
  output.line("made from   " + entry.base_model);
  output.line("licence     " + entry.licence);
  output.line("provenance  " + entry.provenance);
  output.line(fmt::format("size        {}, sha256 {}", human_bytes(entry.bytes), entry.sha256));
  if (entry.dims > 0) output.line(fmt::format("dimensions  {}", entry.dims));
  output.line(fmt::format("context     {} tokens", entry.context_tokens));
  if (entry.english_only) output.line("languages   English only");
  if (!entry.note.empty()) output.line("note        " + entry.note);
  output.line("here        " + (path ? *path : problem.empty() ? "no; naru models pull " + entry.name : problem));
  return 0;
}

}  // namespace

void build_models_ls(Syntax& syntax) {
  syntax.example("naru models ls").runs([](Invocation& invocation) { return ls(invocation); });
}

void build_models_info(Syntax& syntax) {
  const auto flags = std::make_shared<InfoFlags>();
  syntax.argument("NAME", flags->name, "A model's name, or a role: default-embed, default-chat ...", Need::required)
      .flag("--check", flags->check, "Hash the whole file again, and fail where it is not the catalogue's.")
      .example("naru models info default-embed")
      .runs([flags](Invocation& invocation) { return info(*flags, invocation); });
}

}  // namespace naru
