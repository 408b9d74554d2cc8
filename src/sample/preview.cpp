#include "glyffuser/sample/preview.hpp"

#include <cmath>

#include "glyffuser/image/grid.hpp"
#include "glyffuser/model/draw.hpp"
#include "glyffuser/sample/outputs.hpp"

namespace glyffuser {

void SamplePreview::after(const SamplingStep& step, std::size_t count) const {
  if (config_.preview.empty()) return;
  const std::size_t done = step.index + 1;
  if (done != step.count && done % static_cast<std::size_t>(config_.preview_every) != 0) return;
  const torch::Tensor foreseen =
      step.result.pred_original_sample.narrow(0, 0, static_cast<std::int64_t>(count));
  const int columns = static_cast<int>(std::ceil(std::sqrt(static_cast<double>(count))));
  write_png(config_.preview, make_grid(to_images(to_pictures(model_, foreseen)), columns), sheet_text());
}

}  // namespace glyffuser
