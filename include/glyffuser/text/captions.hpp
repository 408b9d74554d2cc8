#pragma once
// Captions from the definitions of the Unihan database (kDefinition, Unicode Standard Annex 38): what a
// character means, in ASCII, without remarks on how it relates to other characters.

#include <string>
#include <string_view>

namespace glyffuser {

/// Rises with every change of clean_caption's output; part of the key of caches that hold captions.
inline constexpr int kCaptionRules = 1;

/// The meaning in a definition (UTF-8), or "" if it says nothing but relations:
/// "(same as U+4E18 丘) hillock or mound" gives "hillock or mound", "water; Kangxi radical 85" gives "water",
/// "variant of U+8499 蒙" gives "". Latin letters lose their accents; Han characters, code points, radical
/// numbers and romanisations with tone digits go, together with the words that only point to them.
/// Throws std::invalid_argument if `definition` is not UTF-8.
std::string clean_caption(std::string_view definition);

}  // namespace glyffuser
