#include "glyffuser/data/given_picture.hpp"

#include <cmath>
#include <filesystem>
#include <optional>
#include <stdexcept>

#include "glyffuser/core/error.hpp"
#include "glyffuser/core/text.hpp"
#include "glyffuser/data/real_glyphs.hpp"
#include "glyffuser/image/resize.hpp"

namespace glyffuser {
namespace {

std::optional<char32_t> single_character(const std::string& text) {
  try {
    const std::vector<char32_t> characters = decode_utf8(text);
    if (characters.size() == 1) return characters.front();
  } catch (const std::invalid_argument&) {  // a file's name need not be UTF-8
  }
  return std::nullopt;
}

/// The picture in a file, as a square of `size` pixels a side.
GrayImage square_from(const std::string& file, std::int64_t size, const char* expected) {
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored))
    throw ConfigError(cat(file, ": no such file, expected ", expected, " or a picture file"));
  return resize_to_square(read_image(file), static_cast<int>(size));
}

/// The part that `what` names.
torch::Tensor named_part(const std::string& what, std::int64_t size) {
  const bool across = what == "left" || what == "right";
  const double share = across ? kLeftShare : kTopShare;
  const std::int64_t first = std::llround(static_cast<double>(size) * share);
  torch::Tensor mask = torch::zeros({1, 1, size, size});
  mask.narrow(across ? 3 : 2, 0, first).fill_(1);
  return what == "left" || what == "top" ? mask : 1 - mask;
}

}  // namespace

bool is_one_character(const std::string& what) {
  return single_character(what).has_value();
}

bool names_a_part(const std::string& what) {
  return what == "left" || what == "right" || what == "top" || what == "bottom";
}

GrayImage given_picture(const std::string& what, const DataConfig& config) {
  if (const auto character = single_character(what)) return real_glyph(*character, config);
  return square_from(what, config.image_size, "one character");
}

torch::Tensor keep_mask(const std::string& what, std::int64_t size) {
  if (names_a_part(what)) return named_part(what, size);
  const torch::Tensor mask = (1 - to_tensor({square_from(what, size, "left, right, top, bottom")})) / 2;
  const double least = mask.min().item<double>(), most = mask.max().item<double>();
  if (most == 0 || least == 1)
    throw ConfigError(cat(what, ": is all ", most == 0 ? "white" : "black",
                          ", expected black where the picture is kept and white where it is drawn anew"));
  return mask;
}

torch::Tensor to_tensor(const std::vector<GrayImage>& pictures) {
  std::vector<torch::Tensor> rows;
  for (const GrayImage& picture : pictures) {
    const torch::Tensor gray = torch::tensor(picture.pixels, torch::kUInt8).to(torch::kFloat32);
    rows.push_back((gray / 127.5 - 1).view({1, picture.height, picture.width}));
  }
  return torch::stack(rows);
}

}  // namespace glyffuser
