#include "glyffuser/sample/outputs.hpp"

#include <set>

#include "glyffuser/core/error.hpp"
#include "glyffuser/core/files.hpp"
#include "glyffuser/core/text.hpp"
#include "glyffuser/sample/film.hpp"
#include "glyffuser/sample/manifest.hpp"

namespace glyffuser {
namespace fs = std::filesystem;
namespace {

constexpr const char* kSoftware = "Software";  // a keyword of the PNG specification, section 11.3.3.2

/// Whether it is a grid, a contact sheet or a preview.
bool is_our_sheet(const fs::path& file) {
  try {
    const auto text = read_png_text(file);
    const auto software = text.find(kSoftware);
    return software != text.end() && software->second == "glyffuser";
  } catch (const FileError&) {
    return false;  // not even a PNG
  }
}

void check_free(const fs::path& file, const SampleConfig& config, bool our_sheets_may_go) {
  if (file.empty()) return;
  check_can_be_made(file);
  std::error_code ignored;  // of names that writing will refuse
  if (config.overwrite || !fs::exists(file, ignored)) return;
  if (our_sheets_may_go && is_our_sheet(file)) return;
  throw ConfigError(cat(file.string(), ": is there already, expected --overwrite or another name"));
}

/// What is written is PNG whatever the name says.
void check_is_for_png(const fs::path& file) {
  const std::string extension = lower(file.extension().string());
  for (const char* other : {".jpg", ".jpeg", ".gif", ".webp", ".bmp", ".tif", ".tiff", ".svg"})
    if (extension == other)
      throw ConfigError(cat(file.string(), ": is written as PNG, expected a name that ends in .png"));
}

/// Empty: none.
fs::path sheet_of(const SampleConfig& config) {
  return config.animation.empty() ? fs::path() : Film::contact_sheet(config.animation);
}

fs::path manifest_of(const SampleConfig& config, const Plan& plan) {
  return plan.folder().empty() ? fs::path() : manifest_file(plan.folder(), parse_shard(config.shard));
}

/// Every file beside the pictures has a name of its own, which no picture has.
void check_names(const SampleConfig& config, const Plan& plan) {
  std::set<fs::path> names;
  const fs::path here = fs::current_path();
  const auto normal = [&](const fs::path& file) { return (here / file).lexically_normal(); };
  for (const fs::path& file : {plan.grid(), fs::path(config.raw), fs::path(config.preview),
                               fs::path(config.animation), sheet_of(config), manifest_of(config, plan)}) {
    if (!file.empty() && !names.insert(normal(file)).second)
      throw ConfigError(cat(file.string(), ": is the name of two files, expected one for each"));
  }
  if (names.empty()) return;
  Pictures pictures(plan);
  while (const auto picture = pictures.next()) {
    if (!picture->file.empty() && names.contains(normal(picture->file)))
      throw ConfigError(cat(picture->file.string(),
                            ": is the name of a picture and of another file, expected one for each"));
  }
}

}  // namespace

PngText sheet_text() {
  return {{kSoftware, "glyffuser"}};
}

void check_outputs(const SampleConfig& config, const Plan& plan) {
  if (config.svg && plan.folder().empty() && plan.size() > 1)
    throw ConfigError(cat(config.out, ": is a grid of ", plan.size(),
                          " pictures, and --svg outlines single ones; expected a folder as --out"));
  check_names(config, plan);
  std::error_code ignored;
  if (!fs::is_directory(config.out, ignored)) check_is_for_png(config.out);
  check_is_for_png(plan.grid());
  if (!plan.folder().empty()) check_can_be_made(plan.folder() / "manifest.jsonl");
  check_free(plan.grid(), config, true);
  check_free(config.animation, config, false);
  check_free(sheet_of(config), config, true);
  check_free(config.raw, config, false);
  check_preview(config);
}

void check_preview(const SampleConfig& config) {
  check_is_for_png(config.preview);
  check_free(config.preview, config, true);
}

}  // namespace glyffuser
