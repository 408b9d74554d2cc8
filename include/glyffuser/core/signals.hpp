#pragma once
// SIGINT, SIGTERM and SIGHUP as a flag that loops look at (CERT SIG30-C: the handler does nothing else).
// SIGINT or SIGTERM ends the process at once when the same one comes a second time; one after the other does
// not, as a wrapper may forward both.

namespace glyffuser {

/// Installs the handlers for its lifetime; one object per process, made by a command that saves on a stop.
/// SIGHUP stays ignored where it was, as nohup leaves it.
class Cancellation {
 public:
  /// Where there is nothing to save, `listens` is false: no handler is installed, a signal ends the process.
  explicit Cancellation(bool listens = true);
  ~Cancellation();
  Cancellation(const Cancellation&) = delete;
  Cancellation& operator=(const Cancellation&) = delete;

  /// Whether a signal has come.
  explicit operator bool() const;
  /// 129 for SIGHUP, 130 for SIGINT, 143 for SIGTERM, 0 if none came.
  int exit_code() const;

 private:
  bool listens_;
};

}  // namespace glyffuser
