#pragma once
// Text to token ids as T5 has them: a SentencePiece unigram model (Kudo 2018) and an end token behind every
// text. Ids are those of transformers' T5Tokenizer, but a special token spelled out in a text ("</s>") is
// text.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace glyffuser {

/// Texts padded to one length, [texts, length] row by row.
struct TokenBatch {
  std::int64_t texts = 0;
  std::int64_t length = 0;
  std::vector<std::int64_t> input_ids;
  std::vector<std::int64_t> attention_mask;  ///< 1 for a token, 0 for padding
};

/// A text that is longer than a model takes.
struct CutText {
  std::int64_t tokens = 0;  ///< of the whole text, with the end token
  std::string lost;         ///< the end that is cut off
};

/// The tokens of the longest text that the tokenizer in `folder` makes: model_max_length of its
/// tokenizer_config.json, or T5's 512 where that is missing or stands for no limit (above 4096). Throws
/// FileError.
std::int64_t longest_text(const std::filesystem::path& folder);

/// Writes `length` there as model_max_length. Throws FileError if the file is no JSON object, RunError if it
/// cannot be written.
void set_longest_text(const std::filesystem::path& folder, std::int64_t length);

/// Safe to use from several threads.
class Tokenizer {
 public:
  /// `folder` holds spiece.model and tokenizer_config.json. Throws FileError: missing, cut short, foreign, or
  /// without a padding or end token.
  explicit Tokenizer(const std::filesystem::path& folder);
  ~Tokenizer();
  Tokenizer(Tokenizer&&) noexcept;
  Tokenizer& operator=(Tokenizer&&) noexcept;

  /// The ids of all tokens and the end token; of "" the end token alone.
  std::vector<std::int64_t> encode(std::string_view text) const;

  /// Every text padded to `length` (default: model_max_length). A longer text loses its end, keeps the end
  /// token, and is named in a warning with what it lost; so is one with parts that no token stands for.
  /// Throws std::invalid_argument if length < 1.
  TokenBatch encode_batch(const std::vector<std::string>& texts,
                          std::optional<std::int64_t> length = std::nullopt) const;

  /// Those of the texts that encode_batch cuts at this length, at least 1, without warnings.
  std::vector<CutText> cut_texts(const std::vector<std::string>& texts, std::int64_t length) const;

  /// The places of those of the texts that have parts, other than punctuation, for which no token stands.
  std::vector<std::size_t> texts_with_unknown_parts(const std::vector<std::string>& texts) const;

  std::int64_t vocabulary_size() const;
  std::int64_t model_max_length() const { return model_max_length_; }
  std::int64_t pad_id() const;
  std::int64_t eos_id() const;
  std::int64_t unk_id() const;

 private:
  struct Model;

  /// What of `text`, whose tokens these are, no token stands for; punctuation does not count.
  std::string unknown_parts(std::string_view text, const std::vector<std::int64_t>& tokens) const;

  /// What `text` loses when only `kept` of its tokens stay.
  std::string lost_text(std::string_view text, std::size_t kept) const;

  std::unique_ptr<Model> model_;
  std::int64_t model_max_length_ = 0;
};

}  // namespace glyffuser
