"""scripts/peers.py: a script whose packages are missing starts again with .venv's Python, or says what it needs."""

import ast
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
TOOL = """
import json
import sys

import peers

if "--worker" in sys.argv:
    peers.need("some_package")
else:
    import some_package
if "--fail" in sys.argv:
    raise RuntimeError("another failure")
print(json.dumps([sys.executable, sys.argv[1:], sys.flags.optimize]))
"""


def python_scripts():
    """Those of scripts/ that are started by themselves."""
    files = [file for file in [*SCRIPTS.iterdir(), SCRIPTS / "judge/train.py"] if file.is_file()]
    return [file for file in files if file.read_bytes().startswith(b"#!/usr/bin/env python3")]


def imported(file):
    """The names of the modules that a script imports wherever, in order."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name.split(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module.split(".")[0]


class PeersTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name).resolve()
        (self.root / "scripts").mkdir()
        shutil.copy(SCRIPTS / "peers.py", self.root / "scripts")
        (self.root / "scripts/tool.py").write_text(TOOL)

    def make_venv(self, *packages):
        python = self.root / ".venv/bin/python"
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", self.root / ".venv"], check=True)
        site = subprocess.run([python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
                              capture_output=True, text=True, check=True).stdout.strip()  # fmt: skip
        for package in packages:
            (Path(site) / f"{package}.py").touch()
        return str(python)

    def tool(self, *arguments):
        command = [sys.executable, "-O", "scripts/tool.py", *arguments]
        return subprocess.run(command, cwd=self.root, capture_output=True, text=True)

    def test_starts_again_with_the_python_that_has_them(self):
        python = self.make_venv("some_package")
        for arguments in (["a b", "--c"], ["--worker"]):
            done = self.tool(*arguments)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(json.loads(done.stdout), [python, arguments, 1])

    def test_says_what_is_needed(self):
        for made in (lambda: None, self.make_venv):
            made()
            for arguments in ([], ["--worker"]):
                done = self.tool(*arguments)
                self.assertEqual((done.returncode, done.stdout), (1, ""))
                self.assertEqual(done.stderr, "scripts/tool.py needs the Python package some_package: "
                                              "scripts/setup --peers installs it in .venv\n")  # fmt: skip

    def test_other_failures_are_told_as_ever(self):
        self.make_venv("some_package")
        done = self.tool("--fail")
        self.assertEqual(done.returncode, 1)
        self.assertIn("Traceback", done.stderr)
        self.assertIn("another failure", done.stderr)
        self.assertNotIn("excepthook", done.stderr)

    def test_every_script_with_such_packages_does_so(self):
        first = {file.name: next((name for name in imported(file) if name not in sys.stdlib_module_names), None)
                 for file in python_scripts()}  # fmt: skip
        self.assertEqual({name for name, module in first.items() if module != "peers"}, {"ablate", "benchmark_jobs.py", "check_batch.py"})
        self.assertIn("evaluate", first)

    def test_every_script_is_executable(self):
        for file in python_scripts():
            self.assertTrue(os.access(file, os.X_OK), file)


if __name__ == "__main__":
    unittest.main()
