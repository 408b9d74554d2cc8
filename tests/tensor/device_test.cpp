#include "glyffuser/tensor/device.hpp"

#include <gtest/gtest.h>

#include "tests/support/expect_error.hpp"

namespace glyffuser {
using testing::expect_error;

TEST(DeviceTest, ByName) {
  EXPECT_TRUE(parse_device("cpu").is_cpu());
  EXPECT_EQ(parse_device("auto").is_cuda(), torch::cuda::is_available());
  for (const char* name : {"gpu", "cuda:", "cuda:x", "cuda:-1", "CPU", ""})
    expect_error<ConfigError>([&] { parse_device(name); }, {name, "auto, cpu, cuda or cuda:N"});
}

TEST(DeviceTest, MissingCudaIsSaid) {
  if (torch::cuda::is_available()) GTEST_SKIP() << "this machine has CUDA";
  expect_error<ConfigError>([] { parse_device("cuda"); }, {"no CUDA device", "--device cpu"});
  expect_error<ConfigError>([] { parse_device("cuda:1"); }, {"cuda:1"});
}

TEST(AutocastTest, LastsAsLongAsItsScope) {
  const torch::Tensor a = torch::ones({2, 2});
  {
    const AutocastScope scope(torch::kCPU, Precision::bf16);
    EXPECT_EQ(torch::mm(a, a).scalar_type(), torch::kBFloat16);
  }
  EXPECT_EQ(torch::mm(a, a).scalar_type(), torch::kFloat32);
  const AutocastScope none(torch::kCPU, Precision::fp32);
  EXPECT_EQ(torch::mm(a, a).scalar_type(), torch::kFloat32);
}

// A weight's bf16 copy must not survive the optimizer step that changes the weight.
TEST(AutocastTest, CopiesOfWeightsDoNotOutliveTheScope) {
  torch::Tensor weight = torch::ones({2, 2}).requires_grad_();
  const torch::Tensor x = torch::ones({2, 2});
  const auto product = [&] {
    const AutocastScope scope(torch::kCPU, Precision::bf16);
    return torch::mm(x, weight).to(torch::kFloat32).sum().item<float>();
  };
  EXPECT_EQ(product(), 8.0F);
  {
    const torch::NoGradGuard no_grad;
    weight.mul_(2);
  }
  EXPECT_EQ(product(), 16.0F);
}

TEST(PrecisionTest, ByName) {
  EXPECT_EQ(parse_precision("bf16"), Precision::bf16);
  expect_error<ConfigError>([] { parse_precision("fp16"); }, {"fp16", "fp32 or bf16"});
}

}  // namespace glyffuser
