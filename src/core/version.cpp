#include "glyffuser/core/version.hpp"

#include "build.hpp"
#include "glyffuser/core/text.hpp"

namespace glyffuser {

const Version& version() {
  static const Version kThis{build::kVersion, build::kRevision, build::kCompiler, build::kType,
                             build::kTorch};
  return kThis;
}

std::string version_line() {
  const Version& v = version();
  const std::string torch = v.torch.empty() ? "without LibTorch" : cat("LibTorch ", v.torch);
  return cat("glyffuser ", v.version, " (", join({v.revision, v.compiler, v.build_type, torch}, ", "), ")");
}

}  // namespace glyffuser
