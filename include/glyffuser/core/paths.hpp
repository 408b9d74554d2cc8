#pragma once
// Where the files lie that come with the program (the bundled model and its text encoder), and what a path is
// called.

#include <filesystem>
#include <string>

namespace glyffuser {

/// The `data` folder that belongs to the running executable: the installed one, ../share/glyffuser/data seen
/// from its folder, else the one in the source tree it was built from. Throws FileError naming both.
std::filesystem::path data_folder();

/// The rule behind data_folder(), for an executable at `executable` built from the tree `source`.
std::filesystem::path find_data_folder(const std::filesystem::path& executable,
                                       const std::filesystem::path& source);

/// The last name of a path, also of "runs/x/" and of ".", links followed; invalid UTF-8 in it replaced.
std::string folder_name(const std::filesystem::path& path);

}  // namespace glyffuser
