// mail: one message (.eml, .mht): its fields, its text, and what is attached.
//
// Subject, sender, receivers, date, ids and the thread's first id go into the metadata, decoded whatever was sent. Of
// alternatives the plain text is read unless it says much less than the HTML one; the other stays as a child. What was
// quoted, and the signature, are quotes apart from the text. Attachments and messages inside are children, in their
// order. Every block says the number of the part that it stands in. Left out: transport fields, and what no parser
// reads, which is named. Messages with broken headers, boundaries or charsets are read as far as they go.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "naru/registry.h"
#include "parse/mail/flowed.h"
#include "parse/mail/mime.h"
#include "parse/mail/quoting.h"
#include "parse/shared/blocks.h"
#include "parse/shared/child.h"
#include "parse/shared/format_names.h"
#include "record/children.h"
#include "record/date.h"
#include "text/charset.h"
#include "text/unicode.h"

namespace naru {

namespace {

using mail::Part;

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
constexpr std::size_t kPlainShareMin = 3;  // plain text with less than a third of the HTML's is a mere notice

bool is_text(const Part& part) { return part.type == "text/plain" || part.type == "text/html"; }

// What stands in the message's own text: not given to be saved, and not named as a file is.
bool is_inline_text(const Part& part) { return is_text(part) && !part.attached && part.file_name.empty(); }

std::size_t text_bytes(const std::vector<Block>& blocks) {
  std::size_t bytes = 0;
  for (const Block& block : blocks) bytes += block.text.size();
  return bytes;
}

class MessageReader {
 public:
  MessageReader(const ParseInput& input, Document& document) : input_(input), document_(document), blocks_(document) {}

  void read(std::string_view bytes) {
    mail::Message message = mail::read_message(bytes);
    read_fields(message.root);
    take(message.root);
    for (std::string& warning : message.warnings) document_.warnings.push_back(std::move(warning));
    warn_of_unread(document_);
  }

 private:
  void read_fields(const Part& root) {
    const auto add = [&](std::string key, std::string value) {
      if (!value.empty()) document_.metadata.emplace_back(std::move(key), std::move(value));
    };
    const auto field = [&](std::string_view name) { return mail::decode_words(root.fields.first(name), root.charset); };
    document_.title = field("subject");
    add("subject", document_.title);
    for (const char* name : {"from", "to", "cc", "bcc"}) add(name, field(name));
    add("reply_to", field("reply-to"));
    const std::string date = field("date");
    const std::optional<DateSpan> known = parse_date(date);
    add("date", known ? known->start : date);
    const std::string id = mail::message_id_of(root.fields.first("message-id"));
    const std::string answered = mail::message_id_of(root.fields.first("in-reply-to"));
    const std::string first = mail::message_id_of(root.fields.first("references"));
    add("message_id", id);
    add("in_reply_to", answered);
    add("thread", !first.empty() ? first : !answered.empty() ? answered : id);
  }

  // As deep as read_message() lets parts nest.
  void take(const Part& part) {
    if (part.type == "multipart/alternative" && !part.parts.empty()) return take_alternatives(part);
    if (part.is_multipart()) {
      for (const Part& inner : part.parts) take(inner);
    } else if (is_inline_text(part)) {
      for (Block& block : blocks_of(part)) blocks_.add(std::move(block));
    } else {
      attach(part);
    }
  }

  void take_alternatives(const Part& part) {
    const Part *plain = nullptr, *html = nullptr;
    for (const Part& one : part.parts) {
      const Part* const text = first_text(one);
      if (text == nullptr) continue;
      const Part*& place = text->type == "text/html" ? html : plain;
      if (place == nullptr) place = text;
    }
    std::vector<Block> own = plain == nullptr ? std::vector<Block>() : blocks_of(*plain);
    std::vector<Block> other = html == nullptr ? std::vector<Block>() : blocks_of(*html);
    const bool html_says_more = text_bytes(own) * kPlainShareMin < text_bytes(other);
    if (html_says_more) std::swap(own, other);
    for (Block& block : own) blocks_.add(std::move(block));
    if (!other.empty()) add_alternative(std::move(other), html_says_more ? "alternative.txt" : "alternative.html");
    for (const Part& one : part.parts) take_all_but(one, plain, html);
  }

  void add_alternative(std::vector<Block> blocks, std::string name) {
    Document child;
    child.uri = name;
    child.format = name.ends_with("html") ? "html" : "text";
    BlockList list(child);
    for (Block& block : blocks) list.add(std::move(block));
    finish_document(child);
    child.metadata.emplace_back(kAlternativeKey, "of the text");
    document_.children.emplace_back(std::move(name), std::move(child));
  }

  // Pictures of an HTML text, and alternatives that are no text.
  void take_all_but(const Part& part, const Part* one, const Part* other) {
    if (&part == one || &part == other) return;
    if (!part.is_multipart()) return attach(part);
    for (const Part& inner : part.parts) take_all_but(inner, one, other);
  }

  static const Part* first_text(const Part& part) {
    if (!part.is_multipart()) return is_inline_text(part) ? &part : nullptr;
    for (const Part& inner : part.parts) {
      if (const Part* const found = first_text(inner)) return found;
    }
    return nullptr;
  }

  std::vector<Block> blocks_of(const Part& part) {
    std::string text = decode_text(part.decoded(), part.charset).text;
    if (part.flowed && part.type == "text/plain") text = mail::join_flowed_lines(text, part.wrapped_with_blank);
    std::vector<Block> blocks;
    if (part.type == "text/html") {
      blocks = parsed(text, "html");
    } else {
      for (const mail::Passage& passage : mail::split_by_voice(text)) {
        const bool own = passage.voice == mail::Voice::own;
        for (Block& block : parsed(passage.text, "txt")) {
          if (!own && block.kind == BlockKind::paragraph) block.kind = BlockKind::quote;
          blocks.push_back(std::move(block));
        }
      }
    }
    for (Block& block : blocks) {
      block.heading_path.clear();
      block.locator = Locator();
      block.locator.part = part.number;
    }
    return blocks;
  }

  // By the parser of the format; what that one takes for something else is still text.
  std::vector<Block> parsed(std::string_view text, std::string_view extension) {
    if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) return {};
    if (input_.members != nullptr) {
      const std::string marked = std::string(kByteOrderMark) + std::string(text);
      ParseInput inner;
      inner.bytes = marked;
      inner.media_hint = extension;
      inner.web_text = WebText::whole_page;
      Result<Document> read = input_.members->read(inner);
      if (read && !read->blocks.empty()) return std::move(read->blocks);
      if (!read) document_.warnings.push_back(read.error().describe());
    }
    Block block;
    block.text = nfc(text);
    return {std::move(block)};
  }

  void attach(const Part& part) {
    if (part.body.empty() && part.file_name.empty()) return;
    std::string name = part.file_name;
    if (name.empty()) name = part.type == "message/rfc822" ? name_of_message(part) : name_by_type(part);
    add_child(document_, input_, name, part.decoded());
    document_.children.back().document.metadata.emplace_back("part", part.number);
  }

  static std::string name_of_message(const Part& part) {
    const mail::Fields fields = mail::read_fields(part.body);
    const std::string subject = mail::decode_words(fields.first("subject"));
    return (subject.empty() ? "part " + part.number : subject) + ".eml";
  }

  static std::string name_by_type(const Part& part) {
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kExtensions = {
        {{"text/plain", ".txt"}, {"text/html", ".html"}, {"text/csv", ".csv"}, {"application/pdf", ".pdf"}}};
    std::string name = "part " + part.number;
    for (const auto& [type, extension] : kExtensions) {
      if (part.type == type) name += extension;
    }
    return part.type.starts_with("text/") && name.find('.', name.rfind(' ')) == std::string::npos ? name + ".txt"
                                                                                                  : name;
  }

  const ParseInput& input_;
  Document& document_;
  BlockList blocks_;
};

class MailParser : public Parser {
 public:
  std::string_view format() const override { return "mail"; }

  Confidence detect(const ParseInput& input) const override {
    if (input.bytes.empty() || input.bytes.starts_with("From ")) return Confidence::no;  // empty, or an mbox
    const bool named = input.media_hint == "eml" || input.media_hint == "mht" || input.media_hint == "mhtml";
    if (!may_be_text(input.bytes) && !named) return Confidence::no;
    if (!looks_like_mail(input)) return Confidence::no;
    return named ? Confidence::certain : Confidence::likely;
  }

  Result<Document> parse(const ParseInput& input) const override {
    Document document = begin_document(input, "mail");
    const bool wide = input.bytes.starts_with("\xff\xfe") || input.bytes.starts_with("\xfe\xff");
    const std::string converted = wide ? decode_text(input.bytes).text : std::string();
    std::string_view bytes = wide ? std::string_view(converted) : input.bytes;
    if (bytes.starts_with(kByteOrderMark)) bytes.remove_prefix(kByteOrderMark.size());
    bytes.remove_prefix(std::min(bytes.find_first_not_of("\r\n"), bytes.size()));
    MessageReader(input, document).read(bytes);
    finish_document(document);
    return document;
  }
};

}  // namespace

void register_mail(Registry& registry) {
  registry.add_parser(
      {.name = "mail", .summary = "messages: fields, text, quoted text apart, attachments as children", .version = 2},
      [] { return std::make_unique<MailParser>(); });
}

}  // namespace naru
