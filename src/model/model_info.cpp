#include "glyffuser/model/model_info.hpp"

#include <nlohmann/json.hpp>

#include "glyffuser/config/json.hpp"
#include "glyffuser/config/reader.hpp"
#include "glyffuser/core/error.hpp"
#include "glyffuser/core/text.hpp"

namespace glyffuser {
namespace {

constexpr int kFormatVersion = 1;

/// What the file holds.
struct StoredInfo {
  std::int64_t format_version = 0;
  ModelInfo info;
  std::vector<double> pixel_range = {-1, 1};
};

struct TrainingCounts {
  std::int64_t& steps;
  std::int64_t& samples;
};

void describe(config::Fields& fields, TrainingCounts& counts) {
  fields.field("steps", counts.steps, config::at_least<std::int64_t>(0));
  fields.field("samples", counts.samples, config::at_least<std::int64_t>(0));
}

void describe(config::Fields& fields, StoredInfo& stored) {
  ModelInfo& info = stored.info;
  TrainingCounts training{.steps = info.steps, .samples = info.samples};
  fields.field("format_version", stored.format_version, config::at_least<std::int64_t>(1));
  fields.field("patch_size", info.patch_size, config::between<std::int64_t>(1, 64));
  fields.field("image_size", info.image_size, config::between<std::int64_t>(0, 4096));
  fields.field("conditional", info.conditional);
  fields.field("encoder_sha256", info.encoder_sha256);
  fields.field("pixel_range", stored.pixel_range);
  fields.section("training", training);
}

}  // namespace

ModelInfo read_model_info(const std::filesystem::path& file) {
  if (!std::filesystem::exists(file)) return {};
  StoredInfo stored;
  config::read_values(config::read_json_object(file), stored);
  if (stored.format_version == 0)
    throw FileError(cat(file.string(), ": has no `format_version`, expected ", kFormatVersion));
  if (stored.format_version > kFormatVersion)
    throw FileError(cat(file.string(), ": format version ", stored.format_version, ", this program knows ",
                        kFormatVersion));
  if (stored.pixel_range.size() != 2 || stored.pixel_range[0] >= stored.pixel_range[1])
    throw FileError(
        cat(file.string(), ": `pixel_range` is not [black, white] with black below white, such as [-1, 1]"));
  stored.info.pixel_low = stored.pixel_range[0];
  stored.info.pixel_high = stored.pixel_range[1];
  return stored.info;
}

void override_pixel_range(ModelInfo& info, const std::vector<std::int64_t>& range) {
  if (range.empty()) return;
  if (range.size() != 2 || range[0] >= range[1])
    throw ConfigError(
        "sample.pixel_range is not [black, white] with black below white, expected [0, 1] or [-1, 1]");
  info.pixel_low = static_cast<double>(range[0]);
  info.pixel_high = static_cast<double>(range[1]);
}

std::string model_info_json(const ModelInfo& info) {
  nlohmann::ordered_json content = {
      {"format_version", kFormatVersion}, {"patch_size", info.patch_size},
      {"image_size", info.image_size},    {"pixel_range", {info.pixel_low, info.pixel_high}},
      {"conditional", info.conditional},  {"training", {{"steps", info.steps}, {"samples", info.samples}}}};
  if (info.conditional) content["encoder_sha256"] = info.encoder_sha256;
  return content.dump(2) + "\n";
}

}  // namespace glyffuser
