#include "glyffuser/diffusion/guidance.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "glyffuser/tensor/generator.hpp"

namespace glyffuser {
namespace {

TEST(GuidanceTest, LeadsFromUnconditionalThroughConditional) {
  const torch::Tensor cond = torch::full({1, 1, 2, 2}, 3.0);
  const torch::Tensor uncond = torch::full({1, 1, 2, 2}, 1.0);
  EXPECT_TRUE(torch::equal(guide(cond, uncond, 0.0), uncond));
  EXPECT_TRUE(torch::equal(guide(cond, uncond, 1.0), cond));
  EXPECT_TRUE(torch::equal(guide(cond, uncond, 5.0), torch::full({1, 1, 2, 2}, 11.0)));
}

TEST(GuidanceTest, LargeScalesStayWhatTheFormulaSays) {
  ImageGenerators generators({4, 5});
  const torch::Tensor cond = generators.normal({1, 8, 8});
  const torch::Tensor uncond = generators.normal({1, 8, 8});
  for (double scale = 1; scale <= 15; scale += 0.5) {
    const torch::Tensor expected =
        (1 - scale) * uncond.to(torch::kFloat64) + scale * cond.to(torch::kFloat64);
    const torch::Tensor guided = guide(cond, uncond, scale);
    ASSERT_LT((guided - expected).abs().max().item<double>(), 2e-5) << scale;
    // Rescaled wholly, the contrast is the conditional prediction's, however large the scale.
    const torch::Tensor rescaled = rescale_guidance(guided, cond, 1);
    ASSERT_TRUE(torch::allclose(rescaled.flatten(1).std(1), cond.flatten(1).std(1), 1e-4)) << scale;
  }
}

TEST(GuidanceTest, RescaleEqualsDiffusers) {
  std::ifstream file(GLYFFUSER_SOURCE_DIR "/tests/fixtures/diffusion/tables.json");
  const nlohmann::json expected = nlohmann::json::parse(file)["guidance"];
  ImageGenerators generators({5, 6});
  const torch::Tensor cond = generators.normal({1, 8, 8});
  const torch::Tensor guided = generators.normal({1, 8, 8}) * 3 + 1;
  const torch::Tensor flat = rescale_guidance(guided, cond, expected["amount"]).to(torch::kFloat64).flatten();
  EXPECT_NEAR(flat.sum().item<double>(), expected["result"][0], 1e-4);
  EXPECT_NEAR(flat.abs().mean().item<double>(), expected["result"][1], 1e-6);
  EXPECT_NEAR(flat[0].item<double>(), expected["result"][2], 2e-6);
  EXPECT_NEAR(flat[77].item<double>(), expected["result"][3], 2e-6);
  EXPECT_NEAR(flat[127].item<double>(), expected["result"][4], 2e-6);
}

TEST(GuidanceTest, RescaledImagesDoNotSeeEachOther) {
  ImageGenerators generators({1, 2});
  const torch::Tensor cond = generators.normal({1, 4, 4});
  const torch::Tensor guided = 4 * generators.normal({1, 4, 4});
  const torch::Tensor both = rescale_guidance(guided, cond, 0.7);
  EXPECT_TRUE(torch::allclose(both.slice(0, 1), rescale_guidance(guided.slice(0, 1), cond.slice(0, 1), 0.7)));
}

TEST(GuidanceTest, AConstantPredictionStaysFinite) {
  const torch::Tensor constant = torch::ones({1, 1, 4, 4});
  EXPECT_TRUE(rescale_guidance(constant, constant, 0.7).isfinite().all().item<bool>());
}

}  // namespace
}  // namespace glyffuser
