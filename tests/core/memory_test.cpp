#include "glyffuser/core/memory.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cstdlib>

namespace glyffuser {
namespace {

// Of a process that allocates, touches and frees 64 MB at a time, after `prepare`: pages that the kernel had
// to give.
long page_faults_of_reuse(void (*prepare)()) {
  prepare();
  const auto touch = [] {
    auto* block = static_cast<volatile char*>(std::malloc(64 << 20));
    for (int at = 0; at < 64 << 20; at += 4096) block[at] = 1;
    std::free(const_cast<char*>(block));
  };
  touch();
  rusage before{}, after{};
  getrusage(RUSAGE_SELF, &before);
  for (int i = 0; i < 4; ++i) touch();
  getrusage(RUSAGE_SELF, &after);
  return after.ru_minflt - before.ru_minflt;
}

TEST(MemoryTest, FreedMemoryIsReusedWithoutTheKernel) {
#if defined(__SANITIZE_ADDRESS__) || !defined(__GLIBC__)
  GTEST_SKIP() << "not glibc's allocator";
#endif
  EXPECT_GT(page_faults_of_reuse([] {}), 10'000);
  EXPECT_LT(page_faults_of_reuse(keep_freed_memory), 100);
}

}  // namespace
}  // namespace glyffuser
