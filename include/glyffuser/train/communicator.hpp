#pragma once
// The processes ("ranks") that train one model together, and what they say to each other: NCCL between GPUs,
// Gloo between CPUs, both out of LibTorch. One process alone is a communicator too, and costs nothing.

#include <torch/types.h>

#include <memory>
#include <string>
#include <vector>

#include "glyffuser/train/launch.hpp"

namespace glyffuser {

/// All ranks must make the same calls in the same order. A rank that ends early, by an error or a signal,
/// makes the calls of the others throw RunError; where even that is not noticed (a lost machine) their
/// processes end with exit code 4 and a sentence in the log, half a minute later. `what` names the transfer
/// in such messages.
class Communicator {
 public:
  /// One process alone.
  Communicator();
  /// Meets the other ranks, waiting up to five minutes for them, and from then on watches that they live.
  /// `device`: this rank's. Throws ConfigError if two processes have one RANK or this program was built
  /// without what that needs, RunError if they do not meet.
  Communicator(const Launch& launch, const torch::Device& device);
  ~Communicator();
  Communicator(const Communicator&) = delete;
  Communicator& operator=(const Communicator&) = delete;

  /// Whether several processes can train on CPUs: Gloo's headers were there when this program was built.
  static bool has_gloo();

  /// The one that `Communicator()` makes, for default arguments.
  static const Communicator& alone();

  int rank() const { return rank_; }
  int size() const { return size_; }
  /// Whether this is rank 0, which alone writes files and reports.
  bool is_first() const { return rank_ == 0; }

  /// Every tensor becomes the sum of its values on all ranks, bit for bit the same on all. Any shapes, types
  /// and devices; they travel in flat buckets of one type and about 25 MB.
  void sum(const std::vector<torch::Tensor>& tensors, const std::string& what) const;

  /// Every tensor becomes rank 0's.
  void broadcast(const std::vector<torch::Tensor>& tensors, const std::string& what) const;

  /// Waits until all ranks are here.
  void barrier(const std::string& what) const;

  /// Throws ConfigError on the ranks whose `text` is not rank 0's.
  void check_same(const std::string& text, const std::string& what) const;

  /// Rank 0 does this before the others begin, so that they find the caches that it filled.
  template <class Work>
  auto first_rank_first(const std::string& what, Work work) const {
    if (!is_first()) barrier(what);
    auto result = work();
    if (is_first()) barrier(what);
    return result;
  }

 private:
  struct Connection;

  int rank_ = 0;
  int size_ = 1;
  std::unique_ptr<Connection> connection_;
};

}  // namespace glyffuser
