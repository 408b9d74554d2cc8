#include "glyffuser/model/recorded_denoiser.hpp"

#include <gtest/gtest.h>
#include <torch/cuda.h>

#include "glyffuser/tensor/device_graph.hpp"

namespace glyffuser {
namespace {

TEST(RecordedDenoiserTest, OnACpuEveryCallIsTheDenoisers) {
  int calls = 0;
  const Denoiser denoiser = [&](const torch::Tensor& noisy, const torch::Tensor& timesteps) {
    ++calls;
    return noisy * timesteps;
  };
  const Denoiser same = recorded(denoiser, torch::kCPU);
  for (const float t : {3.0F, 2.0F, 1.0F}) {
    const torch::Tensor output = same(torch::ones({2}), torch::tensor({t}));
    EXPECT_TRUE(torch::equal(output, torch::full({2}, t)));
  }
  EXPECT_EQ(calls, 3);
}

TEST(RecordedDenoiserTest, OnAGpuItIsAskedTwiceAndTheRestReplayed) {
  if (!torch::cuda::is_available() || !DeviceGraph::available()) GTEST_SKIP() << "no GPU, or no CUDA graphs";
  const torch::InferenceMode inference;
  const torch::Device device(torch::kCUDA);
  int calls = 0;
  const Denoiser denoiser = [&](const torch::Tensor& noisy, const torch::Tensor& timesteps) {
    ++calls;
    return (noisy * timesteps).sin();
  };
  const Denoiser replayed = recorded(denoiser, device);
  for (const float t : {4.0F, 3.0F, 2.0F, 1.0F}) {
    const torch::Tensor noisy = torch::full({8}, t + 0.5F, device);
    const torch::Tensor timesteps = torch::full({1}, t, device);
    EXPECT_TRUE(torch::equal(replayed(noisy, timesteps), (noisy * timesteps).sin())) << t;
  }
  EXPECT_EQ(calls, 2);
}

}  // namespace
}  // namespace glyffuser
