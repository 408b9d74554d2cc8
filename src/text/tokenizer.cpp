#include "glyffuser/text/tokenizer.hpp"

#include <sentencepiece_processor.h>

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "glyffuser/config/json.hpp"
#include "glyffuser/config/reader.hpp"
#include "glyffuser/core/error.hpp"
#include "glyffuser/core/files.hpp"
#include "glyffuser/core/log.hpp"
#include "glyffuser/core/text.hpp"

namespace glyffuser {

struct Tokenizer::Model {
  sentencepiece::SentencePieceProcessor processor;
};

namespace {

using Ids = std::vector<std::int64_t>;

// transformers writes 1e30 for "no limit"; T5 was trained on 512 tokens.
constexpr std::int64_t kLongestModel = 4096;
constexpr std::int64_t kT5Length = 512;
constexpr std::size_t kWarnings = 8;  // then only their number

/// Protobuf's base-128 number at the front of `bytes`, which moves behind it; nothing if it is cut off.
std::optional<std::uint64_t> take_varint(std::string_view& bytes) {
  std::uint64_t value = 0;
  for (int shift = 0; shift < 64 && !bytes.empty(); shift += 7) {
    const auto byte = static_cast<std::uint8_t>(bytes.front());
    bytes.remove_prefix(1);
    value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
  return std::nullopt;
}

/// Whether a ModelProto has its trainer and normalizer (fields 2 and 3), which follow the pieces. A file cut
/// between two pieces is a valid message without them, and SentencePiece takes it.
bool is_complete(std::string_view bytes) {
  bool trainer = false;
  bool normalizer = false;
  while (!bytes.empty()) {
    const auto tag = take_varint(bytes);
    if (!tag || (*tag & 7) != 2) return false;  // every field of a ModelProto is a message
    const auto size = take_varint(bytes);
    if (!size || *size > bytes.size()) return false;
    bytes.remove_prefix(*size);
    trainer = trainer || *tag >> 3 == 2;
    normalizer = normalizer || *tag >> 3 == 3;
  }
  return trainer && normalizer;
}

/// Of pieces that its trie cannot hold SentencePiece throws, instead of a status.
bool loads(sentencepiece::SentencePieceProcessor& processor, const std::string& bytes) {
  try {
    return processor.LoadFromSerializedProto(bytes).ok();
  } catch (const std::exception&) {
    return false;
  }
}

void load_model(sentencepiece::SentencePieceProcessor& processor, const std::filesystem::path& file) {
  const std::string bytes = read_file(file);
  if (bytes.empty()) throw FileError(cat(file.string(), " is empty; expected a SentencePiece model"));
  sentencepiece::SetMinLogLevel(3);  // its statuses become our errors
  if (!is_complete(bytes) || !loads(processor, bytes)) {
    throw FileError(
        cat(file.string(), " is no SentencePiece model, or it is cut short (", bytes.size(), " bytes)"));
  }
  if (processor.pad_id() < 0 || processor.eos_id() < 0) {
    throw FileError(cat(file.string(), " has no ", processor.pad_id() < 0 ? "padding" : "end",
                        " token; expected a T5 model with <pad> and </s>"));
  }
}

/// ASCII without letters and digits: a text loses nothing with it that would be worth a word.
bool is_punctuation(const std::string& part) {
  return std::all_of(part.begin(), part.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x80 && std::isalnum(static_cast<unsigned char>(c)) == 0;
  });
}

constexpr const char* kConfigFile = "tokenizer_config.json";

struct TokenizerConfig {
  double model_max_length = kT5Length;
};

void describe(config::Fields& fields, TokenizerConfig& config) {
  fields.field("model_max_length", config.model_max_length, config::at_least(1.0));
}

}  // namespace

std::int64_t longest_text(const std::filesystem::path& folder) {
  const std::filesystem::path file = folder / kConfigFile;
  TokenizerConfig config;
  config::read_values(config::read_json_object(file), config);
  if (config.model_max_length > kLongestModel) return kT5Length;
  const auto length = static_cast<std::int64_t>(config.model_max_length);
  if (static_cast<double>(length) != config.model_max_length)
    throw FileError(cat(file.string(), ": model_max_length is ", shortest(config.model_max_length),
                        ", expected a whole number from 1 on"));
  return length;
}

void set_longest_text(const std::filesystem::path& folder, std::int64_t length) {
  const std::filesystem::path file = folder / kConfigFile;
  const std::string text = read_file(file);
  config::json_object(text, file.string());
  auto config = nlohmann::ordered_json::parse(text);
  config["model_max_length"] = length;
  write_file_atomically(file, config.dump(2) + "\n");
}

Tokenizer::Tokenizer(const std::filesystem::path& folder)
    : model_(std::make_unique<Model>()), model_max_length_(longest_text(folder)) {
  load_model(model_->processor, folder / "spiece.model");
}

Tokenizer::~Tokenizer() = default;
Tokenizer::Tokenizer(Tokenizer&&) noexcept = default;
Tokenizer& Tokenizer::operator=(Tokenizer&&) noexcept = default;

std::vector<std::int64_t> Tokenizer::encode(std::string_view text) const {
  const std::vector<int> ids = model_->processor.EncodeAsIds(text);
  Ids tokens(ids.begin(), ids.end());
  tokens.push_back(eos_id());
  return tokens;
}

TokenBatch Tokenizer::encode_batch(const std::vector<std::string>& texts,
                                   std::optional<std::int64_t> length) const {
  const std::int64_t padded = length.value_or(model_max_length_);
  if (padded < 1) throw std::invalid_argument("Tokenizer::encode_batch: the length must be at least 1");
  const auto row = static_cast<std::size_t>(padded);
  TokenBatch batch{.texts = static_cast<std::int64_t>(texts.size()),
                   .length = padded,
                   .input_ids = Ids(texts.size() * row, pad_id()),
                   .attention_mask = Ids(texts.size() * row, 0)};
  std::size_t cut = 0, unheard = 0;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    Ids tokens = encode(texts[i]);
    const std::string unknown = unknown_parts(texts[i], tokens);
    if (!unknown.empty() && ++unheard <= kWarnings)
      log::warning(cat("the text \"", beginning_of(texts[i]), "\" has parts that the text encoder does not ",
                       "know and hears nothing of: ", unknown));
    if (tokens.size() > row) {
      if (++cut <= kWarnings) {
        log::warning(cat("the text \"", beginning_of(texts[i]), "\" has ", tokens.size(),
                         " tokens; the last ", tokens.size() - row, " are cut: \"",
                         lost_text(texts[i], row - 1), "\""));
      }
      tokens.resize(row);
      tokens.back() = eos_id();
    }
    std::copy(tokens.begin(), tokens.end(), batch.input_ids.begin() + static_cast<std::ptrdiff_t>(i * row));
    std::fill_n(batch.attention_mask.begin() + static_cast<std::ptrdiff_t>(i * row), tokens.size(), 1);
  }
  if (unheard > kWarnings)
    log::warning(cat(unheard - kWarnings, " more texts have parts that the text encoder does not know"));
  if (cut > kWarnings)
    log::warning(cat(cut - kWarnings, " more texts are longer than ", padded, " tokens and cut"));
  return batch;
}

std::vector<std::size_t> Tokenizer::texts_with_unknown_parts(const std::vector<std::string>& texts) const {
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < texts.size(); ++i)
    if (!unknown_parts(texts[i], encode(texts[i])).empty()) found.push_back(i);
  return found;
}

std::vector<CutText> Tokenizer::cut_texts(const std::vector<std::string>& texts, std::int64_t length) const {
  std::vector<CutText> cut;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const auto tokens = static_cast<std::int64_t>(encode(texts[i]).size());
    if (tokens > length) cut.push_back({tokens, lost_text(texts[i], static_cast<std::size_t>(length - 1))});
  }
  return cut;
}

std::string Tokenizer::unknown_parts(std::string_view text, const std::vector<std::int64_t>& tokens) const {
  if (std::find(tokens.begin(), tokens.end(), unk_id()) == tokens.end()) return "";
  const auto proto = model_->processor.EncodeAsImmutableProto(text);
  std::vector<std::string> parts;
  for (const auto& piece : proto.pieces()) {
    const std::string part = trim(piece.surface());
    if (static_cast<std::int64_t>(piece.id()) == unk_id() && !is_punctuation(part)) parts.push_back(part);
  }
  return beginning_of(join(parts, " "));
}

std::string Tokenizer::lost_text(std::string_view text, std::size_t kept) const {
  const auto proto = model_->processor.EncodeAsImmutableProto(text);
  return trim(text.substr(proto.pieces(static_cast<int>(kept)).begin()));
}

std::int64_t Tokenizer::vocabulary_size() const {
  return model_->processor.GetPieceSize();
}
std::int64_t Tokenizer::pad_id() const {
  return model_->processor.pad_id();
}
std::int64_t Tokenizer::eos_id() const {
  return model_->processor.eos_id();
}
std::int64_t Tokenizer::unk_id() const {
  return model_->processor.unk_id();
}

}  // namespace glyffuser
