#pragma once
// Reading whole files, and writing them so that a crash leaves either the old or the new content: temporary
// file beside the target, fsync, rename, fsync of the folder.

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace glyffuser {

/// The file's bytes. Throws FileError naming the file and the reason.
std::string read_file(const std::filesystem::path& file);

/// Write `content` under the final name or not at all. Throws RunError (disk full, not writable).
void write_file_atomically(const std::filesystem::path& file, std::string_view content);

/// `write` receives a temporary path in the target's folder and fills it; it is then synced and renamed.
/// The temporary file is removed if `write` throws.
void write_atomically(const std::filesystem::path& file,
                      const std::function<void(const std::filesystem::path& temporary)>& write);

/// The same for a folder: `write` fills a temporary folder, every file in it is synced, and the folder
/// is renamed to `folder`, replacing one that exists.
void write_folder_atomically(const std::filesystem::path& folder,
                             const std::function<void(const std::filesystem::path& temporary)>& write);

/// create_directories with a RunError that names the folder.
void ensure_folder(const std::filesystem::path& folder);

/// Free bytes for an unprivileged user on the file system that holds `path` or its nearest existing parent.
std::uint64_t free_disk_bytes(const std::filesystem::path& path);

}  // namespace glyffuser
