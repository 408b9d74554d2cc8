#include "glyffuser/sample/manifest.hpp"

#include <gtest/gtest.h>

#include "glyffuser/core/files.hpp"
#include "tests/support/expect_error.hpp"
#include "tests/support/temporary_folder.hpp"

namespace glyffuser {
namespace {

std::string line_of(const std::string& name, int seed) {
  return "{\"file\":\"" + name + "\",\"seed\":" + std::to_string(seed) + "}";
}

class ManifestTest : public ::testing::Test {
 protected:
  void record(const std::string& name, int seed) {
    folder_.write(name, "");
    Manifest(file_).record(name, line_of(name, seed));
  }

  testing::TemporaryFolder folder_;
  std::filesystem::path file_ = folder_ / "manifest.jsonl";
};

TEST_F(ManifestTest, ALineForEachPictureAndNoneTwice) {
  record("a.png", 1);
  record("b.png", 2);
  record("a.png", 1);
  EXPECT_EQ(read_file(file_), line_of("a.png", 1) + "\n" + line_of("b.png", 2) + "\n");
}

TEST_F(ManifestTest, ARepeatedPictureOfOneProcess) {
  folder_.write("a.png", "");
  Manifest manifest(file_, Manifest::Repeats::possible);
  for (const int seed : {1, 1, 2, 2}) manifest.record("a.png", line_of("a.png", seed));
  EXPECT_EQ(read_file(file_), line_of("a.png", 1) + "\n" + line_of("a.png", 2) + "\n");
}

TEST_F(ManifestTest, ALaterLineReplacesAnEarlierOne) {
  record("a.png", 1);
  record("b.png", 2);
  record("a.png", 3);
  Manifest{file_};
  EXPECT_EQ(read_file(file_), line_of("b.png", 2) + "\n" + line_of("a.png", 3) + "\n");
}

TEST_F(ManifestTest, AtTheEndOfAJobNothingStandsThereTwice) {
  record("a.png", 1);
  record("b.png", 2);
  for (const auto repeats : {Manifest::Repeats::never, Manifest::Repeats::possible}) {
    Manifest manifest(file_, repeats);
    const int seed = repeats == Manifest::Repeats::never ? 3 : 4;
    folder_.write("c.png", "");
    manifest.record("c.png", line_of("c.png", seed));
    manifest.record("a.png", line_of("a.png", seed));
    manifest.tidy();
    EXPECT_EQ(read_file(file_),
              line_of("b.png", 2) + "\n" + line_of("c.png", seed) + "\n" + line_of("a.png", seed) + "\n");
    manifest.record("b.png", line_of("b.png", 2));  // as it stands there
    manifest.tidy();
    EXPECT_NE(read_file(file_).find(line_of("b.png", 2)), std::string::npos);
  }
}

TEST_F(ManifestTest, OfSeveralProcesses) {
  record("a.png", 1);
  for (const char* name : {"b.png", "c.png"}) folder_.write(name, "");
  Manifest first(file_);
  first.record("b.png", line_of("b.png", 2));
  folder_.write("manifest.jsonl", read_file(file_) + "nonsense\n");
  Manifest second(file_);  // puts a new file in the old one's place
  first.record("a.png", line_of("a.png", 3));
  second.record("c.png", line_of("c.png", 4));
  first.tidy();
  EXPECT_EQ(read_file(file_),
            line_of("b.png", 2) + "\n" + line_of("a.png", 3) + "\n" + line_of("c.png", 4) + "\n");
}

TEST_F(ManifestTest, JobsAtOnceThatDrewTheSame) {
  for (const char* name : {"a.png", "b.png"}) folder_.write(name, "");
  Manifest first(file_), second(file_);
  for (Manifest* each : {&first, &second}) {
    each->record("a.png", line_of("a.png", 1));
    each->record("b.png", line_of("b.png", 2));
    each->tidy();
  }
  EXPECT_EQ(read_file(file_), line_of("a.png", 1) + "\n" + line_of("b.png", 2) + "\n");
}

TEST_F(ManifestTest, WhatIsCutOffOrGoneIsDropped) {
  record("a.png", 1);
  record("b.png", 2);
  folder_.write("manifest.jsonl", read_file(file_) + "nonsense\n{\"file\":\"c.png\",\"se");
  std::filesystem::remove(folder_ / "a.png");
  record("c.png", 3);
  EXPECT_EQ(read_file(file_), line_of("b.png", 2) + "\n" + line_of("c.png", 3) + "\n");
}

TEST_F(ManifestTest, NamesThatNoFileSystemTakesAreOfNoPicture) {
  record("a.png", 1);
  folder_.write("manifest.jsonl", read_file(file_) + line_of(std::string(300, 'a') + ".png", 2) + "\n");
  Manifest{file_};
  EXPECT_EQ(read_file(file_), line_of("a.png", 1) + "\n");
}

TEST_F(ManifestTest, AnotherFileOfThatNameIsLeftAlone) {
  const std::string theirs = "{\"image\":\"x.jpg\"}\n";
  folder_.write("manifest.jsonl", theirs);
  testing::expect_error<ConfigError>([&] { Manifest{file_}; }, {"manifest.jsonl", "--out"});
  EXPECT_EQ(read_file(file_), theirs);
}

TEST_F(ManifestTest, NamesAreRelativeToItsFolder) {
  EXPECT_EQ(Manifest(file_).name_of(folder_ / "gold/seed-1.png"), "gold/seed-1.png");
}

TEST_F(ManifestTest, ShardsHaveTheirOwn) {
  EXPECT_EQ(manifest_file("out", {}), "out/manifest.jsonl");
  EXPECT_EQ(manifest_file("out", {2, 4}), "out/manifest-shard-2-of-4.jsonl");
}

TEST_F(ManifestTest, AFolderThatCannotBe) {
  folder_.write("file", "");
  Manifest manifest(folder_ / "file/manifest.jsonl");
  testing::expect_error<RunError>([&] { manifest.record("a.png", line_of("a.png", 1)); },
                                  {"file/manifest.jsonl"});
}

TEST_F(ManifestTest, ALineWithoutItsEndIsNoWholeOne) {
  record("a.png", 1);
  folder_.write("b.png", "");
  folder_.write("manifest.jsonl", read_file(file_) + line_of("b.png", 2));
  record("c.png", 3);
  EXPECT_EQ(read_file(file_), line_of("a.png", 1) + "\n" + line_of("c.png", 3) + "\n");
}

TEST_F(ManifestTest, OfEqualLinesOneStays) {
  folder_.write("a.png", "");
  folder_.write("manifest.jsonl", line_of("a.png", 1) + "\n" + line_of("a.png", 1) + "\n");
  Manifest{file_};
  EXPECT_EQ(read_file(file_), line_of("a.png", 1) + "\n");
}

}  // namespace
}  // namespace glyffuser
