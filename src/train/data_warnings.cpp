#include "glyffuser/train/data_warnings.hpp"

#include <algorithm>

#include "glyffuser/core/text.hpp"

namespace glyffuser {
namespace {

/// "3 of 200 pictures", and the caption of the first of them; "" if `odd` [N] is false throughout.
std::string count_of(const torch::Tensor& odd, const GlyphSet& glyphs) {
  const torch::Tensor found = odd.nonzero().flatten();
  if (found.numel() == 0) return "";
  return cat(found.numel(), " of ", glyphs.size(), " pictures (the first is of \"",
             glyphs.caption(found[0].item<std::int64_t>()), "\")");
}

/// The mean ink of each picture's outermost pixels, [N]: what its paper looks like.
torch::Tensor border_ink(const torch::Tensor& ink) {
  const std::int64_t last = ink.size(1) - 1;
  const auto edges =
      torch::cat({ink.select(1, 0), ink.select(1, last), ink.select(2, 0), ink.select(2, last)}, 1);
  return edges.to(torch::kFloat).mean(1);
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

}  // namespace

std::vector<std::string> data_warnings(const GlyphSet& glyphs, const TextEncoder* encoder) {
  std::vector<std::string> warnings;
  const std::string blank = count_of(glyphs.ink().flatten(1).amax(1) == 0, glyphs);
  if (!blank.empty()) warnings.push_back(cat("there is nothing to see in ", blank));
  const std::string dark = count_of(border_ink(glyphs.ink()) > 127, glyphs);
  if (!dark.empty())
    warnings.push_back(
        cat("the paper is dark in ", dark, "; expected dark ink on white paper, pixel value +1"));
  const std::string cut = encoder ? cut_captions(glyphs.captions(), *encoder) : "";
  if (!cut.empty()) warnings.push_back(cut);
  return warnings;
}

}  // namespace glyffuser
