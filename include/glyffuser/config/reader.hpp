#pragma once
// Fills config structs from a parsed document, strictly: every key must be known, of the right type, in
// range.

#include <string>
#include <vector>

#include "glyffuser/config/fields.hpp"
#include "glyffuser/config/tree.hpp"
#include "glyffuser/core/error.hpp"

namespace glyffuser::config {

/// Whether there may be keys that no field asks for.
enum class UnknownKeys { refused, passed_over };

class Reader : public Fields {
 public:
  explicit Reader(const Node& root, UnknownKeys unknown = UnknownKeys::refused) : unknown_(unknown) {
    levels_.push_back({&root, "", {}});
  }

  /// Throws ConfigError for keys of the current level that no field asked for. `enter`/`leave` do it for
  /// sections; call it once for the top level.
  void finish();

 protected:
  void visit(std::string_view key, const AnyField& field) override;
  void enter(std::string_view key) override;
  void leave() override;

 private:
  struct Level {
    const Node* node;  // null: the section is absent from the document, its fields keep their defaults
    std::string path;
    std::vector<std::string> known;
  };

  const Node* take(std::string_view key);
  std::string full(std::string_view key) const;

  UnknownKeys unknown_;
  std::vector<Level> levels_;
};

/// Read a whole document into a config: `read(parse_file("train.yaml"), config)`.
template <class Config>
void read(const Node& root, Config& config) {
  Reader reader(root);
  describe(reader, config);
  reader.finish();
}

/// Read a model's or a run's file, which other programs and later versions may add keys to. What is wrong is
/// a FileError.
template <class Values>
void read_values(const Node& root, Values& values) {
  try {
    Reader reader(root, UnknownKeys::passed_over);
    describe(reader, values);
  } catch (const ConfigError& failure) {
    throw FileError(failure.what());
  }
}

}  // namespace glyffuser::config
