#include "glyffuser/encoder/script_device.hpp"

#include <gtest/gtest.h>

namespace glyffuser {
namespace {

// "meta" stands for a GPU: the one other device that every machine has.
TEST(ScriptDeviceTest, TensorsMadeWhileRunningAreOnTheDeviceToo) {
  torch::jit::Module inner("inner");
  inner.define("def forward(self, n: int):\n  return torch.arange(n, device=torch.device('cpu'))\n");
  torch::jit::Module module("outer");
  module.register_module("inner", inner);
  module.define(R"(
def forward(self, x):
  if x.dim() == 1:
    x = x.to(torch.device('cpu'))
  return self.inner.forward(x.size(0)) + x
)");
  move_module(module, torch::kMeta);
  const auto x = torch::zeros({3}, torch::kMeta);
  EXPECT_TRUE(module.forward({x}).toTensor().is_meta());
}

TEST(ScriptDeviceTest, AnExportFromAGpuRunsOnTheCpu) {
  torch::jit::Module module("module");
  module.define("def forward(self, x):\n  return x + torch.ones([3], device=torch.device('cuda:0'))\n");
  move_module(module, torch::kCPU);
  EXPECT_TRUE(torch::equal(module.forward({torch::ones({3})}).toTensor(), torch::full({3}, 2.0F)));
}

TEST(ScriptDeviceTest, ATracedEncoderKeepsNoDeviceOfItsExport) {
  auto module = torch::jit::load(GLYFFUSER_SOURCE_DIR "/tests/fixtures/encoder/relu/encoder.pt");
  const auto text = [&] { return module.dump_to_str(true, false, false); };
  ASSERT_NE(text().find("\"cpu\""), std::string::npos);
  // The weights are on the CPU already, so only the constants change.
  for (const auto& parameter : module.parameters()) ASSERT_TRUE(parameter.is_cpu());
  move_module(module, torch::Device(torch::kCPU, 0));
  EXPECT_EQ(text().find("\"cpu\""), std::string::npos);
}

}  // namespace
}  // namespace glyffuser
