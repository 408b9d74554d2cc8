"""For scripts that need packages of `scripts/setup --peers`, to be imported before those: where one is missing, the
script starts again with the Python of .venv, or else ends with a sentence."""

import importlib.util
import os
import sys
from pathlib import Path

OPTIONS = {"cjklib": "--judge"}  # of scripts/setup, where it is not --peers
PYTHON = Path(__file__).resolve().parents[1] / ".venv/bin/python"


def start_again():
    """With the Python of .venv; returns where there is none, or this is it."""
    if PYTHON.is_file() and Path(sys.executable) != PYTHON:
        sys.stdout.flush()
        os.execv(PYTHON, [str(PYTHON), *sys.orig_argv[1:]])


def need(package):
    """For what only a script's workers import."""
    if importlib.util.find_spec(package) is None:
        raise ModuleNotFoundError(name=package)


def excepthook(kind, error, trace):
    if not issubclass(kind, ModuleNotFoundError):
        return sys.__excepthook__(kind, error, trace)
    start_again()
    remedy = f"scripts/setup {OPTIONS.get(error.name, '--peers')} installs it in .venv"
    print(f"{sys.argv[0]} needs the Python package {error.name}: {remedy}", file=sys.stderr)


sys.excepthook = excepthook
