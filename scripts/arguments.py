"""Types of arguments that several scripts have, for argparse."""

import argparse
import os
from pathlib import Path

BINARY = str(Path(__file__).resolve().parents[1] / "build/glyffuser")


def program(text):
    """A program's absolute path: without a folder in it, subprocess would look for another one in PATH."""
    file = Path(text).absolute()
    if not file.is_file():
        raise argparse.ArgumentTypeError(f"{text}: no such file; build it, or name another")
    if not os.access(file, os.X_OK):
        raise argparse.ArgumentTypeError(f"{text}: is no program")
    return file


def existing(text):
    """A file or folder that is there."""
    if not Path(text).exists():
        raise argparse.ArgumentTypeError(f"{text}: no such file or folder")
    return Path(text)


def model_folder(text):
    """A model's folder, in diffusers' layout."""
    if not (Path(text) / "model_index.json").is_file():
        raise argparse.ArgumentTypeError(f"{text}: expected a model folder, with model_index.json")
    return Path(text)


def count(text):
    """A whole number from 1 on."""
    if not text.isdigit() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text}: expected a whole number from 1 on")
    return int(text)
