#pragma once
// A parsed YAML document with the place of every value, so that each error can say `file:line`. yaml-cpp
// stays behind it; duplicate keys, which yaml-cpp 0.7 accepts, are refused here.

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace glyffuser::config {

/// One YAML value. Scalars keep their text; `quoted` tells "1" from 1.
struct Node {
  enum class Kind { null, scalar, sequence, map };

  Kind kind = Kind::null;
  std::string scalar;
  bool quoted = false;
  std::string place;  ///< "file.yaml:12" or "--set train.steps=5"
  std::vector<Node> items;
  std::vector<std::pair<std::string, Node>> entries;

  /// The value under this key; null if there is none.
  const Node* find(std::string_view key) const;
  Node* find(std::string_view key);
};

/// Whether it stands for no value: nothing at all, `~` or `null`, without quotation marks.
bool is_null(const Node& node);

/// What a message calls a value: "`5`", with quotation marks if it has them, "a list", "a section",
/// "nothing".
std::string shown(const Node& node);

/// Parse a YAML file whose top level is a map (an empty file is an empty map). Throws ConfigError: missing,
/// not YAML, duplicate key, top level not a map, a list or map as a key. Aliases are what they stand for.
Node parse_file(const std::filesystem::path& file);

/// The same for a text; `name` stands for the file in places.
Node parse_text(const std::string& text, const std::string& name);

/// The value under a dotted key such as "train.steps". It, and sections on the way, are made where they are
/// missing, with `place`. Throws ConfigError if something on the way is no section.
Node& value_at(Node& root, const std::string& key, const std::string& place);

/// Put `value` (YAML text) under a dotted key: set(root, "train.steps=5"). Missing maps on the way are made;
/// a value that is there is replaced. Throws ConfigError if it is not of the form key.path=value, or as
/// value_at does.
void set(Node& root, const std::string& assignment);

}  // namespace glyffuser::config
