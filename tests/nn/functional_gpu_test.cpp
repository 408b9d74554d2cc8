// The GPU's kernels against LibTorch's compositions in float64, values and gradients: on this machine's GPU,
// or emulated.
#include "glyffuser/nn/functional_gpu.hpp"

#include <gtest/gtest.h>
#include <torch/cuda.h>

#include "tests/nn/formula.hpp"
#include "tests/nn/kernel_emulator.hpp"

namespace glyffuser {
namespace {

using testing::formula_values;
using torch::Tensor;

const torch::Device& device() {
  static const torch::Device kDevice =
      torch::cuda::is_available() ? torch::Device(torch::kCUDA, 0) : torch::kCPU;
  return kDevice;
}

const KernelLauncher& launcher() {
  static const emulated::Launcher kEmulator;
  if (device().is_cpu()) return kEmulator;
  const KernelLauncher* kernels = nn::gpu_kernels(torch::zeros({1}, device()));
  if (!kernels) throw std::runtime_error("the kernels do not compile");
  return *kernels;
}

using Function = std::function<Tensor(const std::vector<Tensor>&)>;

/// What `function` gives for the inputs as float64 leaves, and what reaches them of a gradient.
std::vector<Tensor> results(const Function& function, const std::vector<Tensor>& inputs) {
  std::vector<Tensor> leaves;
  for (const Tensor& input : inputs) leaves.push_back(input.detach().requires_grad_());
  const Tensor y = function(leaves);
  (y * formula_values(9, y.sizes()).to(y.options())).sum().backward();
  std::vector<Tensor> all = {y.detach()};
  for (const Tensor& leaf : leaves) all.push_back(leaf.grad());
  return all;
}

std::vector<Tensor> as(const std::vector<Tensor>& tensors, torch::Dtype first, torch::Dtype rest,
                       std::size_t firsts) {
  std::vector<Tensor> all;
  for (std::size_t i = 0; i < tensors.size(); ++i) all.push_back(tensors[i].to(i < firsts ? first : rest));
  return all;
}

/// The first `rounded` inputs are float or bfloat16, those after them float.
void expect_same(const Function& ours, const Function& composed, const std::vector<Tensor>& inputs,
                 std::size_t rounded) {
  for (const auto& [dtype, tolerance] :
       {std::pair{torch::kFloat, 2e-5}, std::pair{torch::kBFloat16, 1.5e-2}}) {
    const auto given = as(inputs, dtype, torch::kFloat, rounded);
    std::vector<Tensor> there;
    for (const Tensor& tensor : given) there.push_back(tensor.to(device()));
    const auto actual = results(ours, there);
    const auto expected = results(composed, as(given, torch::kDouble, torch::kDouble, 0));
    for (std::size_t i = 0; i < expected.size(); ++i) {
      ASSERT_EQ(actual[i].sizes(), expected[i].sizes()) << i;
      const double scale = expected[i].abs().max().item<double>();
      EXPECT_LT((actual[i].cpu().to(torch::kDouble) - expected[i]).abs().max().item<double>() / scale,
                tolerance)
          << "result " << i << " in " << dtype;
    }
  }
}

/// Several blocks to an image, of which the last is not full, and a mean far from 0.
TEST(FunctionalGpuTest, GroupNormIsTheComposition) {
  for (const bool shifted : {false, true}) {
    for (const bool silu : {false, true}) {
      std::vector<Tensor> inputs = {3 * formula_values(1, {2, 48, 31, 29}) + 5, formula_values(3, {48}) + 1,
                                    formula_values(4, {48})};
      if (shifted) inputs.push_back(formula_values(2, {2, 48}));
      const Function ours = [&](const std::vector<Tensor>& in) {
        return nn::group_norm_on_gpu(launcher(), in[0], shifted ? in[3] : Tensor(), in[1], in[2], 6, 1e-5,
                                     silu);
      };
      const Function composed = [&](const std::vector<Tensor>& in) {
        const Tensor x = shifted ? in[0] + in[3].unsqueeze(2).unsqueeze(3) : in[0];
        const Tensor y = torch::group_norm(x, 6, in[1], in[2], 1e-5);
        return silu ? torch::silu(y) : y;
      };
      expect_same(ours, composed, inputs, 1);
    }
  }
}

TEST(FunctionalGpuTest, GroupNormTakesFewPixelsAndManyChannels) {
  const auto run = [](torch::IntArrayRef sizes, std::int64_t groups) {
    const std::int64_t channels = sizes[1];
    const Function ours = [&](const std::vector<Tensor>& in) {
      return nn::group_norm_on_gpu(launcher(), in[0], {}, in[1], in[2], groups, 1e-5, true);
    };
    const Function composed = [&](const std::vector<Tensor>& in) {
      return torch::silu(torch::group_norm(in[0], groups, in[1], in[2], 1e-5));
    };
    expect_same(ours, composed,
                {formula_values(1, sizes), formula_values(3, {channels}) + 1, formula_values(4, {channels})},
                1);
  };
  run({1, 1280, 2, 3}, 32);
  run({3, 8, 3, 1}, 2);
}

TEST(FunctionalGpuTest, GroupNormOfConstantsAndOfNoNumbers) {
  const auto options = torch::device(device());
  const Tensor weight = torch::ones({8}, options), bias = torch::zeros({8}, options);
  const auto norm = [&](const Tensor& x) {
    return nn::group_norm_on_gpu(launcher(), x, {}, weight, bias, 2, 1e-5, false).cpu();
  };
  // 1000 has a distance of 6e-5 to its neighbours, here times 316.
  EXPECT_LT(norm(torch::full({1, 8, 4, 4}, 1000.0, options)).abs().max().item<float>(), 0.1F);
  Tensor x = torch::ones({1, 8, 4, 4}, options);
  x[0][1][2][3] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_TRUE(norm(x)[0][0].isnan().all().item<bool>());
  EXPECT_FALSE(norm(x)[0][4].isnan().any().item<bool>());
}

TEST(FunctionalGpuTest, GegluIsTheComposition) {
  const Function ours = [](const std::vector<Tensor>& in) { return nn::geglu_on_gpu(launcher(), in[0]); };
  const Function composed = [](const std::vector<Tensor>& in) {
    const auto halves = in[0].chunk(2, -1);
    return halves[0] * torch::gelu(halves[1]);
  };
  expect_same(ours, composed, {8 * formula_values(1, {3, 11, 2 * 24})}, 1);
}

TEST(FunctionalGpuTest, AddIsTheComposition) {
  const Function ours = [](const std::vector<Tensor>& in) {
    return nn::add_on_gpu(launcher(), in[0], in[1], in[2]);
  };
  const Function composed = [](const std::vector<Tensor>& in) {
    return in[0] + in[1] + in[2].unsqueeze(1).unsqueeze(2);
  };
  expect_same(
      ours, composed,
      {formula_values(1, {2, 24, 17, 19}), formula_values(2, {2, 24, 17, 19}), formula_values(3, {24})}, 3);
}

TEST(FunctionalGpuTest, WhatDoesNotBeginAtAPackIsCopied) {
  const Tensor all = formula_values(1, {1 + 8 * 2 * 3}).to(torch::kFloat).to(device());
  const Tensor x = all.narrow(0, 1, 48).view({1, 2, 3, 8}).permute({0, 3, 1, 2});
  const Tensor zero = torch::zeros({8}, x.options());
  EXPECT_TRUE(torch::equal(nn::add_on_gpu(launcher(), x, x, zero), x + x));
}

TEST(FunctionalGpuTest, RowsOfWholePacksAreTaken) {
  const Tensor x = torch::zeros({1, 8, 1, 1}), half = x.to(torch::kBFloat16);
  EXPECT_TRUE(nn::fits_gpu_kernels(x, 12));
  EXPECT_FALSE(nn::fits_gpu_kernels(half, 12));
  EXPECT_TRUE(nn::fits_gpu_kernels(half, 4096));
  EXPECT_FALSE(nn::fits_gpu_kernels(half, 4104));
  EXPECT_FALSE(nn::fits_gpu_kernels(torch::zeros({0, 8, 1, 1}), 8));  // no grid has no blocks
  EXPECT_EQ(nn::gpu_kernels(x), nullptr);
}

}  // namespace
}  // namespace glyffuser
