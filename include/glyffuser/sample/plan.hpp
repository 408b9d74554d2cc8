#pragma once
// What a sampling job will draw, worked out before anything is loaded: the list of pictures with their files,
// and the grid they make up. A function of the configuration alone.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "glyffuser/sample/config.hpp"

namespace glyffuser {

struct Picture {
  std::string prompt;
  std::uint64_t seed = 0;
  std::int64_t steps = 0;
  std::filesystem::path file;  ///< empty: only in the grid
  std::size_t row = 0;         ///< in the grid
  std::size_t column = 0;
};

struct SamplePlan {
  std::vector<Picture> pictures;  ///< grouped by steps, in an order that does not depend on what exists
  std::filesystem::path grid;     ///< empty: none
  std::vector<std::string> row_labels;
  std::vector<std::string> column_labels;
};

/// `conditional`: whether the model takes prompts. Throws ConfigError: no prompt for a conditional model, a
/// prompt for an unconditional one, two pictures of the same prompt, seed and steps.
SamplePlan plan_samples(const SampleConfig& config, bool conditional);

}  // namespace glyffuser
