#pragma once
// The files of a job's pictures: which of them are there already, how finished ones are written, and what is
// said of them.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "glyffuser/data/nearest_glyph.hpp"
#include "glyffuser/image/png.hpp"
#include "glyffuser/sample/drawer.hpp"
#include "glyffuser/sample/manifest.hpp"

namespace glyffuser {

/// The outline beside a picture.
std::filesystem::path outline_file(std::filesystem::path picture);

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

  /// A picture as drawn, or as found in its file.
  struct Finished {
    const Picture* picture;
    const GrayImage* image;
    std::optional<NearestGlyph> nearest;
    bool is_there = false;  ///< its PNG is kept
  };

  /// Writes the PNGs and, if asked for, the outlines, all or none, and records the pictures. Returns each
  /// one's entry, a JSON object: `file` (its path), its parameters, `sha256` of the file, and if `nearest` is
  /// given the real glyph that it resembles. Throws RunError, FileError for a kept picture that is gone,
  /// ConfigError for outlines without potrace.
  std::vector<std::string> write(const std::vector<Finished>& pictures);

 private:
  bool wants_outline(const Finished& picture) const;
  std::string record(const Picture& picture, const std::string& bytes,
                     const std::optional<NearestGlyph>& nearest);

  const SampleConfig& config_;
  const Drawer& drawer_;
  Manifest* manifest_;
};

}  // namespace glyffuser
