"""scripts/check_diffusers.py: a difference is one, and diffusers draws as the program was asked to."""

import contextlib
import io
import sys
import tempfile
import unittest
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

import torch
from safetensors.torch import save_file

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "scripts"))

try:
    import check_diffusers
    from diffusers import DDPMScheduler
except ImportError:
    check_diffusers = None


@unittest.skipUnless(check_diffusers, "diffusers is not installed: scripts/setup --peers")
class CheckDiffusersTest(unittest.TestCase):
    def check(self, ours, theirs, *options):
        """The exit code, and how diffusers' pipeline was called."""
        pipe = mock.Mock(scheduler=DDPMScheduler(), return_value=SimpleNamespace(images=theirs))
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "model_index.json").touch()
            save_file({"noise": torch.zeros(2, 1, 4, 4)}, f"{folder}/noise.safetensors")
            save_file({"raw": ours}, f"{folder}/raw.safetensors")
            files = ["--noise", f"{folder}/noise.safetensors", "--raw", f"{folder}/raw.safetensors"]
            command = ["check", folder, *files, *options]
            with mock.patch("sys.argv", command), mock.patch.object(check_diffusers, "load", return_value=pipe), \
                    contextlib.redirect_stdout(io.StringIO()), self.assertRaises(SystemExit) as stop:
                check_diffusers.main()
        return stop.exception.code, pipe

    def test_the_largest_difference_counts(self):
        same = torch.zeros(2, 1, 4, 4)
        noisy, plain = ["--scheduler", "sde-dpmsolver++"], ["--scheduler", "dpmsolver++"]
        for place, value, options, code in (
            (0, 9e-4, [], 0), (31, -1.1e-3, [], 1), (5, 1.1e-3, ["--tolerance", "0.01"], 0), (3, 5e-3, noisy, 0),
            (3, float("nan"), [], 1), (3, 1e-6, ["--tolerance", "0"], 1), (7, -9e-3, noisy, 1), (7, 5e-3, plain, 1),
        ):  # fmt: skip
            other = same.clone()
            other.view(-1)[place] = value
            with self.subTest(place=place, value=value, options=options):
                self.assertEqual(self.check(same, other, *options)[0], code)
        self.assertIn("has shape (2, 1, 4, 4), diffusers drew (1, 1, 4, 4)", self.check(same, same[:1])[0])

    def test_diffusers_is_asked_the_same(self):
        same = torch.zeros(2, 1, 4, 4)
        _, pipe = self.check(same, same, "--prompt", "gold", "--negative-prompt", "iron", "--guidance-scale", "2.5",
                             "--steps", "7", "--guidance-rescale", "0.5", "--seed", "11",
                             "--scheduler", "dpmsolver++")  # fmt: skip
        given = pipe.call_args.kwargs
        expected = {"prompt": "gold", "negative_prompt": "iron", "guidance_scale": 2.5, "guidance_rescale": 0.5,
                    "num_inference_steps": 7, "num_images_per_prompt": 2, "output_type": "pt"}  # fmt: skip
        self.assertEqual({key: given[key] for key in expected}, expected)
        # Each image's generator of its own seed has given the image's noise already.
        for k, generator in enumerate(given["generator"]):
            after = torch.Generator().manual_seed(11 + k)
            torch.randn(1, 4, 4, generator=after)
            self.assertTrue(torch.equal(torch.rand(3, generator=generator), torch.rand(3, generator=after)))
        config = pipe.scheduler.config
        self.assertEqual((config.timestep_spacing, config.algorithm_type), ("trailing", "dpmsolver++"))

    def test_a_file_holds_one_tensor(self):
        with tempfile.TemporaryDirectory() as folder:
            save_file({"a": torch.zeros(1), "b": torch.zeros(1)}, f"{folder}/two.safetensors")
            with self.assertRaisesRegex(SystemExit, "holds 2 tensors, expected one"):
                check_diffusers.only_tensor(f"{folder}/two.safetensors")


if __name__ == "__main__":
    unittest.main()
