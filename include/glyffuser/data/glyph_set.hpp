#pragma once
// The data: glyphs with their captions, split into those to train on and those held out.

#include <torch/types.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "glyffuser/data/data_config.hpp"
#include "glyffuser/data/glyph_records.hpp"

namespace glyffuser {

class GlyphSet {
 public:
  /// `held_out` has one flag per record.
  GlyphSet(GlyphRecords records, const std::vector<bool>& held_out);

  std::int64_t size() const { return static_cast<std::int64_t>(ink_.size()); }
  /// Pixels a side.
  std::int64_t image_size() const { return ink_.side(); }

  /// The pictures as they are held: 0 white paper … 255 full ink.
  const PackedPictures& packed_ink() const { return ink_; }
  /// uint8 [count,S,S] of `count` glyphs from `first` on. Throws std::out_of_range.
  torch::Tensor ink(std::int64_t first, std::int64_t count) const;
  /// uint8 [N,S,S] of all, which may be many times as large as the set itself.
  torch::Tensor ink() const { return ink(0, size()); }
  /// Of each glyph; 0 for a picture that stands for no character.
  const std::vector<char32_t>& code_points() const { return code_points_; }
  /// Of each picture, within the folder that they were read from; empty for a font's glyphs.
  const std::vector<std::string>& file_names() const { return file_names_; }
  /// The distinct captions, in the order of their first glyphs; one that is empty where pictures have none.
  const std::vector<std::string>& captions() const { return captions_; }
  /// Each glyph's place in captions().
  const std::vector<std::int64_t>& caption_indices() const { return caption_indices_; }
  /// The glyph's caption. Throws std::out_of_range.
  const std::string& caption(std::int64_t glyph) const;

  /// Indices of the glyphs to train on and of those held out, each ascending; together all of them.
  const std::vector<std::int64_t>& training() const { return training_; }
  const std::vector<std::int64_t>& held_out() const { return held_out_; }

  /// SHA-256 over what another font or other definitions would change: captions, their glyphs, the split.
  std::string identity() const;

  /// float [B,1,S,S] in −1…1, white +1, on the CPU or where keep_on said. Uses the calling thread only.
  /// Throws std::out_of_range.
  torch::Tensor images(std::span<const std::int64_t> glyphs) const;

  /// The device gets a copy of the ink, from which images() then makes them there, the same values; unless
  /// the copy would take more than an eighth of a GPU's free memory.
  void keep_on(const torch::Device& device);

 private:
  PackedPictures ink_;
  torch::Tensor ink_there_;  // on the device of keep_on, or undefined
  std::vector<char32_t> code_points_;
  std::vector<std::string> file_names_;
  std::vector<std::string> captions_;
  std::vector<std::int64_t> caption_indices_;
  std::vector<std::int64_t> training_;
  std::vector<std::int64_t> held_out_;
};

/// The configured data: rendered (or taken from the cache) or read from a folder, and split. A cache that
/// cannot be written only warns. Throws what render_glyphs and read_image_folder throw.
GlyphSet load_glyphs(const DataConfig& config);

/// Throws ConfigError if the pictures have no captions; `otherwise`: what would need none.
void require_captions(const GlyphSet& glyphs, const std::string& otherwise);

}  // namespace glyffuser
