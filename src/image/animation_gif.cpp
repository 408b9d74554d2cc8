#include <gif_lib.h>

#include <algorithm>
#include <array>
#include <memory>
#include <stdexcept>

#include "animation_formats.hpp"
#include "glyffuser/core/error.hpp"
#include "glyffuser/core/text.hpp"

namespace glyffuser {
namespace {

[[noreturn]] void fail(int error) {
  const char* reason = GifErrorString(error);
  throw RunError(cat("the animation cannot be encoded: ", reason ? reason : "giflib gives no reason"));
}

int append(GifFileType* file, const GifByteType* bytes, int count) {
  static_cast<std::string*>(file->UserData)
      ->append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(count));
  return count;
}

struct Close {
  void operator()(GifFileType* file) const { EGifCloseFile(file, nullptr); }
};

struct FreeColorMap {
  void operator()(ColorMapObject* map) const { GifFreeMapObject(map); }
};

class GifAnimation : public Animation {
 public:
  void add(const GrayImage& frame, int milliseconds) override {
    check_frame(frame, milliseconds, width_, height_);
    if (!file_) begin(frame);
    GraphicsControlBlock control{};
    control.DisposalMode = DISPOSE_DO_NOT;
    control.DelayTime = std::max(2, (milliseconds + 5) / 10);
    control.TransparentColor = NO_TRANSPARENT_COLOR;
    std::array<GifByteType, 4> block{};
    EGifGCBToExtension(&control, block.data());
    check(EGifPutExtension(file_.get(), GRAPHICS_EXT_FUNC_CODE, block.size(), block.data()));
    check(EGifPutImageDesc(file_.get(), 0, 0, width_, height_, false, nullptr));
    std::vector<GifPixelType> pixels = frame.pixels;  // giflib wants to change them
    for (int row = 0; row < height_; ++row)
      check(EGifPutLine(file_.get(), pixels.data() + static_cast<std::ptrdiff_t>(row) * width_, width_));
  }

  std::string finish() override {
    if (!file_) throw std::invalid_argument("animation: there is no frame");
    int error = 0;
    if (EGifCloseFile(file_.release(), &error) == GIF_ERROR) fail(error);
    return std::move(bytes_);
  }

 private:
  void begin(const GrayImage& first) {
    int error = 0;
    file_.reset(EGifOpen(&bytes_, append, &error));
    if (!file_) fail(error);
    width_ = first.width;
    height_ = first.height;
    EGifSetGifVersion(file_.get(), true);
    std::array<GifColorType, 256> grays;
    for (std::size_t i = 0; i < grays.size(); ++i) {
      const auto gray = static_cast<GifByteType>(i);
      grays[i] = {gray, gray, gray};
    }
    const std::unique_ptr<ColorMapObject, FreeColorMap> map(
        GifMakeMapObject(static_cast<int>(grays.size()), grays.data()));
    constexpr int kBits = 8;
    check(EGifPutScreenDesc(file_.get(), width_, height_, kBits, 0, map.get()));
    // Netscape's extension: loop, 0 for ever.
    const std::array<GifByteType, 3> loop = {1, 0, 0};
    check(EGifPutExtensionLeader(file_.get(), APPLICATION_EXT_FUNC_CODE));
    check(EGifPutExtensionBlock(file_.get(), 11, "NETSCAPE2.0"));
    check(EGifPutExtensionBlock(file_.get(), loop.size(), loop.data()));
    check(EGifPutExtensionTrailer(file_.get()));
  }

  void check(int result) const {
    if (result == GIF_ERROR) fail(file_->Error);
  }

  std::string bytes_;
  std::unique_ptr<GifFileType, Close> file_;  // from the first frame on, which has the size
  int width_ = 0;
  int height_ = 0;
};

}  // namespace

std::unique_ptr<Animation> make_gif_animation() {
  return std::make_unique<GifAnimation>();
}

}  // namespace glyffuser
