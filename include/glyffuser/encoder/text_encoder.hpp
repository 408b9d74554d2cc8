#pragma once
// Prompts and captions to the hidden states that the UNet attends to: tokenizer and frozen encoder together.

#include <torch/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "glyffuser/config/fields.hpp"
#include "glyffuser/encoder/t5_encoder.hpp"
#include "glyffuser/text/tokenizer.hpp"

namespace glyffuser {

struct TextEncoderConfig {
  std::string path;  ///< folder with text_encoder/ and tokenizer/; "": the bundled one
  std::optional<std::int64_t>
      max_length;                ///< tokens with the end token; default and upper limit: the tokenizer's
  std::int64_t batch_size = 16;  ///< texts per call of the encoder
};

void describe(config::Fields& fields, TextEncoderConfig& config);

/// `path`, or the folder of the encoder that comes with the program. Throws FileError as data_folder.
std::filesystem::path text_encoder_folder(const TextEncoderConfig& config);

struct TextStates {
  torch::Tensor states;  ///< float [N,L,D], zero where the mask is false
  torch::Tensor mask;    ///< bool [N,L], true for tokens

  /// Those of text `index`, `count` times: [count,L,D] and [count,L]. Undefined ones, of a model that takes
  /// no text, stay so.
  TextStates repeated(std::int64_t index, std::int64_t count) const;
};

class TextEncoder {
 public:
  /// Reads text_encoder_folder(config). Throws FileError as Tokenizer and T5Encoder do, or if the tokenizer
  /// has ids the encoder lacks; ConfigError if max_length exceeds the tokenizer's.
  explicit TextEncoder(const TextEncoderConfig& config, torch::Device device = torch::kCPU);

  /// The states of every text, padded to max_length, on the encoder's device. A text is encoded in a batch
  /// whose shape depends on its own length alone, so its states do not depend on its neighbours or on how
  /// many there are. N = 0 is fine. Throws as T5Encoder::forward.
  TextStates encode(const std::vector<std::string>& texts) const;

  /// Those of the texts of which `encode` leaves out the end.
  std::vector<CutText> cut_texts(const std::vector<std::string>& texts) const {
    return tokenizer_.cut_texts(texts, max_length_);
  }

  /// The places of those of which `encode` does not know parts.
  std::vector<std::size_t> texts_with_unknown_parts(const std::vector<std::string>& texts) const {
    return tokenizer_.texts_with_unknown_parts(texts);
  }

  /// Throws FileError if the states are not of the width that a model expects.
  void require_width(std::int64_t width) const;

  std::int64_t max_length() const { return max_length_; }
  std::int64_t d_model() const { return encoder_.d_model(); }
  torch::Device device() const { return encoder_.device(); }
  /// SHA-256 of encoder.pt.
  const std::string& sha256() const { return encoder_.sha256(); }
  /// SHA-256 over everything that decides the states of a text: encoder, tokenizer, lengths, LibTorch's
  /// version, the kind of device.
  const std::string& identity() const { return identity_; }

 private:
  /// ids and mask int64 [N,L] -> float [N,L,D], in batches of batch_size, the last one filled up.
  torch::Tensor encode_padded(const torch::Tensor& ids, const torch::Tensor& mask) const;

  std::filesystem::path folder_;
  Tokenizer tokenizer_;
  T5Encoder encoder_;
  std::int64_t max_length_;
  std::int64_t batch_size_;
  std::string identity_;
};

}  // namespace glyffuser
