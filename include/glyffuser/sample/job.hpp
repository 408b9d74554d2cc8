#pragma once
// One sampling job from plan to files, batch by batch; what is there already is kept and not drawn again.

#include <torch/types.h>

#include <functional>
#include <string>
#include <vector>

#include "glyffuser/core/signals.hpp"
#include "glyffuser/sample/film.hpp"
#include "glyffuser/sample/job_progress.hpp"
#include "glyffuser/sample/picture_files.hpp"
#include "glyffuser/sample/preview.hpp"
#include "glyffuser/sample/resemblances.hpp"
#include "glyffuser/sample/sheet.hpp"

namespace glyffuser {

/// Hears of each picture as it is finished, with its entry (see PictureFiles).
using PictureSink = std::function<void(const Picture& picture, const std::string& entry)>;

class Job {
 public:
  /// Checks everything that can be known before drawing. `manifest` may be null, `resemblances` too, if
  /// nobody asks which real glyphs the pictures resemble; all must outlive this object. Throws ConfigError (a
  /// file that holds another picture, impossible steps) and FileError.
  Job(const SampleConfig& config, Drawer& drawer, const Plan& plan, Manifest* manifest,
      const Resemblances* resemblances);

  /// Draws what is missing and writes the pictures of each batch as it is finished. Returns early once
  /// `cancelled`. Throws RunError, and ConfigError and FileError as PictureFiles::has and write.
  void run(const Cancellation& cancelled, bool quiet, const PictureSink& finished);

  Sheet& sheet() { return sheet_; }
  /// Null if none is asked for.
  Film* film() { return film_.get(); }
  /// Float [N, 1, H, W], if the configuration asks for it.
  torch::Tensor raw() const { return torch::stack(raw_); }

 private:
  void measure();
  torch::Tensor draw(const PictureBatch& batch, const Cancellation& cancelled, JobProgress& progress);
  bool complete(const PictureBatch& batch) const;
  void finish(const PictureBatch& batch, const std::vector<GrayImage>& drawn, const PictureSink& finished);

  const SampleConfig& config_;
  Drawer& drawer_;
  const Plan& plan_;
  const Resemblances* resemblances_;
  PictureFiles files_;
  SamplePreview preview_;
  std::unique_ptr<Film> film_;
  Shard shard_;
  std::size_t batch_size_;
  Work work_;
  Sheet sheet_;
  std::vector<torch::Tensor> raw_;
};

}  // namespace glyffuser
