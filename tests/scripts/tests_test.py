"""scripts/lib/tests.sh: what scripts/test says of tests that ran, as ctest runs them."""

import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
BRIEF = "[==========] 5 tests ran.\n[  PASSED  ] 3 tests.\n[  SKIPPED ] 2 tests.\n"
WHOLE = "[  SKIPPED ] Grid.Font (0 ms)\n[  PASSED  ] 0 tests.\n[  SKIPPED ] 1 test, listed below:\n[  SKIPPED ] Grid.Font\n"
FAILS = "[  PASSED  ] 1 test.\n[  SKIPPED ] 1 test, listed below:\n[  SKIPPED ] Grid.Font\n[  FAILED  ] 1 test, listed below:\n"
LONG = "a line\n" * 20000


@unittest.skipUnless(shutil.which("ctest"), "ctest is not installed")
class VerdictTest(unittest.TestCase):
    def verdict(self, *runs):
        """What is said of runs of {name: (output, exit code)}; 77 is skipped, and so is a program called `one by one`
        that says so, as with gtest_discover_tests."""
        with tempfile.TemporaryDirectory() as folder:
            commands = [self.make(Path(folder) / str(i), tests) for i, tests in enumerate(runs)]
            script = ["source scripts/lib/common.sh", "source scripts/lib/tests.sh", *commands, "echo verdict:", "verdict"]
            done = subprocess.run(["bash", "-c", "\n".join(script)], cwd=REPOSITORY, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.split("verdict:\n")[1].splitlines()

    @staticmethod
    def make(folder, tests):
        """Writes them as ctest has them and returns the command that runs them."""
        folder.mkdir()
        lines = []
        for i, (name, (output, code)) in enumerate(tests.items()):
            (folder / f"{i}.txt").write_text(output)
            lines.append(f'add_test("{name}" sh -c "cat {folder}/{i}.txt; exit {code}")')
            lines.append(f'set_tests_properties("{name}" PROPERTIES SKIP_RETURN_CODE 77)')
            if name == "one by one":
                lines.append(f'set_tests_properties("{name}" PROPERTIES SKIP_REGULAR_EXPRESSION "\\\\[  SKIPPED \\\\]")')
        (folder / "CTestTestfile.cmake").write_text("\n".join(lines))
        return f"run_tests {folder}"

    def test_nothing_was_skipped(self):
        self.assertEqual(self.verdict({"a": (LONG, 0), "b": ("OK\n", 0), "c": ("OK (expected failures=1)\n", 0)}),
                         ["3 passed, 0 failed"])  # fmt: skip

    def test_cases_of_googletest_and_of_unittest_count(self):
        tests = {"brief": (LONG + BRIEF, 0), "fails": (FAILS, 1), "script": ("Ran 9 tests\n\nOK (skipped=3)\n", 0),
                 "wrong": ("FAILED (failures=1, skipped=10)\n", 1)}  # fmt: skip
        self.assertEqual(self.verdict(tests), ["0 skipped, and 16 cases of others", "2 passed, 2 failed"])

    def test_what_ctest_skips_counts_once(self):
        tests = {"one by one": (WHOLE, 0), "code": ("no browser\n", 77), "brief": (BRIEF, 0)}
        self.assertEqual(self.verdict(tests), ["2 skipped, and 2 cases of others", "1 passed, 0 failed"])

    def test_runs_add_up(self):
        one, other = {"brief": (BRIEF, 0), "code": ("", 77)}, {"fails": (FAILS, 1)}
        self.assertEqual(self.verdict(one, other), ["1 skipped, and 3 cases of others", "1 passed, 1 failed"])


if __name__ == "__main__":
    unittest.main()
