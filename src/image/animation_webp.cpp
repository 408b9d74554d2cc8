#include <webp/encode.h>
#include <webp/mux.h>

#include <memory>
#include <stdexcept>

#include "animation_formats.hpp"
#include "glyffuser/core/error.hpp"
#include "glyffuser/core/text.hpp"

namespace glyffuser {
namespace {

/// A picture of libwebp with its pixels, freed in the end.
struct Picture {
  explicit Picture(const GrayImage& frame) {
    if (!WebPPictureInit(&webp)) throw RunError("libwebp has another version than its headers");
    webp.use_argb = 1;
    webp.width = frame.width;
    webp.height = frame.height;
    if (!WebPPictureAlloc(&webp)) throw RunError("there is no memory for a frame of the animation");
    const std::uint8_t* gray = frame.pixels.data();
    for (int row = 0; row < frame.height; ++row) {
      std::uint32_t* pixel = webp.argb + static_cast<std::ptrdiff_t>(row) * webp.argb_stride;
      for (int column = 0; column < frame.width; ++column) *pixel++ = 0xFF000000U | *gray++ * 0x010101U;
    }
  }
  ~Picture() { WebPPictureFree(&webp); }
  Picture(const Picture&) = delete;
  Picture& operator=(const Picture&) = delete;

  WebPPicture webp;
};

class WebpAnimation : public Animation {
 public:
  WebpAnimation() {
    constexpr int kEffort = 3;  // of 0 … 9
    if (!WebPConfigInit(&config_) || !WebPConfigLosslessPreset(&config_, kEffort))
      throw RunError("libwebp has another version than its headers");
  }

  void add(const GrayImage& frame, int milliseconds) override {
    check_frame(frame, milliseconds, width_, height_);
    if (!encoder_) begin(frame);
    Picture picture(frame);
    if (!WebPAnimEncoderAdd(encoder_.get(), &picture.webp, end_, &config_)) fail();
    end_ += milliseconds;
  }

  std::string finish() override {
    if (!encoder_) throw std::invalid_argument("animation: there is no frame");
    // The end of the last frame.
    if (!WebPAnimEncoderAdd(encoder_.get(), nullptr, end_, nullptr)) fail();
    WebPData data{nullptr, 0};
    const bool done = WebPAnimEncoderAssemble(encoder_.get(), &data) != 0;
    std::string bytes(reinterpret_cast<const char*>(data.bytes), done ? data.size : 0);
    WebPDataClear(&data);
    if (!done) fail();
    return bytes;
  }

 private:
  void begin(const GrayImage& first) {
    WebPAnimEncoderOptions options;
    if (!WebPAnimEncoderOptionsInit(&options)) throw RunError("libwebp has another version than its headers");
    options.anim_params.loop_count = 0;  // for ever
    // Each frame stands for itself: noise has little in common with the frame before it, and looking for that
    // takes several times as long.
    options.kmax = 1;
    encoder_.reset(WebPAnimEncoderNew(first.width, first.height, &options));
    if (!encoder_) throw RunError("there is no memory for the animation");
    width_ = first.width;
    height_ = first.height;
  }

  [[noreturn]] void fail() const {
    throw RunError(cat("the animation cannot be encoded: ", WebPAnimEncoderGetError(encoder_.get())));
  }

  struct Delete {
    void operator()(WebPAnimEncoder* encoder) const { WebPAnimEncoderDelete(encoder); }
  };

  WebPConfig config_;
  std::unique_ptr<WebPAnimEncoder, Delete> encoder_;  // from the first frame on, which has the size
  int width_ = 0;
  int height_ = 0;
  int end_ = 0;  // of the frames so far, in milliseconds
};

}  // namespace

std::unique_ptr<Animation> make_webp_animation() {
  return std::make_unique<WebpAnimation>();
}

}  // namespace glyffuser
