#include "glyffuser/encoder/text_encoder.hpp"

#include <torch/version.h>

#include "glyffuser/core/error.hpp"
#include "glyffuser/core/hash.hpp"
#include "glyffuser/core/paths.hpp"
#include "glyffuser/core/text.hpp"

namespace glyffuser {
namespace {

// A text is padded to the first of 16, 32, 64, … tokens that holds it: most captions have ten, the limit is
// for the few longest.
constexpr std::int64_t kShortest = 16;

}  // namespace

void describe(config::Fields& fields, TextEncoderConfig& config) {
  fields.field("path", config.path);
  fields.field("max_length", config.max_length, config::at_least<std::int64_t>(1));
  fields.field("batch_size", config.batch_size, config::at_least<std::int64_t>(1));
}

std::filesystem::path text_encoder_folder(const TextEncoderConfig& config) {
  return config.path.empty() ? data_folder() / "encoder" : std::filesystem::path(config.path);
}

TextEncoder::TextEncoder(const TextEncoderConfig& config, torch::Device device)
    : folder_(text_encoder_folder(config)),
      tokenizer_(folder_ / "tokenizer"),
      encoder_(folder_ / "text_encoder", device),
      max_length_(config.max_length.value_or(tokenizer_.model_max_length())),
      batch_size_(config.batch_size) {
  if (max_length_ > tokenizer_.model_max_length()) {
    throw ConfigError(cat("text_encoder.max_length is ", max_length_, "; the tokenizer in ", folder_.string(),
                          " allows at most ", tokenizer_.model_max_length()));
  }
  if (tokenizer_.vocabulary_size() > encoder_.vocab_size()) {
    throw FileError(cat(folder_.string(), ": the tokenizer has ", tokenizer_.vocabulary_size(),
                        " ids, the encoder's vocab_size is ", encoder_.vocab_size(),
                        "; they do not belong together"));
  }
  const auto spiece = folder_ / "tokenizer/spiece.model";
  identity_ = glyffuser::sha256(cat(encoder_.sha256(), ' ', sha256_file(spiece), ' ', max_length_, ' ',
                                    batch_size_, ' ', TORCH_VERSION, ' ',
                                    c10::DeviceTypeName(device.type(), /*lower_case=*/true)));
}

void TextEncoder::require_width(std::int64_t width) const {
  if (d_model() != width)
    throw FileError(cat(folder_.string(), ": the text encoder gives states of width ", d_model(),
                        ", the model expects ", width));
}

TextStates TextStates::repeated(std::int64_t index, std::int64_t count) const {
  if (!states.defined()) return {};
  return {.states = states.narrow(0, index, 1).expand({count, -1, -1}).contiguous(),
          .mask = mask.narrow(0, index, 1).expand({count, -1}).contiguous()};
}

TextStates TextEncoder::encode(const std::vector<std::string>& texts) const {
  TokenBatch tokens = tokenizer_.encode_batch(texts, max_length_);
  const auto whole = [&](std::vector<std::int64_t>& values) {
    return torch::from_blob(values.data(), {tokens.texts, max_length_}, torch::kLong);
  };
  const auto ids = whole(tokens.input_ids);
  const auto mask = whole(tokens.attention_mask);
  const auto lengths = mask.sum(1);
  auto states = torch::zeros({tokens.texts, max_length_, d_model()}, torch::device(device()));
  std::int64_t longer_than = 0;
  for (std::int64_t length = std::min(kShortest, max_length_); longer_than < max_length_;
       length = std::min(2 * length, max_length_)) {
    const auto rows = torch::nonzero((lengths > longer_than) & (lengths <= length)).flatten();
    if (rows.numel() > 0) {
      const auto encoded = encode_padded(ids.index_select(0, rows).narrow(1, 0, length),
                                         mask.index_select(0, rows).narrow(1, 0, length));
      states.narrow(1, 0, length).index_copy_(0, rows.to(device()), encoded);
    }
    longer_than = length;
  }
  const auto attended = mask.to(torch::kBool).to(device());
  return {.states = states.masked_fill_(attended.logical_not().unsqueeze(2), 0), .mask = attended};
}

torch::Tensor TextEncoder::encode_padded(const torch::Tensor& ids, const torch::Tensor& mask) const {
  const std::int64_t count = ids.size(0);
  const std::int64_t missing = (batch_size_ - count % batch_size_) % batch_size_;
  // Rows that fill up the last batch attend to one token: a softmax over nothing is NaN.
  auto filler = torch::zeros({missing, ids.size(1)}, torch::kLong);
  const auto all_ids = torch::cat({ids, torch::full_like(filler, tokenizer_.pad_id())});
  filler.select(1, 0).fill_(1);
  const auto all_mask = torch::cat({mask, filler});
  std::vector<torch::Tensor> states;
  for (std::int64_t at = 0; at < count; at += batch_size_) {
    states.push_back(
        encoder_.forward(all_ids.narrow(0, at, batch_size_), all_mask.narrow(0, at, batch_size_)));
  }
  return torch::cat(states).narrow(0, 0, count);
}

}  // namespace glyffuser
