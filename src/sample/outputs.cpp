#include "glyffuser/sample/outputs.hpp"

#include "glyffuser/core/error.hpp"
#include "glyffuser/core/text.hpp"
#include "glyffuser/sample/film.hpp"

namespace glyffuser {
namespace fs = std::filesystem;
namespace {

constexpr const char* kSoftware = "Software";  // a keyword of the PNG specification, section 11.3.3.2

bool is_ours(const fs::path& file) {
  try {
    const auto text = read_png_text(file);
    const auto software = text.find(kSoftware);
    return text.contains("glyffuser") || (software != text.end() && software->second == "glyffuser");
  } catch (const FileError&) {
    return false;  // not even a PNG
  }
}

void check_free(const fs::path& file, const SampleConfig& config, bool ours_may_go) {
  if (file.empty() || config.overwrite || !fs::exists(file) || (ours_may_go && is_ours(file))) return;
  throw ConfigError(cat(file.string(), ": is there already, expected --overwrite or another name"));
}

}  // namespace

PngText sheet_text() {
  return {{kSoftware, "glyffuser"}};
}

void check_outputs(const SampleConfig& config, const Plan& plan) {
  const bool own_grid = !plan.folder().empty() && plan.grid() == plan.folder() / "grid.png";
  if (!own_grid) check_free(plan.grid(), config, true);
  check_free(config.animation, config, false);
  if (!config.animation.empty()) check_free(Film::contact_sheet(config.animation), config, true);
  check_free(config.raw, config, false);
  check_preview(config);
}

void check_preview(const SampleConfig& config) {
  check_free(config.preview, config, true);
}

}  // namespace glyffuser
