#include "glyffuser/train/launch.hpp"

#include <cstdlib>

#include "glyffuser/core/error.hpp"
#include "glyffuser/core/text.hpp"

namespace glyffuser {
namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

int number(const char* name, int least, int most) {
  const std::string text = variable(name);
  if (text.empty())
    throw ConfigError(cat("the environment variable ", name,
                          " is not set, expected RANK, LOCAL_RANK, MASTER_ADDR and MASTER_PORT beside "
                          "WORLD_SIZE, as torchrun sets them"));
  const auto value = parse_number<int>(text);
  if (!value || *value < least || *value > most)
    throw ConfigError(cat("the environment variable ", name, " is `", text,
                          "`, expected a whole number from ", least, " to ", most));
  return *value;
}

constexpr int kMostRanks = 100'000;

}  // namespace

Launch launch_from_environment() {
  Launch launch;
  if (variable("WORLD_SIZE").empty()) return launch;
  launch.size = number("WORLD_SIZE", 1, kMostRanks);
  if (launch.size == 1) return launch;
  launch.rank = number("RANK", 0, launch.size - 1);
  launch.local_rank = number("LOCAL_RANK", 0, launch.size - 1);
  launch.master_port = static_cast<std::uint16_t>(number("MASTER_PORT", 1, 65'535));
  launch.master_address = variable("MASTER_ADDR");
  if (launch.master_address.empty())
    throw ConfigError(
        "the environment variable MASTER_ADDR is not set, expected the name or address of the machine that "
        "rank 0 runs on");
  launch.launcher_listens = variable("TORCHELASTIC_USE_AGENT_STORE") == "True";
  if (const std::string attempt = variable("TORCHELASTIC_RESTART_COUNT"); !attempt.empty())
    launch.attempt = attempt;
  return launch;
}

std::string device_of(const Launch& launch, const std::string& name, bool has_cuda) {
  const bool any_gpu = name == "cuda" || (name == "auto" && has_cuda);
  return launch.size > 1 && any_gpu ? cat("cuda:", launch.local_rank) : name;
}

}  // namespace glyffuser
