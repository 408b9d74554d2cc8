#include "glyffuser/train/prepared_batches.hpp"

namespace glyffuser {

PreparedBatches::PreparedBatches(const Trainer& trainer, Batches& batches)
    : trainer_(trainer), batches_(batches) {
  prepare();
}

PreparedBatch PreparedBatches::next() {
  PreparedBatch batch = prepared_.get();
  prepare();
  return batch;
}

void PreparedBatches::prepare() {
  prepared_ = std::async(std::launch::async, [this] { return trainer_.prepare(batches_.next()); });
}

}  // namespace glyffuser
