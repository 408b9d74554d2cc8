#pragma once
// Batches with what is random about them, made ready for a step on a background thread while the step before
// runs.

#include <future>

#include "glyffuser/train/trainer.hpp"

namespace glyffuser {

class PreparedBatches {
 public:
  /// Both must outlive the object, and `batches` is its own meanwhile. It runs one batch ahead.
  PreparedBatches(const Trainer& trainer, Batches& batches);

  /// The next batch, waited for if it is not ready. Rethrows what making it threw; it must not be called
  /// again then.
  PreparedBatch next();

 private:
  void prepare();

  const Trainer& trainer_;
  Batches& batches_;
  std::future<PreparedBatch> prepared_;  // last: its destructor waits for the thread that uses the others
};

}  // namespace glyffuser
