#pragma once
// Which of several processes this one is, as torchrun says it in the environment, and an sbatch script can
// too: https://docs.pytorch.org/docs/stable/elastic/run.html#environment-variables

#include <cstdint>
#include <string>

namespace glyffuser {

struct Launch {
  int rank = 0;                   ///< RANK: of this process among all, 0 … size-1
  int size = 1;                   ///< WORLD_SIZE: how many processes train together
  int local_rank = 0;             ///< LOCAL_RANK: of this process among those of its machine
  std::string master_address;     ///< MASTER_ADDR: where rank 0 runs
  std::uint16_t master_port = 0;  ///< MASTER_PORT: where the ranks meet
  /// Whether the launcher listens at that port already, as torchrun does (TORCHELASTIC_USE_AGENT_STORE);
  /// otherwise rank 0 does.
  bool launcher_listens = false;
  std::string attempt = "0";  ///< TORCHELASTIC_RESTART_COUNT: keeps a restarted job from old keys
};

/// Reads the environment. WORLD_SIZE missing or 1 is one process alone, whatever else is set. Throws
/// ConfigError that names the variable.
Launch launch_from_environment();

/// The --device of a rank: "auto" where there are GPUs, and "cuda", become "cuda:LOCAL_RANK"; other names,
/// and those of a process alone, stay.
std::string device_of(const Launch& launch, const std::string& name, bool has_cuda);

}  // namespace glyffuser
