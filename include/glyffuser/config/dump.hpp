#pragma once
// Writes config structs as YAML that reads back to the same values.

#include <string>

#include "glyffuser/config/fields.hpp"

namespace glyffuser::config {

class Dumper : public Fields {
 public:
  const std::string& text() const { return text_; }

 protected:
  void visit(std::string_view key, const AnyField& field) override;
  void enter(std::string_view key) override;
  void leave() override;

 private:
  void line(std::string_view key, const std::string& value);

  std::string text_;
  int depth_ = 0;
};

/// The whole config as YAML.
template <class Config>
std::string dump(Config config) {
  Dumper dumper;
  describe(dumper, config);
  return dumper.text();
}

}  // namespace glyffuser::config
