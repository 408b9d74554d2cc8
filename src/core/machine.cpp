#include "glyffuser/core/machine.hpp"

#include <cstdlib>
#include <fstream>

#include "glyffuser/core/text.hpp"

namespace glyffuser {
namespace {

/// "16384 kB" in bytes.
std::uint64_t bytes_of(const std::string& kilobytes) {
  return std::strtoull(kilobytes.c_str(), nullptr, 10) * 1024;
}

}  // namespace

std::string proc_value(const std::filesystem::path& file, const std::string& key) {
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    const std::size_t colon = line.find(':');
    if (colon != std::string::npos && trim(line.substr(0, colon)) == key) return trim(line.substr(colon + 1));
  }
  return "";
}

std::string processor_name() {
  const std::string model = proc_value("/proc/cpuinfo", "model name");
  return model.empty() ? "unknown processor" : model;
}

std::uint64_t machine_memory() {
  return bytes_of(proc_value("/proc/meminfo", "MemTotal"));
}

std::uint64_t available_memory() {
  return bytes_of(proc_value("/proc/meminfo", "MemAvailable"));
}

std::uint64_t resident_memory() {
  return bytes_of(proc_value("/proc/self/status", "VmRSS"));
}

std::uint64_t peak_memory() {
  return bytes_of(proc_value("/proc/self/status", "VmHWM"));
}

}  // namespace glyffuser
