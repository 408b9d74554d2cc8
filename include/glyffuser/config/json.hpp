#pragma once
// JSON as the same nodes as YAML's, so that the Reader checks both alike. nlohmann-json stays behind it.

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "glyffuser/config/tree.hpp"

namespace glyffuser::config {

/// A text in JSON, every value of it with `place`; nothing if it is none. Texts are `quoted`; numbers keep
/// the form that they are written in, and a key that is there twice is two entries. Throws ConfigError with
/// the place if brackets are nested more than 32 deep (whatever walks such a value would use up its stack),
/// if there are more than 500,000 values (a node is a hundred times as large as a number), or if a number is
/// larger than a double.
std::optional<Node> parse_json(std::string_view text, const std::string& place);

/// The object that a text in JSON is, of a model's or a run's file. Throws FileError beginning with `place`:
/// no JSON object, a key that is there twice (of which others would take the last), and as parse_json.
Node json_object(std::string_view text, const std::string& place);

/// The same of a file, which is its place; also if it cannot be read.
Node read_json_object(const std::filesystem::path& file);

/// What an object of texts holds, by key; nothing if `node` is null or no such object.
std::optional<std::map<std::string, std::string>> texts_in(const Node* node);

}  // namespace glyffuser::config
