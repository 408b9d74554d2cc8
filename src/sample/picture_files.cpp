#include "glyffuser/sample/picture_files.hpp"

#include <nlohmann/json.hpp>

#include "glyffuser/core/error.hpp"
#include "glyffuser/core/files.hpp"
#include "glyffuser/core/hash.hpp"
#include "glyffuser/core/text.hpp"

namespace glyffuser {
namespace fs = std::filesystem;
namespace {

std::string entry_of(const std::string& file, const PictureParameters& parameters, const std::string& bytes) {
  nlohmann::ordered_json entry = {{"file", file}};
  entry.update(nlohmann::ordered_json::parse(parameters_json(parameters)));
  entry["sha256"] = sha256(bytes);
  return entry.dump();
}

}  // namespace

bool PictureFiles::has(const Picture& picture) const {
  // Float results are not in the file: they have to be drawn again.
  if (picture.file.empty() || config_.overwrite || !fs::exists(picture.file)) return false;
  const auto text = read_png_text(picture.file);
  const auto found = text.find("glyffuser");
  if (found == text.end() || found->second != parameters_json(drawer_.parameters(picture)))
    throw ConfigError(
        cat(picture.file.string(),
            ": is there already and holds another picture, expected --overwrite or another --out"));
  return config_.raw.empty();
}

std::string PictureFiles::write(const Picture& picture, const GrayImage& image) {
  const std::string bytes = encode_png(image, picture_text(drawer_.parameters(picture)));
  write_file_atomically(picture.file, bytes);
  return record(picture, bytes);
}

std::string PictureFiles::keep(const Picture& picture) {
  return record(picture, read_file(picture.file));
}

std::string PictureFiles::record(const Picture& picture, const std::string& bytes) {
  const PictureParameters parameters = drawer_.parameters(picture);
  if (manifest_) {
    const std::string name = manifest_->name_of(picture.file);
    manifest_->record(name, entry_of(name, parameters, bytes));
  }
  return entry_of(picture.file.string(), parameters, bytes);
}

}  // namespace glyffuser
