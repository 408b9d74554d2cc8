#include "glyffuser/umap/stages.hpp"

#include "glyffuser/core/text.hpp"

namespace glyffuser {

void Stages::begin(const std::string& name) {
  if (cancelled_) throw Stopped{};
  name_ = name;
  start_ = std::chrono::steady_clock::now();
  progress_.show(cat(name_, " …"));
}

void Stages::show(double share) {
  if (cancelled_) throw Stopped{};
  if (progress_.due()) progress_.show(cat(progress_bar(share, 1), " ", name_));
}

void Stages::end() {
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start_;
  seconds_.emplace_back(name_, took.count());
  if (cancelled_) throw Stopped{};
}

}  // namespace glyffuser
