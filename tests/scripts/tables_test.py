"""scripts/layouts.py and scripts/noise_levels: what is in their tables."""

import argparse
import sqlite3
import sys
import unittest
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

import numpy as np
import torch

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "scripts"))
sys.path.insert(0, str(REPOSITORY / "tests"))
from support.scripts import load_script  # noqa: E402
import layouts  # noqa: E402
from evaluation import statistics  # noqa: E402
from judge import characters  # noqa: E402


class LayoutsTest(unittest.TestCase):
    def test_the_first_sign_of_the_first_decomposition_counts(self):
        database = sqlite3.connect(":memory:")
        columns = "ChineseCharacter, Decomposition, Glyph INTEGER, SubIndex INTEGER"
        database.execute(f"CREATE TABLE CharacterDecomposition ({columns})")
        rows = [("明", "⿱日月", 1, 0), ("明", "⿰日月", 0, 1), ("明", "⿲日月", 0, 2), ("一", "一", 0, 0), ("思", None, 0, 0),
                ("思", "⿱田心", 0, 1), ("明月", "⿰明月", 0, 0), ("？", "", 0, 0)]  # fmt: skip
        database.executemany("INSERT INTO CharacterDecomposition VALUES (?, ?, ?, ?)", rows)
        self.assertEqual(layouts.layouts(database), {"明": "⿰", "思": "⿱"})
        self.assertEqual("".join(layouts.NAMES), characters.LAYOUTS)


class NoiseLevelsTest(unittest.TestCase):
    def setUp(self):
        self.script = load_script("noise_levels")

    def test_a_row_has_the_pictures_precision_and_their_own_radicals(self):
        generator = torch.Generator().manual_seed(0)
        others, features = (torch.randn(30, 4, generator=generator) * width for width in (1, 2))
        truth = np.arange(30) % 3
        seen = torch.eye(214)[np.where(np.arange(30) < 20, truth, 9)]
        with mock.patch.object(self.script, "look", return_value=SimpleNamespace(features=features, radical=seen)):
            row = self.script.row("t = 7", None, None, others, truth)
        precision, recall = statistics.precision_and_recall(others, features)
        self.assertNotEqual(round(precision.value, 2), round(recall.value, 2))
        cells = ["{:.2f} ({:.2f} to {:.2f})".format(*cell)
                 for cell in (precision.interval(), statistics.interval(np.arange(30) < 20))]  # fmt: skip
        self.assertEqual(row, f"| t = 7 | {cells[0]} | {cells[1]} |")

    def test_levels_are_time_steps(self):
        self.assertEqual(self.script.time_steps("999,1"), [999, 1])
        for text in ("1000", "0", "5,", "-3", "2.5"):
            with self.assertRaisesRegex(argparse.ArgumentTypeError, "expected time steps from 1 to 999"):
                self.script.time_steps(text)


if __name__ == "__main__":
    unittest.main()
