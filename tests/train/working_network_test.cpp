#include "glyffuser/train/working_network.hpp"

#include <gtest/gtest.h>

namespace glyffuser {
namespace {

std::shared_ptr<UNet> small_network() {
  UNetConfig config;
  config.class_name = "UNet2DModel";
  config.sample_size = 8;
  config.in_channels = config.out_channels = 1;
  config.block_out_channels = {32};
  config.down_block_types = {"DownBlock2D"};
  config.mid_block_type = "UNetMidBlock2D";
  config.up_block_types = {"UpBlock2D"};
  config.layers_per_block = 1;
  return make_unet(config, 1);
}

// Such as the projection of the text's states where no block attends to them.
TEST(WorkingNetworkTest, AWeightThatTheLossDoesNotDependOnHasNoGradient) {
  for (const auto dtype : {torch::kFloat, torch::kBFloat16}) {
    const auto network = small_network();
    WorkingNetwork working(network, dtype);
    working.refresh();
    const auto weights = network->parameters();
    for (const bool collected : {false, true}) {
      working.unet().parameters().front().sum().backward();
      if (collected) working.collect_gradients();
      const auto gradients = working.take_gradients();
      ASSERT_EQ(gradients.size(), weights.size());
      EXPECT_TRUE(gradients.front().eq(1).all().item<bool>());
      for (std::size_t i = 1; i < gradients.size(); ++i) {
        EXPECT_EQ(gradients[i].sizes(), weights[i].sizes());
        EXPECT_TRUE(gradients[i].eq(0).all().item<bool>()) << i;
      }
    }
  }
}

TEST(WorkingNetworkTest, GradientsOfMicroBatchesAddUpInFloat32) {
  const auto network = small_network();
  WorkingNetwork working(network, torch::kBFloat16);
  working.refresh();
  for (const int factor : {256, 1}) {  // 257 is no bfloat16
    (factor * working.unet().parameters().front()).sum().backward();
    working.collect_gradients();
  }
  const torch::Tensor sum = working.take_gradients().front();
  EXPECT_EQ(sum.scalar_type(), torch::kFloat);
  EXPECT_TRUE(sum.eq(257).all().item<bool>());
}

}  // namespace
}  // namespace glyffuser
