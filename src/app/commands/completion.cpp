// naru completion: what a shell offers behind the tabulator key. Made from the same table and the same syntax as the
// help, so that it cannot lag behind.
#include <fmt/format.h>

#include <algorithm>

#include "app/commands/commands.h"
#include "config/suggest.h"

namespace naru {

namespace {

// A command with what may follow its words.
struct Completed {
  const CommandEntry* entry;
  std::vector<Described> flags;
  std::string summary;
};

std::vector<Completed> completed_commands() {
  std::vector<Completed> all;
  for (const CommandEntry& entry : command_table()) {
    Syntax syntax{std::string(entry.words), std::string(entry.summary)};
    CommonOptions options;
    entry.build(syntax);
    syntax.add_common(options, false);
    std::vector<Described> flags = syntax.described();
    std::erase_if(flags, [](const Described& one) { return one.argument; });
    all.push_back({&entry, std::move(flags), std::string(entry.summary)});
  }
  return all;
}

// For single quotes of bash, zsh and fish alike.
std::string shell_quoted(std::string_view text) {
  std::string result = "'";
  for (const char c : text) {
    if (c == '\'') {
      result += "'\\''";
    } else {
      result += c;
    }
  }
  return result + "'";
}

bool takes_value(const Described& flag) { return !flag.placeholder.empty() && !flag.placeholder.starts_with('['); }

// Flags whose next word is a value and no command, for finding the command's words.
std::string flags_with_values(const std::vector<Completed>& commands) {
  std::vector<std::string> names;
  for (const Completed& command : commands) {
    for (const Described& flag : command.flags) {
      if (takes_value(flag)) names.insert(names.end(), flag.names.begin(), flag.names.end());
    }
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return fmt::format("{}", fmt::join(names, "|"));
}

std::string joined(const std::vector<std::string>& words) { return fmt::format("{}", fmt::join(words, " ")); }

std::vector<std::string> first_words(const std::vector<Completed>& commands) {
  std::vector<std::string> words;
  for (const Completed& command : commands) {
    const std::string_view all = command.entry->words;
    const std::string word(all.substr(0, all.find(' ')));
    if (words.empty() || std::find(words.begin(), words.end(), word) == words.end()) words.push_back(word);
  }
  return words;
}

// Of a word that begins several commands, what the first of them does.
std::string summary_of(const std::vector<Completed>& commands, const std::string& first) {
  const auto found = std::find_if(commands.begin(), commands.end(), [&](const Completed& command) {
    return command.entry->words.substr(0, command.entry->words.find(' ')) == first;
  });
  return found == commands.end() ? "" : found->summary;
}

std::vector<std::string> second_words(const std::vector<Completed>& commands, const std::string& first) {
  std::vector<std::string> words;
  for (const Completed& command : commands) {
    const std::string_view all = command.entry->words;
    if (all.starts_with(first + " ")) words.emplace_back(all.substr(first.size() + 1));
  }
  return words;
}

std::string all_names(const std::vector<Described>& flags) {
  std::string names;
  for (const Described& flag : flags) {
    names += fmt::format("{}{}", names.empty() ? "" : " ", fmt::join(flag.names, " "));
  }
  return names;
}

// Words are offered where a command begins, flags where a dash was typed, and files everywhere else: a DOC is a path.
std::string bash_script(const std::vector<Completed>& commands) {
  const std::vector<std::string> first = first_words(commands);
  std::string seconds, flags;
  for (const std::string& word : first) {
    const std::vector<std::string> words = second_words(commands, word);
    if (!words.empty()) seconds += fmt::format("    {}) echo {} ;;\n", word, shell_quoted(joined(words)));
  }
  for (const Completed& command : commands) {
    const std::string names = shell_quoted(all_names(command.flags));
    flags += fmt::format("    {}) echo {} ;;\n", shell_quoted(command.entry->words), names);
  }
  return fmt::format(R"script(# naru completion bash > /etc/bash_completion.d/naru, or: source <(naru completion bash)
_naru_second() {{
  case "$1" in
{}  esac
}}
_naru_flags() {{
  case "$1" in
{}  esac
}}
_naru() {{
  local word=${{COMP_WORDS[COMP_CWORD]}} said=() i
  for ((i = 1; i < COMP_CWORD; ++i)); do
    case "${{COMP_WORDS[i]}}" in
      {}) ((++i)) ;;
      -*) ;;
      *) said+=("${{COMP_WORDS[i]}}") ;;
    esac
  done
  local command=${{said[0]}}
  [[ -n "${{said[1]}}" && -n "$(_naru_flags "${{said[0]}} ${{said[1]}}")" ]] && command="${{said[0]}} ${{said[1]}}"
  if [[ $word == -* ]]; then
    COMPREPLY=($(compgen -W "$(_naru_flags "$command")" -- "$word"))
  elif [[ ${{#said[@]}} -eq 0 ]]; then
    COMPREPLY=($(compgen -W {} -- "$word"))
  else
    COMPREPLY=()
    [[ ${{#said[@]}} -eq 1 ]] && COMPREPLY=($(compgen -W "$(_naru_second "$command")" -- "$word"))
    [[ ${{#COMPREPLY[@]}} -gt 0 ]] || COMPREPLY=($(compgen -f -- "$word"))
  fi
}}
complete -o filenames -F _naru naru
)script",
                     seconds, flags, flags_with_values(commands),
                     shell_quoted(joined(first)));
}

// zsh reads "name:what it does"; a colon of ours must not end the name.
std::string described_word(std::string_view name, std::string_view help) {
  std::string text;
  for (const char c : name) {
    if (c == ':') text += '\\';
    text += c;
  }
  return shell_quoted(text + ":" + std::string(help));
}

std::string zsh_script(const std::vector<Completed>& commands) {
  std::string first, cases;
  for (const std::string& word : first_words(commands)) {
    first += fmt::format("    {}\n", described_word(word, summary_of(commands, word)));
  }
  for (const Completed& command : commands) {
    std::string flags;
    for (const Described& flag : command.flags) {
      for (const std::string& name : flag.names) flags += " " + described_word(name, flag.help);
    }
    cases += fmt::format("    {}) flags=({}) ;;\n", shell_quoted(command.entry->words), flags);
  }
  std::string asks;
  for (const Completed& command : commands) {
    const std::string_view words = command.entry->words;
    if (const std::size_t blank = words.find(' '); blank != std::string_view::npos) {
      asks += fmt::format("  [[ $1 == {} ]] && second+=({})\n", words.substr(0, blank),
                          described_word(words.substr(blank + 1), command.summary));
    }
  }
  return fmt::format(R"script(#compdef naru
# naru completion zsh > "${{fpath[1]}}/_naru"
_naru_flags() {{
  case "$1" in
{}    *) flags=() ;;
  esac
}}
_naru_second() {{
  second=()
{}}}
_naru() {{
  local -a said flags second first
  local i command
  for ((i = 2; i < CURRENT; ++i)); do
    case "${{words[i]}}" in
      {}) ((++i)) ;;
      -*) ;;
      *) said+=("${{words[i]}}") ;;
    esac
  done
  command=${{said[1]}}
  _naru_flags "${{said[1]}} ${{said[2]}}"
  [[ ${{#said}} -ge 2 && ${{#flags}} -gt 0 ]] && command="${{said[1]}} ${{said[2]}}"
  if [[ "${{words[CURRENT]}}" == -* ]]; then
    _naru_flags "$command"
    _describe flag flags
  elif [[ ${{#said}} -eq 0 ]]; then
    first=(
{}    )
    _describe command first
  else
    _naru_second "$command"
    [[ ${{#said}} -eq 1 && ${{#second}} -gt 0 ]] && _describe word second || _files
  fi
}}
if [[ "$funcstack[1]" == _naru ]]; then _naru "$@"; else compdef _naru naru; fi
)script",
                     cases, asks, flags_with_values(commands), first);
}

std::string fish_script(const std::vector<Completed>& commands) {
  std::string text = "# naru completion fish > ~/.config/fish/completions/naru.fish\n";
  const std::vector<std::string> first = first_words(commands);
  const std::string none = fmt::format("not __fish_seen_subcommand_from {}", fmt::join(first, " "));
  for (const std::string& word : first) {
    const std::string summary = shell_quoted(summary_of(commands, word));
    text += fmt::format("complete -c naru -n {} -a {} -d {}\n", shell_quoted(none), word, summary);
  }
  for (const Completed& command : commands) {
    const std::string_view words = command.entry->words;
    const std::size_t blank = words.find(' ');
    const std::string_view head = words.substr(0, blank);
    std::string here = fmt::format("__fish_seen_subcommand_from {}", head);
    if (blank != std::string_view::npos) {
      const std::string_view tail = words.substr(blank + 1);
      const std::string others = joined(second_words(commands, std::string(head)));
      const std::string when = fmt::format("{}; and not __fish_seen_subcommand_from {}", here, others);
      text += fmt::format("complete -c naru -n {} -a {} -d {}\n", shell_quoted(when), tail,
                          shell_quoted(command.summary));
      here += fmt::format("; and __fish_seen_subcommand_from {}", tail);
    }
    for (const Described& flag : command.flags) {
      std::string names;
      for (const std::string& name : flag.names) {
        names += name.starts_with("--") ? fmt::format(" -l {}", name.substr(2)) : fmt::format(" -s {}", name.substr(1));
      }
      text += fmt::format("complete -c naru -n {}{}{} -d {}\n", shell_quoted(here), names,
                          takes_value(flag) ? " -r" : "", shell_quoted(flag.help));
    }
  }
  return text;
}

Result<int> print_completion(const std::string& shell, Invocation& invocation) {
  struct Shell {
    std::string_view name;
    std::string (*script)(const std::vector<Completed>&);
  };
  constexpr Shell kShells[] = {{"bash", bash_script}, {"zsh", zsh_script}, {"fish", fish_script}};
  std::vector<std::string> known;
  for (const Shell& one : kShells) {
    if (one.name == shell) {
      invocation.output().text(one.script(completed_commands()));
      return 0;
    }
    known.emplace_back(one.name);
  }
  return Error(Code::invalid_argument, fmt::format("no completion for \"{}\"; {}", shell, suggest(shell, known)));
}

}  // namespace

void build_completion(Syntax& syntax) {
  const auto shell = std::make_shared<std::string>();
  syntax.argument("SHELL", *shell, "bash, zsh or fish.", Need::required)
      .example("source <(naru completion bash)")
      .example("naru completion zsh > \"${fpath[1]}/_naru\"")
      .example("naru completion fish > ~/.config/fish/completions/naru.fish")
      .runs([shell](Invocation& invocation) { return print_completion(*shell, invocation); });
}

}  // namespace naru
