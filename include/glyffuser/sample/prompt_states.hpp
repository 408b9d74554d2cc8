#pragma once
// What the pictures of a batch are conditioned on. Each distinct text is encoded once, as long as the last
// few thousand are remembered.

#include <torch/types.h>

#include <cstdint>
#include <list>
#include <string>
#include <unordered_map>
#include <vector>

#include "glyffuser/encoder/text_encoder.hpp"
#include "glyffuser/model/draw.hpp"

namespace glyffuser {

class PromptStates {
 public:
  /// `width`: what the model expects of the states. Throws FileError as TextEncoder, or if its states are of
  /// another width.
  PromptStates(const TextEncoderConfig& config, std::int64_t width, const torch::Device& device);

  /// The states of these texts, padded to the encoder's max_length, on the device: one row for each.
  TextStates states(const std::vector<std::string>& texts);

  /// SHA-256 of the encoder's file.
  const std::string& encoder_sha256() const { return encoder_.sha256(); }

 private:
  struct Remembered {
    std::string text;
    torch::Tensor states;  // [L, D] without padding
  };

  void encode_missing(const std::vector<std::string>& texts);

  TextEncoder encoder_;
  std::list<Remembered> recent_;  // the latest first
  std::unordered_map<std::string, std::list<Remembered>::iterator> index_;
};

}  // namespace glyffuser
