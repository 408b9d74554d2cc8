#include "glyffuser/train/data_warnings.hpp"

#include <algorithm>

#include "glyffuser/core/text.hpp"

namespace glyffuser {
namespace {

struct OddPictures {
  std::vector<std::int64_t> blank, dark;
};

/// The mean ink of each picture's outermost pixels, [N]: what its paper looks like. That of two opposite
/// edges where it is darker there: a picture that was no square has white ones between.
torch::Tensor border_ink(const torch::Tensor& ink) {
  const std::int64_t last = ink.size(1) - 1;
  const auto edges = [&](std::int64_t dimension) {
    const auto both = torch::cat({ink.select(dimension, 0), ink.select(dimension, last)}, 1);
    return both.to(torch::kFloat).mean(1);
  };
  return torch::maximum(edges(1), edges(2));
}

OddPictures odd_pictures(const GlyphSet& glyphs) {
  constexpr std::int64_t kBlock = 512;
  OddPictures odd;
  for (std::int64_t first = 0; first < glyphs.size(); first += kBlock) {
    const torch::Tensor ink = glyphs.ink(first, std::min(kBlock, glyphs.size() - first));
    const auto add = [&](std::vector<std::int64_t>& found, const torch::Tensor& is_odd) {
      const torch::Tensor places = is_odd.nonzero() + first;
      const auto* place = places.const_data_ptr<std::int64_t>();
      found.insert(found.end(), place, place + places.numel());
    };
    add(odd.blank, ink.flatten(1).amax(1) == 0);
    add(odd.dark, border_ink(ink) > 127);
  }
  return odd;
}

/// "3 of 200 pictures", and the caption of the first of them, or its file's name.
std::string count_of(const std::vector<std::int64_t>& found, const GlyphSet& glyphs) {
  const std::string& caption = glyphs.caption(found.front());
  const std::string first = caption.empty() ? glyphs.file_names().at(static_cast<std::size_t>(found.front()))
                                            : cat("of \"", caption, "\"");
  return cat(found.size(), " of ", glyphs.size(), " pictures (the first is ", first, ")");
}

std::string cut_captions(const std::vector<std::string>& captions, const TextEncoder& encoder) {
  const auto cut = encoder.cut_texts(captions);
  if (cut.empty()) return "";
  const auto worst = std::max_element(cut.begin(), cut.end(),
                                      [](const CutText& a, const CutText& b) { return a.tokens < b.tokens; });
  return cat(cut.size(), " of ", captions.size(), " captions are longer than the ", encoder.max_length(),
             " tokens that the text encoder takes and lose their end; the longest has ", worst->tokens,
             " and loses \"", worst->lost, "\"");
}

std::string unknown_captions(const std::vector<std::string>& captions, const TextEncoder& encoder) {
  const auto unknown = encoder.texts_with_unknown_parts(captions);
  if (unknown.empty()) return "";
  return cat(unknown.size(), " of ", captions.size(), " captions have parts that the text encoder does not ",
             "know and hears nothing of (the first is \"", captions[unknown.front()], "\")");
}

}  // namespace

std::vector<std::string> data_warnings(const GlyphSet& glyphs, const TextEncoder* encoder) {
  std::vector<std::string> warnings;
  const auto [blank, dark] = odd_pictures(glyphs);
  if (!blank.empty()) warnings.push_back(cat("there is nothing to see in ", count_of(blank, glyphs)));
  if (!dark.empty())
    warnings.push_back(cat("the paper is dark in ", count_of(dark, glyphs),
                           "; expected dark ink on white paper, pixel value +1"));
  const std::string unknown = encoder ? unknown_captions(glyphs.captions(), *encoder) : "";
  if (!unknown.empty()) warnings.push_back(unknown);
  const std::string cut = encoder ? cut_captions(glyphs.captions(), *encoder) : "";
  if (!cut.empty()) warnings.push_back(cut);
  return warnings;
}

}  // namespace glyffuser
