#include "glyffuser/sample/picture_files.hpp"

#include <nlohmann/json.hpp>

#include "glyffuser/core/error.hpp"
#include "glyffuser/core/files.hpp"
#include "glyffuser/core/hash.hpp"
#include "glyffuser/core/text.hpp"
#include "glyffuser/image/outline.hpp"

namespace glyffuser {
namespace fs = std::filesystem;
namespace {

nlohmann::ordered_json description(const NearestGlyph& nearest) {
  if (nearest.code_point == 0) return nullptr;
  return {{"character", encode_utf8(nearest.code_point)},
          {"correlation", nearest.correlation},
          {"distance", nearest.distance}};
}

std::string entry_of(const std::string& file, const PictureParameters& parameters, const std::string& bytes,
                     const std::optional<NearestGlyph>& nearest) {
  nlohmann::ordered_json entry = {{"file", file}};
  entry.update(nlohmann::ordered_json::parse(parameters_json(parameters)));
  entry["sha256"] = sha256(bytes);
  if (nearest) entry["nearest"] = description(*nearest);
  return entry.dump();
}

}  // namespace

bool PictureFiles::has(const Picture& picture) const {
  if (picture.file.empty() || config_.overwrite || !fs::exists(picture.file)) return false;
  const auto text = read_png_text(picture.file);
  const auto found = text.find("glyffuser");
  if (found == text.end() || found->second != parameters_json(drawer_.parameters(picture)))
    throw ConfigError(
        cat(picture.file.string(),
            ": is there already and holds another picture, expected --overwrite or another --out"));
  return !config_.must_draw();
}

std::string PictureFiles::write(const Picture& picture, const GrayImage& image,
                                const std::optional<NearestGlyph>& nearest) {
  const std::string bytes = encode_png(image, picture_text(drawer_.parameters(picture)));
  write_file_atomically(picture.file, bytes);
  outline(picture, image);
  return record(picture, bytes, nearest);
}

std::string PictureFiles::keep(const Picture& picture, const GrayImage& image,
                               const std::optional<NearestGlyph>& nearest) {
  outline(picture, image);
  return record(picture, read_file(picture.file), nearest);
}

void PictureFiles::outline(const Picture& picture, const GrayImage& image) const {
  if (!config_.svg) return;
  fs::path file = picture.file;
  if (const auto svg = outline_svg(image)) write_file_atomically(file.replace_extension(".svg"), *svg);
}

std::string PictureFiles::record(const Picture& picture, const std::string& bytes,
                                 const std::optional<NearestGlyph>& nearest) {
  const PictureParameters parameters = drawer_.parameters(picture);
  if (manifest_) {
    const std::string name = manifest_->name_of(picture.file);
    manifest_->record(name, entry_of(name, parameters, bytes, nearest));
  }
  return entry_of(picture.file.string(), parameters, bytes, nearest);
}

}  // namespace glyffuser
