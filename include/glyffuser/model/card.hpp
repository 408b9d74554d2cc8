#pragma once
// What can be read out of a model card (README.md): Markdown, ours or Hugging Face's.

#include <string>

namespace glyffuser {

/// The text after "- NAME: " on a line of its own; "" if there is none.
std::string card_line(const std::string& card, const std::string& name);

/// The first paragraph, as one line and without the addresses of links, under the first heading that contains
/// `word` (lower case) in any case; "" if there is none.
std::string card_section(const std::string& card, const std::string& word);

/// The value of `key` in the YAML between two lines "---" at the beginning, which Hugging Face's cards have;
/// "" if there is none.
std::string card_field(const std::string& card, const std::string& key);

}  // namespace glyffuser
