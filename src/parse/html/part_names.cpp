#include "parse/html/part_names.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "base/ascii.h"

namespace naru::html {

namespace {

// As the authors of pages in many languages, and the makers of the systems that they use, call it.
constexpr std::array<std::string_view, 27> kBodyNames = {
    "articlebody",   "articlecontent",  "entrycontent", "entrybody",     "postcontent", "postbody", "postentry",
    "storybody",     "storycontent",    "storytext",    "articletext",   "contentbody", "textbody", "blogcontent",
    "newscontent",   "posttext",        "articleview",  "viewcontent",   "boardview",   "bbsview",  "xecontent",
    "contentsstyle", "semaincontainer", "newsbody",     "newsctarticle", "bovcon",      "dicarea"};

// Words in class and id that name a part of the frame. Strong ones are believed of anything that does not hold most of
// the page's text, weak ones only of small parts.
constexpr std::array<std::string_view, 7> kCertainWords = {"footer",  "comment", "cookie", "copyright",
                                                           "sidebar", "related", "disqus"};
constexpr std::array<std::string_view, 62> kStrongWords = {
    "nav",      "menu",           "footer",        "sidebar",     "share",      "sharing",
    "social",   "related",        "recommend",     "recirc",      "newsletter", "subscri",
    "signup",   "promo",          "advert",        "sponsor",     "comment",    "disqus",
    "respond",  "breadcrumb",     "pagination",    "pager",       "cookie",     "consent",
    "popup",    "modal",          "toolbar",       "byline",      "copyright",  "trending",
    "popular",  "login",          "navigation",    "navbar",      "subnav",     "submenu",
    "dropdown", "masthead",       "taboola",       "outbrain",    "teaser",     "readmore",
    "bio",      "follow",         "widget",        "commentform", "tags",       "mostread",
    "screen",   "visuallyhidden", "sronly",        "addthis",     "sharedaddy", "jp",
    "livefyre", "contentinfo",    "complementary", "carousel",    "rail",       "recommendations",
    "paywall",  "donate"};
constexpr std::array<std::string_view, 40> kWeakWords = {
    "header",  "meta",  "info",     "date",       "time",   "author",  "caption",   "credit", "published", "updated",
    "search",  "print", "skip",     "disclaimer", "legal",  "cta",     "timestamp", "logo",   "label",     "button",
    "buttons", "btn",   "icon",     "icons",      "banner", "ad",      "ads",       "tools",  "most",      "more",
    "next",    "prev",  "previous", "rss",        "rating", "gallery", "slideshow", "poll",   "video",     "overlay"};

// Words of a name: letters up to a change of case or anything else.
template <class Visit>
void each_word(std::string_view name, Visit visit) {
  std::string word;
  const auto end = [&] {
    if (!word.empty()) visit(std::string_view(word));
    word.clear();
  };
  bool before_lower = false;
  for (const char c : name) {
    const bool upper = c >= 'A' && c <= 'Z', lower = c >= 'a' && c <= 'z';
    if (!upper && !lower) {
      end();
    } else {
      if (upper && before_lower) end();
      word += upper ? static_cast<char>(c + 32) : c;
    }
    before_lower = lower;
  }
  end();
}

}  // namespace

Mark mark_of(const Node& node) {
  switch (node.tag) {
    case GUMBO_TAG_NAV:
    case GUMBO_TAG_FOOTER:
      return Mark::certain;
    case GUMBO_TAG_FORM:
    case GUMBO_TAG_ASIDE:
    case GUMBO_TAG_BUTTON:
    case GUMBO_TAG_SELECT:
    case GUMBO_TAG_MENU:
      return Mark::strong;
    case GUMBO_TAG_HTML:
    case GUMBO_TAG_BODY:
    case GUMBO_TAG_MAIN:
    case GUMBO_TAG_ARTICLE:
      return Mark::none;
    default:
      break;
  }
  Mark mark = node.tag == GUMBO_TAG_HEADER ? Mark::weak : Mark::none;
  bool denied = false;
  const auto look = [&](std::string_view word) {
    const bool is_denied = denied;  // "has-sidebar" is no sidebar
    denied = word == "no" || word == "has" || word == "with" || word == "without" || word == "non" || word == "hide";
    if (is_denied) return;
    for (const std::string_view certain : kCertainWords) {
      if (word.starts_with(certain)) mark = Mark::certain;
    }
    if (mark == Mark::certain) return;
    for (const std::string_view strong : kStrongWords) {
      if (word == strong || (strong.size() >= 5 && word.starts_with(strong))) mark = Mark::strong;
    }
    if (mark == Mark::none && std::find(kWeakWords.begin(), kWeakWords.end(), word) != kWeakWords.end())
      mark = Mark::weak;
  };
  for (const char* attribute : {"class", "id", "role"}) {
    if (mark != Mark::certain && node.has(attribute)) each_word(node.attribute(attribute), look);
  }
  return mark;
}

bool is_named_body(const Node& node) {
  if (!node.has("class") && !node.has("id")) return false;
  std::string names;
  for (const char* attribute : {"class", "id"}) {
    for (const char c : node.attribute(attribute)) {
      if (c != '-' && c != '_') names += lower_ascii(c);
    }
    names += ' ';
  }
  return std::any_of(kBodyNames.begin(), kBodyNames.end(),
                     [&](std::string_view word) { return names.find(word) != std::string::npos; });
}

}  // namespace naru::html
