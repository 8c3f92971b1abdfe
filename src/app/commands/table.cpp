#include "app/commands/commands.h"

namespace naru {

namespace {

// In the order in which a person meets them.
constexpr CommandEntry kCommands[] = {
    {"init", "[DIR]", "Writes a commented naru.yaml.", build_init},
    {"validate", "", "Names every mistake of naru.yaml with its place and the fix.", build_validate},
    {"check", "[SOURCE|FLOW...]", "Whether sources and targets can be reached, and with what rights.", build_check},
    {"discover", "[SOURCE|FLOW...]", "What a source has: folders, tables, columns with their types.", build_discover},
    {"plan", "[FLOW...]", "What a run would add, change and remove; touches nothing.", build_plan},
    {"test", "[FLOW...]", "Holds flows to the tests that stand below them.", build_test},
    {"tap", "FLOW STEP", "What a step makes of a flow's items; stores nothing.", build_tap},
    {"run", "[FLOW...]", "Brings the knowledge base in step with the sources.", build_run},
    {"status", "", "Flows, their last runs, rejects, disk use.", build_status},
    {"rejects ls", "[FLOW...]", "What could not be processed.", build_rejects_ls},
    {"rejects show", "DOC", "Why one document could not be processed.", build_rejects_show},
    {"rejects replay", "[FLOW...]", "Tries what was rejected again.", build_rejects_replay},
    {"search", "QUERY", "Finds passages by words and by meaning.", build_search},
    {"ask", "QUESTION", "Answers with citations, or refuses.", build_ask},
    {"rooms ls", "", "Lists your conversations.", build_rooms_ls},
    {"rooms show", "NAME", "What was asked and answered in a room.", build_rooms_show},
    {"rooms rename", "NAME NEW", "Gives a room another name.", build_rooms_rename},
    {"rooms forget", "NAME", "Takes a room away, with all that was said in it.", build_rooms_forget},
    {"show", "DOC", "Shows a document, one page or one passage of it.", build_show},
    {"why", "ANSWER_ID", "Follows every citation of an answer down to source bytes.", build_why},
    {"serve", "", "Serves questions over HTTP, as OpenAI's clients ask them.", build_serve},
    {"mcp", "", "Tools for agents over standard input and output.", build_mcp},
    {"keys add", "NAME", "Makes a key for a program that asks the server.", build_keys_add},
    {"keys ls", "", "Lists the keys.", build_keys_ls},
    {"keys revoke", "NAME", "Ends a key at once.", build_keys_revoke},
    {"parse", "FILE...", "What a parser makes of a file; stores nothing.", build_parse},
    {"verify", "", "Proves that every index equals the truth.", build_verify},
    {"dump", "", "The whole visible state in canonical form.", build_dump},
    {"forget", "DOC", "Removes a document from everywhere, and proves it.", build_forget},
    {"tag", "NAME", "Names an epoch, and keeps what lived then for `--as-of`.", build_tag},
    {"tag ls", "", "Lists the tags.", build_tag_ls},
    {"tag rm", "NAME", "Takes a tag away; what only it kept goes.", build_tag_rm},
    {"backup", "DIR", "Copies the store, also while a run goes on.", build_backup},
    {"restore", "DIR", "Makes the store from a backup.", build_restore},
    {"eval retrieval", "SET", "Quality of search on a labelled set.", build_eval_retrieval},
    {"eval weights", "", "Weights of meaning that were tuned and stored; takes one back.", build_eval_weights},
    {"bench search", "", "How long a search takes here.", build_bench_search},
    {"bench vectors", "", "How long and how exactly vectors are searched.", build_bench_vectors},
    {"models ls", "", "The models that can be had, and which are here.", build_models_ls},
    {"models pull", "NAME...", "Fetches models and checks them.", build_models_pull},
    {"models info", "NAME", "Licence and provenance of a model.", build_models_info},
    {"tokens", "TEXT", "How many tokens a text has for the configured model.", build_tokens},
    {"completion", "SHELL", "A script that completes commands and flags: bash, zsh or fish.", build_completion},
    {"man", "", "The manual page, for `man -l -`.", build_man},
    {"doctor", "", "What works on this machine, and what to do about the rest.", build_doctor},
};

}  // namespace

std::span<const CommandEntry> command_table() { return kCommands; }

}  // namespace naru
