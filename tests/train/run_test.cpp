#include "glyffuser/train/run.hpp"

#include <gtest/gtest.h>

#include "tests/support/expect_error.hpp"
#include "tests/support/temporary_folder.hpp"

namespace glyffuser {
namespace fs = std::filesystem;
using testing::expect_error;

constexpr const char* kConfig = "seed: 1\ntrain:\n  steps: 10\n";

Checkpoint at_step(std::int64_t step) {
  Checkpoint checkpoint;
  checkpoint.state.step = step;
  checkpoint.weights = checkpoint.ema = checkpoint.optimizer = {{"w", torch::zeros({2})}};
  return checkpoint;
}

class RunTest : public ::testing::Test {
 protected:
  glyffuser::Run open(const std::string& resume = "auto", const std::string& yaml = kConfig) const {
    return glyffuser::Run({.dir = (folder_ / "run").string()}, yaml, yaml, resume);
  }
  void save_steps(std::initializer_list<std::int64_t> steps, std::int64_t keep = 2) const {
    const glyffuser::Run run = open();
    for (const std::int64_t step : steps) run.save(at_step(step), keep);
  }
  fs::path checkpoints() const { return folder_ / "run" / "checkpoints"; }

  testing::TemporaryFolder folder_;
};

TEST_F(RunTest, ANewRunBeginsWithNothing) {
  glyffuser::Run run = open();
  EXPECT_FALSE(run.take_checkpoint());
  EXPECT_TRUE(fs::exists(folder_ / "run/config.yaml"));
}

TEST_F(RunTest, GoesOnFromTheNewestAndKeepsSome) {
  save_steps({1, 2, 3});
  EXPECT_EQ(list_checkpoints(checkpoints()).size(), 2U);
  EXPECT_EQ(open().take_checkpoint()->state.step, 3);
  EXPECT_EQ(open((checkpoints() / checkpoint_name(2)).string()).take_checkpoint()->state.step, 2);
}

TEST_F(RunTest, ADamagedCheckpointFallsBackToTheOneBefore) {
  save_steps({1, 2});
  fs::resize_file(checkpoints() / checkpoint_name(2) / "weights.safetensors", 9);
  EXPECT_EQ(open().take_checkpoint()->state.step, 1);
  fs::remove(checkpoints() / checkpoint_name(1) / "state.json");
  expect_error<FileError>([&] { open(); }, {"all 2 checkpoints are damaged"});
}

TEST_F(RunTest, ADamagedOneIsNoReasonToRemoveASoundOne) {
  save_steps({1, 5});
  fs::remove(checkpoints() / checkpoint_name(5) / "ema.safetensors");
  save_steps({3}, 1);
  EXPECT_FALSE(fs::exists(checkpoints() / checkpoint_name(1)));
  EXPECT_TRUE(fs::exists(checkpoints() / checkpoint_name(5)));  // until training comes by
  EXPECT_EQ(open().take_checkpoint()->state.step, 3);
}

TEST_F(RunTest, AWayNotTakenIsSetAside) {
  save_steps({1, 2, 3}, 3);
  const std::string first = (checkpoints() / checkpoint_name(1)).string();
  {
    const glyffuser::Run run = open(first);
    EXPECT_EQ(list_checkpoints(checkpoints()).size(), 3U);  // nothing was trained yet
    run.save(at_step(2), 3);
  }
  EXPECT_EQ(open().take_checkpoint()->state.step, 2);
  EXPECT_TRUE(fs::exists(checkpoints() / "step-00000003-aside/state.json"));
  save_steps({3}, 3);
  open(first).save(at_step(2), 3);
  EXPECT_TRUE(fs::exists(checkpoints() / "step-00000003-aside-2/state.json"));
}

TEST_F(RunTest, GoingBackIsRecordedAtOnce) {
  save_steps({1, 2, 3}, 3);
  folder_.write("run/best/glyffuser.json", R"({"format_version": 1, "training": {"steps": 3}})");
  {
    glyffuser::Run run = open((checkpoints() / checkpoint_name(1)).string());
    run.go_back_to(*run.take_checkpoint(), 3);
  }
  EXPECT_EQ(open().take_checkpoint()->state.step, 1);
  for (const char* aside :
       {"checkpoints/step-00000002-aside", "checkpoints/step-00000003-aside", "best-aside"})
    EXPECT_TRUE(fs::is_directory(folder_ / "run" / aside)) << aside;
  EXPECT_FALSE(fs::exists(folder_ / "run/best"));
}

TEST_F(RunTest, GoingOverToTheOtherWayKeepsThisOne) {
  save_steps({1, 3}, 3);
  {
    glyffuser::Run run = open((checkpoints() / checkpoint_name(1)).string());
    run.go_back_to(*run.take_checkpoint(), 3);
    Checkpoint other = at_step(3);
    other.weights = {{"w", torch::ones({2})}};
    run.save(other, 3);
  }
  folder_.write("run/best/glyffuser.json", R"({"format_version": 1, "training": {"steps": 2}})");
  glyffuser::Run run = open((checkpoints() / "step-00000003-aside").string());
  run.go_back_to(*run.take_checkpoint(), 3);
  for (const char* kept : {"checkpoints/step-00000003", "checkpoints/step-00000003-aside",
                           "checkpoints/step-00000003-aside-2", "best-aside"})
    EXPECT_TRUE(fs::is_directory(folder_ / "run" / kept)) << kept;
}

// As when a job's command line is started again and again.
TEST_F(RunTest, GoingBackToACopyOfWhatIsThereChangesNothing) {
  save_steps({2}, 3);
  fs::copy(checkpoints() / checkpoint_name(2), folder_ / "copy", fs::copy_options::recursive);
  folder_.write("run/best/glyffuser.json", R"({"format_version": 1, "training": {"steps": 2}})");
  for (int i = 0; i < 2; ++i) {
    glyffuser::Run run = open((folder_ / "copy").string());
    run.go_back_to(*run.take_checkpoint(), 3);
  }
  EXPECT_EQ(std::distance(fs::directory_iterator(checkpoints()), fs::directory_iterator()), 1);
  EXPECT_TRUE(fs::exists(folder_ / "run/best/glyffuser.json"));
}

TEST_F(RunTest, TheBestModelFromBeforeIsOfBothWays) {
  save_steps({2, 3}, 3);
  folder_.write("run/best/glyffuser.json", R"({"format_version": 1, "training": {"steps": 2}})");
  glyffuser::Run run = open((checkpoints() / checkpoint_name(2)).string());
  run.go_back_to(*run.take_checkpoint(), 3);
  EXPECT_TRUE(fs::exists(folder_ / "run/best/glyffuser.json"));
}

TEST_F(RunTest, ARunThatBeginsWithAnothersCheckpointHasItAsItsOwn) {
  save_steps({4});
  const std::string theirs = (checkpoints() / checkpoint_name(4)).string();
  const auto fork = [&](const std::string& resume) {
    return glyffuser::Run({.dir = (folder_ / "fork").string()}, kConfig, kConfig, resume);
  };
  {
    glyffuser::Run run = fork(theirs);
    run.go_back_to(*run.take_checkpoint(), 2);
  }
  EXPECT_EQ(fork("auto").take_checkpoint()->state.step, 4);
}

TEST_F(RunTest, WhatAForkChangesIsSaid) {
  save_steps({4});
  const auto log_of = [&](const std::string& name, const std::string& yaml) {
    const fs::path dir = folder_ / name;
    glyffuser::Run({.dir = dir.string()}, yaml, yaml, (checkpoints() / checkpoint_name(4)).string());
    return read_file(dir / "train.log");
  };
  EXPECT_NE(log_of("longer", "seed: 1\ntrain:\n  steps: 20\n").find("train.steps (10 -> 20)"),
            std::string::npos);
  EXPECT_EQ(log_of("same", kConfig).find("differs"), std::string::npos);
}

TEST_F(RunTest, RecordsOfAnotherProgramAreNotReplaced) {
  folder_.write("run/metrics.jsonl", "{\"mine\": 1}\n");
  expect_error<ConfigError>([&] { open(); }, {"run/metrics.jsonl", "output.dir"});
  EXPECT_EQ(read_file(folder_ / "run/metrics.jsonl"), "{\"mine\": 1}\n");
}

TEST_F(RunTest, AConfigurationOfTheUsersIsNotReplaced) {
  const std::string theirs = std::string("# mine\n") + kConfig;
  folder_.write("run/config.yaml", theirs);
  expect_error<ConfigError>([&] { open(); }, {"run/config.yaml", "another name", "output.dir"});
  EXPECT_EQ(read_file(folder_ / "run/config.yaml"), theirs);
  fs::remove(folder_ / "run/config.yaml");
  open();
  open();  // its own
}

TEST_F(RunTest, WhatAKilledProcessLeftIsRemoved) {
  folder_.write("run/checkpoints/.step-00000002.tmp77/weights.safetensors", "half");
  folder_.write("run/samples/.step-00000002.png.tmp77", "half");
  folder_.write("run/.model.tmp77/README.md", "half");
  open();
  EXPECT_TRUE(fs::is_empty(checkpoints()));
  EXPECT_TRUE(fs::is_empty(folder_ / "run/samples"));
  EXPECT_FALSE(fs::exists(folder_ / "run/.model.tmp77"));
}

TEST_F(RunTest, TwoProcessesDoNotShareAFolder) {
  const glyffuser::Run first = open();
  expect_error<RunError>([&] { open(); }, {"run", "another process"});
}

TEST_F(RunTest, AnotherConfigurationIsRefusedWithItsKeys) {
  open().save(at_step(1), 2);
  expect_error<ConfigError>([&] { open("auto", "seed: 1\ntrain:\n  steps: 20\n"); },
                            {"train.steps (10 -> 20)"});
}

TEST_F(RunTest, AFinishedModelIsNotReplacedByAnotherRuns) {
  open();
  folder_.write("run/model/glyffuser.json", "{}");
  open();  // the same run may begin anew
  expect_error<ConfigError>([&] { open("auto", "seed: 2\ntrain:\n  steps: 10\n"); }, {"seed (1 -> 2)"});
  expect_error<ConfigError>([&] { open("never"); }, {"a model of a run"});
  fs::remove(folder_ / "run/config.yaml");
  expect_error<ConfigError>([&] { open(); }, {"no config.yaml", "another output.dir"});
  EXPECT_EQ(read_file(folder_ / "run/model/glyffuser.json"), "{}");
}

TEST_F(RunTest, BeginningAnewBesideAFinishedModelIsSaid) {
  const auto said = [&] {
    ::testing::internal::CaptureStderr();
    open();
    return ::testing::internal::GetCapturedStderr();
  };
  EXPECT_EQ(said().find("will replace the model"), std::string::npos);
  folder_.write("run/model/glyffuser.json", "{}");
  EXPECT_NE(said().find("will replace the model"), std::string::npos);
}

TEST_F(RunTest, ABestModelAloneIsAResultToo) {
  open();
  folder_.write("run/best/glyffuser.json", "{}");
  expect_error<ConfigError>([&] { open("never"); }, {"a model of a run"});
}

TEST_F(RunTest, ACheckpointOfAnotherRunDoesNotMakeTheFolderItsOwn) {
  open().save(at_step(1), 2);
  const std::string other = "seed: 1\ntrain:\n  steps: 20\n";
  const auto theirs = folder_ / "other";
  glyffuser::Run({.dir = theirs.string()}, other, other, "auto").save(at_step(5), 2);
  expect_error<ConfigError>([&] { open((theirs / "checkpoints" / checkpoint_name(5)).string(), other); },
                            {"train.steps (10 -> 20)"});
}

// The same command on a machine with other instructions goes on (the trainer warns); other wishes do not.
TEST_F(RunTest, WhatWasLeftToTheDeviceMayComeToSomethingElse) {
  const auto open_with = [&](const std::string& asked, const std::string& came_to) {
    const auto yaml = [](const std::string& precision) { return "train: {precision: " + precision + "}\n"; };
    return glyffuser::Run({.dir = (folder_ / "run").string()}, yaml(asked), yaml(came_to), "auto");
  };
  open_with("auto", "bf16").save(at_step(1), 2);
  EXPECT_EQ(open_with("auto", "fp32").take_checkpoint()->state.step, 1);
  EXPECT_TRUE(read_file(folder_ / "run/config.yaml").ends_with("\ntrain: {precision: fp32}\n"));
  EXPECT_TRUE(open_with("fp32", "fp32").take_checkpoint());
  expect_error<ConfigError>([&] { open_with("bf16", "bf16"); }, {"train.precision (fp32 -> bf16)"});
}

TEST_F(RunTest, NeverRefusesAFolderWithCheckpoints) {
  open("never").save(at_step(1), 2);
  expect_error<ConfigError>([&] { open("never"); }, {"holds checkpoints"});
  expect_error<ConfigError>([&] { open((folder_ / "none").string()); }, {"none", "auto, never"});
}

}  // namespace glyffuser
