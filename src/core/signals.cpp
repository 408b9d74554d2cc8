#include "glyffuser/core/signals.hpp"

#include <csignal>

namespace glyffuser {
namespace {

volatile std::sig_atomic_t g_signal = 0;

extern "C" void remember(int signal) {
  g_signal = signal;
  // A second signal means that the user does not want to wait for the save. A lost terminal is none of the
  // user's doing, and is often told twice: by the shell and by the system.
  if (signal != SIGHUP) std::signal(signal, SIG_DFL);
}

/// What a signal does from now on, unless whoever started the program had it ignored.
void unless_ignored(int signal, void (*action)(int)) {
  struct sigaction now {};
  if (::sigaction(signal, nullptr, &now) == 0 && now.sa_handler != SIG_IGN) std::signal(signal, action);
}

}  // namespace

Cancellation::Cancellation(bool listens) : listens_(listens) {
  g_signal = 0;
  if (!listens_) return;
  std::signal(SIGINT, remember);
  std::signal(SIGTERM, remember);
  unless_ignored(SIGHUP, remember);
}

Cancellation::~Cancellation() {
  if (!listens_) return;
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
  unless_ignored(SIGHUP, SIG_DFL);
}

Cancellation::operator bool() const {
  return g_signal != 0;
}

int Cancellation::exit_code() const {
  return g_signal == 0 ? 0 : 128 + g_signal;
}

}  // namespace glyffuser
