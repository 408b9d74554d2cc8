"""scripts/ablate: its variations are configurations that the binary takes, each another one, and its table."""

import argparse
import contextlib
import importlib.machinery
import importlib.util
import io
import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "scripts"))  # as of a script that is started
BINARY = Path(os.environ.get("GLYFFUSER", REPOSITORY / "build/glyffuser"))


def load_script():
    loader = importlib.machinery.SourceFileLoader("ablate", str(REPOSITORY / "scripts/ablate"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("ablate", loader))
    loader.exec_module(module)
    return module


ablate = load_script()


class AblateTest(unittest.TestCase):
    @unittest.skipUnless(BINARY.is_file(), "glyffuser is not built here")
    def test_every_variation_is_a_configuration_of_its_own(self):
        seen = {}
        for name, settings in ablate.VARIATIONS.items():
            options = [part for setting in [*ablate.BASE, *settings] for part in ("--set", setting)]
            command = [BINARY, "train", REPOSITORY / "configs/default.yaml", "--dump-config", *options]
            result = subprocess.run([*map(str, command)], capture_output=True, text=True)
            self.assertEqual(result.returncode, 0, f"{name}: {result.stderr}")
            self.assertNotIn(result.stdout, seen, f"{name} is {seen.get(result.stdout)}")
            seen[result.stdout] = name

    def test_the_table_has_the_finished_ones(self):
        figures = [{"name": f"{begin} 3, 8 seeds", "value": 0.1234} for begin, _ in ablate.COLUMNS.values()]
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "patch-4/evaluation/evaluation.json"
            file.parent.mkdir(parents=True)
            file.write_text(json.dumps({"figures": figures}))
            rows = ablate.table(Path(folder)).splitlines()
        self.assertEqual(len(rows), 3)
        self.assertTrue(rows[2].startswith("| patch-4 | 0.12 | 0.12 |"), rows[2])
        self.assertIn("| 0.123 |", rows[2])

    def test_models_of_another_length_are_not_taken_for_these(self):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "patch-4/model/glyffuser.json"
            file.parent.mkdir(parents=True)
            file.write_text(json.dumps({"training": {"steps": 1500}}))
            for steps, names in ((3000, ["patch-4"]), (1000, ["base"])):
                command = [sys.executable, REPOSITORY / "scripts/ablate", *names, "--steps", steps, "--out", folder]
                result = subprocess.run([*map(str, command)], capture_output=True, text=True)
                self.assertEqual(result.returncode, 1, result.stdout)
                self.assertIn(f"was trained for 1500 steps, expected {steps}; --out", result.stderr)
            ablate.check_steps(argparse.Namespace(out=Path(folder), steps=1500))

    def commands(self, folder, *arguments):
        """What the script runs, by the names of the programs; nothing is run."""
        started = []
        with mock.patch.object(ablate, "FONT_WEIGHTS", Path(folder) / "weights"), \
                mock.patch.object(ablate, "run", lambda command: started.append([Path(part).name for part in command[:2]])), \
                mock.patch("sys.argv", ["ablate", *arguments, "--out", folder, "--only-train"]), \
                contextlib.redirect_stdout(io.StringIO()):
            ablate.main()
        return started

    def test_what_a_training_reads_is_there_before_the_first(self):
        with tempfile.TemporaryDirectory() as folder:
            weights, training = [Path(sys.executable).name, "font_weights.py"], ["glyffuser", "train"]
            self.assertEqual(self.commands(folder, "base", "font-weights"), [weights, training, training])
            self.assertEqual(self.commands(folder, "base"), [training])
            (Path(folder) / "weights").mkdir()  # without metadata.jsonl: something stopped
            self.assertEqual(self.commands(folder)[0], weights)
            self.assertFalse((Path(folder) / "weights").exists())  # what was half-made is gone
            (Path(folder) / "weights").mkdir()
            (Path(folder) / "weights/metadata.jsonl").touch()
            self.assertEqual(self.commands(folder, "font-weights"), [training])
            (Path(folder) / "weights/metadata.jsonl").unlink()
            model = Path(folder) / "font-weights/model"
            model.mkdir(parents=True)
            (model / "model_index.json").touch()
            (model / "glyffuser.json").write_text(json.dumps({"training": {"steps": 1500}}))
            self.assertEqual(self.commands(folder, "font-weights"), [])


if __name__ == "__main__":
    unittest.main()
