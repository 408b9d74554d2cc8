#include "glyffuser/text/caption_words.hpp"

#include <algorithm>
#include <cctype>
#include <set>

#include "glyffuser/core/text.hpp"

namespace glyffuser::caption_words {
namespace {

using WordSet = std::set<std::string, std::less<>>;

// A word that makes a label of those around it, and leads to a reference.
const WordSet kKinds = {"abbreviated",    "archaic",      "cant",        "corrupt",
                        "corrupted",      "dial",         "dialect",     "form",
                        "forms",          "incorrect",    "j",           "jap",
                        "japanese",       "kokuji",       "korean",      "non-classical",
                        "non-simplified", "non-standard", "nonstandard", "obsolete",
                        "simplified",     "slang",        "traditional", "translated",
                        "variant",        "various",      "vulg",        "vulgar"};

// What stands beside it.
const WordSet kJoining = {"a",         "an",       "ancient",  "and",   "character", "characters",
                          "classical", "large",    "modern",   "non",   "of",        "old",
                          "older",     "or",       "original", "other", "seal",      "simple",
                          "small",     "standard", "the",      "type"};

// Further words that lead to a reference.
const WordSet kLeading = {"abbreviation",
                          "accounting",
                          "almost",
                          "also",
                          "alternate",
                          "alternative",
                          "another",
                          "as",
                          "be",
                          "by",
                          "called",
                          "cf",
                          "cjk",
                          "component",
                          "compound",
                          "confused",
                          "corruption",
                          "distinct",
                          "e.g",
                          "equal",
                          "equivalent",
                          "erroneous",
                          "erroneously",
                          "error",
                          "first",
                          "for",
                          "from",
                          "gb",
                          "ideograph",
                          "identical",
                          "in",
                          "instead",
                          "interchangeable",
                          "is",
                          "kangxi",
                          "kangzi",
                          "known",
                          "like",
                          "mistake",
                          "name",
                          "not",
                          "now",
                          "originally",
                          "printed",
                          "radical",
                          "refer",
                          "same",
                          "sane",
                          "see",
                          "short",
                          "shorthand",
                          "simp",
                          "simplification",
                          "sometimes",
                          "synonym",
                          "synonymous",
                          "to",
                          "unlike",
                          "used",
                          "usually",
                          "version",
                          "with",
                          "written"};

const WordSet kFollowing = {"and", "are", "etc", "is", "meaning", "means", "or"};

}  // namespace

std::string bare(std::string_view word) {
  const auto is_inner = [](unsigned char c) { return std::isalnum(c) || std::iscntrl(c); };
  const auto first = std::find_if(word.begin(), word.end(), is_inner);
  const auto last = std::find_if(word.rbegin(), word.rend(), is_inner).base();
  return first < last ? lower(std::string(first, last)) : "";
}

bool leads_to_reference(std::string_view word) {
  const std::string plain = bare(word);
  return plain.empty() || kKinds.contains(plain) || kJoining.contains(plain) || kLeading.contains(plain);
}

bool follows_reference(std::string_view word) {
  const std::string plain = bare(word);
  return plain.empty() || kFollowing.contains(plain);
}

bool is_label(const std::vector<std::string>& words) {
  bool named = false;
  for (const std::string& word : words) {
    const std::string plain = bare(word);
    if (kKinds.contains(plain) || is_romanisation(plain))
      named = true;
    else if (!kJoining.contains(plain))
      return false;
  }
  return named;
}

bool is_romanisation(std::string_view word) {
  bool toned = false;
  for (std::size_t i = 0; i < word.size(); ++i) {
    const bool digit = i > 0 && word[i] >= '1' && word[i] <= '6';
    if (!digit && (word[i] < 'a' || word[i] > 'z')) return false;
    toned = digit;
  }
  return toned && word.size() > 2;
}

}  // namespace glyffuser::caption_words
