#pragma once
// Training steps as one piece of work for the device, which decides itself whether the weights are updated:
// nothing comes back to the host before the end. On a GPU each is recorded as a graph and replayed.

#include <torch/types.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <utility>

#include "glyffuser/tensor/device_graph.hpp"
#include "glyffuser/tensor/side_stream.hpp"

namespace glyffuser {

/// What a step reads, on the device. Equal shapes mean equal work.
struct StepInputs {
  torch::Tensor images;     ///< float [B, 1, S, S]
  torch::Tensor timesteps;  ///< int64 [B]
  torch::Tensor noise;      ///< float [B, 1, S, S]
  torch::Tensor states;     ///< float [B, L, D] of the captions; undefined in an unconditional model
  torch::Tensor mask;       ///< bool [B, L]; undefined likewise
  torch::Tensor numbers;    ///< float32 [N] that change from step to step, a learning rate for instance
};

class WholeSteps {
 public:
  /// The step itself. Returns float32 [2] on the device, what the host is to learn of it. It may be broken
  /// off by an exception and begun anew.
  using Step = std::function<torch::Tensor(const StepInputs&)>;

  /// On a GPU `step` is called twice for every pair of batch size and caption length: the first time to be
  /// done, the second to be recorded, after which the graph takes its place. Where recording fails for
  /// anything but want of memory, or a new pair finds too little of it beside the graphs, a warning says so,
  /// and it is called for each step. So it is on a CPU.
  WholeSteps(const torch::Device& device, Step step);
  ~WholeSteps();

  /// One step; returns its result on the CPU when the device is done.
  torch::Tensor run(const StepInputs& inputs);

 private:
  struct Recorded {
    StepInputs inputs;  // the graph reads these
    torch::Tensor result;
    DeviceGraph graph;
  };
  using Shape = std::pair<std::int64_t, std::int64_t>;  // batch size and caption length

  torch::Tensor take(const StepInputs& inputs);
  torch::Tensor first_of_its_shape(const StepInputs& inputs);
  std::unique_ptr<Recorded> record(const StepInputs& inputs) const;

  torch::Device device_;
  Step step_;
  SideStream stream_;
  bool records_;
  std::map<Shape, std::unique_ptr<Recorded>> recorded_;  // null: done once, not recorded yet
  const DeviceGraph* first_ = nullptr;                   // whose memory all graphs share
};

}  // namespace glyffuser
