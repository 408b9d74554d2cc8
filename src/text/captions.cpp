#include "glyffuser/text/captions.hpp"

#include <algorithm>
#include <cctype>
#include <set>
#include <utility>
#include <vector>

#include "glyffuser/core/text.hpp"
#include "glyffuser/text/ascii.hpp"
#include "glyffuser/text/caption_words.hpp"

// A definition is a list of clauses, some of which point to other characters: "same as X to dance". Whatever
// is pointed to becomes one mark; then a mark goes together with the words before it that only lead to it.
namespace glyffuser {
namespace {

constexpr char kMark = '\x01';
constexpr char kBreak = '\x02';  // where a remark between two meanings was: a comma unless one stands there

using Words = std::vector<std::string>;

bool is_hex(char c) {
  return std::isxdigit(static_cast<unsigned char>(c)) != 0;
}

// "U+4E18" at `at`: its length, else 0.
std::size_t code_point_length(std::string_view text, std::size_t at) {
  if (text.substr(at, 2) != "U+") return 0;
  std::size_t end = at + 2;
  while (end < text.size() && is_hex(text[end])) ++end;
  return end - at;
}

// In ASCII, with " MARK " for every run of characters that have no ASCII form and for every code point.
std::string mark_characters(std::string_view definition) {
  std::string ascii;
  for (const char32_t code_point : decode_utf8(definition)) {
    if (code_point >= 0x80) {
      const auto known = to_ascii(code_point);
      ascii += known ? std::string(*known) : std::string({' ', kMark, ' '});
    } else {
      ascii += code_point < ' ' ? ' ' : static_cast<char>(code_point);
    }
  }
  std::string marked;
  for (std::size_t at = 0; at < ascii.size();) {
    const std::size_t length = code_point_length(ascii, at);
    marked += length ? std::string({' ', kMark, ' '}) : std::string(1, ascii[at]);
    at += std::max<std::size_t>(length, 1);
  }
  return marked;
}

Words words_of(std::string_view text) {
  Words words;
  for (std::string& word : split(text, ' '))
    if (!word.empty()) words.push_back(std::move(word));
  return words;
}

bool is_mark(const std::string& word) {
  return word.find(kMark) != std::string::npos;
}

bool is_number(const std::string& word) {
  return !word.empty() && std::all_of(word.begin(), word.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// What a bracketed group becomes: itself, nothing, or a new clause where a remark stood between two meanings.
std::string keep_group(const std::string& inside, char bracket) {
  if (bracket == '[') return " ";
  const Words words = words_of(inside);
  if (caption_words::is_label(words)) return std::string(1, kBreak);
  if (std::none_of(words.begin(), words.end(), is_mark)) return cat("(", trim(inside), ")");
  return std::all_of(words.begin(), words.end(), is_mark) ? " " : std::string(1, kBreak);
}

// Without bracketed references, labels, and brackets that have no partner.
std::string drop_groups(std::string_view text) {
  constexpr std::size_t kDeepest = 32;  // what is inside is gone through once for each bracket around it
  std::vector<std::string> open = {""};
  std::string brackets;
  std::size_t deeper = 0;
  for (const char c : text) {
    if ((c == '(' || c == '[') && brackets.size() == kDeepest) {
      ++deeper;
    } else if ((c == ')' || c == ']') && deeper > 0) {
      --deeper;
    } else if (c == '(' || c == '[') {
      open.emplace_back();
      brackets += c;
    } else if (c == ')' || c == ']') {
      if (brackets.empty()) continue;
      const std::string inside = std::move(open.back());
      open.pop_back();
      open.back() += keep_group(inside, brackets.back());
      brackets.pop_back();
    } else {
      open.back() += c;
    }
  }
  return join(open, " ");
}

// "radical 85" and "radical number 85" point to a character too.
void mark_radicals(Words& words) {
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    if (lower(words[i]) != "radical") continue;
    const std::size_t number = lower(words[i + 1]) == "number" ? i + 2 : i + 1;
    if (number >= words.size() || !is_number(caption_words::bare(words[number]))) continue;
    words.erase(words.begin() + static_cast<std::ptrdiff_t>(i),
                words.begin() + static_cast<std::ptrdiff_t>(number));
    words[i] = std::string(1, kMark);
  }
}

// Without the marks, the words before each that lead to it, and those after it that join it to the rest.
Words drop_references(const Words& words) {
  Words kept;
  bool after_mark = false;
  for (const std::string& word : words) {
    if (is_mark(word)) {
      while (!kept.empty() && caption_words::leads_to_reference(kept.back())) kept.pop_back();
      after_mark = true;
    } else if (after_mark && word == "when") {
      break;  // "a synonym for X when referring to a deity": not what, but when
    } else if (!after_mark ||
               !(caption_words::follows_reference(word) || caption_words::is_romanisation(word))) {
      kept.push_back(word);
      after_mark = false;
    }
  }
  return kept;
}

// Only words like "simplified form of", with nothing that they could be a form of.
bool names_only_a_form(const Words& words) {
  const auto is_form = [](const std::string& word) {
    const std::string plain = caption_words::bare(word);
    return plain == "form" || plain == "variant";
  };
  return words.size() > 1 && caption_words::is_label(words) &&
         std::any_of(words.begin(), words.end(), is_form);
}

// Without stray punctuation at its ends; a full stop stays after an abbreviation within the last words.
std::string tidy(std::string clause) {
  const auto strip = [&clause](std::string_view front, std::string_view back) {
    clause.erase(0, std::min(clause.find_first_not_of(front), clause.size()));
    clause.erase(clause.find_last_not_of(back) + 1);
  };
  strip(" .:/=-+*?!", " :/=-+*");
  if (clause.ends_with('.') && !clause.ends_with("etc.")) strip("", " .");
  if (std::count(clause.begin(), clause.end(), '"') == 1) std::erase(clause, '"');
  return clause;
}

std::string clean_clause(std::string_view clause) {
  Words words = words_of(clause);
  mark_radicals(words);
  words = drop_references(words);
  if (names_only_a_form(words)) return "";
  return tidy(join(words, " "));
}

// The clauses with the separator before each; commas and semicolons within brackets do not count.
std::vector<std::pair<char, std::string>> clauses_of(const std::string& text) {
  std::vector<std::pair<char, std::string>> clauses = {{kBreak, ""}};
  int depth = 0;
  for (const char c : text) {
    if (c == '(') ++depth;
    if (c == ')') --depth;
    if (depth == 0 && (c == ',' || c == ';' || c == kBreak))
      clauses.emplace_back(c, "");
    else
      clauses.back().second += c == kBreak ? ' ' : c;
  }
  return clauses;
}

}  // namespace

std::string clean_caption(std::string_view definition) {
  std::string caption;
  std::set<std::string> seen;
  char separator = kBreak;
  for (const auto& [before, text] : clauses_of(drop_groups(mark_characters(definition)))) {
    if (separator == kBreak) separator = before;
    const std::string clause = clean_clause(text);
    if (clause.empty() || (caption.empty() && clause == "etc.") || !seen.insert(clause).second) continue;
    if (!caption.empty()) caption += {separator == kBreak ? ',' : separator, ' '};
    caption += clause;
    separator = kBreak;
  }
  return caption;
}

}  // namespace glyffuser
