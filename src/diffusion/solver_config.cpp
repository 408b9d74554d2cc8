#include "glyffuser/diffusion/solver_config.hpp"

#include <algorithm>
#include <vector>

#include "glyffuser/core/error.hpp"
#include "glyffuser/core/text.hpp"

namespace glyffuser {
namespace {

void require(bool condition, const std::string& message) {
  if (!condition) throw ConfigError(message);
}

void require_choice(const char* key, const std::string& value, const std::vector<std::string>& choices) {
  require(std::find(choices.begin(), choices.end(), value) != choices.end(),
          cat(key, " is ", value, ", expected one of: ", join(choices, ", ")));
}

}  // namespace

void validate(const SolverConfig& config) {
  require_choice("algorithm_type", config.algorithm_type,
                 {"dpmsolver", "dpmsolver++", "sde-dpmsolver", "sde-dpmsolver++"});
  require_choice("solver_type", config.solver_type, {"midpoint", "heun"});
  require_choice("final_sigmas_type", config.final_sigmas_type, {"zero", "sigma_min"});
  require(config.solver_order >= 1 && config.solver_order <= 3,
          cat("solver_order is ", config.solver_order, ", expected 1 to 3"));
  require(config.solver_order < 3 || !config.algorithm_type.starts_with("sde-"),
          cat("solver_order is 3 with algorithm_type ", config.algorithm_type, ", expected 1 or 2"));
  require(!config.use_karras_sigmas || !config.use_lu_lambdas,
          "use_karras_sigmas and use_lu_lambdas are both true, expected at most one of them");
}

}  // namespace glyffuser
