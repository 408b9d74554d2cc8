"""The benchmarks' figures: which times count, who takes turns with whom, and what the tables say of them."""

import argparse
import contextlib
import io
import json
import resource
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import numpy as np
import torch

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
sys.path[:0] = [str(SCRIPTS), str(SCRIPTS / "benchmarking")]
import benchmark  # noqa: E402
import benchmark_jobs  # noqa: E402
import benchmark_sampling  # noqa: E402
import matmul  # noqa: E402
from benchmarking import worker  # noqa: E402

# In the binary's place: notes its arguments, and trains in one second a step after two slow ones.
TRAINER = f"""#!{sys.executable}
import json, pathlib, sys
given = [text.partition("=")[::2] for text in sys.argv[1:] if "=" in text]
settings = dict(given)
run = pathlib.Path(settings["output.dir"])
run.mkdir()
(run / "settings.json").write_text(json.dumps(settings))
if settings.get("seed") == "13":
    sys.exit("no memory")
records = [dict(kind="run", step=0)]
for step in range(int(settings["train.steps"])):
    records.append(dict(kind="train", step=step, samples_per_second=1 if step < 2 else 8 + step, loss=step,
                        device_peak_memory=900 if "start" in run.name else 300 + step))
if settings.get("seed") == "14":
    del records[-1]["device_peak_memory"]  # there is none
records.append(dict(kind="validation", step=9, samples_per_second=1))
(run / "metrics.jsonl").write_text("".join(json.dumps(record) + "\\n" for record in records[:-1]))
with open(run / "metrics.jsonl", "a") as file:
    file.write(json.dumps(records[-1]) + "\\n")
"""
# Says what it was given and waits until all have begun, if it is to.
JOB = f"""#!{sys.executable}
import os, pathlib, sys, time
out = pathlib.Path(sys.argv[sys.argv.index("-o") + 1])
out.mkdir()
with open("@LOG@", "a") as log:
    log.write(f"{{out.name}} {{os.environ.get('GOMP_SPINCOUNT')}} {{os.environ.get('OMP_WAIT_POLICY')}}\\n")
end = time.monotonic() + 20
while len(list(out.parent.iterdir())) < @JOBS@ and time.monotonic() < end:
    time.sleep(0.01)
if out.name == "@FAILS@":
    sys.exit(1)
time.sleep(0.5)
(out.parent.parent / f"ended-{{out.name}}").touch()
"""


class Turns:
    """Contestants that answer with known times, and notes whose turn it was."""

    def __init__(self, seconds):
        self.seconds, self.turns = seconds, []

    def worker(self, script, arguments):
        name = " ".join(map(str, [script, *arguments]))
        made = mock.Mock()
        made.answer.return_value = {"flops": 5e9}
        made.ask.side_effect = lambda order: self.answer(name, order)
        made.finish.return_value = {"peak_memory": 2**30}
        return made

    def answer(self, name, order):
        self.turns.append((name.split()[0] if "peer.py" not in name or "plain" not in name else "plain", order))
        if order == "go":
            return 1e12 * (1 + len([turn for turn in self.turns if turn[1] == "go"]) % 2)
        return {"seconds": self.seconds, "loss": 1}


class TrainingTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        (self.root / "trainer").write_text(TRAINER)
        (self.root / "trainer").chmod(0o755)
        self.args = argparse.Namespace(
            binary=self.root / "trainer", config="c.yaml", device="cpu", threads=2, batch=16, precision="bf16",
            micro_batch=4, warm_up=2, steps=3, rounds=2, only=["eager"], compile=False)  # fmt: skip

    def settings(self, run):
        return json.loads((self.root / run / "settings.json").read_text())

    def test_steps_count_after_those_that_warm_up(self):
        ours = benchmark.Glyffuser(self.args, self.root)
        model = ours.make_model()
        self.assertEqual((model, ours.peak), (self.root / "start/model", 0))
        self.assertEqual(self.settings("start")["output.weights"], "float32")
        answer = ours.round(3)
        np.testing.assert_allclose(answer["seconds"], [16 / 10, 16 / 11, 16 / 12])
        self.assertEqual(answer["loss"], 3)
        self.assertEqual(ours.peak, 304)
        ours.round(1)
        self.assertEqual(ours.peak, 304)  # the most of all rounds
        settings = self.settings("round-1")
        expected = {"train.batch_size": "16", "train.precision": "bf16", "train.micro_batch": "4",
                    "train.log_every": "1",
                    "train.init_from": str(model), "train.steps": "5", "train.validate_every": "0"}  # fmt: skip
        self.assertEqual({key: settings.get(key) for key in expected}, expected)
        ours.train("cpu", 1, "seed=14")
        self.assertTrue(2**22 < ours.peak < 2**32, ours.peak)  # of the process
        with self.assertRaisesRegex(SystemExit, "train failed:\nno memory"):
            ours.train("fails", 1, "seed=13")

    def test_everyone_trains_alike(self):
        (self.root / "cache").mkdir()
        (self.root / "cache/captions-1.safetensors").touch()
        given = benchmark.peer_arguments(self.args, self.root, "m")
        self.assertEqual(dict(zip(given[::2], given[1::2])), {
            "--model": "m", "--batch": "16", "--precision": "bf16", "--threads": "2", "--device": "cpu",
            "--micro-batch": "4", "--captions": str(self.root / "cache/captions-1.safetensors")})  # fmt: skip
        for name, flags in {**benchmark.PEERS, **benchmark_sampling.PEERS, **benchmark_sampling.AUTOCAST}.items():
            told = {"--attention": "plain attention" in name, "--channels-last": "channels last" in name,
                    "--compile": "compile" in name, "--autocast": "autocast" in name}  # fmt: skip
            self.assertEqual({flag: flag in flags for flag in told}, told, name)

    def test_all_take_turns_in_every_round(self):
        turns = Turns([1, 2, 9])
        ours = mock.Mock(peak=3 * 2**30)
        ours.round.side_effect = lambda steps: turns.answer("glyffuser", steps)
        with mock.patch.object(benchmark, "Worker", turns.worker), \
                mock.patch.object(benchmark, "Glyffuser", return_value=ours), contextlib.redirect_stderr(io.StringIO()):
            result = benchmark.measure(self.args, self.root)
        one_round = [("matmul.py", "go"), ("glyffuser", 3), ("peer.py", 3), ("plain", 3)]
        self.assertEqual(turns.turns, [("peer.py", 2), ("plain", 2), *one_round, *one_round])
        self.assertEqual(result["samples_per_second"], dict.fromkeys(
            ("glyffuser", "diffusers, eager, SDPA", "diffusers, eager, plain attention"), [8, 8]))  # fmt: skip
        self.assertEqual((result["matmul_peak"], result["flops_per_sample"]), (2e12, 5e9))
        self.assertEqual(list(result["peak_memory"].values()), [3 * 2**30, 2**30, 2**30])
        self.args.only = None
        self.assertFalse([name for name in benchmark.chosen_peers(self.args) if "compile" in name])

    def test_the_table_has_medians_of_the_rounds_ratios(self):
        result = {"matmul_peak": 1e12, "flops_per_sample": 5e9, "peak_memory": {"glyffuser": 2**30, "other": 3 * 2**29},
                  "samples_per_second": {"glyffuser": [10, 20, 90], "other": [5, 4, 60]}}  # fmt: skip
        with contextlib.redirect_stdout(io.StringIO()) as said:
            benchmark.report(self.args, result)
        self.assertEqual(said.getvalue().splitlines()[-2:], [
            "| glyffuser | 20.00 | 10 % | 1.00 GiB |  |", "| other | 5.00 | 2 % | 1.50 GiB | 2.00 (1.50 to 5.00) |"])


class SamplingTest(unittest.TestCase):
    args = argparse.Namespace(
        binary="b", model=Path("m"), steps=20, scheduler="ddim", guidance_scale=3.0, precision="fp32", device="cpu",
        threads=2, batch=3, batches=2, rounds=2, starts=1, only=["SDPA"], compile=False, conditional=True)  # fmt: skip

    def test_a_batch_ends_with_its_last_picture(self):
        with tempfile.TemporaryDirectory() as folder:
            ours = benchmark_sampling.Glyffuser(self.args, Path(folder))
            times = [9, 9.1, 10, 10.5, 11, 13, 13.1, 13.2, 14]
            with mock.patch.object(benchmark_sampling, "stamp_lines", return_value=(times, 500)) as stamps:
                self.assertEqual(ours.ask(2), {"seconds": [3, 1]})
            command, count = stamps.call_args.args
            self.assertEqual(count, 9)
            prompts = (Path(folder) / "prompts.txt").read_text().splitlines()
            self.assertEqual(len(set(prompts)) * command[command.index("--num-images") + 1], 9)
            for part in ("sample.precision=fp32", "sample.batch_size=3"):
                self.assertIn(part, command)
            for flag, value in (("--steps", 20), ("--guidance-scale", 3.0), ("--scheduler", "ddim"), ("--threads", 2)):
                self.assertEqual(command[command.index(flag) + 1], value)
            with mock.patch.object(benchmark_sampling, "stamp_lines", return_value=([0.5], 400)) as stamps:
                self.assertEqual(ours.first(), 0.5)
            command, count = stamps.call_args.args
            self.assertEqual((command[command.index("-n") + 1], count), (1, 1))
            self.assertEqual(ours.finish(), {"peak_memory": 500})

    def test_stamps_are_times_since_the_start(self):
        code = "import time; x = bytearray(10**8); print(1, flush=True); time.sleep(0.5); print(2); print(3)"
        stamps, memory = benchmark_sampling.stamp_lines([sys.executable, "-c", code], 2)
        self.assertTrue(0 < stamps[0] < stamps[1] - 0.4 < 60, stamps)
        self.assertTrue(10**8 < memory < 10**10, memory)

    def test_diffusers_gets_the_same(self):
        given = benchmark_sampling.peer_arguments(self.args, ["gold", "to speak"])
        self.assertEqual(dict(zip(given[:-3:2], given[1:-3:2])), {
            "--model": "m", "--steps": "20", "--scheduler": "ddim", "--guidance-scale": "3.0", "--precision": "fp32",
            "--threads": "2", "--device": "cpu"})  # fmt: skip
        self.assertEqual(given[-3:], ["--prompts", "gold", "to speak"])
        chosen = benchmark_sampling.chosen_peers(self.args)
        self.assertFalse([name for name in chosen if "auto" in name or "compile" in name])
        many = argparse.Namespace(batch=64)
        self.assertEqual(len(set(benchmark_sampling.prompts_of(many))), 64)
        with self.assertRaisesRegex(SystemExit, "expected at most 64"):
            benchmark_sampling.prompts_of(argparse.Namespace(batch=65))

    def test_all_take_turns_in_every_round(self):
        turns = Turns([1, 2, 9])
        ours = mock.Mock()
        ours.ask.side_effect = lambda batches: turns.answer("glyffuser", batches)
        ours.finish.return_value, ours.first.return_value = {"peak_memory": 1}, 0.25
        with mock.patch.object(benchmark_sampling, "Worker", turns.worker), \
                mock.patch.object(benchmark_sampling, "peer_first", return_value=4), \
                mock.patch.object(benchmark_sampling, "Glyffuser", return_value=ours), \
                contextlib.redirect_stderr(io.StringIO()):
            result = benchmark_sampling.measure(self.args, Path("nowhere"))
        one_round = [("glyffuser", 2), ("drawer.py", 2), ("drawer.py", 2)]
        self.assertEqual(turns.turns, [("drawer.py", 1), ("drawer.py", 1), *one_round, *one_round])
        self.assertEqual(list(result["images_per_second"].values()), [[1.5, 1.5]] * 3)
        self.assertEqual(result["seconds_to_first_image"], {"glyffuser": [0.25], "diffusers": [4]})

    def test_the_flags_of_a_contestant_reach_it(self):
        started = []
        with mock.patch.object(benchmark_sampling, "Worker", lambda script, given: started.append(given) or mock.Mock(
                **{"ask.return_value": {"seconds": [1]}, "finish.return_value": {"peak_memory": 1}})), \
                mock.patch.object(benchmark_sampling, "Glyffuser"), \
                mock.patch.object(benchmark_sampling, "peer_first"), \
                mock.patch.object(benchmark_sampling.statistics, "median", return_value=1), \
                contextlib.redirect_stderr(io.StringIO()):
            benchmark_sampling.measure(self.args, Path("nowhere"))
        self.assertEqual(["--channels-last" in given for given in started], [False, True])

    def test_the_table_has_medians_of_the_rounds_ratios(self):
        result = {"images_per_second": {"glyffuser": [10, 20, 90], "other": [5, 4, 60]},
                  "peak_memory": {"glyffuser": 2**30, "other": 3 * 2**29},
                  "seconds_to_first_image": {"glyffuser": [0.9, 0.5, 0.4], "diffusers": [5, 2, 1]}}  # fmt: skip
        with contextlib.redirect_stdout(io.StringIO()) as said:
            benchmark_sampling.report(self.args, result)
        self.assertEqual(said.getvalue().splitlines()[-4:], [
            "| glyffuser | 20.00 | 1.00 GiB |  |", "| other | 5.00 | 1.50 GiB | 2.00 (1.50 to 5.00) |", "",
            "From start to the first picture: glyffuser 0.50 (0.40 to 0.90) s, diffusers 2.00 (1.00 to 5.00) s, "
            "0.25 of its time."])  # fmt: skip


class JobsTest(unittest.TestCase):
    def seconds(self, jobs, variables, fails=""):
        """The time of so many jobs, what each was given, and which of them ended."""
        with tempfile.TemporaryDirectory() as folder:
            program = Path(folder) / "job"
            job = JOB.replace("@LOG@", f"{folder}/log").replace("@JOBS@", str(jobs)).replace("@FAILS@", fails)
            program.write_text(job)
            program.chmod(0o755)
            args = argparse.Namespace(binary=program, pictures=2, steps=1)
            with mock.patch.dict("os.environ", {"GOMP_SPINCOUNT": "7", "OMP_WAIT_POLICY": "active"}), \
                    mock.patch.object(tempfile, "tempdir", folder):
                try:
                    seconds = benchmark_jobs.seconds(args, jobs, variables)
                except SystemExit as stop:
                    seconds = str(stop)
            ended = sorted(file.name for file in Path(folder).glob("ended-*"))
            return seconds, sorted((Path(folder) / "log").read_text().splitlines()), ended

    def test_jobs_run_at_once_with_the_variables_of_their_way_alone(self):
        seconds, given, ended = self.seconds(2, {})
        self.assertEqual((given, ended), (["0 None None", "1 None None"], ["ended-0", "ended-1"]))
        self.assertTrue(0.5 < seconds < 15, seconds)
        self.assertEqual(self.seconds(1, {"GOMP_SPINCOUNT": "9"})[1], ["0 9 None"])

    def test_a_failure_is_told_when_all_have_ended(self):
        said, _, ended = self.seconds(2, {}, fails="0")
        self.assertIn("job failed", said)
        self.assertEqual(ended, ["ended-1"])

    def test_the_ways_take_turns_and_the_median_counts(self):
        times = iter([1, 2, 3, 9, 4, 6, 2, 90, 3])
        turns = []

        def seconds(args, jobs, variables):
            turns.append((jobs, bool(variables)))
            return next(times)

        with mock.patch.object(benchmark_jobs, "seconds", seconds), \
                mock.patch("sys.argv", ["jobs", "--binary", sys.executable, "--rounds", "3"]), \
                contextlib.redirect_stdout(io.StringIO()) as said:
            benchmark_jobs.main()
        self.assertEqual(turns, [(1, False), (2, False), (2, True)] * 3)
        self.assertEqual(said.getvalue().splitlines()[-3:], [
            "| one alone | 2.0 | 1.0 to 9.0 |", "| two at once | 4.0 | 2.0 to 90.0 |",
            "| two at once, OpenMP's usual waits | 3.0 | 3.0 to 6.0 |"])  # fmt: skip


class WorkersTest(unittest.TestCase):
    def test_the_best_product_of_each_size_counts(self):
        clock = iter([0, 4, 4, 6, 6, 9, 9, 19, 20, 25, 25, 28])
        with mock.patch.object(matmul.time, "perf_counter", lambda: next(clock)):
            self.assertEqual(matmul.rate(8, torch.float32, torch.device("cpu")), 2 * 8**3 / 2)
        asked = []
        with mock.patch.object(matmul, "rate", lambda size, dtype, device: asked.append((size, dtype)) or size), \
                mock.patch("sys.argv", ["matmul.py", "--precision", "bf16", "--threads", "1"]), \
                mock.patch("sys.stdin", ["go\n"]), contextlib.redirect_stdout(io.StringIO()) as said:
            matmul.main()
        self.assertEqual(said.getvalue(), f"{max(size for size, _ in asked)}\n")
        self.assertEqual({dtype for _, dtype in asked}, {torch.bfloat16})

    def test_memory_is_the_most_that_was_held(self):
        held = bytearray(3 * 10**8)
        held[::4096] = b"\1" * len(held[::4096])
        del held
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        self.assertAlmostEqual(worker.peak_memory() / most, 1, delta=0.02)

    def test_a_worker_that_stops_is_told(self):
        with tempfile.TemporaryDirectory() as folder, mock.patch.object(worker, "__file__", f"{folder}/worker.py"):
            script = Path(folder) / "peer.py"
            script.write_text("for line in open(0): print(exit(1) if 'stop' in line else int(line) + 1, flush=True)\n")
            started = worker.Worker("peer.py", [])
            self.assertEqual((started.ask(1), started.ask(5)), (2, 6))
            with self.assertRaisesRegex(SystemExit, "stopped with code 1"):
                started.ask("stop")
            started.process.stdin.close()
            started.process.stdout.close()
            script.write_text("import sys\nsys.stdin.read()\nsys.exit(9)\n")
            with self.assertRaisesRegex(SystemExit, "stopped with code 9"):
                worker.Worker("peer.py", []).finish()
            script.write_text("import sys\nsys.stdin.read()\nprint(7)\n")
            self.assertEqual(worker.Worker("peer.py", []).finish(), 7)


if __name__ == "__main__":
    unittest.main()
