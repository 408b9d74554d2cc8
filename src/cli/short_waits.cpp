// Lets OpenMP's threads wait for each other for microseconds only before they sleep.
//
// GNU's OpenMP, which LibTorch brings, has them spin for milliseconds. Where another program runs beside this
// one, a spinning thread holds the processor that the thread it waits for needs: two such jobs on two cores
// took five times as long as one after the other. The library reads GOMP_SPINCOUNT once, while it is loaded,
// before main and before every constructor. The functions named in .preinit_array are called yet earlier;
// this one starts the program anew with the variable set, which costs a few milliseconds. Whoever sets the
// variable, or OMP_WAIT_POLICY, has the last word.

#include <sys/auxv.h>
#include <unistd.h>

#include <array>
#include <cstring>

// Not with sanitizers, whose runtimes are not ready that early.
#if defined(__linux__) && !defined(__SANITIZE_ADDRESS__)
namespace {

// Iterations, of about 3 ns. A tenth of it made one alone a little slower, ten times as much two together.
constexpr const char* kSpinCount = "GOMP_SPINCOUNT=10000";
constexpr std::array<const char*, 2> kSaidAlready = {"GOMP_SPINCOUNT=", "OMP_WAIT_POLICY="};

bool says(const char* variable) {
  for (const char* name : kSaidAlready) {
    if (std::strncmp(variable, name, std::strlen(name)) == 0) return true;
  }
  return false;
}

// Nothing is allocated: the C library is not ready either. Where anything fails, the program goes on as it
// is.
void wait_shortly(int, char** arguments, char** environment) {
  if (getauxval(AT_BASE) == 0) return;  // started by the loader's own name: /proc/self/exe is the loader
  static std::array<char*, 2048> extended;
  std::size_t count = 0;
  for (; environment[count] != nullptr; ++count) {
    if (count + 2 >= extended.size() || says(environment[count])) return;
    extended[count] = environment[count];
  }
  extended[count] = const_cast<char*>(kSpinCount);
  // By its own name, not as /proc/self/exe, which is what process lists would then call it.
  static std::array<char, 4096> program;
  if (readlink("/proc/self/exe", program.data(), program.size() - 1) > 0) {
    execve(program.data(), arguments, extended.data());
  }
}

__attribute__((section(".preinit_array"), used)) void (*const start)(int, char**, char**) = wait_shortly;

}  // namespace
#endif
