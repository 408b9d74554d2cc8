#include "glyffuser/data/unihan.hpp"

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <unordered_map>

#include "glyffuser/core/error.hpp"
#include "glyffuser/core/text.hpp"
#include "glyffuser/data/packed_text.hpp"

namespace glyffuser {
namespace {

// "U+4E18" or the character itself. Throws std::invalid_argument if `field` is not UTF-8.
std::optional<char32_t> parse_character(std::string_view field) {
  if (field.starts_with("U+")) {
    const auto value = parse_number<std::uint32_t>(field.substr(2), 16);
    if (!value || !is_character(*value)) return std::nullopt;
    return *value;
  }
  const std::vector<char32_t> characters = decode_utf8(field);
  if (characters.size() != 1 || characters.front() == 0) return std::nullopt;
  return characters.front();
}

// The definition in a line, or nothing if the line holds another field of the database. Throws
// std::invalid_argument with what was expected.
std::optional<Definition> parse_line(std::string_view line) {
  const std::vector<std::string> fields = split(line, '\t');
  const bool unihan = fields.size() == 3 && fields[1].starts_with('k');
  if (!unihan && fields.size() != 2)
    throw std::invalid_argument("U+4E18<TAB>kDefinition<TAB>text or U+4E18<TAB>text was expected");
  if (unihan && fields[1] != "kDefinition") return std::nullopt;
  const std::optional<char32_t> character = parse_character(fields.front());
  if (!character)
    throw std::invalid_argument(
        cat("`", fields.front(), "` is not a character; U+4E18 or the character itself was expected"));
  decode_utf8(fields.back());
  return Definition{*character, fields.back()};
}

}  // namespace

std::vector<Definition> read_definitions(const std::filesystem::path& file) {
  const std::string name = file.string();
  const std::string content = read_text_file(file);

  std::vector<Definition> definitions;
  std::unordered_map<char32_t, std::size_t> lines;
  std::string_view rest = content;
  for (std::size_t number = 1; !rest.empty(); ++number) {
    const std::string_view line = take_line(rest);
    if (line.empty() || line.front() == '#') continue;
    try {
      std::optional<Definition> definition = parse_line(line);
      if (!definition) continue;
      const auto [earlier, is_new] = lines.emplace(definition->code_point, number);
      if (!is_new)
        throw std::invalid_argument(cat("the character is defined in line ", earlier->second, " already"));
      definitions.push_back(std::move(*definition));
    } catch (const std::invalid_argument& problem) {
      throw FileError(cat(name, ":", number, ": ", problem.what()));
    }
  }
  if (definitions.empty())
    throw FileError(cat(name, ": holds no definition; lines of Unihan's kDefinition were expected"));
  std::sort(definitions.begin(), definitions.end(),
            [](const Definition& a, const Definition& b) { return a.code_point < b.code_point; });
  return definitions;
}

}  // namespace glyffuser
