#include "glyffuser/core/machine.hpp"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <vector>

#include "tests/support/temporary_folder.hpp"

namespace glyffuser {

TEST(MachineTest, ValuesAreFoundByTheWholeKey) {
  const testing::TemporaryFolder folder;
  const auto file =
      folder.write("status", "Name:\tglyffuser\nVmHWMark:\t1 kB\nVmHWM:\t   512 kB\nmodel name\t: A: B\n");
  EXPECT_EQ(proc_value(file, "VmHWM"), "512 kB");
  EXPECT_EQ(proc_value(file, "model name"), "A: B");
  EXPECT_EQ(proc_value(file, "VmSwap"), "");
  EXPECT_EQ(proc_value(folder / "none", "VmHWM"), "");
}

TEST(MachineTest, PeakMemoryGrowsWithWhatIsTouched) {
  const std::uint64_t before = peak_memory();
  ASSERT_GT(before, 0U);
  std::vector<char> block(64U << 20U, 1);
  EXPECT_GE(peak_memory(), before + (32U << 20U));
  EXPECT_LT(peak_memory(), machine_memory());
  EXPECT_EQ(block.back(), 1);
}

TEST(MachineTest, MemoryThatIsGivenBackIsHeldNoMore) {
  constexpr std::size_t kSize = 64U << 20U;
  void* block =
      ::mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
  ASSERT_NE(block, MAP_FAILED);
  const std::uint64_t held = resident_memory();
  ::munmap(block, kSize);
  EXPECT_LT(resident_memory() + kSize / 2, held);
}

TEST(MachineTest, TheProcessorHasAName) {
  EXPECT_FALSE(processor_name().empty());
}

TEST(MachineTest, ThereIsMoreMemoryThanCanBeHad) {
  EXPECT_GT(available_memory(), 0U);
  EXPECT_GT(machine_memory(), available_memory());
}

}  // namespace glyffuser
