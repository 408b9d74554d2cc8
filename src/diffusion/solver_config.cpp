#include "glyffuser/diffusion/solver_config.hpp"

#include "glyffuser/config/checks.hpp"
#include "glyffuser/core/text.hpp"

namespace glyffuser {
namespace {

using config::require;
using config::require_choice;

const config::Choices kAlgorithms{"dpmsolver", "dpmsolver++", "sde-dpmsolver", "sde-dpmsolver++"};

}  // namespace

void describe(config::Fields& fields, SolverConfig& config) {
  fields.field("algorithm_type", config.algorithm_type, kAlgorithms);
  fields.field("solver_order", config.solver_order, config::between<std::int64_t>(1, 3));
  fields.field("solver_type", config.solver_type, kSolverTypes);
  fields.field("lower_order_final", config.lower_order_final);
  fields.field("euler_at_final", config.euler_at_final);
  fields.field("use_karras_sigmas", config.use_karras_sigmas);
  fields.field("use_lu_lambdas", config.use_lu_lambdas);
  fields.field("final_sigmas_type", config.final_sigmas_type, kFinalSigmasTypes);
}

void validate(const SolverConfig& config) {
  require_choice("algorithm_type", config.algorithm_type, kAlgorithms);
  require_choice("solver_type", config.solver_type, kSolverTypes);
  require_choice("final_sigmas_type", config.final_sigmas_type, kFinalSigmasTypes);
  require(config.solver_order >= 1 && config.solver_order <= 3,
          cat("solver_order is ", config.solver_order, ", expected 1 to 3"));
  require(config.solver_order < 3 || !config.algorithm_type.starts_with("sde-"),
          cat("solver_order is 3 with algorithm_type ", config.algorithm_type, ", expected 1 or 2"));
  require(!config.use_karras_sigmas || !config.use_lu_lambdas,
          "use_karras_sigmas and use_lu_lambdas are both true, expected at most one of them");
}

}  // namespace glyffuser
