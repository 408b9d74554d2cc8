#include "glyffuser/umap/characters.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <optional>
#include <set>
#include <stdexcept>
#include <unordered_map>

#include "glyffuser/core/error.hpp"
#include "glyffuser/core/log.hpp"
#include "glyffuser/core/text.hpp"
#include "glyffuser/data/packed_text.hpp"

namespace glyffuser {
namespace {

constexpr const char* kUnihan = "/usr/share/unicode/Unihan_IRGSources.txt.bz2";
constexpr const char* kRadicals = "/usr/share/unicode/CJKRadicals.txt";
constexpr std::uint32_t kLastRadical = 214, kMostStrokes = 1000;

struct Block {
  char32_t first;
  char32_t last;
  const char* name;
};

// Unicode 15.0, Blocks.txt: those with ideographs or parts of them.
constexpr std::array kBlocks = {
    Block{0x2E80, 0x2EFF, "CJK Radicals Supplement"},
    Block{0x2F00, 0x2FDF, "Kangxi Radicals"},
    Block{0x3000, 0x303F, "CJK Symbols and Punctuation"},
    Block{0x31C0, 0x31EF, "CJK Strokes"},
    Block{0x3400, 0x4DBF, "CJK Extension A"},
    Block{0x4E00, 0x9FFF, "CJK Unified Ideographs"},
    Block{0xF900, 0xFAFF, "CJK Compatibility Ideographs"},
    Block{0x20000, 0x2A6DF, "CJK Extension B"},
    Block{0x2A700, 0x2B73F, "CJK Extension C"},
    Block{0x2B740, 0x2B81F, "CJK Extension D"},
    Block{0x2B820, 0x2CEAF, "CJK Extension E"},
    Block{0x2CEB0, 0x2EBEF, "CJK Extension F"},
    Block{0x2F800, 0x2FA1F, "CJK Compatibility Ideographs Supplement"},
    Block{0x30000, 0x3134F, "CJK Extension G"},
    Block{0x31350, 0x323AF, "CJK Extension H"},
};

/// The number that a text begins with, or nothing.
std::optional<std::uint32_t> leading_number(std::string_view text, int base = 10) {
  std::uint32_t value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  return failure == std::errc() ? std::optional(value) : std::nullopt;
}

/// The file's text, or nothing, with a warning, if it is a default one that is missing.
std::optional<std::string> text_of(const std::optional<std::string>& named, const char* usual,
                                   const char* what) {
  const std::string file = named.value_or(usual);
  if (!named && !std::filesystem::exists(file)) {
    log::warning(cat(file, ": is not there, ", what, " will be unknown"));
    return std::nullopt;
  }
  return read_text_file(file);
}

using Places = std::unordered_map<char32_t, std::vector<std::size_t>>;

Places places_of(const std::vector<char32_t>& code_points) {
  Places places;
  for (std::size_t i = 0; i < code_points.size(); ++i)
    if (code_points[i] != 0) places[code_points[i]].push_back(i);
  return places;
}

// Lines U+4E00<TAB>kRSUnicode<TAB>1.0 and U+4E00<TAB>kTotalStrokes<TAB>1.
void read_unihan(const std::string& content, const std::string& file, const Places& places,
                 CharacterFacts& facts) {
  bool any = false;
  for (std::string_view rest = content; !rest.empty();) {
    const std::string_view line = take_line(rest);
    const bool radical = line.find("\tkRSUnicode\t") != std::string_view::npos;
    if (!line.starts_with("U+") || (!radical && line.find("\tkTotalStrokes\t") == std::string_view::npos))
      continue;
    const auto code = leading_number(line.substr(2), 16);
    const auto value = leading_number(line.substr(line.rfind('\t') + 1));
    if (!code || !value || *value > (radical ? kLastRadical : kMostStrokes)) continue;
    any = true;
    const auto found = places.find(*code);
    if (found == places.end()) continue;
    for (const std::size_t place : found->second)
      (radical ? facts.radicals : facts.strokes)[place] = static_cast<int>(*value);
  }
  if (!any)
    throw FileError(cat(file, ": holds neither kRSUnicode nor kTotalStrokes, expected Unihan's IRG sources"));
}

// Lines 149; 2F94; 8A00 and, for other forms of a radical, 149'; 2EC8; 8BA0.
void read_radicals(const std::string& content, const std::string& file, CharacterFacts& facts) {
  const std::set<int> occurring(facts.radicals.begin(), facts.radicals.end());
  bool any = false;
  for (const std::string& line : split(content, '\n')) {
    const std::vector<std::string> fields = split(line, ';');
    if (line.starts_with('#') || fields.size() != 3 || fields[0].ends_with('\'')) continue;
    const auto number = leading_number(fields[0]);
    const auto glyph = leading_number(trim(fields[2]), 16);
    if (!number || *number > kLastRadical || !glyph || !is_character(*glyph)) continue;
    any = true;
    if (*number > 0 && occurring.contains(static_cast<int>(*number)))
      facts.radical_glyphs[static_cast<int>(*number)] = encode_utf8(*glyph);
  }
  if (!any) throw FileError(cat(file, ": holds no radical, expected lines such as `149; 2F94; 8A00`"));
}

void read_layouts(const std::string& file, const Places& places, CharacterFacts& facts) {
  std::map<std::size_t, std::string> known;
  std::size_t number = 0;
  for (const std::string& raw : split(read_text_file(file), '\n')) {
    ++number;
    const std::string line = trim(raw);
    if (line.empty() || line.starts_with('#')) continue;
    const std::vector<std::string> fields = split(line, '\t');
    std::vector<char32_t> character;
    try {
      character = decode_utf8(fields[0]);
      decode_utf8(line);
    } catch (const std::invalid_argument&) {
      character.clear();
    }
    if (fields.size() != 2 || character.size() != 1)
      throw FileError(cat(file, ":", number, ": expected CHARACTER<TAB>LAYOUT in UTF-8"));
    const auto found = places.find(character[0]);
    if (found == places.end()) continue;
    for (const std::size_t place : found->second) known[place] = fields[1];
  }
  std::set<std::string> names;
  for (const auto& [place, name] : known) names.insert(name);
  facts.layout_names.insert(facts.layout_names.end(), names.begin(), names.end());
  for (const auto& [place, name] : known)
    facts.layouts[place] = 1 + static_cast<int>(std::distance(names.begin(), names.find(name)));
}

void find_blocks(const std::vector<char32_t>& code_points, CharacterFacts& facts) {
  std::map<std::string, int> numbers;
  std::map<char32_t, std::string> names;  // by the least code point seen
  for (const char32_t code : code_points) names.emplace(code, block_name(code));
  for (const auto& [code, name] : names) {
    if (numbers.emplace(name, static_cast<int>(facts.block_names.size())).second)
      facts.block_names.push_back(name);
  }
  for (const char32_t code : code_points) facts.blocks.push_back(numbers.at(block_name(code)));
}

}  // namespace

std::string block_name(char32_t code_point) {
  if (code_point == 0) return "no character";
  for (const Block& block : kBlocks)
    if (code_point >= block.first && code_point <= block.last) return block.name;
  return "other";
}

CharacterFacts read_character_facts(const std::vector<char32_t>& code_points, const UmapConfig& config) {
  CharacterFacts facts;
  facts.radicals.resize(code_points.size());
  facts.strokes.resize(code_points.size());
  facts.layouts.resize(code_points.size());
  facts.layout_names = {"unknown"};
  find_blocks(code_points, facts);
  const Places places = places_of(code_points);
  if (!config.layouts.empty()) read_layouts(config.layouts, places, facts);
  if (places.empty() && !config.unihan && !config.radicals) return facts;
  if (const auto unihan = text_of(config.unihan, kUnihan, "radicals and strokes"))
    read_unihan(*unihan, config.unihan.value_or(kUnihan), places, facts);
  if (const auto radicals = text_of(config.radicals, kRadicals, "the radicals' characters"))
    read_radicals(*radicals, config.radicals.value_or(kRadicals), facts);
  return facts;
}

}  // namespace glyffuser
