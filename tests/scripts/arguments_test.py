"""scripts/arguments.py: what argparse's message says of an argument that is wrong."""

import argparse
import os
import sys
import tempfile
import unittest
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
sys.path.insert(0, str(SCRIPTS))
from arguments import count, existing, model_folder, program  # noqa: E402


class ArgumentsTest(unittest.TestCase):
    def assert_refused(self, kind, text, message):
        with self.assertRaisesRegex(argparse.ArgumentTypeError, message):
            kind(text)

    def test_a_program_is_a_file_that_may_be_run(self):
        self.assertEqual(program(sys.executable), Path(sys.executable))
        self.assertTrue(program(os.path.relpath(SCRIPTS / "benchmark.py")).is_absolute())
        self.assert_refused(program, "nowhere/glyffuser", "nowhere/glyffuser: no such file")
        self.assert_refused(program, __file__, "is no program")

    def test_files_and_models_must_be_there(self):
        with tempfile.TemporaryDirectory() as folder:
            self.assertEqual(existing(folder), Path(folder))
            self.assert_refused(existing, f"{folder}/nothing", "no such file or folder")
            self.assert_refused(model_folder, folder, "expected a model folder")
            (Path(folder) / "model_index.json").touch()
            self.assertEqual(model_folder(folder), Path(folder))

    def test_a_count_is_a_whole_number_from_one_on(self):
        self.assertEqual(count("12"), 12)
        for text in ["0", "-1", "1.5", "", "many"]:
            self.assert_refused(count, text, "expected a whole number from 1 on")


if __name__ == "__main__":
    unittest.main()
