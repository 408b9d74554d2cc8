#include "glyffuser/data/packed_text.hpp"

#include <bzlib.h>

#include <vector>

#include "glyffuser/core/error.hpp"
#include "glyffuser/core/files.hpp"
#include "glyffuser/core/text.hpp"

namespace glyffuser {
namespace {

/// One stream's decoder, freed on every way out.
class Stream {
 public:
  explicit Stream(std::string_view input) {
    if (BZ2_bzDecompressInit(&state_, 0, 0) != BZ_OK) throw RunError("libbz2 cannot be started");
    state_.next_in = const_cast<char*>(input.data());  // libbz2 only reads it
    state_.avail_in = static_cast<unsigned>(input.size());
  }
  ~Stream() { BZ2_bzDecompressEnd(&state_); }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  /// Appends what fits into one buffer; libbz2's status.
  int decode(std::vector<char>& buffer, std::string& output) {
    state_.next_out = buffer.data();
    state_.avail_out = static_cast<unsigned>(buffer.size());
    const int status = BZ2_bzDecompress(&state_);
    output.append(buffer.data(), buffer.size() - state_.avail_out);
    const bool stuck = status == BZ_OK && state_.avail_in == 0 && state_.avail_out > 0;
    return stuck ? BZ_UNEXPECTED_EOF : status;
  }
  std::size_t left() const { return state_.avail_in; }

 private:
  bz_stream state_{};
};

std::string decompress(std::string_view bytes, const std::string& file) {
  std::string content;
  std::vector<char> buffer(1 << 18);
  while (!bytes.empty()) {
    Stream stream(bytes);
    int status = BZ_OK;
    while (status == BZ_OK) status = stream.decode(buffer, content);
    if (status == BZ_UNEXPECTED_EOF)
      throw FileError(cat(file, ": the bzip2 data ends after ", content.size(),
                          " bytes of content; a whole file was expected"));
    if (status != BZ_STREAM_END)
      throw FileError(cat(file, ": the bzip2 data is damaged after ", content.size(), " bytes of content"));
    bytes.remove_prefix(bytes.size() - stream.left());
  }
  return content;
}

}  // namespace

std::string read_text_file(const std::filesystem::path& file) {
  std::string content = read_file(file);
  if (content.starts_with("BZh")) content = decompress(content, file.string());
  return std::string(without_byte_order_mark(content));
}

}  // namespace glyffuser
