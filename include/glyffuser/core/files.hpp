#pragma once
// Reading whole files, and writing them so that a crash leaves either the old or the new content: temporary
// file beside the target, fsync, rename, fsync of the folder.

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace glyffuser {

/// The file's bytes. Throws FileError naming the file and the reason.
std::string read_file(const std::filesystem::path& file);

/// The bytes and rights of `from` as the file `to`, which is no atomic write: for a folder that is written as
/// a whole.
/// Throws FileError if it cannot be read, RunError if not written.
void copy_bytes(const std::filesystem::path& from, const std::filesystem::path& to);

/// Write `content` under the final name or not at all. Throws RunError (disk full, not writable).
void write_file_atomically(const std::filesystem::path& file, std::string_view content);

struct FileContent {
  std::filesystem::path file;
  std::string content;
};

/// The same for many files, of which none has its final name before all are on disk. The disk is waited for
/// by several threads, which is many times as fast as file by file.
void write_files_atomically(const std::vector<FileContent>& files);

/// `write` receives a temporary path in the target's folder and fills it; it is then synced and renamed. The
/// temporary file is removed if `write` throws. Throws RunError, and what `write` throws.
void write_atomically(const std::filesystem::path& file,
                      const std::function<void(const std::filesystem::path& temporary)>& write);

/// The same for a folder: `write` fills a temporary folder, every file in it is synced, and the folder is
/// renamed to `folder`, in exchange for one that exists. Throws RunError, and what `write` throws.
void write_folder_atomically(const std::filesystem::path& folder,
                             const std::function<void(const std::filesystem::path& temporary)>& write);

/// Waits until what was written to the file is on disk. Throws RunError.
void sync_file(const std::filesystem::path& file);

/// Removes a folder with all in it, as far as that is allowed. Stopped half-way it is gone from its name.
void remove_folder(const std::filesystem::path& folder);

/// Removes what the functions above left in `folder` when their process was killed. No other process may be
/// writing there.
void remove_temporaries(const std::filesystem::path& folder);

/// Makes the folder and those above it, on disk when it returns. Throws RunError naming the one that cannot
/// be.
void ensure_folder(const std::filesystem::path& folder);

/// Whether a file of that name could be written, as far as that can be told without trying: before work whose
/// result it is to hold. Throws RunError as writing it would.
void check_can_be_made(const std::filesystem::path& file);

/// Keeps other processes from writing to a folder while the object lives; the system lets go of it when the
/// process ends, however it does.
class FolderLock {
 public:
  /// Throws RunError if somebody else holds it. A file system without locks is written to unguarded.
  explicit FolderLock(const std::filesystem::path& folder);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  int descriptor_;
};

/// A process's turn at a file that several write to, some by putting a new one in its place: while the object
/// lives the others wait for theirs.
class FileTurn {
 public:
  /// Makes the file where there is none. Throws RunError if that fails; a file that may only be read has
  /// turns too. Without locks in the file system there are none.
  explicit FileTurn(const std::filesystem::path& file);
  ~FileTurn();
  FileTurn(const FileTurn&) = delete;
  FileTurn& operator=(const FileTurn&) = delete;

 private:
  int descriptor_ = -1;
};

}  // namespace glyffuser
