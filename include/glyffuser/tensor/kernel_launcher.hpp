#pragma once
// Starting a GPU's kernels by name.

#include <array>
#include <string>

namespace glyffuser {

/// Blocks in x and y, threads in a block (in x), and bytes of shared memory that a kernel asks for.
struct LaunchShape {
  unsigned blocks_x = 1;
  unsigned blocks_y = 1;
  unsigned threads = 1;
  unsigned shared_bytes = 0;
};

class KernelLauncher {
 public:
  virtual ~KernelLauncher() = default;

  /// Starts `kernel` on the current stream. `arguments` must have the very types of its parameters: int,
  /// float or pointer.
  template <class... Arguments>
  void launch(const std::string& kernel, const LaunchShape& shape, const Arguments&... arguments) const {
    std::array<void*, sizeof...(Arguments)> places = {
        const_cast<void*>(static_cast<const void*>(&arguments))...};
    start(kernel, shape, places.data());
  }

 private:
  /// `arguments`: where each one lies.
  virtual void start(const std::string& kernel, const LaunchShape& shape, void** arguments) const = 0;
};

}  // namespace glyffuser
