#pragma once
// The hidden states of all captions of a data set, encoded once: only tokens are kept, one caption behind the
// other, so that 17,000 captions of 12 tokens and 256 floats take 210 MB instead of gigabytes of padding.

#include <torch/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "glyffuser/encoder/text_encoder.hpp"

namespace glyffuser {

class CaptionStates {
 public:
  /// Every distinct caption, and "" whether it is among them or not. `cache_folder` keeps the states between
  /// runs, in a file named by the encoder's identity and the captions; a damaged one is made again with a
  /// warning, and one that cannot be written only warns. Throws as TextEncoder::encode.
  CaptionStates(const TextEncoder& encoder, const std::vector<std::string>& captions,
                const std::optional<std::filesystem::path>& cache_folder = std::nullopt);

  /// Where a caption lies. Throws std::out_of_range for one that was not given.
  std::int64_t index(const std::string& caption) const { return indices_.at(caption); }
  /// Where "" lies: the null condition of classifier-free guidance.
  std::int64_t null_index() const { return indices_.at(""); }
  /// Number of distinct captions with "".
  std::int64_t size() const { return lengths_.size(0); }
  /// Tokens of the longest of the captions at `indices`. Throws std::out_of_range.
  std::int64_t longest(const std::vector<std::int64_t>& indices) const;
  std::int64_t d_model() const { return states_.size(1); }

  /// States of the captions at `indices` [B], padded to `length`: float32 [B,length,D] and mask [B,length] on
  /// the device of this object. Throws std::invalid_argument if length < longest(indices).
  TextStates gather(const std::vector<std::int64_t>& indices, std::int64_t length) const;

  /// Move the states; they start on the CPU.
  void to(torch::Device device);

 private:
  void encode(const TextEncoder& encoder, const std::vector<std::string>& captions);
  /// False, with a warning, if the file is damaged.
  bool read(const std::filesystem::path& file, const std::string& key, std::int64_t captions,
            std::int64_t d_model);
  /// After states_ and lengths_ are there.
  void finish();

  std::unordered_map<std::string, std::int64_t> indices_;
  torch::Tensor states_;   ///< float32 [tokens + 1, D]; the last row is zero and stands for padding
  torch::Tensor lengths_;  ///< int64 [captions]
  torch::Tensor starts_;   ///< int64 [captions]
  std::vector<std::int64_t> host_lengths_;  ///< a copy that never waits for a device
};

}  // namespace glyffuser
