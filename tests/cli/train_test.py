"""Drives `glyffuser train` as a user would: train, stop, resume, and every kind of bad input.

    python3 tests/cli/train_test.py build/glyffuser
"""

import json
import os
import re
import signal
import subprocess
import time
import unittest

from case import BINARY, SOURCE, CliTest, files_stay_below, run

UNCONDITIONAL = """unet:
  class_name: UNet2DModel
  patch_size: 8
  block_out_channels: [16, 32]
  layers_per_block: 1
  down_block_types: [DownBlock2D, AttnDownBlock2D]
  mid_block_type: UNetMidBlock2D
  up_block_types: [AttnUpBlock2D, UpBlock2D]
  attention_head_dim: 8
  norm_num_groups: 8
"""


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

    def test_going_back_is_recorded_before_the_first_step(self):
        config = self.write_config("back")
        command = ["train", config, "-t", 1]
        self.assertEqual(run(*command).returncode, 0)
        checkpoints = self.root / "back/checkpoints"
        first, last = sorted(checkpoints.iterdir())
        stopped = run(*command, "--resume", first, "--set", "train.max_minutes=1e-9")
        self.assertEqual(stopped.returncode, 0, stopped.stderr)
        self.assertEqual(sorted(checkpoints.iterdir()), [first, last.with_name(f"{last.name}-aside")])
        # As if it had been written elsewhere.
        state = json.loads((first / "state.json").read_text())
        environment = state["environment"]
        environment |= {"data set": "0", "text encoder": "0"}
        (first / "state.json").write_text(json.dumps(state))
        again = run(*command)
        self.assertEqual(again.returncode, 0, again.stderr)
        for part in (f"going on from step {int(first.name[5:])}", "data set (0 -> ", "text encoder (0 -> ", "may be held out now"):
            self.assertIn(part, again.stderr)
        end = json.loads((last / "state.json").read_text())["environment"]
        self.assertEqual(end.keys(), environment.keys())
        self.assertEqual(len(end["data set"]), 12)

    def test_a_training_shorter_than_its_checkpoint_is_refused(self):
        last = self.root / "run/checkpoints/step-00000012"
        fork = ["train", self.write_config("fork"), "-t", 1, "--resume", last, "--set"]
        self.expect(2, ["step-00000012: is of step 12", "8 steps"], *fork, "train.steps=8")

    def test_without_a_home_nothing_is_kept_and_all_works(self):
        config = self.write_config("homeless")
        config.write_text(config.read_text().replace(f", cache: {self.root / 'cache'}", ""))
        environment = {key: value for key, value in os.environ.items() if key not in ("HOME", "XDG_CACHE_HOME")}
        done = run("train", config, "-t", 1, env=environment)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("no home folder", done.stderr)

    def test_pictures_without_captions_are_for_models_without_text(self):
        pictures = self.root / "pictures"
        pictures.mkdir()
        names = [f"seed-{seed}.png" for seed in range(8)]
        done = run("sample", "-m", self.model, "-p", "gold", "-n", 8, "-s", 2, "-o", pictures, "-t", 1)
        self.assertEqual(done.returncode, 0, done.stderr)
        (pictures / "metadata.jsonl").write_text("".join(json.dumps({"file_name": name}) + "\n" for name in names))
        config = self.write_config("captionless")
        self.expect(2, ["captions", "configs/unconditional.yaml"], "train", config, "--set", f"data.folder={pictures}")
        text = re.sub("(?s)unet:.*train:", UNCONDITIONAL + "train:", config.read_text())
        config.write_text(text.replace("max_glyphs: 120", f"folder: {pictures}, held_out: 0.25").replace("prompts: [gold], ", ""))
        done = run("train", config, "-t", 1)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("2 held out", done.stderr)

    def test_closed_streams_are_not_taken_for_files(self):
        config = self.write_config("closed")
        command = ["sh", "-c", '"$0" "$@" >&- 2>&- <&-', BINARY, "train", str(config), "-t", "1"]
        self.assertEqual(subprocess.run(command, timeout=300).returncode, 4)  # the result has no place
        for line in (self.root / "closed/metrics.jsonl").read_text().splitlines():
            json.loads(line)
        self.assertTrue((self.root / "closed/model/model_index.json").is_file())

    def test_another_configuration_is_refused(self):
        self.expect(2, ["train.batch_size (4 -> 8)"], "train", self.config, "--set", "train.batch_size=8")

    def test_a_precision_left_to_the_device_is_recorded_and_may_change(self):
        config = self.write_config("auto")
        command = ["train", config, "-t", 1, "--set", "train.steps=4", "--set", "train.precision=auto"]
        self.assertIn("precision: auto", run(*command, "--dump-config").stdout)
        done = run(*command)
        self.assertEqual(done.returncode, 0, done.stderr)
        recorded = self.root / "auto/config.yaml"
        here, elsewhere = ("bf16", "fp32") if "precision: bf16\n  cuda" in recorded.read_text() else ("fp32", "bf16")
        self.assertIn(f", {here} on cpu", done.stderr)
        # As if the run had begun on a machine with other instructions: the same command goes on, another does not.
        recorded.write_text(recorded.read_text().replace(f"precision: {here}\n  cuda", f"precision: {elsewhere}\n  cuda"))
        self.expect(2, [f"train.precision ({elsewhere} -> {here})"], *command, "--set", f"train.precision={here}")
        again = run(*command)
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertIn("going on from step 4", again.stderr)
        self.assertIn(f"precision: {here}\n  cuda", recorded.read_text())

    def test_the_dumped_config_is_a_config(self):
        first = run("train", self.config, "--dump-config")
        self.assertEqual(first.returncode, 0, first.stderr)
        path = self.root / "dumped.yaml"
        path.write_text(first.stdout)
        self.assertEqual(run("train", path, "--dump-config").stdout, first.stdout)

    def test_the_reference_has_every_key_with_its_default(self):
        def dumped(config):
            done = run("train", config, "--dump-config")
            self.assertEqual(done.returncode, 0, done.stderr)
            return done.stdout.partition("\nsample:\n")[0]

        def keys(text):  # with their indentation, in their order
            return [line.split(":")[0] for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]

        reference = SOURCE / "configs/train.yaml"
        shortest = self.root / "shortest.yaml"
        shortest.write_text("output: {dir: runs/mine}\nunet: {encoder_hid_dim: 256}\ntrain: {epochs: 60}\n")
        self.assertEqual(dumped(reference), dumped(shortest))
        self.assertEqual(keys(reference.read_text()), keys(dumped(shortest)))

    def test_a_dry_run_writes_nothing(self):
        config = self.write_config("dry")
        done = run("train", config, "--dry-run", "--set", "train.warmup_steps=13", "--set", "text_encoder.max_length=4")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("parameters", done.stderr)
        self.assertIn("`train.warmup_steps` is 13, the run has 12 steps", done.stderr)
        self.assertIn("captions are longer than the 4 tokens", done.stderr)
        for part in ("\n# FLOPs per sample: ", "\n# memory: weights ", "\n# time: ", " 12 steps take "):
            self.assertIn(part, done.stdout)
        self.assertFalse((self.root / "dry").exists())
        again = self.root / "again.yaml"
        again.write_text(done.stdout)  # what it prints is a config
        self.assertIn(run("train", again, "--dump-config").stdout.strip(), done.stdout)

    def test_a_dry_run_ends_at_once(self):  # its steps may take minutes, and there is nothing to save
        command = [BINARY, "train", str(self.write_config("dry")), "--dry-run"]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as started:
            self.assertTrue(any("trying out" in line for line in started.stderr))
            started.send_signal(signal.SIGINT)
            self.assertEqual(started.wait(timeout=60), -signal.SIGINT)

    def test_configs_that_are_none(self):
        self.expect(2, ["none.yaml", "No such file"], "train", self.root / "none.yaml")
        bad = self.root / "bad.yaml"
        bad.write_text("train:\n  stesp: 5\n")
        self.expect(2, ["bad.yaml:2", "unknown key `train.stesp`", "did you mean `steps`"], "train", bad)
        bad.write_text("seed: 1\nseed: 2\n")
        self.expect(2, ["bad.yaml:2", "given twice"], "train", bad)
        bad.write_text("train:\n\tsteps: 5\n")
        self.expect(2, ["bad.yaml:2", "a tab, expected spaces"], "train", bad)
        bad.write_text("train: 5\n")
        self.expect(2, ["bad.yaml:1", "`train` is `5`", "expected a section"], "train", bad, "--set", "train.steps=5")
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


class HelpTest(unittest.TestCase):
    def test_version_and_help(self):
        self.assertIn("glyffuser", run("--version").stdout)
        for command in ("train", "sample"):
            self.assertIn("--set", run(command, "--help").stdout)

    def test_command_lines_that_are_none(self):
        commands = "expected one of train, sample, umap-export"
        for arguments, sentence in (
            ([], f"no command is given, {commands}"),
            (["umapexport", "x.yaml"], f"umapexport: unknown command, {commands} (did you mean `umap-export`?)"),
            (["--quiet", "sample"], f"--quiet: comes before any command, {commands}"),
            (["train"], "train: CONFIG is required, expected a configuration file"),
            (["train", "a", "b"], "b: is one argument too many, expected a single configuration file"),
            (["train", "a", "--dry_run=1"], "--dry_run: unknown flag, expected one that train --help lists "
                                            "(did you mean `--dry-run`?)"),
            (["sample", "--num_images", "2"], "--num_images: unknown flag, expected one that sample --help lists "
                                              "(did you mean `--num-images`?)"),
            (["sample", "-p", "a", "golden", "bird"], "bird: is one argument too many, expected a single configuration "
                                                      "file; a prompt is given by -p"),
            (["sample", "-s", "2", "-s", "3"], "--steps: is given 2 times, expected once"),
            (["sample", "-p", "gold", "-p"], "--prompt: nothing follows, expected TEXT"),
            (["train", "--", "a", "b"], "b: is one argument too many, expected a single configuration file"),
            (["train", "a", "--", "b"], "b: is one argument too many, expected a single configuration file"),
            (["train", "a", "--", "--dry-run"], "--dry-run: is one argument too many, expected a single configuration file"),
            (["sample", "--steps"], "--steps: nothing follows, expected N[,N...]"),
            (["sample", "-t", "0"], "--threads: Value 0 not in range 1 to 1024"),
        ):
            done = run(*arguments)
            self.assertEqual((done.returncode, done.stdout, done.stderr), (2, "", f"error: {sentence}\n"))


if __name__ == "__main__":
    unittest.main(verbosity=1)
