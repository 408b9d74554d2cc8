#include "glyffuser/model/model_info.hpp"

#include <nlohmann/json.hpp>

#include "glyffuser/core/error.hpp"
#include "glyffuser/core/files.hpp"
#include "glyffuser/core/text.hpp"

namespace glyffuser {
namespace {

constexpr int kFormatVersion = 1;

void check(bool condition, const std::filesystem::path& file, const char* key, const char* expected) {
  if (!condition) throw FileError(cat(file.string(), ": `", key, "` is out of range, expected ", expected));
}

}  // namespace

ModelInfo read_model_info(const std::filesystem::path& file) {
  ModelInfo info;
  if (!std::filesystem::exists(file)) return info;
  try {
    const auto content = nlohmann::json::parse(read_file(file));
    const int version = content.at("format_version").get<int>();
    if (version > kFormatVersion)
      throw FileError(
          cat(file.string(), ": format version ", version, ", this program knows ", kFormatVersion));
    info.patch_size = content.value("patch_size", info.patch_size);
    info.image_size = content.value("image_size", info.image_size);
    info.conditional = content.value("conditional", info.conditional);
    info.encoder_sha256 = content.value("encoder_sha256", info.encoder_sha256);
    if (content.contains("pixel_range")) {
      info.pixel_low = content["pixel_range"].at(0).get<double>();
      info.pixel_high = content["pixel_range"].at(1).get<double>();
    }
    if (content.contains("training")) {
      info.steps = content["training"].value("steps", info.steps);
      info.samples = content["training"].value("samples", info.samples);
    }
  } catch (const nlohmann::json::exception& failure) {
    throw FileError(cat(file.string(), ": not a glyffuser.json: ", failure.what()));
  }
  check(info.patch_size >= 1 && info.patch_size <= 64, file, "patch_size", "1 to 64");
  check(info.image_size >= 0 && info.image_size <= 4096, file, "image_size", "at most 4096");
  check(info.pixel_low < info.pixel_high, file, "pixel_range", "[black, white] with black below white");
  return info;
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
