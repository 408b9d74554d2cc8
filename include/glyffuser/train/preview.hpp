#pragma once
// Pictures from fixed prompts and seeds, drawn with the averaged weights while training goes on.

#include <torch/types.h>

#include <filesystem>

#include "glyffuser/encoder/text_encoder.hpp"
#include "glyffuser/model/model.hpp"
#include "glyffuser/train/config.hpp"

namespace glyffuser {

class Preview {
 public:
  /// `encoder` is null for an unconditional model; its states of the prompts are taken here, once.
  Preview(const PreviewConfig& config, const TextEncoder* encoder);

  /// Draws the grid (rows prompts, columns seeds) with the model's current weights and writes it. Throws
  /// RunError.
  void write(const Model& model, const std::filesystem::path& file) const;

 private:
  PreviewConfig config_;
  TextStates prompts_;  ///< [P, L, D]; undefined for an unconditional model
  TextStates empty_;    ///< [1, L, D]
};

}  // namespace glyffuser
