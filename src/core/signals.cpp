#include "glyffuser/core/signals.hpp"

#include <csignal>

namespace glyffuser {
namespace {

volatile std::sig_atomic_t g_signal = 0;

extern "C" void remember(int signal) {
  g_signal = signal;
  // A second signal means that the user does not want to wait for the save.
  std::signal(signal, SIG_DFL);
}

}  // namespace

Cancellation::Cancellation() {
  g_signal = 0;
  std::signal(SIGINT, remember);
  std::signal(SIGTERM, remember);
}

Cancellation::~Cancellation() {
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
}

Cancellation::operator bool() const {
  return g_signal != 0;
}

int Cancellation::exit_code() const {
  return g_signal == 0 ? 0 : 128 + g_signal;
}

}  // namespace glyffuser
