#pragma once
// Writes config structs as YAML that reads back to the same values.

#include <string>

#include "glyffuser/config/fields.hpp"

namespace glyffuser::config {

class Dumper : public Fields {
 public:
  void field(std::string_view key, bool& value) override;
  void field(std::string_view key, std::int64_t& value, const Range<std::int64_t>& range) override;
  void field(std::string_view key, double& value, const Range<double>& range) override;
  void field(std::string_view key, std::string& value, const Choices& choices) override;
  void field(std::string_view key, std::optional<std::int64_t>& value,
             const Range<std::int64_t>& range) override;
  void field(std::string_view key, std::optional<double>& value, const Range<double>& range) override;
  void field(std::string_view key, std::optional<std::string>& value, const Choices& choices) override;
  void field(std::string_view key, Period& value, Never never) override;
  void field(std::string_view key, std::vector<std::string>& value, const Choices& choices) override;
  void field(std::string_view key, std::vector<std::int64_t>& value,
             const Range<std::int64_t>& range) override;

  const std::string& text() const { return text_; }

 protected:
  bool enter(std::string_view key) override;
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
