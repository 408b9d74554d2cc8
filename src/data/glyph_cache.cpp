#include "glyffuser/data/glyph_cache.hpp"

#include <cstdlib>
#include <future>
#include <sstream>
#include <string_view>
#include <vector>

#include "glyffuser/core/error.hpp"
#include "glyffuser/core/files.hpp"
#include "glyffuser/core/hash.hpp"
#include "glyffuser/core/log.hpp"
#include "glyffuser/core/parallel.hpp"
#include "glyffuser/core/text.hpp"
#include "glyffuser/image/font.hpp"
#include "glyffuser/text/captions.hpp"

namespace glyffuser {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kMagic = "glyffuser-glyphs";
constexpr int kFormat = 1;
constexpr std::size_t kLargestSide = 4096;  // pixels

struct Header {
  std::string key;
  std::size_t count = 0;
  std::size_t side = 0;
  std::size_t text_bytes = 0;
  std::string digest;
};

std::optional<Header> parse_header(std::string_view line) {
  std::istringstream in{std::string(line)};
  std::string magic;
  int format = 0;
  Header header;
  in >> magic >> format >> header.key >> header.count >> header.side >> header.text_bytes >> header.digest;
  if (!in || magic != kMagic || format != kFormat) return std::nullopt;
  return header;
}

// Fills code points and captions, and says where each packed glyph starts and the last one ends, if the first
// starts at `start`; nothing may lie beyond `end_of_ink`.
std::optional<std::vector<std::size_t>> parse_text(std::string_view text, std::size_t start,
                                                   std::size_t end_of_ink, GlyphRecords& records) {
  std::vector<std::size_t> starts = {start};
  while (!text.empty()) {
    const std::size_t first = text.find('\t');
    const std::size_t second = text.find('\t', first + 1);
    const std::size_t end = text.find('\n', second);
    if (first == text.npos || second == text.npos || end == text.npos) return std::nullopt;
    const auto code_point = parse_number<std::uint32_t>(text.substr(0, first));
    const auto bytes = parse_number<std::size_t>(text.substr(first + 1, second - first - 1));
    if (!code_point || (*code_point != 0 && !is_character(*code_point)) || !bytes ||
        *bytes > end_of_ink - starts.back())
      return std::nullopt;
    records.code_points.push_back(static_cast<char32_t>(*code_point));
    records.captions.emplace_back(text.substr(second + 1, end - second - 1));
    starts.push_back(starts.back() + *bytes);
    text.remove_prefix(end + 1);
  }
  return starts;
}

std::optional<GlyphRecords> parse(std::string content, const std::string& key, std::size_t threads) {
  const std::size_t line = content.find('\n');
  if (line == content.npos) return std::nullopt;
  const std::string_view body = std::string_view(content).substr(line + 1);
  const std::optional<Header> header = parse_header(std::string_view(content).substr(0, line));
  if (!header || header->key != key || header->text_bytes > body.size()) return std::nullopt;
  auto digest = std::async(std::launch::async, [body] { return sha256(body); });
  GlyphRecords records;
  auto starts =
      parse_text(body.substr(0, header->text_bytes), line + 1 + header->text_bytes, content.size(), records);
  const bool whole = starts && starts->back() == content.size() && records.size() == header->count &&
                     header->side > 0 && header->side <= kLargestSide;
  if (digest.get() != header->digest || !whole) return std::nullopt;
  auto ink = PackedPictures::from(std::move(content), std::move(*starts),
                                  static_cast<std::int64_t>(header->side), threads);
  if (!ink) return std::nullopt;
  records.ink = std::move(*ink);
  return records;
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

std::optional<fs::path> cache_folder(const DataConfig& config) {
  const char* cache = std::getenv("XDG_CACHE_HOME");
  const char* home = std::getenv("HOME");
  if (config.cache) return *config.cache;
  if (cache && *cache) return fs::path(cache) / "glyffuser";
  if (home && *home) return fs::path(home) / ".cache" / "glyffuser";
  return std::nullopt;
}

std::optional<fs::path> glyph_cache_file(const DataConfig& config, const std::string& key) {
  const std::optional<fs::path> folder = cache_folder(config);
  if (!folder) return std::nullopt;
  return *folder / cat("glyphs-", key.substr(0, 16), ".bin");
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

void save_glyph_cache(const fs::path& file, const std::string& key, const GlyphRecords& records) {
  std::string body;
  for (std::size_t i = 0; i < records.size(); ++i)
    body += cat(static_cast<std::uint32_t>(records.code_points[i]), "\t", records.ink.packed(i).size(), "\t",
                records.captions[i], "\n");
  const std::size_t text_bytes = body.size();
  body += records.ink.packed();
  const std::string header = cat(kMagic, " ", kFormat, " ", key, " ", records.size(), " ", records.ink.side(),
                                 " ", text_bytes, " ", sha256(body), "\n");
  ensure_folder(file.parent_path());
  write_file_atomically(file, header + body);
}

GlyphRecords rendered_or_cached(const DataConfig& config, const std::string& key,
                                const std::function<GlyphRecords()>& render) {
  const std::size_t threads = thread_count(static_cast<std::size_t>(config.threads));
  const std::optional<fs::path> file = glyph_cache_file(config, key);
  if (!file)
    log::warning("there is no home folder (HOME): nothing is kept for next time, expected `data.cache`");
  if (auto records = file ? load_glyph_cache(*file, key, threads) : std::nullopt) return std::move(*records);
  log::info(cat("drawing glyphs of ", config.font));
  GlyphRecords records = render();
  if (!file) return records;
  try {
    save_glyph_cache(*file, key, records);
  } catch (const RunError& problem) {
    log::warning(cat(problem.what(), "; the glyphs will be drawn again next time"));
  }
  return records;
}

}  // namespace glyffuser
