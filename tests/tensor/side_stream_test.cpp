#include "glyffuser/tensor/side_stream.hpp"

#include <gtest/gtest.h>
#include <torch/cuda.h>

#include "glyffuser/tensor/device_graph.hpp"

namespace glyffuser {
namespace {

TEST(SideStreamTest, OnACpuTheWorkIsJustDone) {
  const torch::Tensor numbers = torch::arange(5);
  torch::Tensor result;
  SideStream(torch::kCPU).run([&] { result = copy_to(numbers, torch::kCPU) + 1; });
  EXPECT_TRUE(torch::equal(result, torch::arange(1, 6)));
  EXPECT_THROW(SideStream(torch::kCPU).run([] { throw std::runtime_error("no"); }), std::runtime_error);
}

TEST(DeviceGraphTest, ABuildWithoutSaysSo) {
  if (DeviceGraph::available()) GTEST_SKIP() << "a build with CUDA graphs";
  DeviceGraph graph;
  EXPECT_THROW(graph.record("a test", [] {}), std::logic_error);
  EXPECT_THROW(graph.replay(), std::logic_error);
}

TEST(DeviceGraphTest, ReplaysWithNewValues) {
  if (!DeviceGraph::available() || !torch::cuda::is_available()) GTEST_SKIP() << "no GPU, or no CUDA graphs";
  const torch::Device gpu(torch::kCUDA, 0);
  const torch::Tensor in = torch::ones({4}, gpu), out = torch::zeros({4}, gpu);
  const auto work = [&] { out.copy_(in * 2); };
  DeviceGraph graph;
  SideStream(gpu).run([&] {
    work();
    EXPECT_TRUE(graph.record("a test", work));
    in.fill_(3);
    graph.replay();
  });
  EXPECT_TRUE(torch::equal(out.cpu(), torch::full({4}, 6.0F)));
}

}  // namespace
}  // namespace glyffuser
