#pragma once
// What drawing can begin with: a picture that is there, and the region of it that stays.

#include <torch/types.h>

#include <string>
#include <vector>

#include "glyffuser/data/data_config.hpp"
#include "glyffuser/image/png.hpp"

namespace glyffuser {

/// `what` is one character, drawn as the data are, or else a picture file of any size, in the middle of a
/// square of config.image_size pixels a side. One character is never a file: `./金` is the file of that name.
/// Throws ConfigError if the font lacks the character or there is no such file, FileError if the font cannot
/// be used or the file is no picture.
GrayImage given_picture(const std::string& what, const DataConfig& config);

/// Whether given_picture takes `what` for a character, not for a file.
bool is_one_character(const std::string& what);

/// Where the left and the right part of a character meet, as a share of the picture's width: in Noto Sans the
/// radicals on the left end at 0.30 (忄) to 0.48 (魚). Between top and bottom there is no such place (0.36
/// for 艹 above, 0.71 for 灬 below), so these meet in the middle.
constexpr double kLeftShare = 0.44;
constexpr double kTopShare = 0.5;

/// float [1,1,S,S], 1 where a picture is kept and 0 where it is drawn anew: `what` is `left`, `right`, `top`
/// or `bottom`, or a picture file whose black says keep and whose white redraw (as diffusers' inpainting has
/// it), greys something between. Throws ConfigError if there is no such file or it keeps nothing or all,
/// FileError if it is no picture.
torch::Tensor keep_mask(const std::string& what, std::int64_t size);

/// Whether keep_mask takes `what` for one of its four words, not for a file.
bool names_a_part(const std::string& what);

/// float [B,1,S,S] in -1 … 1 from pictures of one size.
torch::Tensor to_tensor(const std::vector<GrayImage>& pictures);

}  // namespace glyffuser
