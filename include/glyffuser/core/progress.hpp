#pragma once
// One progress line on stderr: redrawn in place on a terminal, elsewhere one plain line every few seconds.

#include <chrono>
#include <string>

namespace glyffuser {

class Progress {
 public:
  /// `quiet` shows nothing at all. `plain_interval`: seconds between lines where stderr is no terminal.
  explicit Progress(bool quiet = false, double plain_interval = 5.0);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// Show this line; calls that come too soon after the last shown one are dropped unless `force`.
  void show(const std::string& line, bool force = false);
  /// Leave the line standing and go on below it.
  void finish();
  /// Whether a call to show would be drawn now; saves building the line.
  bool due() const;

 private:
  bool quiet_;
  bool terminal_;
  double interval_;
  bool open_ = false;
  std::chrono::steady_clock::time_point last_{};
};

/// "[=====>    ]" of the given width for done of total.
std::string progress_bar(double done, double total, int width = 24);

}  // namespace glyffuser
