#include "glyffuser/core/paths.hpp"

#include "build.hpp"
#include "glyffuser/core/error.hpp"
#include "glyffuser/core/text.hpp"

namespace glyffuser {

namespace fs = std::filesystem;

fs::path data_folder() {
  std::error_code unreadable;
  return find_data_folder(fs::read_symlink("/proc/self/exe", unreadable), build::kSourceFolder);
}

fs::path find_data_folder(const fs::path& executable, const fs::path& source) {
  const fs::path installed = executable.parent_path().parent_path() / "share/glyffuser/data";
  const fs::path in_source = source / "data";
  for (const fs::path& folder : {installed, in_source}) {
    std::error_code unreadable;
    if (fs::is_directory(folder, unreadable)) return folder;
  }
  throw FileError(cat("the folder with the bundled model is neither ", installed.string(), " nor ",
                      in_source.string(), "; expected one of them to exist"));
}

std::string folder_name(const fs::path& path) {
  std::error_code failure;
  fs::path whole = fs::weakly_canonical(path, failure);
  if (failure) whole = fs::absolute(path, failure).lexically_normal();
  if (!whole.has_filename()) whole = whole.parent_path();
  return with_valid_utf8(whole.filename().string());
}

}  // namespace glyffuser
