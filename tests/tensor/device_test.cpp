#include "glyffuser/tensor/device.hpp"

#include <gtest/gtest.h>
#include <torch/cuda.h>

#include <fstream>
#include <iterator>

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

TEST(DeviceTest, OfAFailureTheFirstLineIsTold) {
  EXPECT_EQ(short_message(std::runtime_error("no memory\nframe #0\n")), "no memory");
  EXPECT_EQ(short_message(std::runtime_error("no memory")), "no memory");
  EXPECT_EQ(
      short_message(std::runtime_error("The following operation failed in the TorchScript interpreter.\n"
                                       "Traceback of TorchScript:\nRuntimeError: index out of range\n")),
      "RuntimeError: index out of range");
}

TEST(PrecisionTest, ByName) {
  EXPECT_EQ(parse_precision("bf16"), torch::kBFloat16);
  expect_error<ConfigError>([] { parse_precision("fp16"); }, {"fp16", "fp32 or bf16"});
}

TEST(PrecisionTest, AutoIsWhatTheDeviceIsFastIn) {
  EXPECT_EQ(resolve_precision("fp32", torch::kCPU), "fp32");
  EXPECT_EQ(resolve_precision("bf16", torch::kCPU), "bf16");
  // The kernel's list of what the processor can, on x86.
  std::ifstream file("/proc/cpuinfo");
  const std::string all((std::istreambuf_iterator<char>(file)), {});
  if (all.find("\nflags") == all.npos) GTEST_SKIP() << "not x86";
  const bool has = all.find(" avx512_bf16 ") != all.npos || all.find(" amx_bf16 ") != all.npos;
  EXPECT_EQ(resolve_precision("auto", torch::kCPU), has ? "bf16" : "fp32");
}

}  // namespace glyffuser
