"""Stops a training run in every way one can be stopped, and compares what comes out with a run that never was.

    python3 tests/cli/stops_test.py build/glyffuser
"""

import array
import contextlib
import json
import os
import random
import resource
import shutil
import signal
import struct
import subprocess
import time
import unittest

import case

STEPS = 40
# The least network that hears a text; dropout, averaged records, micro-batches, a best model: all that a checkpoint has
# to carry.
CONFIG = f"""
seed: 3
output: {{dir: RUN}}
data: {{max_glyphs: 80, cache: CACHE}}
unet:
  patch_size: 8
  block_out_channels: [16]
  layers_per_block: 1
  down_block_types: [CrossAttnDownBlock2D]
  mid_block_type: null
  up_block_types: [UpBlock2D]
  cross_attention_dim: 32
  encoder_hid_dim: 256
  attention_head_dim: 2
  norm_num_groups: 8
  dropout: 0.1
train:
  steps: {STEPS}
  batch_size: 4
  micro_batch: 2
  warmup_steps: 2
  log_every: 3
  checkpoint_every: 2
  keep_checkpoints: 3
  keep_best: true
  validate_every: 0.5e
  validation_glyphs: 4
  preview: {{every: 1e, prompts: [gold], images: 2, steps: 2}}
"""
WEIGHTS = "unet/diffusion_pytorch_model.safetensors"
STATE = ("weights.safetensors", "ema.safetensors", "optimizer.safetensors", "state.json")
KILLS = 50


def start(config, *arguments, **options):
    return subprocess.Popen([case.BINARY, "train", str(config), "-t", "1", *arguments],
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)


def steps_saved(folder):
    return sorted(int(path.name[5:]) for path in (folder / "checkpoints").glob("step-*"))


def records(folder):
    """metrics.jsonl without what depends on the clock or on how often the run was begun."""
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    begun = {"samples_per_second", "seconds", "peak_memory"}
    return [{key: line[key] for key in line if key not in begun} for line in lines if line["kind"] != "run"]


def hidden(folder):
    return [path for path in folder.rglob(".*")]


def floats(file):
    content = file.read_bytes()
    header = struct.unpack("<Q", content[:8])[0]
    return array.array("f", content[8 + header :])


@contextlib.contextmanager
def mounted(folder, *arguments):
    """A mount for a while; skips the test where mounting is not allowed."""
    folder.mkdir(exist_ok=True)
    if subprocess.run(["mount", *arguments, folder], capture_output=True, check=False).returncode != 0:
        raise unittest.SkipTest("mounting is not allowed here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


class StopsTest(case.CliTest):
    @classmethod
    def write_config(cls, name):
        path = cls.root / f"{name}.yaml"
        path.write_text(CONFIG.replace("RUN", str(cls.root / name)).replace("CACHE", str(cls.root / "cache")))
        return path

    def train(self, config, *arguments, code=0, **options):
        done = case.run("train", config, "-t", 1, *arguments, **options)
        self.assertEqual(done.returncode, code, done.stderr)
        return done

    def expect_the_same(self, name, last=STEPS):
        """All that `name` left is what the undisturbed run left."""
        undisturbed, other = self.root / "run", self.root / name
        self.assertEqual(steps_saved(other)[-1], last)
        for file in STATE:
            path = f"checkpoints/step-{last:08d}/{file}"
            self.assertEqual((other / path).read_bytes(), (undisturbed / path).read_bytes(), path)
        for path in (f"model/{WEIGHTS}", f"best/{WEIGHTS}", "best/glyffuser.json", "model/README.md"):
            self.assertEqual((other / path).read_bytes(), (undisturbed / path).read_bytes(), path)
        self.assertEqual(records(other), records(undisturbed))
        pictures = sorted(path.name for path in (undisturbed / "samples").iterdir())
        self.assertEqual(sorted(path.name for path in (other / "samples").iterdir()), pictures)
        for picture in pictures:
            self.assertEqual((other / "samples" / picture).read_bytes(), (undisturbed / "samples" / picture).read_bytes())
        self.assertEqual(hidden(other), [])

    def test_the_undisturbed_run_is_complete(self):
        lines = records(self.root / "run")
        self.assertEqual([r["step"] for r in lines if r["kind"] == "train"], [*range(3, STEPS, 3), STEPS])
        # 76 glyphs to train on in batches of 4: an epoch has 19 steps.
        validations = {r["step"]: r["loss"] for r in lines if r["kind"] == "validation"}
        self.assertEqual(list(validations), list(range(10, STEPS + 1, 10)))
        self.assertEqual([p.name for p in sorted((self.root / "run/samples").iterdir())],
                         [f"step-{step:08d}.png" for step in range(19, STEPS, 19)])
        self.assertEqual(steps_saved(self.root / "run"), [STEPS - 4, STEPS - 2, STEPS])
        best = json.loads((self.root / "run/best/glyffuser.json").read_text())
        self.assertEqual(best["training"]["steps"], min(validations, key=validations.get))

    def test_killed_fifty_times_it_ends_the_same(self):
        config, folder, draw = self.write_config("killed"), self.root / "killed", random.Random(1)
        for stop in range(KILLS + KILLS // 10):
            before = (steps_saved(folder) or [0])[-1]
            process = start(config)
            if before > STEPS - 10 or draw.random() < 0.5:
                time.sleep(draw.uniform(0, 0.3))  # somewhere in its start
            else:
                while (steps_saved(folder) or [0])[-1] == before and process.poll() is None:
                    time.sleep(0.001)
                time.sleep(draw.uniform(0, 0.03))
            self.assertIsNone(process.poll(), "it ended before it was killed")
            # Now and then a signal that it can answer: it then saves between the periods.
            process.send_signal(signal.SIGTERM if stop % 11 == 10 else signal.SIGKILL)
            process.wait(timeout=60)
        self.assertGreater(steps_saved(folder)[-1], STEPS // 2)
        self.assertLess(steps_saved(folder)[-1], STEPS)
        self.train(config)
        self.expect_the_same("killed")

    def test_of_a_damaged_checkpoint_the_one_before_is_taken(self):
        config, stopped, draw = self.write_config("damaged"), self.root / "damaged", random.Random(2)
        process = start(config)
        while len(steps_saved(stopped)) < 2 and process.poll() is None:
            time.sleep(0.001)
        process.terminate()
        self.assertEqual(process.wait(timeout=60), 143, "it is to stop in the middle")
        shutil.copytree(stopped, self.root / "whole")
        newest = f"checkpoints/step-{steps_saved(stopped)[-1]:08d}"

        def cut(path):
            os.truncate(path, draw.randrange(path.stat().st_size))

        def zero(path):
            content = bytearray(path.read_bytes())
            at = draw.randrange(len(content))
            content[at : at + 4096] = bytes(len(content[at : at + 4096]))
            path.write_bytes(content)

        for file in STATE:
            for damage in (cut, zero, lambda path: path.unlink()):
                shutil.rmtree(stopped)
                shutil.copytree(self.root / "whole", stopped)
                damage(stopped / newest / file)
                done = self.train(config, "--set", "train.max_minutes=0.0001")
                self.assertIn("trying the checkpoint before it", done.stderr, file)
                self.assertIn(f"going on from step {steps_saved(self.root / 'whole')[-2]}\n", done.stderr)
        self.train(config)
        self.expect_the_same("damaged")

    def test_without_time_it_saves_and_leaves_and_goes_on(self):
        config = self.write_config("hurried")
        done = self.train(config, "--set", "train.max_minutes=0.01")
        self.assertIn("after train.max_minutes; the same command goes on", done.stderr)
        self.assertEqual(done.stdout, "")
        self.assertFalse((self.root / "hurried/model").exists())
        self.train(config)
        self.expect_the_same("hurried")

    def test_a_log_that_goes_away_loses_nothing(self):
        """As `train ... 2>&1 | tee log` where tee dies."""
        config = self.write_config("unheard")
        process = subprocess.Popen([case.BINARY, "train", str(config), "-t", "1"], stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT)
        process.stdout.readline()
        process.stdout.close()
        self.assertEqual(process.wait(timeout=120), 4)  # at the end, where the model lies cannot be said
        self.expect_the_same("unheard")

    def test_a_terminal_that_goes_away_loses_nothing(self):
        """Its shell sends SIGHUP, and the system once more; nohup has it ignored."""
        for name, action, code in (("hung-up", signal.SIG_DFL, 129), ("nohup", signal.SIG_IGN, 0)):
            with self.subTest(name):
                config = self.write_config(name)
                process = start(config, preexec_fn=lambda does=action: signal.signal(signal.SIGHUP, does))
                while not steps_saved(self.root / name) and process.poll() is None:
                    time.sleep(0.001)
                for _ in range(2):
                    process.send_signal(signal.SIGHUP)
                    time.sleep(0.002)
                self.assertEqual(process.wait(timeout=120), code)
                if code:
                    self.train(config)
                self.expect_the_same(name)

    def test_a_full_disk_loses_nothing(self):
        """Too little room for each kind of file in turn: first for the metrics' growth, at last for the model."""
        stages = (("metrics.jsonl", 4_096, ["train.checkpoint_every=1000", "train.preview.every=0", "train.log_every=1",
                                             "train.validate_every=0", "train.keep_best=false"]),
                  ("samples/step-", 12_288, ["train.preview.every=1", "train.preview.images=12"]),
                  ("checkpoints/step-", 100_000, []),
                  ("best", 4_000_000, ["train.checkpoint_every=1000"]),
                  # best/ has room and is once replaced, the last checkpoint too, model/ beside them has not.
                  ("model", 21_300_000, ["train.checkpoint_every=1000"]))
        for part, room, settings in stages:
            with self.subTest(part), mounted(self.root / "small", "-t", "tmpfs", "-o", "size=40m", "none") as disk:
                config = self.write_config("small")
                sets = [flag for setting in settings for flag in ("--set", setting)]
                self.train(config, "--set", "train.max_minutes=0.0001")  # lets it write what every run has first
                filler = disk / "filler"
                with open(filler, "wb") as out, contextlib.suppress(OSError):
                    out.write(bytes(shutil.disk_usage(disk).free - room))
                self.expect(4, [f"small/{part}"], "train", config, "-t", 1, *sets)
                self.assertEqual(hidden(disk), [])
                filler.unlink()
                self.train(config)
                self.expect_the_same("small")

    def test_a_limit_on_files_loses_nothing(self):
        """The same where nothing can be mounted."""
        for part, size, settings in (("samples/step-", 6_000, ["train.preview.every=1"]),
                                     ("checkpoints/step-", 100_000, []), ("best", 4_000_000, [])):
            config = self.write_config("limited")
            shutil.rmtree(self.root / "limited", ignore_errors=True)
            sets = [flag for setting in settings for flag in ("--set", setting)]
            self.expect(4, [f"limited/{part}"], "train", config, "-t", 1, *sets, preexec_fn=case.files_stay_below(size))
            self.assertEqual(hidden(self.root / "limited"), [])
        self.train(config)
        self.expect_the_same("limited")

    def test_checkpoints_that_cannot_be_written(self):
        config, folder = self.write_config("fixed"), self.root / "fixed"
        self.train(config, "--set", "train.max_minutes=0.01")
        before = steps_saved(folder)
        with mounted(folder / "checkpoints", "--bind", folder / "checkpoints"):
            subprocess.run(["mount", "-o", "remount,ro,bind", folder / "checkpoints"], check=True)
            self.expect(4, ["fixed/checkpoints/step-", "Read-only file system"], "train", config, "-t", 1)
        self.assertEqual(steps_saved(folder), before)
        self.train(config)
        self.expect_the_same("fixed")

    def test_a_learning_rate_beyond_reason_ends_the_run(self):
        config = self.write_config("diverged")
        self.expect(4, ["training diverged", "train.optimizer.learning_rate"], "train", config, "-t", 1,
                    "--set", "train.optimizer.learning_rate=1e6", "--set", "train.optimizer.weight_decay=0")
        for file in (self.root / "diverged/checkpoints").rglob("*.safetensors"):
            self.assertTrue(all(abs(x) < float("inf") for x in floats(file)), file)
        self.assertFalse((self.root / "diverged/model").exists())

    def test_out_of_memory_says_what_to_try(self):
        def limited():
            resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))

        config = self.write_config("greedy")
        self.expect(4, ["out of memory", "train.micro_batch: 2048"], "train", config, "-t", 1, preexec_fn=limited,
                    *("--set", "train.batch_size=4096", "--set", "train.micro_batch=null"))

    def test_a_run_may_begin_with_a_models_weights(self):
        config = self.write_config("tuned")
        sets = ["--set", f"train.init_from={self.root}/run/model", "--set", "train.steps=1",
                "--set", "train.optimizer.learning_rate=1e-30", "--set", "train.optimizer.weight_decay=0"]
        self.assertIn("beginning with the weights of", self.train(config, *sets).stderr)
        self.assertEqual(floats(self.root / f"tuned/model/{WEIGHTS}"), floats(self.root / f"run/model/{WEIGHTS}"))
        self.expect(2, ["train.init_from (", "-> null)"], "train", config, "-t", 1, *sets[2:])
        self.expect(2, ["train.init_from", "unet.block_out_channels ([16] -> [32])"], "train",
                    self.write_config("wide"), *sets, "--set", "unet.block_out_channels=[32]")
        self.assertFalse((self.root / "wide/checkpoints").exists())

    def test_two_processes_do_not_share_a_run(self):
        config = self.write_config("shared")
        first = start(config, "--set", "train.steps=100000")
        self.addCleanup(first.wait, timeout=60)
        self.addCleanup(first.kill)
        while not steps_saved(self.root / "shared") and first.poll() is None:
            time.sleep(0.01)
        self.expect(4, ["shared", "another process"], "train", config, "--set", "train.steps=100000")


if __name__ == "__main__":
    unittest.main(verbosity=1)
