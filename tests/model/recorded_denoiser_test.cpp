#include "glyffuser/model/recorded_denoiser.hpp"

#include <gtest/gtest.h>
#include <torch/cuda.h>

#include "glyffuser/tensor/device_graph.hpp"
#include "glyffuser/tensor/memory.hpp"

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

TEST(RecordedDenoiserTest, MemoryOfEarlierOnesIsGivenBack) {
  if (!torch::cuda::is_available() || !DeviceGraph::available()) GTEST_SKIP() << "no GPU, or no CUDA graphs";
  const torch::InferenceMode inference;
  const torch::Device device(torch::kCUDA, 0);
  constexpr std::int64_t kBytes = 256 << 20;
  const torch::Tensor noisy = torch::ones({kBytes / 4}, device), timesteps = torch::ones({1}, device);
  forget_memory_peak(device);
  const std::uint64_t before = memory_use(device).now;
  for (int i = 0; i < 20; ++i) {
    const Denoiser replayed = recorded([](const auto& x, const auto& t) { return x * t + 1; }, device);
    for (int call = 0; call < 3; ++call) replayed(noisy, timesteps);
  }
  EXPECT_LT(memory_use(device).peak, before + 12 * kBytes);
}

}  // namespace
}  // namespace glyffuser
