#include "glyffuser/sample/picture_files.hpp"

#include <ATen/Parallel.h>

#include <map>
#include <nlohmann/json.hpp>

#include "glyffuser/core/error.hpp"
#include "glyffuser/core/files.hpp"
#include "glyffuser/core/hash.hpp"
#include "glyffuser/core/parallel.hpp"
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
  return entry.dump(-1, ' ', false,
                    nlohmann::json::error_handler_t::replace);  // a file's name may be any bytes
}

/// Of a picture that is there.
std::map<std::string, std::string> text_of(const fs::path& file) {
  try {
    return read_png_text(file);
  } catch (const FileError& damage) {
    throw FileError(cat(damage.what(), "; --overwrite draws it anew"));
  }
}

}  // namespace

fs::path outline_file(fs::path picture) {
  return picture.replace_extension(".svg");
}

bool PictureFiles::has(const Picture& picture) const {
  if (picture.file.empty() || config_.overwrite) return false;
  std::error_code ignored;  // of names that writing will refuse
  if (!fs::exists(picture.file, ignored)) {
    // An outline is written with its picture or after it.
    const fs::path outline = outline_file(picture.file);
    if (config_.svg && fs::exists(outline, ignored))
      throw ConfigError(cat(outline.string(),
                            ": is there already, without a picture of glyffuser's, expected ",
                            "--overwrite or another --out"));
    return false;
  }
  const auto text = text_of(picture.file);
  const auto found = text.find("glyffuser");
  if (found == text.end() || found->second != parameters_json(drawer_.parameters(picture)))
    throw ConfigError(
        cat(picture.file.string(),
            ": is there already and holds another picture, expected --overwrite or another --out"));
  return !config_.must_draw();
}

// One that is there is kept, as its picture is.
bool PictureFiles::wants_outline(const Finished& picture) const {
  if (!config_.svg || config_.overwrite) return config_.svg;
  std::error_code ignored;
  return !fs::exists(outline_file(picture.picture->file), ignored);
}

std::vector<std::string> PictureFiles::write(const std::vector<Finished>& pictures) {
  std::vector<std::string> pngs(pictures.size());
  std::vector<std::optional<std::string>> outlines(pictures.size());
  const auto threads = static_cast<std::size_t>(at::get_num_threads());
  const auto encode = [&](std::size_t, std::size_t i, std::size_t) {
    const Finished& each = pictures[i];
    pngs[i] = each.is_there ? read_file(each.picture->file)
                            : encode_png(*each.image, picture_text(drawer_.parameters(*each.picture)));
    if (wants_outline(each)) outlines[i] = outline_svg(*each.image);
  };
  in_parallel(pictures.size(), threads, encode, 1);
  std::vector<FileContent> files;
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    const fs::path& file = pictures[i].picture->file;
    if (!pictures[i].is_there) files.push_back({file, pngs[i]});
    if (outlines[i]) files.push_back({outline_file(file), *outlines[i]});
  }
  write_files_atomically(files);
  std::vector<std::string> entries;
  for (std::size_t i = 0; i < pictures.size(); ++i)
    entries.push_back(record(*pictures[i].picture, pngs[i], pictures[i].nearest));
  return entries;
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
