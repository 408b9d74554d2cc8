#pragma once
// The words by which Unihan's definitions point from one character to others.

#include <string>
#include <string_view>
#include <vector>

namespace glyffuser::caption_words {

/// In lower case, without punctuation at either end; letters, digits and control characters count as the
/// word.
std::string bare(std::string_view word);

/// One of the words that stand between a meaning and a reference: "also used as a non-standard form of".
bool leads_to_reference(std::string_view word);

/// One of the words that join references to each other or to what follows: "or", "etc.", "meaning".
bool follows_reference(std::string_view word);

/// Whether all words together only label a character: "a corrupted form", "Cant.", "variant of other
/// characters".
bool is_label(const std::vector<std::string>& words);

/// A Cantonese romanisation with tone digits: "daai6jyu4saan1".
bool is_romanisation(std::string_view word);

}  // namespace glyffuser::caption_words
