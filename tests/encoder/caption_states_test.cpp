#include "glyffuser/encoder/caption_states.hpp"

#include <gtest/gtest.h>
#include <torch/types.h>

#include "glyffuser/core/files.hpp"
#include "glyffuser/tensor/safetensors.hpp"
#include "tests/encoder/tiny_text_encoder.hpp"

namespace glyffuser {
namespace {

using testing::TemporaryFolder;
using testing::TinyTextEncoder;

const std::vector<std::string> kCaptions = {"gold; metal", "water", "gold; metal", "to speak of birds"};

TextEncoder small(const TinyTextEncoder& tiny) {
  return TextEncoder({.path = tiny.path(), .max_length = 12, .batch_size = 2});
}

std::filesystem::path only_file(const TemporaryFolder& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) files.push_back(entry.path());
  EXPECT_EQ(files.size(), 1U);
  return files.at(0);
}

TEST(CaptionStatesTest, GathersWhatTheEncoderGives) {
  const TinyTextEncoder tiny;
  const TextEncoder encoder = small(tiny);
  const CaptionStates captions(encoder, kCaptions);
  EXPECT_EQ(captions.size(), 4);  // three distinct ones and ""
  EXPECT_EQ(captions.d_model(), 8);
  const TextStates direct = encoder.encode({"to speak of birds", "", "gold; metal", "gold; metal"});
  const std::vector<std::int64_t> indices = {captions.index("to speak of birds"), captions.null_index(),
                                             captions.index("gold; metal"), captions.index("gold; metal")};
  const TextStates gathered = captions.gather(indices, 12);
  EXPECT_TRUE(torch::equal(gathered.states, direct.states));
  EXPECT_TRUE(torch::equal(gathered.mask, direct.mask));
  const TextStates shorter = captions.gather(indices, captions.longest(indices));
  EXPECT_TRUE(torch::equal(shorter.states, direct.states.narrow(1, 0, captions.longest(indices))));
  EXPECT_THROW(captions.gather(indices, captions.longest(indices) - 1), std::invalid_argument);
  EXPECT_THROW(captions.index("unknown"), std::out_of_range);
}

TEST(CaptionStatesTest, CacheGivesTheSameStatesAndIsMadeAgainWhenDamaged) {
  const TinyTextEncoder tiny;
  const TextEncoder encoder = small(tiny);
  const TemporaryFolder cache;
  const std::vector<std::int64_t> all = {0, 1, 2, 3};
  const auto states = [&] { return CaptionStates(encoder, kCaptions, cache.path()).gather(all, 12).states; };
  const auto first = states();
  const auto file = only_file(cache);
  const std::string content = read_file(file);
  EXPECT_TRUE(torch::equal(states(), first));
  std::string altered = content;
  altered[content.size() / 2] = static_cast<char>(altered[content.size() / 2] ^ 1);
  for (const std::string& bad :
       {std::string(), content.substr(0, content.size() / 2), std::string("foreign"), altered}) {
    cache.write(file.filename().string(), bad);
    ::testing::internal::CaptureStderr();
    EXPECT_TRUE(torch::equal(states(), first));
    EXPECT_NE(::testing::internal::GetCapturedStderr().find("encoded again"), std::string::npos);
    EXPECT_EQ(read_file(only_file(cache)), content);
  }
}

TEST(CaptionStatesTest, ACacheThatCannotBeWrittenIsDoneWithout) {
  const TinyTextEncoder tiny;
  const TemporaryFolder folder;
  const auto in_the_way = folder.write("cache", "a file");
  ::testing::internal::CaptureStderr();
  const CaptionStates states(small(tiny), kCaptions, in_the_way);
  EXPECT_NE(::testing::internal::GetCapturedStderr().find("encoded again"), std::string::npos);
  EXPECT_EQ(states.gather({0}, 12).states.size(0), 1);
}

TEST(CaptionStatesTest, CacheIsReadInsteadOfEncoding) {
  const TinyTextEncoder tiny;
  const TemporaryFolder cache;
  const std::vector<std::int64_t> all = {0, 1, 2, 3};
  const TextEncoder encoder = small(tiny);
  const auto first = CaptionStates(encoder, kCaptions, cache.path()).gather(all, 12).states;
  const auto modified = std::filesystem::last_write_time(only_file(cache));
  const auto second = CaptionStates(encoder, kCaptions, cache.path()).gather(all, 12).states;
  EXPECT_TRUE(torch::equal(first, second));
  EXPECT_EQ(std::filesystem::last_write_time(only_file(cache)), modified);
  CaptionStates(encoder, {"other captions"}, cache.path());
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(cache.path()), {}), 2);
}

TEST(CaptionStatesTest, CachesOfOtherCaptionsAndEncodersLieBesideEachOther) {
  const TinyTextEncoder tiny;
  const TemporaryFolder cache;
  const TextEncoder encoder = small(tiny), shorter({.path = tiny.path(), .max_length = 2, .batch_size = 2});
  const std::vector<std::string> one = {"bird", "water"}, same_letters = {"birdwat", "er"};
  const auto expect_own = [&](const TextEncoder& by, const std::vector<std::string>& captions) {
    const auto cached = CaptionStates(by, captions, cache.path()).gather({0, 1, 2}, 12);
    const auto fresh = CaptionStates(by, captions).gather({0, 1, 2}, 12);
    EXPECT_TRUE(torch::equal(cached.states, fresh.states));
    EXPECT_TRUE(torch::equal(cached.mask, fresh.mask));
  };
  for (int round = 0; round < 2; ++round) {
    expect_own(encoder, one);
    expect_own(encoder, same_letters);
    expect_own(shorter, one);
  }
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(cache.path()), {}), 3);
}

TEST(CaptionStatesTest, ACacheThatDoesNotFitIsMadeAgain) {
  const TinyTextEncoder tiny;
  const TextEncoder encoder = small(tiny);
  const TemporaryFolder cache;
  const auto states = [&] {
    return CaptionStates(encoder, kCaptions, cache.path()).gather({0, 1, 2, 3}, 12).states;
  };
  const auto first = states();
  const auto file = only_file(cache);
  const SafetensorsFile sound = read_safetensors(file);
  const auto expect_made_again = [&](const char* what, const auto& damage) {
    SafetensorsFile bad = sound;
    damage(bad);
    write_safetensors(file, bad.tensors, bad.metadata);
    ::testing::internal::CaptureStderr();
    EXPECT_TRUE(torch::equal(states(), first)) << what;
    EXPECT_NE(::testing::internal::GetCapturedStderr().find("encoded again"), std::string::npos) << what;
  };
  const auto of = [](SafetensorsFile& bad, const char* name) -> torch::Tensor& {
    return bad.tensors.at(name);
  };
  expect_made_again("key", [](auto& bad) { bad.metadata["key"] += "0"; });
  expect_made_again("width", [&](auto& bad) { of(bad, "states") = of(bad, "states").narrow(1, 0, 7); });
  expect_made_again("dimensions", [&](auto& bad) { of(bad, "states") = of(bad, "states").flatten(); });
  expect_made_again("tokens", [&](auto& bad) { of(bad, "states") = of(bad, "states").slice(0, 1); });
  expect_made_again("dtype", [&](auto& bad) { of(bad, "lengths") = of(bad, "lengths").to(torch::kInt); });
  expect_made_again("captions", [&](auto& bad) {
    torch::Tensor& lengths = of(bad, "lengths");
    const torch::Tensor joined = lengths.slice(0, 0, 3).clone();
    joined[0] += lengths[3];
    lengths = joined;
  });
  expect_made_again("an empty caption", [&](auto& bad) {
    torch::Tensor& lengths = of(bad, "lengths");
    lengths = torch::tensor({0, 0, 0, 1}) * lengths.sum();
  });
}

}  // namespace
}  // namespace glyffuser
