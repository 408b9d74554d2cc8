"""scripts/ablate: its variations are configurations that the binary takes, each another one, and its table."""

import argparse
import contextlib
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
sys.path.insert(0, str(REPOSITORY / "tests"))
from support.scripts import load_script  # noqa: E402

BINARY = Path(os.environ.get("GLYFFUSER", REPOSITORY / "build/glyffuser"))
ablate = load_script("ablate")


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

    def test_a_column_is_of_the_figure_that_it_names(self):
        """In the order and with the names of the bundled model's evaluation."""
        wanted = {
            "concepts": ("Concepts", "21 words, unguided"), "guided": ("Concepts", "21 words, guidance 3"),
            "unseen words": ("Concepts", "30 words that occur in no caption"),
            "held-out captions": ("Held-out captions", "a single picture, top 1"),
            "KID": ("All together", "KID, unguided"), "guided KID": ("All together", "KID, guidance 3"),
            "precision": ("All together", "precision, unguided"), "recall": ("All together", "recall, unguided"),
            "grey": ("All together", "grey pixels, guidance 3"),
            "specks": ("All together", "specks of a glyph, guidance 3"),
            "copies": ("Copies", "pictures of training captions"),
        }  # fmt: skip
        published = (REPOSITORY / "data/models/glyffuser/evaluation.json").read_text(encoding="utf-8")
        figures = json.loads(published)["figures"]
        for i, figure in enumerate(figures):
            figure["value"] = i
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "evaluation").mkdir()
            (Path(folder) / "evaluation/evaluation.json").write_text(json.dumps({"figures": figures}))
            found = {column: int(float(cell)) for column, cell in ablate.row(Path(folder)).items()}
        names = [(figure["section"].split(",")[0].split(":")[0], figure["name"]) for figure in figures]
        expected = {column: next(i for i, (section, name) in enumerate(names)
                                 if section == part and name.startswith(begin))
                    for column, (part, begin) in wanted.items()}  # fmt: skip
        self.assertEqual(found, expected)

    def test_a_variation_is_the_base_but_for_its_own(self):
        commands = []
        args = argparse.Namespace(out=Path("runs"), steps=77, threads=2, binary=Path("glyffuser"))
        with mock.patch.object(ablate, "run", lambda command: commands.append([*map(str, command)])):
            ablate.train(args, "patch-4")
            ablate.evaluate(args, "patch-4")
        train, evaluate = commands
        given = [setting for flag, setting in zip(train, train[1:]) if flag == "--set"]
        settings = dict(setting.split("=", 1) for setting in given)  # the last counts
        expected = {"unet.patch_size": "4", "unet.block_out_channels": "[48, 96, 160]", "train.timestep_shift": "1",
                    "train.steps": "77", "train.epochs": "null", "output.dir": "runs/patch-4"}  # fmt: skip
        self.assertEqual({key: settings[key] for key in expected}, expected)
        self.assertIn("--quick", evaluate)
        self.assertEqual(evaluate[evaluate.index("--scheduler") + 1], "ddim")
        self.assertEqual(evaluate[evaluate.index("--out") + 1], "runs/patch-4/evaluation")

    def test_what_is_finished_is_not_made_again(self):
        with tempfile.TemporaryDirectory() as folder:
            args = argparse.Namespace(out=Path(folder), steps=1, threads=1, binary=Path("glyffuser"))
            for name in ("model/model_index.json", "evaluation/evaluation.json"):
                file = args.out / "base" / name
                file.parent.mkdir(parents=True)
                file.touch()
            with mock.patch.object(ablate, "run", side_effect=AssertionError):
                ablate.train(args, "base")
                ablate.evaluate(args, "base")

    def test_a_failure_ends_it(self):
        with self.assertRaisesRegex(SystemExit, "ended with exit code 3; the same command goes on from there"):
            ablate.run([sys.executable, "-c", "raise SystemExit(3)"])

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
