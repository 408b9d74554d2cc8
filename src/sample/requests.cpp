#include "glyffuser/sample/requests.hpp"

#include <algorithm>
#include <filesystem>
#include <set>
#include <stdexcept>

#include "glyffuser/config/json.hpp"
#include "glyffuser/config/reader.hpp"
#include "glyffuser/core/csv.hpp"
#include "glyffuser/core/error.hpp"
#include "glyffuser/core/files.hpp"
#include "glyffuser/core/text.hpp"
#include "glyffuser/image/png.hpp"

namespace glyffuser {
namespace fs = std::filesystem;

void describe(config::Fields& fields, Request& request) {
  fields.field("prompt", request.prompt);
  fields.field("file", request.file);
  describe(fields, request.settings);
}

namespace {

using config::Node;

/// A prompt is kept in a PNG's text, where a zero byte ends it.
void check_text(std::string_view text, const std::string& place) {
  if (text.find('\0') != std::string_view::npos)
    throw ConfigError(cat(place, ": holds a zero byte, expected a text without"));
  try {
    decode_utf8(text);
  } catch (const std::invalid_argument& failure) {
    throw ConfigError(cat(place, ": ", failure.what(), ", expected a prompt in UTF-8"));
  }
}

void check_file(const Request& request) {
  if (request.file.empty()) return;
  check_text(request.file, cat(request.place, ": `file`"));
  const fs::path file = request.file;
  if (file.filename().empty() || file.filename() == ".")
    throw ConfigError(cat(request.place, ": `file` is ", request.file, ", expected the name of a picture"));
  bool leaves = file.is_absolute();
  for (const fs::path& part : file) leaves = leaves || part == "..";
  for (const fs::path& part : file.parent_path()) {
    // Of these names are the pictures and the manifest.
    if (has_png_name(part) || part.extension() == ".jsonl")
      throw ConfigError(cat(request.place, ": `file` is ", request.file,
                            ", expected folders whose names do not end in ", part.extension().string()));
  }
  if (leaves)
    throw ConfigError(cat(request.place, ": `file` is ", request.file,
                          ", expected a path below the output folder, without `..`"));
}

Node scalar(std::string text, bool quoted, const std::string& place) {
  Node node;
  node.kind = Node::Kind::scalar;
  node.scalar = std::move(text);
  node.quoted = quoted;
  node.place = place;
  return node;
}

/// Else the last one would win, silently.
void check_keys(const Node& record) {
  std::set<std::string_view> known;
  for (const auto& [key, value] : record.entries)
    if (!known.insert(key).second)
      throw ConfigError(cat(record.place, ": `", key, "` is given twice, expected once"));
}

Node cell_node(const std::string& key, const std::string& cell, const std::string& place) {
  const bool text = key == "prompt" || key == "negative_prompt" || key == "file" || key == "seeds";
  if (key != "steps" || cell.find(',') == std::string::npos) return scalar(cell, text, place);
  Node list;
  list.kind = Node::Kind::sequence;
  list.place = place;
  for (const std::string& part : split(cell, ',')) list.items.push_back(scalar(trim(part), false, place));
  return list;
}

}  // namespace

Node parse_record(std::string_view json, const std::string& place) {
  check_text(json, place);
  std::optional<Node> record = config::parse_json(json, place);
  if (!record || record->kind != Node::Kind::map)
    throw ConfigError(cat(place, ": is not a JSON object, expected one such as {\"prompt\": \"gold\"}"));
  return *std::move(record);
}

Request request_from(Node record, const RequestSettings& defaults) {
  check_keys(record);
  std::erase_if(record.entries, [](const auto& entry) { return is_null(entry.second); });
  Request request{.place = record.place, .prompt = {}, .file = {}, .settings = defaults};
  for (const char* other : {"seed", "num_images"}) {
    if (record.find("seeds") && record.find(other))
      throw ConfigError(
          cat(record.place, ": `seeds` and `", other, "` are both given, expected one of them"));
  }
  // A record's own seed wins over a list of seeds among the defaults.
  if (record.find("seed") || record.find("num_images")) request.settings.seeds.clear();
  config::read(record, request);
  check_file(request);
  if (request.prompt) check_text(*request.prompt, cat(request.place, ": `prompt`"));
  check_text(request.settings.negative_prompt, cat(request.place, ": `negative_prompt`"));
  try {
    seed_list(request.settings);
  } catch (const ConfigError& failure) {
    throw ConfigError(cat(request.place, ": ", failure.what()));
  }
  if (request.settings.steps.empty())
    throw ConfigError(cat(request.place, ": `steps` is empty, expected at least one number"));
  return request;
}

Requests::Requests(const SampleConfig& config) : defaults_(config.request), file_(config.prompts_file) {
  check_text(defaults_.negative_prompt, "negative_prompt");
  if (defaults_.steps.empty()) throw ConfigError("`sample.steps` is empty, expected at least one number");
  for (const std::string& prompt : config.prompts) {
    check_text(prompt, "prompt");
    given_.push_back({.place = {}, .prompt = prompt, .file = {}, .settings = defaults_});
  }
  if (file_.empty()) return;
  try {
    text_ = without_byte_order_mark(read_file(file_));
  } catch (const FileError& failure) {
    throw ConfigError(failure.what());
  }
  const std::string extension = lower(fs::path(file_).extension().string());
  if (extension == ".csv") format_ = Format::csv;
  if (extension == ".jsonl") format_ = Format::json_lines;
  format_ == Format::csv ? find_csv_records() : find_records();
  if (records_.empty()) throw ConfigError(cat(file_, ": holds no prompt, expected one a line"));
  for (const Record& record : records_) read(record);
}

Requests::Requests(Request request) : given_({std::move(request)}) {}

Request Requests::at(std::size_t index) const {
  return index < given_.size() ? given_[index] : read(records_.at(index - given_.size()));
}

void Requests::find_records() {
  std::size_t line = 0;
  for (std::size_t at = 0; at < text_.size(); at += line_at(at).size() + 1) {
    ++line;
    if (!trim(line_at(at)).empty()) records_.push_back({at, line});
  }
}

void Requests::find_csv_records() {
  CsvReader reader(text_);
  try {
    columns_ = reader.next().value_or(std::vector<std::string>());
    for (std::string& column : columns_) column = trim(column);
    for (std::size_t i = 1; i < columns_.size(); ++i) {
      if (std::find(columns_.begin(), columns_.begin() + static_cast<std::ptrdiff_t>(i), columns_[i]) !=
          columns_.begin() + static_cast<std::ptrdiff_t>(i))
        throw std::invalid_argument(cat("the column `", columns_[i], "` is there twice"));
    }
    for (std::size_t at = reader.offset(); const auto fields = reader.next(); at = reader.offset()) {
      if (fields->size() != columns_.size())
        throw std::invalid_argument(cat("the record has ", fields->size(), " fields, expected ",
                                        columns_.size(), " as in the header"));
      records_.push_back({at, reader.line()});
    }
  } catch (const std::invalid_argument& failure) {
    throw ConfigError(cat(file_, ":", reader.line(), ": ", failure.what()));
  }
}

Request Requests::read(const Record& record) const {
  const std::string place = cat(file_, ":", record.line);
  switch (format_) {
    case Format::csv:
      return read_csv(record, place);
    case Format::json_lines:
      return request_from(parse_record(line_at(record.offset), place), defaults_);
    case Format::lines:
      break;
  }
  const std::string_view line = line_at(record.offset);
  check_text(line, place);
  const std::string prompt = trim(line);
  // From a pipe, or under another name: braces and all it would be drawn as a prompt.
  if (prompt.starts_with("{\""))
    throw ConfigError(cat(
        place, ": begins as a JSON object, expected a prompt; JSON lines are read from files named .jsonl"));
  return {.place = place, .prompt = prompt, .file = {}, .settings = defaults_};
}

Request Requests::read_csv(const Record& record, const std::string& place) const {
  const auto fields = CsvReader(std::string_view(text_).substr(record.offset)).next();
  Node node;
  node.kind = Node::Kind::map;
  node.place = place;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    check_text(fields->at(i), place);
    // The prompt may be empty: that is one too.
    if (columns_[i] == "prompt" || !trim(fields->at(i)).empty())
      node.entries.emplace_back(columns_[i], cell_node(columns_[i], trim(fields->at(i)), place));
  }
  return request_from(std::move(node), defaults_);
}

std::string_view Requests::line_at(std::size_t offset) const {
  return std::string_view(text_).substr(offset, text_.find('\n', offset) - offset);
}

}  // namespace glyffuser
