#pragma once
// The stages of a longer work: what is under way on stderr, how long each took, and where a signal stops it.

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "glyffuser/core/progress.hpp"
#include "glyffuser/core/signals.hpp"
#include "glyffuser/umap/neighbours.hpp"

namespace glyffuser {

/// Thrown out of a stage when a signal has come; not an error.
struct Stopped {};

class Stages {
 public:
  /// `cancelled` must outlive this object.
  Stages(const Cancellation& cancelled, bool quiet) : cancelled_(cancelled), progress_(quiet) {}

  /// work(share): runs it under a name, which is shown with the shares it reports. Throws Stopped before it,
  /// after it and from the share sink.
  template <class Work>
  auto run(const std::string& name, Work work) {
    begin(name);
    auto result = work(ShareSink([this](double share) { show(share); }));
    end();
    return result;
  }

  /// Name and seconds of every stage that has ended.
  const std::vector<std::pair<std::string, double>>& seconds() const { return seconds_; }

 private:
  void begin(const std::string& name);
  void show(double share);
  void end();

  const Cancellation& cancelled_;
  Progress progress_;
  std::string name_;
  std::chrono::steady_clock::time_point start_;
  std::vector<std::pair<std::string, double>> seconds_;
};

}  // namespace glyffuser
