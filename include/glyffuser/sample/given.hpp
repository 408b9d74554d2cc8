#pragma once
// --init, --strength and --keep: the picture that drawing begins with, and how it is told of.

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "glyffuser/data/data_config.hpp"
#include "glyffuser/model/draw.hpp"
#include "glyffuser/sample/config.hpp"

namespace glyffuser {

struct Given {
  GivenImage image;                                           ///< of the model's size; undefined: none
  std::vector<std::pair<std::string, std::string>> settings;  ///< for the picture's parameters
};

/// `data` says which font draws a character. Throws ConfigError for strength or keep without init and for
/// keep_repeats without keep; ConfigError and FileError as given_picture and keep_mask.
Given read_given(const SampleConfig& config, const DataConfig& data, std::int64_t image_size);

}  // namespace glyffuser
