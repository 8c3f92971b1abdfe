// naru man: the manual page, made from the same table and the same syntax as the help.
#include <fmt/format.h>

#include "app/commands/commands.h"

namespace naru {

namespace {

// Text for roff: its own signs escaped, and no line that begins with one of its requests.
std::string roff(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '\\') {
      result += "\\e";
    } else if (c == '-') {
      result += "\\-";
    } else if ((c == '.' || c == '\'') && (result.empty() || result.back() == '\n')) {
      result += "\\&";
      result += c;
    } else {
      result += c;
    }
  }
  return result;
}

std::string paragraph_of(const Described& one) {
  std::string head = fmt::format("\\fB{}\\fR", roff(fmt::format("{}", fmt::join(one.names, ", "))));
  if (!one.placeholder.empty()) head += fmt::format(" \\fI{}\\fR", roff(one.placeholder));
  return fmt::format(".TP\n{}\n{}\n", head, roff(one.help));
}

std::string command_section(const CommandEntry& entry) {
  Syntax syntax{std::string(entry.words), std::string(entry.summary)};
  entry.build(syntax);
  std::string text = fmt::format(".SS naru {} {}\n{}\n", roff(entry.words), roff(entry.usage), roff(entry.summary));
  for (const Described& one : syntax.described()) {
    if (!one.everywhere) text += paragraph_of(one);
  }
  if (syntax.examples().empty()) return text;
  text += ".PP\n.nf\n.RS\n";
  for (const std::string& line : syntax.examples()) text += roff(line) + "\n";
  return text + ".RE\n.fi\n";
}

std::string manual_page() {
  std::string text =
      ".TH NARU 1 \"\" \"naru " NARU_VERSION "\"\n"
      ".SH NAME\nnaru \\- carry documents to where questions are asked, and answer with citations\n"
      ".SH SYNOPSIS\n.B naru\n\\fICOMMAND\\fR [\\fIARGUMENTS\\fR] [\\fIOPTIONS\\fR]\n"
      ".SH DESCRIPTION\nnaru reads, cleans, cuts and embeds documents, keeps a knowledge base in step with its\n"
      "sources, and answers from it with citations that open the right page.\n"
      ".SH COMMANDS\n";
  for (const CommandEntry& entry : command_table()) text += command_section(entry);
  Syntax everywhere("", "");
  CommonOptions options;
  everywhere.add_common(options, false);
  text += ".SH OPTIONS\nOf every command:\n";
  for (const Described& one : everywhere.described()) text += paragraph_of(one);
  return text +
         ".SH ENVIRONMENT\nEvery flag can also be set: \\fB\\-\\-as\\fR is \\fBNARU_AS\\fR.\n"
         "\\fBNO_COLOR\\fR is honoured.\n"
         ".SH FILES\n.TP\n\\fInaru.yaml\\fR\nThe configuration.\n.TP\n\\fI.naru/\\fR\nThe store, beside it.\n"
         ".SH EXIT STATUS\n0 done; 1 some records rejected; 2 usage; 4 not allowed; 69 something needed is not there;\n"
         "70 a bug; 75 try again; 78 configuration.\n";
}

}  // namespace

void build_man(Syntax& syntax) {
  syntax.example("naru man | man -l -")
      .example("naru man > /usr/local/share/man/man1/naru.1")
      .runs([](Invocation& invocation) -> Result<int> {
        invocation.output().text(manual_page());
        return 0;
      });
}

}  // namespace naru
