#pragma once
// What this binary was built from, for `--version` and the head of every log.

#include <string>

namespace glyffuser {

struct Version {
  std::string version;     ///< of glyffuser, "0.1.0"
  std::string revision;    ///< git's, "1a2b3c4d5e" or "1a2b3c4d5e-dirty"; "unknown" outside a repository
  std::string compiler;    ///< "GNU 12.2.0"
  std::string build_type;  ///< CMake's, "Release"
  std::string torch;       ///< LibTorch it was compiled against, "2.13.0"; "" in a build without it
};

const Version& version();

/// One line: "glyffuser 0.1.0 (1a2b3c4d5e, GNU 12.2.0, Release, LibTorch 2.13.0)".
std::string version_line();

}  // namespace glyffuser
