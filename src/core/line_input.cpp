#include "glyffuser/core/line_input.hpp"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "glyffuser/core/error.hpp"
#include "glyffuser/core/text.hpp"

namespace glyffuser {
namespace {

// read() is restarted after a signal, and poll() may begin to wait just after one: so it waits in turns.
constexpr int kTurn = 200;  // milliseconds

}  // namespace

std::optional<std::string> LineInput::next() {
  std::size_t end = buffer_.find('\n');
  while (end == std::string::npos && !ended_) {
    const std::size_t searched = buffer_.size();
    if (!fill()) return std::nullopt;
    end = buffer_.find('\n', searched);
  }
  if (end == std::string::npos && buffer_.empty()) return std::nullopt;
  std::string line = buffer_.substr(0, end);
  buffer_.erase(0, end == std::string::npos ? end : end + 1);
  return line;
}

/// More of the input, or its end; false once stopped.
bool LineInput::fill() {
  while (true) {
    if (stopped_()) return false;
    pollfd waiting{.fd = descriptor_, .events = POLLIN, .revents = 0};
    const int ready = ::poll(&waiting, 1, kTurn);
    if (ready == 0 || (ready < 0 && errno == EINTR)) continue;
    std::array<char, 65536> bytes{};
    const ssize_t count = ready < 0 ? -1 : ::read(descriptor_, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw RunError(cat("standard input: cannot be read: ", std::strerror(errno)));
    buffer_.append(bytes.data(), static_cast<std::size_t>(count));
    ended_ = count == 0;
    return true;
  }
}

}  // namespace glyffuser
