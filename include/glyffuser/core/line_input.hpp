#pragma once
// Lines from a pipe that wait without deafness: a signal ends the waiting.

#include <functional>
#include <optional>
#include <string>

namespace glyffuser {

class LineInput {
 public:
  /// `stopped` is asked a few times a second while a line is awaited. The descriptor stays open.
  LineInput(int descriptor, std::function<bool()> stopped)
      : descriptor_(descriptor), stopped_(std::move(stopped)) {}

  /// The next line without its end; nothing at the end of the input or once stopped. Throws RunError if the
  /// input cannot be read.
  std::optional<std::string> next();

 private:
  bool fill();

  int descriptor_;
  std::function<bool()> stopped_;
  std::string buffer_;
  bool ended_ = false;
};

}  // namespace glyffuser
