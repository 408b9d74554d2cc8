#pragma once
// Fills config structs from a parsed document, strictly: every key must be known, of the right type, in
// range.

#include <string>
#include <vector>

#include "glyffuser/config/fields.hpp"
#include "glyffuser/config/tree.hpp"

namespace glyffuser::config {

class Reader : public Fields {
 public:
  explicit Reader(const Node& root) { levels_.push_back({&root, "", {}}); }

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

  std::vector<Level> levels_;
};

/// Read a whole document into a config: `read(parse_file("train.yaml"), config)`.
template <class Config>
void read(const Node& root, Config& config) {
  Reader reader(root);
  describe(reader, config);
  reader.finish();
}

}  // namespace glyffuser::config
