"""The benchmarks: what is timed, and that those who are compared compute alike."""

import argparse
import io
import sys
import tempfile
import time
import unittest
from pathlib import Path
from unittest import mock

import torch

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
sys.path[:0] = [str(SCRIPTS), str(SCRIPTS / "benchmarking")]
import benchmark_sampling  # noqa: E402
import matmul  # noqa: E402

try:
    import peer
except ImportError:
    peer = None

# In the place of scripts/benchmarking/drawer.py.
SLOW_TO_END = "import time\nprint('drawn', flush=True)\ntime.sleep(3)\nopen('ended', 'w').close()\n"
FAILS = "import sys\nprint('drawn', flush=True)\nsys.exit('out of memory')\n"
SILENT = "pass\n"
MANY_WARNINGS = "import sys\nsys.stderr.write('warning ' * 20000)\nprint('drawn')\n"


class FirstPictureTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)

    def first(self, drawer):
        """The seconds that `drawer`, in diffusers' place, takes to the first picture."""
        script = self.root / "scripts/benchmarking/drawer.py"
        script.parent.mkdir(parents=True)
        script.write_text(drawer.replace("'ended'", repr(str(self.root / "ended"))))
        args = argparse.Namespace(model="m", steps=1, scheduler="ddim", guidance_scale=1, precision="fp32", threads=1,
                                  device="cpu")  # fmt: skip
        with mock.patch.object(benchmark_sampling, "ROOT", self.root):
            return benchmark_sampling.peer_first(args)

    def test_what_comes_after_the_picture_does_not_count(self):
        start = time.perf_counter()
        seconds = self.first(SLOW_TO_END)
        self.assertLess(seconds, time.perf_counter() - start - 2.5)
        self.assertTrue((self.root / "ended").is_file())  # and nothing runs on beside the next one

    def test_a_failure_is_told(self):
        with self.assertRaisesRegex(SystemExit, "drawer.py .* failed:\nout of memory"):
            self.first(FAILS)

    def test_no_picture_is_a_failure(self):
        with self.assertRaisesRegex(SystemExit, "failed"):
            self.first(SILENT)

    def test_warnings_do_not_block(self):
        self.assertGreater(self.first(MANY_WARNINGS), 0)


class PrecisionTest(unittest.TestCase):
    """On a GPU glyffuser's fp32 is TF32 in products and convolutions; here only what was asked of PyTorch is looked at."""

    def setUp(self):
        for library in (torch.backends.cuda.matmul, torch.backends.cudnn):
            self.addCleanup(setattr, library, "allow_tf32", library.allow_tf32)
            library.allow_tf32 = False

    @staticmethod
    def allowed(*_):
        return torch.backends.cuda.matmul.allow_tf32 and torch.backends.cudnn.allow_tf32

    def run_main(self, module, arguments):
        """What its main function prints, given one order."""
        command = [module.__file__, "--precision", "fp32", "--threads", str(torch.get_num_threads()), *arguments]
        with mock.patch("sys.argv", command), mock.patch("sys.stdin", ["1"]), mock.patch("sys.stdout", io.StringIO()) as said:
            module.main()
        return said.getvalue()

    def test_the_product_of_matrices_is_glyffusers(self):
        for device, expected in (("cpu", "False"), ("cuda", "True")):
            with mock.patch.object(matmul, "rate", self.allowed):
                self.assertEqual(self.run_main(matmul, ["--device", device]).strip(), expected)

    @unittest.skipUnless(peer, "diffusers is not installed: scripts/setup --peers")
    def test_a_peers_training_is_too(self):
        for device, expected in (("cpu", False), ("cuda", True)):
            with mock.patch.object(peer.json, "loads", side_effect=KeyError):  # before there is a model
                with self.assertRaises(KeyError):
                    peer.Training(argparse.Namespace(device=device, model=SCRIPTS.parent / "data/models/glyffuser"))
            self.assertEqual(self.allowed(), expected)


if __name__ == "__main__":
    unittest.main()
