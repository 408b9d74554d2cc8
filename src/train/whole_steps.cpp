#include "glyffuser/train/whole_steps.hpp"

#include <c10/core/CachingDeviceAllocator.h>

#include <vector>

#include "glyffuser/core/log.hpp"

namespace glyffuser {
namespace {

std::vector<torch::Tensor> defined_ones(const StepInputs& inputs) {
  std::vector<torch::Tensor> tensors;
  for (const torch::Tensor& tensor :
       {inputs.images, inputs.timesteps, inputs.noise, inputs.states, inputs.mask, inputs.numbers}) {
    if (tensor.defined()) tensors.push_back(tensor);
  }
  return tensors;
}

StepInputs copy_of(const StepInputs& inputs) {
  const auto copy = [](const torch::Tensor& tensor) { return tensor.defined() ? tensor.clone() : tensor; };
  return {copy(inputs.images), copy(inputs.timesteps), copy(inputs.noise),
          copy(inputs.states), copy(inputs.mask),      copy(inputs.numbers)};
}

}  // namespace

WholeSteps::WholeSteps(const torch::Device& device, Step step)
    : device_(device),
      step_(std::move(step)),
      stream_(device),
      records_(device.is_cuda() && DeviceGraph::available()) {}

WholeSteps::~WholeSteps() = default;

torch::Tensor WholeSteps::run(const StepInputs& inputs) {
  torch::Tensor result;
  // Waiting for the step's end costs little: the next batch is being prepared meanwhile, on another stream.
  stream_.run([&] { result = take(inputs).to(torch::kCPU); });
  return result;
}

torch::Tensor WholeSteps::take(const StepInputs& inputs) {
  if (!records_) return step_(inputs);
  const Shape shape{inputs.images.size(0), inputs.states.defined() ? inputs.states.size(1) : 0};
  const auto [place, is_new] = recorded_.try_emplace(shape);
  if (is_new) return first_of_its_shape(inputs);
  std::unique_ptr<Recorded>& recorded = place->second;
  if (!recorded) {
    recorded = record(inputs);
    records_ = recorded != nullptr;
    if (!records_) return step_(inputs);
    if (!first_) first_ = &recorded->graph;
  }
  const auto from = defined_ones(inputs), to = defined_ones(recorded->inputs);
  for (std::size_t i = 0; i < to.size(); ++i) torch::Tensor(to[i]).copy_(from[i], /*non_blocking=*/true);
  recorded->graph.replay();
  return recorded->result;
}

// It needs memory of its own, as graphs keep theirs.
torch::Tensor WholeSteps::first_of_its_shape(const StepInputs& inputs) {
  try {
    return step_(inputs);
  } catch (const c10::OutOfMemoryError&) {
    if (!first_) throw;
  }
  log::warning(
      "a step of another batch size or caption length does not fit into memory beside the recorded ones; "
      "training goes on without CUDA graphs, which is slower");
  records_ = false;
  recorded_.clear();
  first_ = nullptr;
  c10::getDeviceAllocator(device_.type())->emptyCache();
  return step_(inputs);
}

std::unique_ptr<WholeSteps::Recorded> WholeSteps::record(const StepInputs& inputs) const {
  auto recorded = std::make_unique<Recorded>();
  recorded->inputs = copy_of(inputs);
  recorded->result = torch::empty({2}, inputs.numbers.options());
  // The graph keeps its memory apart from what the allocator holds back for others: that must make room.
  c10::getDeviceAllocator(device_.type())->emptyCache();
  const auto step = [&] { recorded->result.copy_(step_(recorded->inputs)); };
  return recorded->graph.record("training", step, first_) ? std::move(recorded) : nullptr;
}

}  // namespace glyffuser
