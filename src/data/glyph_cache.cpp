#include "glyffuser/data/glyph_cache.hpp"

#include <atomic>
#include <charconv>
#include <cstdlib>
#include <future>
#include <span>
#include <sstream>

#include "glyffuser/core/error.hpp"
#include "glyffuser/core/files.hpp"
#include "glyffuser/core/hash.hpp"
#include "glyffuser/core/log.hpp"
#include "glyffuser/core/text.hpp"
#include "glyffuser/data/packbits.hpp"
#include "glyffuser/data/parallel.hpp"
#include "glyffuser/image/font.hpp"
#include "glyffuser/text/captions.hpp"

namespace glyffuser {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kMagic = "glyffuser-glyphs";
constexpr int kFormat = 1;

struct Header {
  std::string key;
  std::size_t count = 0;
  std::size_t side = 0;
  std::size_t text_bytes = 0;
  std::string digest;
};

/// Where a glyph's packed bytes lie.
using Parts = std::vector<std::span<const std::uint8_t>>;

std::optional<Header> parse_header(std::string_view line) {
  std::istringstream in{std::string(line)};
  std::string magic;
  int format = 0;
  Header header;
  in >> magic >> format >> header.key >> header.count >> header.side >> header.text_bytes >> header.digest;
  if (!in || magic != kMagic || format != kFormat) return std::nullopt;
  return header;
}

std::optional<std::size_t> parse_number(std::string_view text) {
  std::size_t value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// Fills code points and captions, and finds the packed glyphs in `packed`. False if the two do not fit.
bool parse_text(std::string_view text, std::string_view packed, GlyphRecords& records, Parts& parts) {
  while (!text.empty()) {
    const std::size_t first = text.find('\t');
    const std::size_t second = text.find('\t', first + 1);
    const std::size_t end = text.find('\n', second);
    if (first == text.npos || second == text.npos || end == text.npos) return false;
    const auto code_point = parse_number(text.substr(0, first));
    const auto bytes = parse_number(text.substr(first + 1, second - first - 1));
    if (!code_point || !bytes || *bytes > packed.size()) return false;
    records.code_points.push_back(static_cast<char32_t>(*code_point));
    records.captions.emplace_back(text.substr(second + 1, end - second - 1));
    parts.emplace_back(reinterpret_cast<const std::uint8_t*>(packed.data()), *bytes);
    packed.remove_prefix(*bytes);
    text.remove_prefix(end + 1);
  }
  return packed.empty();
}

bool unpack(const Parts& parts, const torch::Tensor& ink, std::size_t threads) {
  const auto area = static_cast<std::size_t>(ink.size(1) * ink.size(2));
  std::atomic<bool> whole = true;
  in_parallel(parts.size(), threads, [&](std::size_t, std::size_t first, std::size_t last) {
    for (std::size_t i = first; i < last; ++i)
      if (!unpack_bits(parts[i], {ink.data_ptr<std::uint8_t>() + i * area, area})) whole = false;
  });
  return whole;
}

// So that a damaged header never asks for more memory than a whole file could fill.
bool plausible(const Header& header, std::size_t bytes) {
  const std::size_t most = bytes * 64;  // of PackBits: 128 bytes from two
  return header.count > 0 && header.side > 0 && header.side <= 4096 &&
         header.count * header.side * header.side <= most;
}

std::optional<GlyphRecords> parse(std::string_view content, const std::string& key, std::size_t threads) {
  const std::size_t line = content.find('\n');
  if (line == content.npos) return std::nullopt;
  const std::optional<Header> header = parse_header(content.substr(0, line));
  const std::string_view body = content.substr(line + 1);
  if (!header || header->key != key || header->text_bytes > body.size()) return std::nullopt;
  // Checked while it is unpacked: unpacking is safe on any bytes.
  auto digest = std::async(std::launch::async, [body] { return sha256(body); });
  GlyphRecords records;
  Parts parts;
  bool whole =
      parse_text(body.substr(0, header->text_bytes), body.substr(header->text_bytes), records, parts) &&
      parts.size() == header->count && plausible(*header, body.size());
  if (whole) {
    const auto side = static_cast<std::int64_t>(header->side);
    records.ink = empty_pictures(parts.size(), side);
    whole = unpack(parts, records.ink, threads);
  }
  if (digest.get() != header->digest || !whole) return std::nullopt;
  return records;
}

std::vector<std::vector<std::uint8_t>> pack(const torch::Tensor& ink, std::size_t threads) {
  const auto area = static_cast<std::size_t>(ink.size(1) * ink.size(2));
  std::vector<std::vector<std::uint8_t>> packed(static_cast<std::size_t>(ink.size(0)));
  in_parallel(packed.size(), threads, [&](std::size_t, std::size_t first, std::size_t last) {
    for (std::size_t i = first; i < last; ++i)
      pack_bits({ink.data_ptr<std::uint8_t>() + i * area, area}, packed[i]);
  });
  return packed;
}

}  // namespace

std::string glyph_key(const DataConfig& config) {
  Sha256 hash;
  hash.update(cat(kMagic, " ", kFormat, " captions ", kCaptionRules, " ", font_engine(), "\n"))
      .update(cat("font ", sha256_file(config.font), " ", config.font_index, " ", config.font_size, "\n"))
      .update(cat("definitions ", sha256_file(config.definitions), " size ", config.image_size, "\n"))
      .update(cat("at most ", config.max_glyphs.value_or(-1), " of ", config.characters ? "only " : "all "))
      .update(config.characters.value_or(""));
  return hash.hex();
}

fs::path cache_folder(const DataConfig& config) {
  const char* cache = std::getenv("XDG_CACHE_HOME");
  const char* home = std::getenv("HOME");
  if (config.cache) return *config.cache;
  if (cache && *cache) return fs::path(cache) / "glyffuser";
  if (home && *home) return fs::path(home) / ".cache" / "glyffuser";
  throw ConfigError(
      "data.cache is not set and there is no home folder; a folder for rendered glyphs was expected");
}

fs::path glyph_cache_file(const DataConfig& config, const std::string& key) {
  return cache_folder(config) / cat("glyphs-", key.substr(0, 16), ".bin");
}

std::optional<GlyphRecords> load_glyph_cache(const fs::path& file, const std::string& key,
                                             std::size_t threads) {
  std::error_code ignored;
  if (!fs::exists(file, ignored)) return std::nullopt;
  std::optional<GlyphRecords> records;
  try {
    records = parse(read_file(file), key, threads);
  } catch (const FileError& problem) {
    log::warning(problem.what());
  }
  if (!records) log::warning(cat(file.string(), ": a damaged or foreign cache; the glyphs are drawn again"));
  return records;
}

void save_glyph_cache(const fs::path& file, const std::string& key, const GlyphRecords& records,
                      std::size_t threads) {
  const auto packed = pack(records.ink, threads);
  std::string body;
  for (std::size_t i = 0; i < records.size(); ++i)
    body += cat(static_cast<std::uint32_t>(records.code_points[i]), "\t", packed[i].size(), "\t",
                records.captions[i], "\n");
  const std::size_t text_bytes = body.size();
  for (const auto& glyph : packed) body.append(glyph.begin(), glyph.end());
  const std::string header = cat(kMagic, " ", kFormat, " ", key, " ", records.size(), " ",
                                 records.ink.size(1), " ", text_bytes, " ", sha256(body), "\n");
  ensure_folder(file.parent_path());
  write_file_atomically(file, header + body);
}

}  // namespace glyffuser
