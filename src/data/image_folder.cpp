#include "glyffuser/data/image_folder.hpp"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <span>

#include "glyffuser/core/error.hpp"
#include "glyffuser/core/parallel.hpp"
#include "glyffuser/core/text.hpp"
#include "glyffuser/data/evenly_spread.hpp"
#include "glyffuser/data/packed_text.hpp"
#include "glyffuser/image/png.hpp"
#include "glyffuser/image/resize.hpp"

namespace glyffuser {
namespace fs = std::filesystem;
namespace {

struct Entry {
  std::string place;  // metadata.jsonl:line, for messages
  std::string name;   // of the picture, within the folder
  fs::path picture;
  std::string caption;
};

// Runs of white space as one space, so that a caption is one line.
std::string one_line(const std::string& text) {
  std::string out;
  for (const char c : trim(text)) {
    const bool space = c == ' ' || (c >= '\t' && c <= '\r');
    if (!space)
      out += c;
    else if (out.back() != ' ')
      out += ' ';
  }
  return out;
}

std::string string_of(const nlohmann::json& object, const char* key, const std::string& place) {
  if (!object.contains(key)) return "";
  const auto& value = object.at(key);
  if (!value.is_string())
    throw FileError(cat(place, ": `", key, "` is ", value.type_name(), "; a string was expected"));
  return value.get<std::string>();
}

Entry parse_entry(const std::string& line, const std::string& place, const fs::path& folder) {
  const auto object = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object())
    throw FileError(cat(place, ": not a JSON object; {\"file_name\": …, \"text\": …} was expected"));
  const fs::path name = string_of(object, "file_name", place);
  if (name.empty()) throw FileError(cat(place, ": has no `file_name`"));
  const fs::path plain = name.lexically_normal();
  if (plain.is_absolute() || *plain.begin() == "..")
    throw FileError(cat(place, ": `file_name` is ", name, "; a file within the folder was expected"));
  std::string caption = one_line(string_of(object, "text", place));
  if (caption.empty()) caption = one_line(string_of(object, "caption", place));
  return {place, plain.generic_string(), folder / plain, std::move(caption)};
}

/// All pictures have one, or none has: those are for an unconditional model.
void check_captions(const std::vector<Entry>& entries) {
  const auto has_none = [](const Entry& entry) { return entry.caption.empty(); };
  const auto first = std::find_if(entries.begin(), entries.end(), has_none);
  if (first == entries.end() || std::all_of(entries.begin(), entries.end(), has_none)) return;
  throw FileError(cat(first->place, ": has neither `text` nor `caption`, or they are empty, expected a ",
                      "caption, or none in any line (for an unconditional model)"));
}

std::vector<Entry> read_metadata(const fs::path& folder) {
  std::error_code ignored;
  if (!fs::is_directory(folder, ignored))
    throw FileError(cat(folder.string(), ": no such folder; one with a metadata.jsonl was expected"));
  const fs::path file = folder / "metadata.jsonl";
  std::vector<Entry> entries;
  std::size_t number = 0;
  for (const std::string& line : split(read_text_file(file), '\n')) {
    ++number;
    if (!trim(line).empty()) entries.push_back(parse_entry(line, cat(file.string(), ":", number), folder));
  }
  if (entries.empty()) throw FileError(cat(file.string(), ": lists no picture"));
  check_captions(entries);
  return entries;
}

void read_picture(const Entry& entry, std::int64_t side, std::span<std::uint8_t> ink) {
  try {
    invert(resize_to_square(read_image(entry.picture), static_cast<int>(side)).pixels, ink);
  } catch (const FileError& problem) {
    throw FileError(cat(entry.place, ": ", problem.what()));
  }
}

}  // namespace

GlyphRecords read_image_folder(const DataConfig& config) {
  if (config.characters)
    throw ConfigError("`data.characters` chooses among a font's glyphs, expected none with `data.folder`");
  const std::vector<Entry> entries = evenly_spread(read_metadata(*config.folder), config.max_glyphs);
  const std::int64_t side = config.image_size;
  GlyphRecords records;
  records.code_points.assign(entries.size(), 0);
  for (const Entry& entry : entries) {
    records.captions.push_back(entry.caption);
    records.file_names.push_back(entry.name);
  }
  records.ink = PackedPictures::drawn(
      entries.size(), side, thread_count(static_cast<std::size_t>(config.threads)),
      [&](std::size_t, std::size_t i, std::span<std::uint8_t> ink) { read_picture(entries[i], side, ink); });
  return records;
}

}  // namespace glyffuser
