#pragma once
// The files of a job's pictures: which of them are there already, how finished ones are written, and what is
// said of them.

#include <filesystem>
#include <optional>
#include <string>

#include "glyffuser/data/nearest_glyph.hpp"
#include "glyffuser/image/png.hpp"
#include "glyffuser/sample/drawer.hpp"
#include "glyffuser/sample/manifest.hpp"

namespace glyffuser {

class PictureFiles {
 public:
  /// `manifest`: where pictures are recorded; null for a picture that stands alone. All must outlive this
  /// object.
  PictureFiles(const SampleConfig& config, const Drawer& drawer, Manifest* manifest)
      : config_(config), drawer_(drawer), manifest_(manifest) {}

  /// Whether the file is there and holds this very picture: the same parameters, left by a job that was
  /// interrupted. Throws ConfigError if it holds something else and `overwrite` is off; FileError if it is no
  /// PNG.
  bool has(const Picture& picture) const;

  /// Writes the PNG and, if asked for, the outline, and records it. Returns the picture's entry, a JSON
  /// object: `file` (its path), its parameters, `sha256` of the file, and if `nearest` is given the real
  /// glyph that it resembles. Throws RunError.
  std::string write(const Picture& picture, const GrayImage& image,
                    const std::optional<NearestGlyph>& nearest = {});

  /// Records a picture that is there already. Returns its entry.
  std::string keep(const Picture& picture, const GrayImage& image,
                   const std::optional<NearestGlyph>& nearest = {});

 private:
  void outline(const Picture& picture, const GrayImage& image) const;
  std::string record(const Picture& picture, const std::string& bytes,
                     const std::optional<NearestGlyph>& nearest);

  const SampleConfig& config_;
  const Drawer& drawer_;
  Manifest* manifest_;
};

}  // namespace glyffuser
