#include "glyffuser/core/progress.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace glyffuser {

Progress::Progress(bool quiet, double plain_interval)
    : quiet_(quiet), terminal_(::isatty(STDERR_FILENO) == 1), interval_(terminal_ ? 0.1 : plain_interval) {}

Progress::~Progress() {
  finish();
}

bool Progress::due() const {
  return !quiet_ && std::chrono::steady_clock::now() - last_ >= std::chrono::duration<double>(interval_);
}

void Progress::show(const std::string& line, bool force) {
  if (quiet_ || (!force && !due())) return;
  last_ = std::chrono::steady_clock::now();
  // \x1b[K clears what a longer line before left behind.
  std::fprintf(stderr, terminal_ ? "\r%s\x1b[K" : "%s\n", line.c_str());
  std::fflush(stderr);
  open_ = terminal_;
}

void Progress::finish() {
  if (open_) std::fputs("\n", stderr);
  open_ = false;
}

std::string progress_bar(double done, double total, int width) {
  const double share = total > 0 ? std::clamp(done / total, 0.0, 1.0) : 0.0;
  const int filled = static_cast<int>(share * width);
  std::string bar(static_cast<std::size_t>(width), ' ');
  for (int i = 0; i < filled; ++i) bar[static_cast<std::size_t>(i)] = '=';
  if (filled < width) bar[static_cast<std::size_t>(filled)] = '>';
  return "[" + bar + "]";
}

}  // namespace glyffuser
