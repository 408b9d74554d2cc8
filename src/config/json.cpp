#include "glyffuser/config/json.hpp"

#include <nlohmann/json.hpp>
#include <unordered_set>

#include "glyffuser/core/error.hpp"
#include "glyffuser/core/files.hpp"
#include "glyffuser/core/text.hpp"

namespace glyffuser::config {
namespace {

constexpr std::size_t kDeepest = 32, kMostValues = 500'000;

/// Builds the nodes while nlohmann's parser, which needs no stack of its own, goes through the text.
class NodeBuilder : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit NodeBuilder(std::string place) : place_(std::move(place)) {}

  bool null() override {
    add(Node::Kind::null);
    return true;
  }
  bool boolean(bool value) override { return bare(value ? "true" : "false"); }
  bool number_integer(number_integer_t value) override { return bare(cat(value)); }
  bool number_unsigned(number_unsigned_t value) override { return bare(cat(value)); }
  bool number_float(number_float_t, const string_t& text) override { return bare(text); }
  bool string(string_t& text) override {
    Node& node = add(Node::Kind::scalar);
    node.scalar = text;
    node.quoted = true;
    return true;
  }
  bool binary(binary_t&) override { return false; }
  bool key(string_t& text) override {
    key_ = text;
    return true;
  }
  bool start_object(std::size_t) override { return open(Node::Kind::map); }
  bool start_array(std::size_t) override { return open(Node::Kind::sequence); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool parse_error(std::size_t, const std::string& token, const nlohmann::json::exception& error) override {
    constexpr int kOutOfRange = 406;  // nlohmann's out_of_range.406: a number that no double holds
    if (error.id == kOutOfRange)
      throw ConfigError(cat(place_, ": the number ", token, " is too large, expected one below 1.8e308"));
    return false;
  }

  Node root;

 private:
  Node& add(Node::Kind kind) {
    Node* node = &root;
    if (!open_.empty()) {
      Node& parent = *open_.back();
      node = parent.kind == Node::Kind::map ? &parent.entries.emplace_back(key_, Node{}).second
                                            : &parent.items.emplace_back();
    }
    if (++values_ > kMostValues) throw ConfigError(cat(place_, ": holds more than ", kMostValues, " values"));
    node->kind = kind;
    node->place = place_;
    return *node;
  }

  bool bare(std::string text) {
    add(Node::Kind::scalar).scalar = std::move(text);
    return true;
  }

  bool open(Node::Kind kind) {
    open_.push_back(&add(kind));
    if (open_.size() > kDeepest) throw ConfigError(cat(place_, ": is nested more than ", kDeepest, " deep"));
    return true;
  }

  bool close() {
    open_.pop_back();
    return true;
  }

  std::string place_;
  std::string key_;
  std::size_t values_ = 0;
  std::vector<Node*> open_;  // each the last value of the one before, so that none of them moves
};

}  // namespace

std::optional<Node> parse_json(std::string_view text, const std::string& place) {
  NodeBuilder builder(place);
  if (!nlohmann::json::sax_parse(text, &builder)) return std::nullopt;
  return std::move(builder.root);
}

namespace {

void refuse_repeated_keys(const Node& node, const std::string& place) {
  std::unordered_set<std::string_view> known;
  for (const auto& [key, value] : node.entries) {
    if (!known.insert(key).second) throw FileError(cat(place, ": `", key, "` is given twice, expected once"));
    refuse_repeated_keys(value, place);
  }
  for (const Node& item : node.items) refuse_repeated_keys(item, place);
}

}  // namespace

Node json_object(std::string_view text, const std::string& place) {
  std::optional<Node> node;
  try {
    node = parse_json(text, place);
  } catch (const ConfigError& failure) {
    throw FileError(failure.what());
  }
  if (!node || node->kind != Node::Kind::map) throw FileError(cat(place, ": is not a JSON object"));
  refuse_repeated_keys(*node, place);
  return *std::move(node);
}

Node read_json_object(const std::filesystem::path& file) {
  return json_object(read_file(file), file.string());
}

std::optional<std::map<std::string, std::string>> texts_in(const Node* node) {
  if (!node || node->kind != Node::Kind::map) return std::nullopt;
  std::map<std::string, std::string> texts;
  for (const auto& [key, text] : node->entries) {
    if (text.kind != Node::Kind::scalar || !text.quoted) return std::nullopt;
    texts[key] = text.scalar;
  }
  return texts;
}

}  // namespace glyffuser::config
