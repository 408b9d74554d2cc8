"""Drives `glyffuser sample` as a user would: pictures, grids, odd prompts, broken models.

    python3 tests/cli/sample_test.py build/glyffuser
"""

import json
import os
import pathlib
import shutil
import signal
import struct
import subprocess
import tempfile
import unittest

from case import BINARY, MODEL, SOURCE, CliTest, files_stay_below, run


class SampleTest(CliTest):
    def sample(self, *arguments, **options):
        return run("sample", "-m", self.model, "-s", 2, *arguments, cwd=self.root, **options)

    def test_pictures_grid_and_stdout(self):
        out = self.root / "out"
        done = self.sample("-p", "gold", "-p", "to speak", "-n", 2, "-o", out)
        self.assertEqual(done.returncode, 0, done.stderr)
        expected = [out / p / f"seed-{k}.png" for p in ("gold", "to-speak") for k in (0, 1)]
        expected += [out / "grid.png", out / "manifest.jsonl"]
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

    def test_files_of_the_users_own_are_never_overwritten_silently(self):
        own = self.root / "own"
        own.mkdir()
        names = ["photo.png", "a.webp", "raw.safetensors", "b-steps.png", "seed-0.svg"]
        for name in names:
            (own / name).write_text("precious")
        prompts = ["-p", "gold", "-n", 2]
        for flags in (
            [*prompts, "-o", own / "photo.png"],
            [*prompts, "-o", own, "--grid", own / "photo.png"],
            [*prompts, "-o", own, "--preview", own / "photo.png"],
            [*prompts, "-o", own, "--animation", own / "a.webp"],
            [*prompts, "-o", own, "--animation", own / "b.webp"],
            [*prompts, "-o", own, "--raw", own / "raw.safetensors"],
            *([[*prompts, "-o", own, "--svg"]] if shutil.which("potrace") else []),
        ):
            self.expect(2, ["is there already", "--overwrite"], "sample", "-m", self.model, "-s", 1, *flags)
        self.assertEqual([(own / name).read_text() for name in names], ["precious"] * len(names))
        self.assertEqual(len(list(own.iterdir())), len(names))

    def test_a_grid_of_its_own_is_drawn_again(self):
        grid = self.root / "again.png"
        for steps in (1, 2, 2):
            done = run("sample", "-m", self.model, "-p", "gold", "-n", 2, "-s", steps, "-o", grid, cwd=self.root)
            self.assertEqual(done.returncode, 0, done.stderr)
        done = self.sample("-p", "gold", "-n", 2, "-o", self.root / "o", "--raw", self.root / "r", "--overwrite")
        done = self.sample("-p", "gold", "-n", 2, "-o", self.root / "o", "--raw", self.root / "r", "--overwrite")
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_the_number_of_images_wins_over_the_files_seeds(self):
        config = self.root / "seeds.yaml"
        config.write_text("sample: {seeds: '0-9', steps: 1, prompts: [gold]}\n")
        done = run("sample", config, "-m", self.model, "-n", 2, "-o", self.root / "two")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(len(list((self.root / "two").glob("seed-*.png"))), 2)

    def test_results_that_cannot_be_printed_are_an_error(self):
        for arguments in (["sample", "-m", self.model, "--describe"], ["train", SOURCE / "configs/smoke.yaml", "--dump-config"]):
            with open("/dev/full", "w") as full:
                done = subprocess.run([BINARY, *map(str, arguments)], stdout=full, stderr=subprocess.PIPE, text=True)
            self.assertEqual(done.returncode, 4)
            self.assertIn("standard output", done.stderr)

    def test_results_that_nobody_reads_are_an_error(self):
        reader, writer = os.pipe()
        os.close(reader)
        done = subprocess.run([BINARY, "sample", "-m", str(self.model), "--describe"], stdout=writer, stderr=subprocess.PIPE,
                              text=True, timeout=300)
        os.close(writer)
        self.assertEqual((done.returncode, done.stderr), (4, "error: standard output cannot be written\n"))

    def test_programs_that_are_started_ignore_no_signal(self):
        tools = self.root / "tools"
        tools.mkdir()
        potrace = tools / "potrace"
        potrace.write_text(f"#!/bin/sh\ngrep SigIgn /proc/self/status > '{tools}/ignored'\nexit 1\n")
        potrace.chmod(0o755)
        self.expect(4, ["potrace failed with status 1"], "sample", "-m", self.model, "-s", 1, "-p", "gold", "-n", 1, "--svg",
                    "-o", self.root / "outlines", env={**os.environ, "PATH": f"{tools}:{os.environ['PATH']}"})
        ignored = int((tools / "ignored").read_text().split()[1], 16)
        for number in (signal.SIGPIPE, signal.SIGXFSZ):
            self.assertFalse(ignored >> (number - 1) & 1, number)

    def test_closed_streams_are_not_taken_for_files(self):
        out = self.root / "closed"
        command = ["sample", "-m", self.model, "-s", "1", "-t", "1", "-p", "gold", "-n", "2", "-o", out]
        done = subprocess.run(["sh", "-c", '"$0" "$@" >&- 2>&- <&-', BINARY, *map(str, command)], timeout=300)
        self.assertEqual(done.returncode, 4)  # the results have no place
        for line in (out / "manifest.jsonl").read_text().splitlines():
            json.loads(line)

    def test_weights_and_noise_that_are_no_numbers_are_said(self):
        noise = self.root / "nan.safetensors"
        data = struct.pack("<f", float("nan")) * (128 * 128)
        header = json.dumps({"noise": {"dtype": "F32", "shape": [1, 1, 128, 128], "data_offsets": [0, len(data)]}}).encode()
        noise.write_bytes(struct.pack("<Q", len(header)) + header + data)
        self.expect(3, ["nan.safetensors", "no numbers"], "sample", "-m", self.model, "-p", "gold", "-n", 1, "-s", 1,
                    "--noise", noise, "-o", self.root / "nan")
        broken = self.root / "diverged"
        shutil.copytree(self.model, broken)
        weights = broken / "unet/diffusion_pytorch_model.safetensors"
        content = weights.read_bytes()
        start = 8 + struct.unpack("<Q", content[:8])[0]
        weights.write_bytes(content[:start] + b"\xff" * (len(content) - start))
        self.expect(4, ["no numbers", "diverge"], "sample", "-m", broken, "-p", "gold", "-n", 1, "-s", 1, "-o", self.root / "nan")

    def test_a_name_that_the_file_system_refuses(self):
        self.expect(2, ["File name too long"], "train", "x" * 300 + ".yaml")

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

    def test_from_a_character_with_everything_to_look_at(self):
        out = self.root / "looks"
        flags = ["-p", "gold", "-n", 2, "-o", out, "--init", "林", "--keep", "left", "--nearest", "--set", "sample.real_glyphs=2"]
        flags += ["--animation", out / "a.gif", "--preview", out / "now.png", "--json"]
        done = self.sample(*flags)
        self.assertEqual(done.returncode, 0, done.stderr)
        entries = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual([(entry["init"], entry["keep"], entry["strength"]) for entry in entries], [("林", "left", "1")] * 2)
        self.assertTrue(all(0 < entry["nearest"]["correlation"] <= 1 for entry in entries))
        for name in ("grid.png", "a.gif", "a-steps.png", "now.png", "manifest.jsonl"):
            self.assertTrue((out / name).exists(), name)
        # Without the left part's help it is another picture, and says so.
        self.expect(2, ["seed-0.png", "--overwrite"], "sample", "-m", self.model, "-s", 2, "-p", "gold", "-n", 2, "-o", out)

    def test_every_scheduler_draws(self):
        names = ["ddpm", "ddim", "dpmsolver", "dpmsolver++", "sde-dpmsolver", "sde-dpmsolver++", "dpmsolver-sde"]
        for name in names + ["DPMSolverMultistepScheduler"]:
            out = self.root / f"scheduler-{name}"
            done = self.sample("-p", "gold", "-n", 1, "--scheduler", name, "-o", out)
            self.assertEqual(done.returncode, 0, done.stderr)
            # By its short name, which a class is one of.
            short = name if name in names else "dpmsolver++"
            self.assertIn(f"Sampler: {short}".encode(), (out / "seed-0.png").read_bytes())
        pictures = {(self.root / f"scheduler-{name}/seed-0.png").read_bytes() for name in names}
        self.assertEqual(len(pictures), len(names))
        karras = self.sample("-p", "gold", "-n", 1, "--scheduler", "dpmsolver++", "--set", "sample.use_karras_sigmas=true",
                             "-o", self.root / "karras")
        self.assertEqual(karras.returncode, 0, karras.stderr)

    def test_a_model_described(self):
        done = run("sample", "-m", self.model, "--describe")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("128 × 128 pixels from a prompt", done.stdout)
        described = json.loads(run("sample", "-m", self.model, "--describe", "--json").stdout)
        self.assertEqual(described["steps"], 12)
        self.expect(3, ["nowhere"], "sample", "-m", self.root / "nowhere", "--describe")

    def test_bad_flags(self):
        for arguments, parts in (
            (["-p", "gold", "-n", "0"], ["--num-images", "at least 1"]),
            (["-p", "gold", "-s", "0"], ["--steps", "at least 1"]),
            (["-p", "gold", "-s", "2000"], ["2000", "1000"]),
            (["-p", "gold", "--grid", "g.jpg"], ["g.jpg", ".png"]),
            (["-p", "gold", "--set", "sample.steps=[]"], ["sample.steps", "empty"]),
            (["-p", "gold", "--set", "sample.eta=1", "--scheduler", "ddpm"], ["sample.eta", "ddpm", "ddim"]),
            (["-p", "gold", "--seeds", "5-1"], ["5-1"]),
            (["-p", "gold", "--scheduler", "dimm"], ["dimm", "ddim"]),
            (["-p", "gold", "--keep", "left"], ["keep", "--init"]),
            (["-p", "gold", "--init", "林", "--keep", "middle"], ["middle"]),
            (["-p", "gold", "--init", "x.png"], ["x.png"]),
            (["-p", "gold", "--animation", "a.avi"], ["a.avi", ".webp"]),
            (["-p", "gold", "--raw", "r", "--shard", "0/2"], ["--raw", "shard"]),
            (["--prompts", "-", "--grid", "g.png"], ["--grid", "--prompts -"]),
            (["-p", "gold", "-g", "x"], ["--guidance-scale", "number"]),
            (["-p", "gold", "--prompts", "none.txt"], ["none.txt"]),
            (["-p", "gold", "-s", "4", "--init", "林", "--keep", "left", "--set", "sample.keep_repeats=2"], ["keep_repeats"]),
            ([], ["no prompt"]),
        ):
            self.expect(2, parts, "sample", "-m", self.model, "-o", self.root / "bad", *arguments)
        self.assertFalse((self.root / "bad").exists())
        self.expect(2, ["o.jpg", ".png"], "sample", "-m", self.model, "-p", "gold", "-o", self.root / "o.jpg")
        self.assertEqual(run("sample", "--nonsense").returncode, 2)
        self.assertEqual(run("smaple").returncode, 2)
        self.assertEqual(run().returncode, 2)

    def test_a_prompt_in_the_configurations_place(self):
        for arguments in (["water"], ["-p", "gold", "water"]):
            self.expect(2, ["water: cannot be read", "expected a configuration file; a prompt is given by -p"],
                        "sample", "-m", self.model, *arguments)

    def test_flags_replace_no_value_by_a_section(self):
        config = self.root / "no-section.yaml"
        config.write_text("seed: 1\nsample: 5\n")
        self.expect(2, ["no-section.yaml:2", "`sample` is `5`", "expected a section"], "sample", config, "-p", "gold")
        self.expect(2, ["--set sample=5", "`sample` is `5`", "expected a section"], "sample", "-p", "gold",
                    "--set", "sample=5")

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

    def test_prompts_by_flag_replace_those_of_the_file(self):
        config, listed = self.root / "prompts.yaml", self.root / "listed.txt"
        listed.write_text("bird\n")
        for i, (yaml, flags, expected) in enumerate((
            ("prompts: [water, tree]", ["--prompts", listed], ["bird"]),
            (f"prompts_file: {listed}", ["-p", "[gold, water]"], ["[gold, water]"]),
            ("prompts: [water]", ["-p", "gold", "--prompts", listed], ["gold", "bird"]),
        )):  # fmt: skip
            config.write_text(f"sample: {{{yaml}, num_images: 1, steps: 1}}\n")
            done = run("sample", config, "-m", self.model, "--json", "-o", self.root / f"by-flag-{i}", *flags)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual([json.loads(line)["prompt"] for line in done.stdout.splitlines()], expected)
        config.write_text("sample: {prompts: [water], num_images: 1, steps: 1}\n")
        served = run("sample", config, "-m", self.model, "--prompts", "-", "-o", self.root / "served", input='{"prompt": "gold"}\n')
        self.assertEqual((served.returncode, json.loads(served.stdout)["images"][0]["prompt"]), (0, "gold"), served.stderr)

    def test_another_text_encoder_than_the_models_is_warned_of(self):
        other = self.root / "other-encoder"
        shutil.copytree(self.model, other)
        info = json.loads((other / "glyffuser.json").read_text())
        (other / "glyffuser.json").write_text(json.dumps(info | {"encoder_sha256": "0" * 64}))
        for model, warned in ((self.model, False), (other, True)):
            done = run("sample", "-m", model, "-p", "gold", "-n", 1, "-s", 1, "-o", self.root / "warned.png", "--overwrite")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual("another file than the model was trained with" in done.stderr, warned, done.stderr)

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
        files = [f for part in ("data", "scripts") for f in (SOURCE / part).rglob("*") if f.is_file() and not f.is_symlink()]
        data = [f for f in files if SOURCE / "data" in f.parents]
        weights = [f for f in files if f.suffix in (".safetensors", ".pt")]  # the judge's are in scripts
        for some in (data, weights):
            self.assertLess(sum(f.stat().st_size for f in some), 32_000_000)


if __name__ == "__main__":
    unittest.main(verbosity=1)
