"""Weights both ways: what diffusers wrote is drawn by the binary, and both draw the same from the same noise.

    .venv/bin/python tests/cli/diffusers_test.py build/glyffuser
"""

import pathlib
import subprocess
import sys
import tempfile
import unittest

import numpy
import torch
from diffusers import DDIMScheduler, DDPMScheduler, UNet2DConditionModel, UNet2DModel
from PIL import Image
from safetensors.torch import load_file, save_file

SOURCE = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(SOURCE / "scripts"))
sys.path.insert(0, str(SOURCE / "tests"))
import check_diffusers  # noqa: E402
from support.tiny_text import write_text  # noqa: E402

BUNDLED = SOURCE / "data/models/glyffuser"
PIPELINE = SOURCE / "src/model/pipeline.py"
BINARY = None  # set from the command line
STEPS = 5  # divides the schedule's 1000: elsewhere diffusers' DDIM takes a wrong stride
MEAN_TOLERANCE = 3e-5
SCHEDULERS = ["ddim", "ddpm", "dpmsolver++", "sde-dpmsolver++"]  # that both have and that agree

# The article's network, smaller.
ARTICLE = dict(
    sample_size=32, in_channels=1, out_channels=1, layers_per_block=2, block_out_channels=(32, 32, 64, 64),
    down_block_types=("DownBlock2D", "DownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"),
    up_block_types=("UpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D", "UpBlock2D"),
    cross_attention_dim=16, encoder_hid_dim=16, encoder_hid_dim_type="text_proj",
)  # fmt: skip


def sample(*arguments):
    return subprocess.run([BINARY, "sample", *map(str, arguments)], capture_output=True, text=True, timeout=300)


class DiffusersTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        torch.manual_seed(5)

    def drawn(self, *arguments, ok=True):
        """Raw results [2, 1, H, W] and pictures of the binary, from a noise of the seeds 3 and 4."""
        out = self.folder / f"out-{len(list(self.folder.iterdir()))}"
        result = sample("-n", 2, "--seed", 3, "-s", STEPS, "--set", "sample.batch_size=2", "-o", out, "--raw",
                        self.folder / "raw.safetensors", "--overwrite", *arguments)  # fmt: skip
        self.assertEqual(result.returncode, 0, result.stderr)
        pictures = [Image.open(line) for line in result.stdout.splitlines() if "grid" not in line and line.endswith(".png")]
        return check_diffusers.only_tensor(self.folder / "raw.safetensors"), [numpy.asarray(p, int) for p in pictures]

    def noise(self, size):
        """What the binary begins with: each image's own generator."""
        return torch.stack([torch.randn(1, size, size, generator=torch.Generator().manual_seed(s)) for s in (3, 4)])

    def assert_same(self, ours, theirs, low=-1.0, high=1.0, scheduler="ddim"):
        """`theirs` in the model's own range of pixels."""
        raw, pictures = ours
        theirs = (theirs - low) * (2 / (high - low)) - 1
        scale = max(1, theirs.abs().max().item())
        self.assertLessEqual((raw - theirs).abs().max().item(), check_diffusers.tolerance_of(scheduler) * scale)
        self.assertLessEqual((raw - theirs).abs().mean().item(), MEAN_TOLERANCE * scale)
        self.assertGreater(raw.std().item(), 0.05, "nothing was drawn")
        self.assertEqual(len(pictures), 2)
        for picture, image in zip(pictures, theirs[:, 0], strict=True):
            expected = ((image.clamp(-1, 1) + 1) * 127.5).round().numpy()
            self.assertLessEqual(abs(picture - expected).max(), 1)

    def plain_folder(self, unet, scheduler, **options):
        """Only a UNet and a scheduler, as diffusers writes them."""
        folder = self.folder / "plain"
        unet.save_pretrained(folder / "unet", **options)
        scheduler.save_pretrained(folder / "scheduler")
        return folder

    def pipeline(self, unet, scheduler):
        sys.path.insert(0, str(PIPELINE.parent))
        from pipeline import GlyffuserPipeline

        pipe = GlyffuserPipeline(unet.float(), scheduler)
        pipe.set_progress_bar_config(disable=True)
        return pipe

    def test_the_bundled_model_is_drawn_alike(self):
        if not (BUNDLED / "unet/diffusion_pytorch_model.safetensors").exists():
            self.skipTest("there is no bundled model here")
        ways = ({"guidance_scale": 5.0, "negative_prompt": "water"}, {"guidance_scale": 1.0},
                {"guidance_scale": 7.0, "guidance_rescale": 0.7})  # fmt: skip
        for scheduler in SCHEDULERS:
            pipe = check_diffusers.load(str(BUNDLED))
            for options in ways if scheduler == "ddim" else ways[:1]:  # what guides knows nothing of schedulers
                with self.subTest(scheduler=scheduler, **options):
                    flags = ["-p", "gold", "--scheduler", scheduler, "-g", options["guidance_scale"]]
                    flags += ["--negative-prompt", options.get("negative_prompt", "")]
                    flags += ["--set", f"sample.guidance_rescale={options.get('guidance_rescale', 0)}"]
                    ours = self.drawn(*flags)
                    theirs = check_diffusers.draw(pipe, self.noise(128), scheduler, seed=3, prompt="gold",
                                                  num_inference_steps=STEPS, **options)  # fmt: skip
                    self.assert_same(ours, theirs, scheduler=scheduler)

    def test_the_articles_layout(self):
        """UNet and scheduler only, pixels from 0 to 1, the text encoder from elsewhere; whole, in shards, in halves."""
        text = self.folder / "text"
        write_text(text)
        unet = UNet2DConditionModel(**ARTICLE).eval()
        scheduler = DDPMScheduler(clip_sample=True)
        pipe = self.pipeline(unet, scheduler)
        pipe.text_folder, pipe.pixel_range = text, (0, 1)
        flags = ["-p", "gold fish", "-g", 2, "--scheduler", "ddim", "--text-encoder", text, "--set", "sample.pixel_range=[0, 1]"]
        for options in ({}, {"max_shard_size": "200KB"}, {"variant": "fp16"}):
            with self.subTest(**options):
                if "variant" in options:
                    unet.half()
                folder = self.plain_folder(unet, scheduler, **options)
                files = len(list((folder / "unet").glob("*.safetensors")))
                self.assertEqual(files > 1, "max_shard_size" in options)
                ours = self.drawn("-m", folder, *flags)
                unet.float()
                theirs = check_diffusers.draw(pipe, self.noise(32), "ddim", prompt="gold fish",
                                              num_inference_steps=STEPS, guidance_scale=2.0)  # fmt: skip
                self.assert_same(ours, theirs, low=0, high=1)
                for file in (folder / "unet").iterdir():
                    file.unlink()

    def test_without_text(self):
        unet = UNet2DModel(
            sample_size=32, in_channels=1, out_channels=1, block_out_channels=(32, 64), layers_per_block=1,
            down_block_types=("DownBlock2D", "AttnDownBlock2D"), up_block_types=("AttnUpBlock2D", "UpBlock2D"),
        ).eval()  # fmt: skip
        scheduler = DDIMScheduler(beta_schedule="squaredcos_cap_v2", prediction_type="v_prediction")
        folder = self.plain_folder(unet, scheduler)
        theirs = check_diffusers.draw(self.pipeline(unet, scheduler), self.noise(32), "ddim", num_inference_steps=STEPS)
        self.assert_same(self.drawn("-m", folder), theirs)

    def refused(self, folder, *flags):
        result = sample("-m", folder, "-n", 1, "-o", self.folder / "out", *flags)
        self.assertEqual(result.returncode, 3, result.stderr)
        errors = [line for line in result.stderr.splitlines() if not line.startswith("info: ")]
        self.assertEqual(len(errors), 1, result.stderr)
        return errors[0]

    def test_what_cannot_be_drawn_is_said_in_a_sentence(self):
        unet = UNet2DConditionModel(**ARTICLE)
        folder = self.plain_folder(unet, DDPMScheduler())
        self.assertIn("has no text encoder of its own, expected --text-encoder", self.refused(folder, "-p", "gold"))
        write_text(self.folder / "text")
        flags = ["-p", "gold", "--text-encoder", self.folder / "text"]
        self.assertIn("is no text encoder's folder", self.refused(folder, "-p", "gold", "--text-encoder", folder))
        weights = folder / "unet/diffusion_pytorch_model.safetensors"
        tensors = load_file(weights)
        del tensors["conv_in.bias"]
        save_file(tensors, weights)
        self.assertIn("1 missing: conv_in.bias", self.refused(folder, *flags))
        weights.unlink()
        self.assertIn("holds no weights", self.refused(folder, *flags))
        unet.save_pretrained(folder / "unet", safe_serialization=False)
        self.assertIn("is a pickle", self.refused(folder, *flags))


if __name__ == "__main__":
    BINARY = sys.argv.pop(1)
    unittest.main()
