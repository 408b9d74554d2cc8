#include "glyffuser/sample/job_progress.hpp"

#include "glyffuser/core/text.hpp"

namespace glyffuser {

void JobProgress::step(const SamplingStep& step) {
  ++done_.steps;
  if (!line_.due()) return;
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start_;
  const double rate = static_cast<double>(done_.steps) / took.count();
  const auto left = static_cast<double>(work_.steps - done_.steps);
  line_.show(cat(progress_bar(static_cast<double>(done_.steps), static_cast<double>(work_.steps)), " ",
                 done_.pictures, "/", work_.pictures, " pictures | step ", step.index + 1, "/", step.count,
                 " | ", fixed(rate, 1), " steps/s | ", human_seconds(left / rate), " left"));
}

}  // namespace glyffuser
