"""Drives `glyffuser train` in two processes, started as torchrun and as srun start them: what they write, and how they
stop, fail and go on together.

    python3 tests/cli/ranks_test.py build/glyffuser
"""

import json
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest

from case import BINARY, SOURCE, TINY

VENV_PYTHON = SOURCE / ".venv" / "bin" / "python"
WEIGHTS = "model/unet/diffusion_pytorch_model.safetensors"
NOT_A_LAUNCHER = {name: value for name, value in os.environ.items()
                  if name not in ("RANK", "WORLD_SIZE", "LOCAL_RANK", "MASTER_ADDR", "MASTER_PORT")}


def free_port(ports=range(20000, 40000)):
    """A port of this machine that nothing listens at, on any of its addresses."""
    while True:
        port = random.choice(ports)
        with socket.socket(socket.AF_INET6) as probe:
            try:
                probe.bind(("::", port))
                return port
            except OSError:
                pass


def environment(rank, port, size=2, **changes):
    launch = {"RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": size, "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
    merged = NOT_A_LAUNCHER | {name: str(value) for name, value in (launch | changes).items()}
    return {name: value for name, value in merged.items() if value != ""}


class Ranks:
    """Two processes of one training; left alone or not, none outlives the test."""

    def __init__(self, test, config, *arguments, arguments_of_rank_1=()):
        port = free_port()
        self.processes = []
        for rank in range(2):
            more = arguments_of_rank_1 if rank == 1 else ()
            process = subprocess.Popen([BINARY, "train", str(config), *arguments, *more], env=environment(rank, port),
                                       stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            test.addCleanup(process.stdout.close)
            test.addCleanup(process.stderr.close)
            test.addCleanup(process.wait)
            test.addCleanup(process.kill)
            self.processes.append(process)

    def __getitem__(self, rank):
        return self.processes[rank]

    def finish(self, timeout=120):
        """Exit codes, and what each rank said."""
        outputs = [process.communicate(timeout=timeout) for process in self.processes]
        self.stdout, self.stderr = zip(*outputs)
        return [process.returncode for process in self.processes]


class RanksTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.root = pathlib.Path(tempfile.mkdtemp(prefix="glyffuser-ranks-"))
        cls.addClassCleanup(shutil.rmtree, cls.root)
        cls.config = cls.write_config("run")
        test = cls()
        ranks = Ranks(test, cls.config)
        codes = ranks.finish()
        test.doCleanups()
        if "built without Gloo" in ranks.stderr[0]:
            raise unittest.SkipTest("built without Gloo")
        assert codes == [0, 0], ranks.stderr
        cls.first = ranks

    @classmethod
    def write_config(cls, name, **changes):
        text = TINY.replace("RUN", str(cls.root / name)).replace("CACHE", str(cls.root / "cache"))
        for key, value in changes.items():
            text = re.sub(rf"\b{key}: \d+", f"{key}: {value}", text)
        path = cls.root / f"{name}.yaml"
        path.write_text(text)
        return path

    def weights(self, name):
        return (self.root / name / WEIGHTS).read_bytes()

    def losses(self, name):
        lines = (self.root / name / "metrics.jsonl").read_text().splitlines()
        records = [json.loads(line) for line in lines]
        return [(record["step"], record["kind"], record["loss"]) for record in records if record["kind"] != "run"]

    def wait_for(self, happened, seconds=60):
        deadline = time.time() + seconds
        while not happened():
            self.assertLess(time.time(), deadline, "waited too long")
            time.sleep(0.02)

    def assert_like_the_undisturbed_run(self, name):
        self.assertEqual(self.weights(name), self.weights("run"))
        self.assertEqual(self.losses(name), self.losses("run"))

    def test_rank_zero_writes_and_reports_for_all(self):
        self.assertEqual(self.first.stdout, (f"{self.root}/run/model\n", ""))
        self.assertEqual(self.first.stderr[1], "")
        self.assertIn("in 2 processes", self.first.stderr[0])
        state = json.loads((self.root / "run/checkpoints/step-00000012/state.json").read_text())
        self.assertEqual((state["step"], state["samples"], state["environment"]["ranks"]), (12, 48, "2"))
        self.assertEqual((self.root / "run/train.log").read_text().count("glyphs to train on"), 1)

    def test_the_losses_are_those_of_one_process(self):
        done = subprocess.run([BINARY, "train", self.write_config("alone")], env=NOT_A_LAUNCHER, capture_output=True,
                              text=True, timeout=120)
        self.assertEqual(done.returncode, 0, done.stderr)
        together, alone = self.losses("run"), self.losses("alone")
        self.assertEqual([record[:2] for record in together], [record[:2] for record in alone])
        self.assertAlmostEqual(together[0][2], alone[0][2], delta=1e-6)
        for (_, _, one), (_, _, other) in zip(together, alone):
            self.assertAlmostEqual(one, other, delta=0.02)

    def test_a_signal_stops_all_at_one_step_and_nothing_is_lost(self):
        for name, told in (("both", (0, 1)), ("one", (1,))):
            with self.subTest(name):
                config = self.write_config(name)
                ranks = Ranks(self, config)
                self.wait_for(lambda: (self.root / name / "checkpoints/step-00000004").exists())
                for rank in told:
                    ranks[rank].send_signal(signal.SIGTERM)
                self.assertEqual(ranks.finish(), [143, 143], ranks.stderr)
                self.assertIn("stopped at step", ranks.stderr[0])
                self.assertFalse((self.root / name / "model").exists())
                again = Ranks(self, config)
                self.assertEqual(again.finish(), [0, 0], again.stderr)
                self.assertIn("going on from step", again.stderr[0])
                self.assertNotIn("warning", again.stderr[0])
                self.assert_like_the_undisturbed_run(name)

    def test_a_rank_that_is_killed_ends_the_other_and_the_run_goes_on(self):
        for killed in (1, 0):
            with self.subTest(killed=killed):
                name = f"killed-{killed}"
                config = self.write_config(name)
                ranks = Ranks(self, config)
                self.wait_for(lambda: (self.root / name / "checkpoints/step-00000004").exists())
                ranks[killed].kill()
                codes = ranks.finish(timeout=60)
                other = 1 - killed
                self.assertEqual(codes[other], 4, ranks.stderr[other])
                errors = [line for line in ranks.stderr[other].splitlines() if line.startswith("error: ")]
                self.assertEqual(len(errors), 1, errors)
                self.assertRegex(errors[0], "gradients of step [0-9]+ failed.*another rank has ended.*goes on from")
                self.assertEqual("error: rank 1: " in errors[0], other == 1)
                again = Ranks(self, config)
                self.assertEqual(again.finish(), [0, 0], again.stderr)
                self.assertIn("going on from step", again.stderr[0])
                self.assert_like_the_undisturbed_run(name)

    def test_another_number_of_processes_warns(self):
        config = self.write_config("fewer", steps=8)
        ranks = Ranks(self, config)
        self.assertEqual(ranks.finish(), [0, 0], ranks.stderr)
        shutil.rmtree(self.root / "fewer/checkpoints/step-00000008")
        done = subprocess.run([BINARY, "train", config], env=NOT_A_LAUNCHER, capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("going on from step 4", done.stderr)
        self.assertRegex(done.stderr, r"warning: .*ranks \(\d -> \d\)")

    def test_an_error_of_rank_zero_ends_all(self):
        config = self.write_config("refused")
        ranks = Ranks(self, config, "--set", "data.held_out=0.2", "--set", f"output.dir={self.root / 'run'}")
        self.assertEqual(ranks.finish(), [2, 4], ranks.stderr)
        self.assertIn("another configuration", ranks.stderr[0])
        self.assertIn("another rank has ended", ranks.stderr[1])

    def test_ranks_that_do_not_fit_together(self):
        ranks = Ranks(self, self.write_config("odd", batch_size=5))
        self.assertEqual(ranks.finish(), [2, 2], ranks.stderr)
        self.assertIn("`train.batch_size` is 5, expected a multiple of 2", ranks.stderr[0])
        ranks = Ranks(self, self.write_config("different"), arguments_of_rank_1=("--set", "seed=4"))
        self.assertEqual(ranks.finish(), [4, 2], ranks.stderr)
        self.assertIn("configuration of rank 1 differs", ranks.stderr[1])
        self.assertFalse((self.root / "different").exists())

    def test_environments_that_are_none(self):
        for changes, parts in (({"RANK": 2}, ("RANK is `2`", "from 0 to 1")),
                               ({"RANK": "first"}, ("RANK is `first`",)),
                               ({"LOCAL_RANK": ""}, ("LOCAL_RANK is not set",)),
                               ({"WORLD_SIZE": "many"}, ("WORLD_SIZE is `many`",)),
                               ({"MASTER_ADDR": ""}, ("MASTER_ADDR is not set",)),
                               ({"MASTER_PORT": 0}, ("MASTER_PORT is `0`", "from 1 to 65535"))):
            with self.subTest(changes):
                done = subprocess.run([BINARY, "train", self.config], env=environment(0, 29500, **changes),
                                      capture_output=True, text=True, timeout=60)
                self.assertEqual(done.returncode, 2, done.stderr)
                for part in parts:
                    self.assertIn(part, done.stderr)

    def test_only_rank_zero_answers_what_needs_no_training(self):
        for flag in ("--dump-config", "--dry-run"):
            zero, one = (subprocess.run([BINARY, "train", self.config, flag], env=environment(rank, free_port()),
                                        capture_output=True, text=True, timeout=60) for rank in range(2))
            self.assertEqual((zero.returncode, one.returncode), (0, 0), zero.stderr + one.stderr)
            self.assertGreater(len(zero.stdout + zero.stderr), 100)
            self.assertEqual(one.stdout + one.stderr, "")

    @unittest.skipUnless(VENV_PYTHON.exists(), "torchrun is not here")
    def test_torchrun(self):
        for way in ("--standalone",), ("--master-port", str(free_port())):
            with self.subTest(way):
                name = f"torchrun{len(way)}"
                done = subprocess.run([VENV_PYTHON, "-m", "torch.distributed.run", "--no-python", *way,
                                       "--nproc-per-node", "2", BINARY, "train", self.write_config(name)],
                                      env=NOT_A_LAUNCHER, capture_output=True, text=True, timeout=120)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertEqual(done.stdout, f"{self.root / name}/model\n")
                self.assert_like_the_undisturbed_run(name)

    def test_the_sbatch_script_of_the_readme(self):
        blocks = re.findall(r"```\n(#!/bin/bash\n.*?)```", (SOURCE / "README.md").read_text(), re.DOTALL)
        self.assertEqual(len(blocks), 1)
        config = self.write_config("sbatch")
        script = blocks[0].replace("configs/default.yaml", str(config)).replace("build/glyffuser", str(BINARY))
        self.assertIn(f"{BINARY} train {config}", script)
        # What Slurm's two programs do here, on one machine.
        tools = {"scontrol": "echo localhost",
                 "srun": 'for i in $(seq 0 $((SLURM_NTASKS - 1))); do SLURM_PROCID=$i SLURM_LOCALID=$i "$@" & done; wait'}
        (self.root / "bin").mkdir()
        for name, body in tools.items():
            (self.root / "bin" / name).write_text(f"#!/bin/bash\n{body}\n")
            (self.root / "bin" / name).chmod(0o755)
        slurm = {"SLURM_NTASKS": "2", "SLURM_JOB_ID": str(free_port() - 20000), "SLURM_JOB_NODELIST": "localhost",
                 "PATH": f"{self.root / 'bin'}:{os.environ['PATH']}"}
        done = subprocess.run(["bash", "-c", script], env=NOT_A_LAUNCHER | slurm, capture_output=True, text=True, timeout=120)
        self.assertEqual(done.stdout, f"{self.root}/sbatch/model\n", done.stderr)
        self.assert_like_the_undisturbed_run("sbatch")


if __name__ == "__main__":
    unittest.main(verbosity=1)
