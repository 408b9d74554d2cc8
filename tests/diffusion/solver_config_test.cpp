#include "glyffuser/diffusion/solver_config.hpp"

#include <gtest/gtest.h>

#include "tests/support/expect_error.hpp"

namespace glyffuser {
namespace {

using testing::expect_error;

void expect_refused(void (*change)(SolverConfig&), std::initializer_list<std::string> parts) {
  SolverConfig config;
  change(config);
  expect_error<ConfigError>([&] { validate(config); }, parts);
}

TEST(SolverConfigTest, RefusesWhatHasNoMeaning) {
  EXPECT_NO_THROW(validate(SolverConfig{}));
  expect_refused([](SolverConfig& c) { c.algorithm_type = "deis"; },
                 {"algorithm_type is deis", "dpmsolver++"});
  expect_refused([](SolverConfig& c) { c.solver_type = "bh2"; }, {"solver_type is bh2", "midpoint, heun"});
  expect_refused([](SolverConfig& c) { c.final_sigmas_type = "small"; }, {"final_sigmas_type", "sigma_min"});
  for (const std::int64_t order : {0, 4}) {
    SolverConfig config;
    config.solver_order = order;
    expect_error<ConfigError>([&] { validate(config); }, {"solver_order", "1 to 3"});
  }
  expect_refused(
      [](SolverConfig& c) {
        c.solver_order = 3;
        c.algorithm_type = "sde-dpmsolver++";
      },
      {"solver_order is 3", "sde-dpmsolver++", "1 or 2"});
  expect_refused([](SolverConfig& c) { c.use_karras_sigmas = c.use_lu_lambdas = true; },
                 {"use_karras_sigmas and use_lu_lambdas"});
}

}  // namespace
}  // namespace glyffuser
