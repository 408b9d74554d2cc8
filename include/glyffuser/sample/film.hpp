#pragma once
// --animation: the way from noise to pictures, as an animation and as a contact sheet beside it.

#include <filesystem>
#include <memory>
#include <vector>

#include "glyffuser/diffusion/sampler.hpp"
#include "glyffuser/image/animation.hpp"
#include "glyffuser/image/contact_sheet.hpp"
#include "glyffuser/model/model.hpp"
#include "glyffuser/sample/picture_batches.hpp"

namespace glyffuser {

/// All pictures of a plan in the cells of its layout, row by row; images of no pixels where there is none.
std::vector<GrayImage> in_cells(const Plan& plan, const std::vector<GrayImage>& pictures);

class Film {
 public:
  /// For the pictures of `plan`, which are drawn in one batch of at most `batch_size`. Model and plan must
  /// outlive this object. Throws ConfigError: more pictures than that, pictures of several groups, frames
  /// that are too large, an extension that is neither .webp nor .gif.
  Film(std::filesystem::path file, const Model& model, const Plan& plan, std::size_t batch_size);

  /// After every step: what the next one will meet, noise and all; the last frame is the finished pictures.
  /// Throws std::invalid_argument and RunError as Animation::add.
  void after(const SamplingStep& step, const Scheduler& scheduler);

  /// The name of the contact sheet beside an animation.
  static std::filesystem::path contact_sheet(std::filesystem::path animation);

  /// Writes the animation, and the contact sheet under the name with -steps.png. Returns both names. Throws
  /// RunError.
  std::vector<std::filesystem::path> write();

 private:
  std::filesystem::path file_;
  const Model& model_;
  const Plan& plan_;
  std::unique_ptr<Animation> animation_;
  std::unique_ptr<ContactSheet> sheet_;
  std::size_t first_ = 0;  // evaluation: later than 0 if drawing began with a picture
};

}  // namespace glyffuser
