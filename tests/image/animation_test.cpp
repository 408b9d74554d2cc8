#include "glyffuser/image/animation.hpp"

#include <gif_lib.h>
#include <gtest/gtest.h>
#include <webp/demux.h>

#include <algorithm>

#include "tests/support/expect_error.hpp"

namespace glyffuser {
namespace {

struct Decoded {
  std::vector<GrayImage> frames;
  std::vector<int> ends;  ///< of each frame, in milliseconds from the begin
  int loops = -1;
};

/// Grey levels of RGBA pixels; -1's place is taken by a failure if a pixel is no grey.
GrayImage from_rgba(const std::uint8_t* rgba, int width, int height) {
  GrayImage image{.width = width, .height = height, .pixels = {}};
  for (int i = 0; i < width * height; ++i, rgba += 4) {
    EXPECT_TRUE(rgba[0] == rgba[1] && rgba[1] == rgba[2] && rgba[3] == 255);
    image.pixels.push_back(rgba[0]);
  }
  return image;
}

Decoded decode_webp(const std::string& bytes) {
  const WebPData data{reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
  WebPAnimDecoder* decoder = WebPAnimDecoderNew(&data, nullptr);
  EXPECT_NE(decoder, nullptr);
  Decoded decoded;
  if (!decoder) return decoded;
  WebPAnimInfo info;
  EXPECT_TRUE(WebPAnimDecoderGetInfo(decoder, &info));
  decoded.loops = static_cast<int>(info.loop_count);
  while (WebPAnimDecoderHasMoreFrames(decoder)) {
    std::uint8_t* rgba = nullptr;
    int end = 0;
    EXPECT_TRUE(WebPAnimDecoderGetNext(decoder, &rgba, &end));
    decoded.frames.push_back(
        from_rgba(rgba, static_cast<int>(info.canvas_width), static_cast<int>(info.canvas_height)));
    decoded.ends.push_back(end);
  }
  WebPAnimDecoderDelete(decoder);
  return decoded;
}

Decoded decode_gif(const std::string& bytes) {
  struct Reader {
    const std::string& bytes;
    std::size_t at = 0;
  } reader{bytes};
  int error = 0;
  GifFileType* file = DGifOpen(
      &reader,
      [](GifFileType* from, GifByteType* to, int count) {
        auto& source = *static_cast<Reader*>(from->UserData);
        const std::size_t taken = std::min(static_cast<std::size_t>(count), source.bytes.size() - source.at);
        std::copy_n(source.bytes.data() + source.at, taken, to);
        source.at += taken;
        return static_cast<int>(taken);
      },
      &error);
  Decoded decoded;
  EXPECT_NE(file, nullptr);
  if (!file) return decoded;
  EXPECT_EQ(DGifSlurp(file), GIF_OK);
  int end = 0;
  for (int i = 0; i < file->ImageCount; ++i) {
    const SavedImage& saved = file->SavedImages[i];
    GrayImage image{.width = saved.ImageDesc.Width, .height = saved.ImageDesc.Height, .pixels = {}};
    for (int p = 0; p < image.width * image.height; ++p) {
      const GifColorType& color = file->SColorMap->Colors[saved.RasterBits[p]];
      EXPECT_TRUE(color.Red == color.Green && color.Green == color.Blue);
      image.pixels.push_back(color.Red);
    }
    decoded.frames.push_back(image);
    GraphicsControlBlock control;
    EXPECT_EQ(DGifSavedExtensionToGCB(file, i, &control), GIF_OK);
    decoded.ends.push_back(end += control.DelayTime * 10);
  }
  const ExtensionBlock* blocks = file->SavedImages[0].ExtensionBlocks;
  for (int i = 0; i + 1 < file->SavedImages[0].ExtensionBlockCount; ++i) {
    const std::string name(reinterpret_cast<const char*>(blocks[i].Bytes),
                           static_cast<std::size_t>(blocks[i].ByteCount));
    if (name == "NETSCAPE2.0") decoded.loops = blocks[i + 1].Bytes[1] + 256 * blocks[i + 1].Bytes[2];
  }
  DGifCloseFile(file, &error);
  return decoded;
}

/// Every grey level occurs, and each frame differs from the others.
GrayImage frame(int number, int width = 37, int height = 20) {
  GrayImage image{.width = width, .height = height, .pixels = {}};
  for (int i = 0; i < width * height; ++i)
    image.pixels.push_back(static_cast<std::uint8_t>((i * (number + 1) + i * i % 7) % 256));
  return image;
}

std::string encode(const std::string& name) {
  const auto animation = make_animation(name);
  for (const int i : {0, 1, 2}) animation->add(frame(i), i < 2 ? 50 : 1000);
  return animation->finish();
}

void expect_the_frames(const Decoded& decoded) {
  ASSERT_EQ(decoded.frames.size(), 3U);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(decoded.frames[static_cast<std::size_t>(i)].width, 37);
    EXPECT_EQ(decoded.frames[static_cast<std::size_t>(i)].pixels, frame(i).pixels) << i;
  }
  EXPECT_EQ(decoded.ends, (std::vector<int>{50, 100, 1100}));
  EXPECT_EQ(decoded.loops, 0) << "expected to loop for ever";
}

TEST(AnimationTest, WebpGivesItsFramesBack) {
  expect_the_frames(decode_webp(encode("a/b.webp")));
}

TEST(AnimationTest, GifGivesItsFramesBack) {
  expect_the_frames(decode_gif(encode("B.GIF")));
}

TEST(AnimationTest, EqualFramesGiveEqualBytes) {
  for (const char* name : {"x.webp", "x.gif"}) EXPECT_EQ(encode(name), encode(name)) << name;
}

TEST(AnimationTest, OneFrameIsAnAnimationToo) {
  for (const std::string name : {"x.webp", "x.gif"}) {
    const auto animation = make_animation(name);
    animation->add(frame(4), 30);
    const std::string bytes = animation->finish();
    const Decoded decoded = name == "x.gif" ? decode_gif(bytes) : decode_webp(bytes);
    ASSERT_EQ(decoded.frames.size(), 1U) << name;
    EXPECT_EQ(decoded.frames[0].pixels, frame(4).pixels) << name;
  }
}

// Browsers show a frame of less than two hundredths far longer.
TEST(AnimationTest, GifCountsInHundredthsOfASecondAndAtLeastTwo) {
  const auto animation = make_animation("x.gif");
  for (const int milliseconds : {46, 3}) animation->add(frame(milliseconds), milliseconds);
  EXPECT_EQ(decode_gif(animation->finish()).ends, (std::vector<int>{50, 70}));
}

TEST(AnimationTest, RefusesWhatIsNoFrame) {
  for (const char* name : {"x.webp", "x.gif"}) {
    EXPECT_THROW(make_animation(name)->finish(), std::invalid_argument);
    const auto animation = make_animation(name);
    EXPECT_THROW(animation->add({}, 50), std::invalid_argument);
    EXPECT_THROW(animation->add(frame(1, 20000, 1), 50), std::invalid_argument);
    EXPECT_THROW(animation->add(frame(1, 1, 20000), 50), std::invalid_argument);
    EXPECT_THROW(animation->add({.width = 37, .height = 20, .pixels = {0}}, 50), std::invalid_argument);
    animation->add(frame(1), 50);
    EXPECT_THROW(animation->add(frame(1, 20, 37), 50), std::invalid_argument);
    EXPECT_THROW(animation->add(frame(1, 37, 19), 50), std::invalid_argument);
    EXPECT_THROW(animation->add(frame(1), 0), std::invalid_argument);
  }
}

TEST(AnimationTest, TheNameSaysTheKind) {
  for (const char* name : {"x.mp4", "webp", "x.png", ""})
    testing::expect_error<ConfigError>([&] { make_animation(name); }, {name, ".webp", ".gif"});
}

TEST(AnimationTest, TheLastFrameStays) {
  EXPECT_EQ(frame_milliseconds(0, 120), 50);
  EXPECT_EQ(frame_milliseconds(118, 120), 50);
  EXPECT_EQ(frame_milliseconds(119, 120), 2000);
  EXPECT_EQ(frame_milliseconds(3, 5), 500);
  EXPECT_EQ(frame_milliseconds(7, 1000), 40);
  EXPECT_EQ(frame_milliseconds(0, 1), 2000);
}

}  // namespace
}  // namespace glyffuser
