#include "glyffuser/config/tree.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <sstream>
#include <unordered_set>

#include "glyffuser/core/error.hpp"
#include "glyffuser/core/files.hpp"
#include "glyffuser/core/text.hpp"

namespace glyffuser::config {

const Node* Node::find(std::string_view key) const {
  for (const auto& [name, value] : entries) {
    if (name == key) return &value;
  }
  return nullptr;
}

Node* Node::find(std::string_view key) {
  return const_cast<Node*>(std::as_const(*this).find(key));
}

bool is_null(const Node& node) {
  if (node.kind == Node::Kind::null) return true;
  if (node.kind != Node::Kind::scalar || node.quoted) return false;
  return node.scalar.empty() || node.scalar == "~" || node.scalar == "null";
}

std::string shown(const Node& node) {
  switch (node.kind) {
    case Node::Kind::null:
      return "nothing";
    case Node::Kind::scalar:
      return node.quoted ? cat("`\"", node.scalar, "\"`") : cat("`", node.scalar, "`");
    case Node::Kind::sequence:
      return "a list";
    case Node::Kind::map:
      break;
  }
  return "a section";
}

namespace {

/// Converts yaml-cpp's nodes; `place_of` turns a line into the text shown to the user.
class Converter {
 public:
  Converter(std::string name, bool with_lines) : name_(std::move(name)), with_lines_(with_lines) {}

  Node convert(const YAML::Node& yaml, int depth = 0) {
    Node node;
    node.place = place(yaml.Mark());
    if (depth > kMostLevels)
      throw ConfigError(cat(node.place, ": nested deeper than any configuration of glyffuser"));
    if (++nodes_ > kMostNodes)  // as aliases of aliases are, in a few lines
      throw ConfigError(cat(node.place, ": holds more values than any configuration of glyffuser"));
    if (yaml.IsScalar()) {
      node.kind = Node::Kind::scalar;
      node.scalar = yaml.Scalar();
      node.quoted = yaml.Tag() == "!";
    } else if (yaml.IsSequence()) {
      node.kind = Node::Kind::sequence;
      for (const auto& item : yaml) node.items.push_back(convert(item, depth + 1));
    } else if (yaml.IsMap()) {
      node.kind = Node::Kind::map;
      std::unordered_set<std::string> known;
      for (const auto& entry : yaml) add_entry(node, known, entry.first, convert(entry.second, depth + 1));
    }
    return node;
  }

  std::string place(const YAML::Mark& mark) const {
    return with_lines_ && mark.line >= 0 ? cat(name_, ":", mark.line + 1) : name_;
  }

 private:
  static constexpr int kMostLevels = 20, kMostNodes = 100'000;

  void add_entry(Node& map, std::unordered_set<std::string>& known, const YAML::Node& key, Node value) const {
    const std::string key_place = place(key.Mark());
    if (!key.IsScalar()) throw ConfigError(cat(key_place, ": a key must be a plain word"));
    const std::string& name = key.Scalar();
    if (!known.insert(name).second)
      throw ConfigError(
          cat(key_place, ": `", name, "` is given twice (first in ", map.find(name)->place, ")"));
    value.place = key_place;
    map.entries.emplace_back(name, std::move(value));
  }

  std::string name_;
  bool with_lines_;
  int nodes_ = 0;
};

/// Whether the white space that a line, counted from 0, begins with has a tab.
bool indented_with_tab(std::string_view text, int line) {
  for (; line > 0 && !text.empty(); --line) take_line(text);
  return text.substr(0, text.find_first_not_of(" \t")).find('\t') != std::string_view::npos;
}

/// To count documents with: does nothing with what they hold.
struct Passing : YAML::EventHandler {
  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t, const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {
  }
  void OnMapEnd() override {}
};

/// Two for more than two, too: of a text such as "," yaml-cpp 0.7 finds documents without end.
int count_documents(const std::string& text) {
  std::istringstream in(text);
  YAML::Parser parser(in);
  Passing passing;
  int count = 0;
  while (count < 2 && parser.HandleNextDocument(passing)) ++count;
  return count;
}

Node parse(const std::string& text, const std::string& name, bool with_lines) {
  Converter converter(name, with_lines);
  try {
    // yaml-cpp takes the end of the text for the end of an open quotation; a document's end mark it refuses
    // there.
    const std::string whole = text + "\n...\n";
    if (count_documents(whole) > 1)
      throw ConfigError(cat(name,
                            ": holds more than one document, expected one, without `---` after it, nor a "
                            "comma that belongs to nothing"));
    return converter.convert(YAML::Load(whole));
  } catch (const YAML::Exception& failure) {
    const bool tab = indented_with_tab(text, failure.mark.line);  // which yaml-cpp rarely says
    throw ConfigError(cat(converter.place(failure.mark), ": not valid YAML: ", failure.msg,
                          tab ? ": the line is indented with a tab, expected spaces" : ""));
  }
}

/// What is nothing yet becomes a section.
void make_section(Node& node, const std::string& path) {
  if (node.kind == Node::Kind::null) node.kind = Node::Kind::map;
  if (node.kind != Node::Kind::map)
    throw ConfigError(cat(node.place, ": `", path, "` is ", shown(node), ", expected a section"));
}

}  // namespace

Node parse_text(const std::string& text, const std::string& name) {
  Node root = parse(text, name, true);
  if (root.kind == Node::Kind::null) root.kind = Node::Kind::map;
  if (root.kind != Node::Kind::map)
    throw ConfigError(cat(root.place, ": expected `key: value` lines at the top level"));
  return root;
}

Node parse_file(const std::filesystem::path& file) {
  std::string text;
  try {
    text = read_file(file);
  } catch (const FileError& failure) {
    throw ConfigError(failure.what());
  }
  if (text.find('\0') != std::string::npos)
    throw ConfigError(cat(file.string(), ": is a binary file, expected YAML"));
  return parse_text(text, file.string());
}

Node& value_at(Node& root, const std::string& key, const std::string& place) {
  Node* node = &root;
  std::string path;
  for (const std::string& part : split(key, '.')) {
    make_section(*node, path);
    path += cat(path.empty() ? "" : ".", part);
    if (!node->find(part)) {
      node->entries.emplace_back(part, Node{});
      node->entries.back().second.place = place;
    }
    node = node->find(part);
  }
  return *node;
}

void set(Node& root, const std::string& assignment) {
  const auto equals = assignment.find('=');
  const std::string place = cat("--set ", beginning_of(assignment));
  const std::string key = equals == std::string::npos ? "" : assignment.substr(0, equals);
  const std::vector<std::string> parts = split(key, '.');
  if (std::find(parts.begin(), parts.end(), "") != parts.end())
    throw ConfigError(cat(place, ": expected key.path=value"));
  value_at(root, key, place) = parse(assignment.substr(equals + 1), place, false);
}

}  // namespace glyffuser::config
