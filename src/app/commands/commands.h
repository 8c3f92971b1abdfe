// Every command by its words. To add one: a file here with its build function, and a line in table.cpp.
//
// A build function declares the command's syntax and what it runs; it is called only when that command was typed.
#pragma once

#include <span>
#include <string_view>

#include "app/syntax.h"

namespace naru {

struct CommandEntry {
  std::string_view words;  // "run", or two: "rejects ls"
  std::string_view usage, summary;
  void (*build)(Syntax&);
};

std::span<const CommandEntry> command_table();

void build_init(Syntax& syntax);
void build_validate(Syntax& syntax);
void build_check(Syntax& syntax);
void build_discover(Syntax& syntax);
void build_plan(Syntax& syntax);
void build_run(Syntax& syntax);
void build_status(Syntax& syntax);
void build_rejects_ls(Syntax& syntax);
void build_rejects_show(Syntax& syntax);
void build_rejects_replay(Syntax& syntax);
void build_search(Syntax& syntax);
void build_ask(Syntax& syntax);
void build_rooms_ls(Syntax& syntax);
void build_rooms_show(Syntax& syntax);
void build_rooms_rename(Syntax& syntax);
void build_rooms_forget(Syntax& syntax);
void build_show(Syntax& syntax);
void build_why(Syntax& syntax);
void build_parse(Syntax& syntax);
void build_verify(Syntax& syntax);
void build_dump(Syntax& syntax);
void build_forget(Syntax& syntax);
void build_backup(Syntax& syntax);
void build_restore(Syntax& syntax);
void build_tag(Syntax& syntax);
void build_tag_ls(Syntax& syntax);
void build_tag_rm(Syntax& syntax);
void build_tap(Syntax& syntax);
void build_test(Syntax& syntax);
void build_eval_retrieval(Syntax& syntax);
void build_eval_weights(Syntax& syntax);
void build_bench_search(Syntax& syntax);
void build_bench_vectors(Syntax& syntax);
void build_models_ls(Syntax& syntax);
void build_models_pull(Syntax& syntax);
void build_models_info(Syntax& syntax);
void build_serve(Syntax& syntax);
void build_mcp(Syntax& syntax);
void build_keys_add(Syntax& syntax);
void build_keys_ls(Syntax& syntax);
void build_keys_revoke(Syntax& syntax);
void build_tokens(Syntax& syntax);
void build_completion(Syntax& syntax);
void build_man(Syntax& syntax);
void build_doctor(Syntax& syntax);

}  // namespace naru
