"""What the end-to-end tests share: the binary, and a tiny model that it trained."""

import pathlib
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
MODEL = SOURCE / "data" / "models" / "glyffuser"
BINARY = str(pathlib.Path(sys.argv.pop(1)).resolve())  # from the command line

TINY = """
seed: 3
output: {dir: RUN}
data: {max_glyphs: 120, cache: CACHE}
unet:
  patch_size: 8
  block_out_channels: [16, 32]
  layers_per_block: 1
  down_block_types: [DownBlock2D, CrossAttnDownBlock2D]
  up_block_types: [CrossAttnUpBlock2D, UpBlock2D]
  cross_attention_dim: 32
  encoder_hid_dim: 256
  attention_head_dim: 2
  norm_num_groups: 8
train:
  steps: 12
  batch_size: 4
  warmup_steps: 2
  log_every: 1
  checkpoint_every: 4
  validate_every: 6
  validation_glyphs: 4
  preview: {every: 12, prompts: [gold], images: 2, steps: 2}
"""


def run(*arguments, cwd=None, **options):
    return subprocess.run([BINARY, *map(str, arguments)], cwd=cwd, capture_output=True, text=True, timeout=300, **options)


def files_stay_below(size):
    """For a child process: a longer write fails, as it does on a full disk."""
    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    return limit


class CliTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.root = pathlib.Path(tempfile.mkdtemp(prefix="glyffuser-cli-"))
        cls.config = cls.write_config("run")
        done = run("train", cls.config, "-t", 1)
        assert done.returncode == 0, done.stderr
        cls.model = cls.root / "run" / "model"

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.root)

    @classmethod
    def write_config(cls, name):
        path = cls.root / f"{name}.yaml"
        path.write_text(TINY.replace("RUN", str(cls.root / name)).replace("CACHE", str(cls.root / "cache")))
        return path

    def expect(self, code, parts, *arguments, **options):
        done = run(*arguments, **options)
        self.assertEqual(done.returncode, code, done.stderr)
        for part in parts:
            self.assertIn(part, done.stderr)
        errors = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
        if code in (3, 4) or (code == 2 and "error: " in done.stderr):
            self.assertEqual(len(errors), 1, done.stderr)
        self.assertNotIn("frame #", done.stderr)
        return done
