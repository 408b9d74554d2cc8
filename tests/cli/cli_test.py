"""Drives the glyffuser binary as a user would: train, stop, resume, sample, and every kind of bad input.

    python3 tests/cli/cli_test.py build/glyffuser
"""

import json
import os
import pathlib
import resource
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
import unittest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
MODEL = SOURCE / "data" / "models" / "glyffuser"
BINARY = None  # set from the command line

TINY = """
seed: 3
output: {dir: RUN}
data: {max_glyphs: 120, cache: CACHE}
unet:
  patch_size: 8
  block_out_channels: [16, 32]
  layers_per_block: 1
  down_block_types: [DownBlock2D, CrossAttnDownBlock2D]
  up_block_types: [CrossAttnUpBlock2D, UpBlock2D]
  cross_attention_dim: 32
  encoder_hid_dim: 256
  attention_head_dim: 2
  norm_num_groups: 8
train:
  steps: 12
  batch_size: 4
  warmup_steps: 2
  log_every: 1
  checkpoint_every: 4
  validate_every: 6
  validation_glyphs: 4
  preview: {every: 12, prompts: [gold], images: 2, steps: 2}
"""


def run(*arguments, cwd=None, **options):
    return subprocess.run([BINARY, *map(str, arguments)], cwd=cwd, capture_output=True, text=True, timeout=300, **options)


def files_stay_below(size):
    """For a child process: a longer write fails, as it does on a full disk."""
    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    return limit


class CliTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.root = pathlib.Path(tempfile.mkdtemp(prefix="glyffuser-cli-"))
        cls.config = cls.write_config("run")
        done = run("train", cls.config, "-t", 1)
        assert done.returncode == 0, done.stderr
        cls.model = cls.root / "run" / "model"

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.root)

    @classmethod
    def write_config(cls, name):
        path = cls.root / f"{name}.yaml"
        path.write_text(TINY.replace("RUN", str(cls.root / name)).replace("CACHE", str(cls.root / "cache")))
        return path

    def expect(self, code, parts, *arguments, **options):
        done = run(*arguments, **options)
        self.assertEqual(done.returncode, code, done.stderr)
        for part in parts:
            self.assertIn(part, done.stderr)
        errors = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
        if code in (3, 4) or (code == 2 and "error: " in done.stderr):
            self.assertEqual(len(errors), 1, done.stderr)
        self.assertNotIn("frame #", done.stderr)
        return done


class TrainTest(CliTest):
    def test_a_run_leaves_everything_the_design_names(self):
        folder = self.root / "run"
        for name in ("config.yaml", "train.log", "metrics.jsonl", "report.html", "samples/step-00000012.png", "model/model_index.json",
                     "model/glyffuser.json", "model/pipeline.py", "model/README.md", "model/unet/config.json",
                     "model/text_encoder/encoder.pt", "model/tokenizer/spiece.model", "checkpoints/step-00000012"):
            self.assertTrue((folder / name).exists(), name)
        records = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
        self.assertEqual([r["step"] for r in records if r["kind"] == "train"], list(range(1, 13)))
        self.assertEqual([r["step"] for r in records if r["kind"] == "validation"], [6, 12])
        self.assertTrue(all("shuffled_loss" in r for r in records if r["kind"] == "validation"))
        self.assertEqual([r["step"] for r in records if r["kind"] == "run"], [0])
        self.assertTrue(all(r["peak_memory"] > 0 for r in records if r["kind"] == "train"))
        self.assertEqual(sorted(r["seconds"] for r in records), [r["seconds"] for r in records])
        report = (folder / "report.html").read_text()
        self.assertIn('"state":"finished"', report)
        self.assertIn('id="preview-12"', report)
        log = (folder / "train.log").read_text()
        self.assertIn(records[0]["device_name"], log)
        self.assertIn("of memory were in use", log)
        self.assertEqual(len(list((folder / "checkpoints").iterdir())), 2)
        self.assertIn("12 steps, 48 samples", (folder / "model/README.md").read_text())

    def test_stopped_and_resumed_gives_the_same_bytes(self):
        config = self.write_config("stopped")
        started = subprocess.Popen([BINARY, "train", str(config), "-t", "1"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        metrics = self.root / "stopped" / "metrics.jsonl"
        deadline = time.time() + 120
        while time.time() < deadline and (not metrics.exists() or metrics.read_text().count("\n") < 5):
            time.sleep(0.02)
        started.send_signal(signal.SIGTERM)
        self.assertEqual(started.wait(timeout=120), 143)
        self.assertFalse((self.root / "stopped" / "model").exists())
        self.assertIn('"state":"stopped"', (self.root / "stopped" / "report.html").read_text())
        again = run("train", config, "-t", 1)
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertIn("going on from step", again.stderr)
        weights = "model/unet/diffusion_pytorch_model.safetensors"
        self.assertEqual((self.root / "stopped" / weights).read_bytes(), (self.root / "run" / weights).read_bytes())

        def losses(name):
            lines = (self.root / name / "metrics.jsonl").read_text().splitlines()
            return [(r["step"], r["kind"], r["loss"]) for r in map(json.loads, lines) if r["kind"] != "run"]

        self.assertEqual(losses("stopped"), losses("run"))
        seconds = [json.loads(line)["seconds"] for line in (self.root / "stopped/metrics.jsonl").read_text().splitlines()]
        self.assertEqual(sorted(seconds), seconds)  # time goes on where it stopped

    def test_killed_without_warning_it_goes_on_too(self):
        config = self.write_config("killed")
        started = subprocess.Popen([BINARY, "train", str(config), "-t", "1"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.time() + 120
        while time.time() < deadline and not (self.root / "killed/checkpoints/step-00000004").exists():
            time.sleep(0.02)
        started.kill()
        started.wait(timeout=60)
        again = run("train", config, "-t", 1)
        self.assertEqual(again.returncode, 0, again.stderr)
        weights = "model/unet/diffusion_pytorch_model.safetensors"
        self.assertEqual((self.root / "killed" / weights).read_bytes(), (self.root / "run" / weights).read_bytes())

    def test_another_configuration_is_refused(self):
        self.expect(2, ["train.batch_size (4 -> 8)"], "train", self.config, "--set", "train.batch_size=8")

    def test_the_dumped_config_is_a_config(self):
        first = run("train", self.config, "--dump-config")
        self.assertEqual(first.returncode, 0, first.stderr)
        path = self.root / "dumped.yaml"
        path.write_text(first.stdout)
        self.assertEqual(run("train", path, "--dump-config").stdout, first.stdout)

    def test_a_dry_run_writes_nothing(self):
        config = self.write_config("dry")
        done = run("train", config, "--dry-run")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("parameters", done.stderr)
        for part in ("\n# FLOPs per sample: ", "\n# memory: weights ", "\n# time: ", " 12 steps take "):
            self.assertIn(part, done.stdout)
        self.assertFalse((self.root / "dry").exists())
        again = self.root / "again.yaml"
        again.write_text(done.stdout)  # what it prints is a config
        self.assertIn(run("train", again, "--dump-config").stdout.strip(), done.stdout)

    def test_configs_that_are_none(self):
        self.expect(2, ["none.yaml", "No such file"], "train", self.root / "none.yaml")
        bad = self.root / "bad.yaml"
        bad.write_text("train:\n  stesp: 5\n")
        self.expect(2, ["bad.yaml:2", "unknown key `train.stesp`", "did you mean `steps`"], "train", bad)
        bad.write_text("seed: 1\nseed: 2\n")
        self.expect(2, ["bad.yaml:2", "given twice"], "train", bad)
        bad.write_text("train: {batch_size: 0}\n")
        self.expect(2, ["bad.yaml:1", "at least 1"], "train", bad)

    def test_data_files_that_are_none(self):
        for key, value, parts in (
            ("data.font", "/nonexistent.ttf", ["/nonexistent.ttf"]),
            ("data.font", str(self.config), [str(self.config)]),
            ("data.font", "/usr/share/fonts/truetype/none.ttf", ["none.ttf"]),
            ("data.definitions", "/nonexistent.txt", ["/nonexistent.txt"]),
            ("data.folder", str(self.root / "nowhere"), ["nowhere"]),
            ("text_encoder.path", str(self.root / "nowhere"), ["nowhere"]),
        ):
            config = self.write_config("baddata")
            self.expect(3, parts, "train", config, "--set", f"{key}={value}")

    def test_no_cuda_is_said(self):
        if run("train", self.config, "--dry-run", "--device", "cuda").returncode == 0:
            self.skipTest("this machine has CUDA")
        self.expect(2, ["cuda", "--device cpu"], "train", self.config, "--device", "cuda")
        self.expect(2, ["gpu", "expected auto, cpu, cuda"], "train", self.config, "--device", "gpu")

    def test_a_full_disk_loses_nothing(self):
        config = self.write_config("full")
        self.expect(4, ["full/checkpoints"], "train", config, "-t", 1, preexec_fn=files_stay_below(100_000))
        self.assertEqual(list((self.root / "full/checkpoints").glob("step-*")), [])
        self.assertFalse((self.root / "full/model").exists())
        again = run("train", config, "-t", 1)
        self.assertEqual(again.returncode, 0, again.stderr)
        weights = "model/unet/diffusion_pytorch_model.safetensors"
        self.assertEqual((self.root / "full" / weights).read_bytes(), (self.root / "run" / weights).read_bytes())

    def test_an_output_that_cannot_be_written(self):
        file = self.root / "a-file"
        file.write_text("")
        self.expect(4, ["a-file"], "train", self.config, "--set", f"output.dir={file}/below")


class SampleTest(CliTest):
    def sample(self, *arguments, **options):
        return run("sample", "-m", self.model, "-s", 2, *arguments, cwd=self.root, **options)

    def test_pictures_grid_and_stdout(self):
        out = self.root / "out"
        done = self.sample("-p", "gold", "-p", "to speak", "-n", 2, "-o", out)
        self.assertEqual(done.returncode, 0, done.stderr)
        expected = [out / p / f"seed-{k}.png" for p in ("gold", "to-speak") for k in (0, 1)] + [out / "grid.png"]
        self.assertEqual(done.stdout.split("\n"), [str(p) for p in expected] + [""])
        self.assertIn(b"parameters", expected[0].read_bytes())

    def test_the_same_command_gives_the_same_bytes_and_keeps_what_is_there(self):
        a, b = self.root / "same-a", self.root / "same-b"
        for folder in (a, b):
            self.assertEqual(self.sample("-p", "gold", "-n", 2, "-o", folder).returncode, 0)
        self.assertEqual((a / "seed-1.png").read_bytes(), (b / "seed-1.png").read_bytes())
        stamp = (a / "seed-1.png").stat().st_mtime_ns
        (a / "seed-0.png").unlink()
        self.assertEqual(self.sample("-p", "gold", "-n", 2, "-o", a).returncode, 0)
        self.assertEqual((a / "seed-1.png").stat().st_mtime_ns, stamp)
        self.assertEqual((a / "seed-0.png").read_bytes(), (b / "seed-0.png").read_bytes())

    def test_another_picture_is_never_overwritten_silently(self):
        out = self.root / "over"
        self.assertEqual(self.sample("-p", "gold", "-n", 1, "-o", out).returncode, 0)
        before = (out / "seed-0.png").read_bytes()
        self.expect(2, ["seed-0.png", "--overwrite"], "sample", "-m", self.model, "-p", "gold", "-n", 1, "-s", 3, "-o", out)
        self.assertEqual((out / "seed-0.png").read_bytes(), before)
        self.assertEqual(self.sample("-p", "gold", "-n", 1, "-g", 5, "-o", out, "--overwrite").returncode, 0)
        self.assertNotEqual((out / "seed-0.png").read_bytes(), before)

    def test_noise_in_and_raw_out(self):
        raw, noise = self.root / "raw.safetensors", self.root / "noise.safetensors"
        self.write_noise(noise, 2)
        done = self.sample("-p", "gold", "-n", 2, "--noise", noise, "--raw", raw, "-o", self.root / "raw-out")
        self.assertEqual(done.returncode, 0, done.stderr)
        header = json.loads(raw.read_bytes()[8 : 8 + struct.unpack("<Q", raw.read_bytes()[:8])[0]])
        self.assertEqual(header["images"]["shape"], [2, 1, 128, 128])
        # Noise from a file makes another picture than the seed's own, and the file says so.
        self.expect(2, ["seed-0.png", "--overwrite"], "sample", "-m", self.model, "-s", 2, "-p", "gold", "-n", 2,
                    "-o", self.root / "raw-out")
        self.expect(3, ["noise.safetensors", "[3, 1, 128, 128]"], "sample", "-m", self.model, "-p", "gold", "-n", 3, "-s", 1,
                    "--noise", noise, "-o", self.root / "raw-out3")

    @staticmethod
    def write_noise(path, count):
        values = [((i * 2654435761) % 1000) / 500 - 1 for i in range(count * 128 * 128)]
        data = struct.pack(f"<{len(values)}f", *values)
        header = json.dumps({"noise": {"dtype": "F32", "shape": [count, 1, 128, 128], "data_offsets": [0, len(data)]}}).encode()
        path.write_bytes(struct.pack("<Q", len(header)) + header + data)

    def test_a_full_disk_leaves_no_half_picture(self):
        out = self.root / "full-out"
        self.expect(4, ["seed-0.png"], "sample", "-m", self.model, "-p", "gold", "-n", 1, "-s", 1, "-o", out,
                    preexec_fn=files_stay_below(100))
        self.assertEqual(list(out.iterdir()), [])

    def test_odd_prompts_are_drawn(self):
        prompts = self.root / "prompts.txt"
        prompts.write_text("gold\n" + "very " * 300 + "long\n金\nunicode ☃ and 'quotes'\n")
        done = self.sample("--prompts", prompts, "-p", "", "-n", 1, "-o", self.root / "odd")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("very very", done.stderr)  # what was cut is said
        self.assertEqual(len(list((self.root / "odd").glob("*/seed-0.png"))), 5)

    def test_bad_flags(self):
        for arguments, parts in (
            (["-p", "gold", "-n", "0"], ["--num-images", "at least 1"]),
            (["-p", "gold", "-s", "0"], ["--steps", "at least 1"]),
            (["-p", "gold", "-s", "2000"], ["2000", "1000"]),
            (["-p", "gold", "--seeds", "5-1"], ["5-1"]),
            (["-p", "gold", "--scheduler", "dimm"], ["dimm", "ddim"]),
            (["-p", "gold", "-g", "x"], ["--guidance-scale", "number"]),
            (["-p", "gold", "--prompts", "none.txt"], ["none.txt"]),
            ([], ["no prompt"]),
        ):
            self.expect(2, parts, "sample", "-m", self.model, "-o", self.root / "bad", *arguments)
        self.assertEqual(run("sample", "--nonsense").returncode, 2)
        self.assertEqual(run("smaple").returncode, 2)
        self.assertEqual(run().returncode, 2)

    def test_models_that_are_none(self):
        self.expect(3, ["nowhere"], "sample", "-m", self.root / "nowhere", "-p", "gold")
        weights = "unet/diffusion_pytorch_model.safetensors"
        for name, damage in (
            (weights, lambda path: path.write_bytes(path.read_bytes()[:1000])),
            (weights, lambda path: path.write_bytes(b"")),
            ("unet/config.json", lambda path: path.write_text("{")),
            ("scheduler/scheduler_config.json", lambda path: path.unlink()),
            ("text_encoder/encoder.pt", lambda path: path.write_bytes(path.read_bytes()[:5000])),
            ("text_encoder/encoder.pt", lambda path: path.write_text("hello")),
            ("tokenizer/spiece.model", lambda path: path.write_bytes(b"")),
            ("tokenizer/spiece.model", lambda path: path.write_bytes(path.read_bytes()[:5000])),
        ):
            broken = self.root / "broken"
            shutil.rmtree(broken, ignore_errors=True)
            shutil.copytree(self.model, broken)
            damage(broken / name)
            self.expect(3, [os.path.basename(name)], "sample", "-m", broken, "-p", "gold", "-n", 1, "-s", 1)

    def test_an_output_that_cannot_be_written(self):
        file = self.root / "another-file"
        file.write_text("")
        self.expect(4, ["another-file"], "sample", "-m", self.model, "-p", "gold", "-n", 1, "-s", 1, "-o", file / "below")


class BundledModelTest(unittest.TestCase):
    def test_it_is_what_sample_draws_with(self):
        with tempfile.TemporaryDirectory() as folder:
            named, default = (pathlib.Path(folder) / name for name in ("named.png", "default.png"))
            for picture, flags in ((named, ["-m", MODEL]), (default, [])):
                done = run("sample", "-p", "gold", "-n", 1, "-s", 2, "-o", picture, *flags, cwd=folder)
                self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(named.read_bytes(), default.read_bytes())

    def test_an_installed_tree_draws_from_anywhere(self):
        with tempfile.TemporaryDirectory() as folder:
            build = pathlib.Path(BINARY).parent
            subprocess.run(["cmake", "--install", build, "--prefix", f"{folder}/installed"], check=True, capture_output=True)
            moved = pathlib.Path(folder) / "moved"
            (pathlib.Path(folder) / "installed").rename(moved)
            done = subprocess.run([moved / "bin/glyffuser", "sample", "-p", "gold", "-n", "1", "-s", "1", "-o", "a.png"],
                                  cwd=folder, capture_output=True, text=True, timeout=300)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertTrue((pathlib.Path(folder) / "a.png").exists())

    def test_its_weights_stay_small(self):
        size = sum(f.stat().st_size for f in (SOURCE / "data").rglob("*") if f.is_file() and not f.is_symlink())
        self.assertLess(size, 32_000_000)


class HelpTest(unittest.TestCase):
    def test_version_and_help(self):
        self.assertIn("glyffuser", run("--version").stdout)
        for command in ("train", "sample"):
            self.assertIn("--set", run(command, "--help").stdout)


if __name__ == "__main__":
    BINARY = str(pathlib.Path(sys.argv.pop(1)).resolve())
    unittest.main(verbosity=1)
