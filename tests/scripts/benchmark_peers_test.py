"""scripts/benchmarking: the loops in diffusers train and draw what glyffuser does, no more and no less."""

import argparse
import sys
import tempfile
import unittest
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

import torch
from PIL import Image
from safetensors.torch import save_file

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
sys.path[:0] = [str(SCRIPTS), str(SCRIPTS / "benchmarking")]

try:
    import drawer
    import peer
    from diffusers import DDPMScheduler
except ImportError:
    peer = None


def setUpModule():
    torch.set_num_threads(1)


class Emulated(torch.nn.Module):
    """A network that multiplies by its only weight, and notes the texts."""

    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.tensor(0.5))
        self.seen = []

    def forward(self, x, timesteps, return_dict, **text):
        self.seen.append((timesteps, text))
        return (x * self.weight,)

    def set_attn_processor(self, processor):
        pass


@unittest.skipUnless(peer, "diffusers is not installed: scripts/setup --peers")
class TrainingTest(unittest.TestCase):
    def training(self, prediction="sample", captions=None, **options):
        made = peer.Training.__new__(peer.Training)
        usual = {"batch": 8, "micro_batch": None, "precision": "fp32", "channels_last": False}
        made.args = argparse.Namespace(**usual | options)
        made.device, made.patch, made.fixed_length, made.captions = torch.device("cpu"), 2, 0, captions
        made.scheduler = DDPMScheduler(prediction_type=prediction)
        made.unet = made.network = Emulated()
        made.images = torch.linspace(-1, 1, 16)[:, None, None, None].repeat(1, 1, 4, 4)
        made.optimizer = torch.optim.SGD(made.unet.parameters(), lr=1)
        made.ema = mock.Mock()
        return made

    def captions(self, states, lengths):
        with tempfile.TemporaryDirectory() as folder:
            save_file({"states": states, "lengths": lengths}, f"{folder}/captions.safetensors")
            return peer.Captions(f"{folder}/captions.safetensors", torch.device("cpu"))

    def test_captions_are_unpacked(self):
        captions = self.captions(torch.arange(1, 17)[:, None].repeat(1, 3).half(), torch.tensor([2, 9, 5]))
        states, mask = captions.gather(torch.tensor([2, 0]), 0)
        self.assertEqual((states.shape, states.dtype), ((2, 8, 3), torch.float32))
        self.assertEqual(mask.sum(1).tolist(), [5, 2])
        found = [row[kept].tolist() for row, kept in zip(states[..., 1], mask)]
        self.assertEqual(found, [[12, 13, 14, 15, 16], [1, 2]])
        states, mask = captions.gather(torch.tensor([1]), 0)
        self.assertEqual((states[0, mask[0], 0].tolist(), mask.shape), (list(range(3, 12)), (1, 16)))
        self.assertEqual(captions.gather(torch.tensor([0]), 12)[1].shape, (1, 12))

    def test_the_goal_is_what_the_scheduler_predicts(self):
        for prediction in ("sample", "epsilon", "v_prediction"):
            training = self.training(prediction)
            images = torch.nn.functional.pixel_unshuffle(training.images[:4], 2)
            noise = torch.randn_like(images)
            with mock.patch.object(torch, "randn_like", return_value=noise), \
                    mock.patch.object(torch, "randint", return_value=torch.tensor([0, 300, 600, 999])) as drawn:
                loss = training.loss(training.images[:4])
            self.assertEqual(drawn.call_args.args, (0, 1000, (4,)))
            kept = training.scheduler.alphas_cumprod[[0, 300, 600, 999]].reshape(-1, 1, 1, 1)
            noisy = kept.sqrt() * images + (1 - kept).sqrt() * noise
            velocity = kept.sqrt() * noise - (1 - kept).sqrt() * images
            goal = {"sample": images, "epsilon": noise, "v_prediction": velocity}[prediction]
            torch.testing.assert_close(loss, (noisy / 2 - goal).square().mean())

    def test_texts_come_with_their_masks(self):
        training = self.training(captions=self.captions(torch.zeros(5, 3), torch.tensor([5])))
        training.loss(training.images[:2])
        text = training.network.seen[0][1]
        self.assertEqual((text["encoder_hidden_states"].shape, text["encoder_attention_mask"].sum()), ((2, 8, 3), 10))

    def test_a_step_in_parts_is_a_step(self):
        """Whatever is drawn for a picture depends on it alone here."""
        changes = []
        for micro_batch, sizes in ((None, [8]), (3, [3, 3, 2])):
            training, parts = self.training(micro_batch=micro_batch), []

            def loss(images, training=training, parts=parts):
                parts.append(len(images))
                return (training.unet.weight * images.mean((1, 2, 3)) + 1).square().mean()

            training.loss = loss
            with mock.patch.object(torch, "randint", return_value=torch.arange(8)) as drawn:
                total = training.step()
            self.assertEqual(drawn.call_args.args, (0, 16, (8,)) if len(drawn.call_args.args) == 3 else (16, (8,)))
            training.ema.step.assert_called_once()
            self.assertEqual(parts, sizes)
            changes.append((training.unet.weight.item(), total.item()))
        self.assertNotEqual(changes[0][0], 0.5)
        torch.testing.assert_close(torch.tensor(changes[0]), torch.tensor(changes[1]))

    def test_large_gradients_are_clipped(self):
        training = self.training()
        training.loss = lambda images: 1000 * training.unet.weight
        training.step()
        self.assertAlmostEqual(training.unet.weight.item(), 0.5 - 1, places=5)

    def test_every_step_is_timed_and_the_loss_is_their_mean(self):
        training, clock, losses = self.training(), iter([0, 1, 10, 12, 20, 24]), iter([1, 2, 6])
        training.step = lambda: next(losses)
        with mock.patch.object(peer.time, "perf_counter", lambda: next(clock)):
            self.assertEqual(training.run(3), {"seconds": [1, 2, 4], "loss": 3})

    def test_a_gpus_work_is_waited_for(self):
        training, order = self.training(), []
        training.device = torch.device("cuda")
        training.step = lambda: order.append("step") or 0
        with mock.patch.object(torch.cuda, "synchronize", lambda: order.append("wait")), \
                mock.patch.object(peer.time, "perf_counter", lambda: order.append("clock") or 0):
            training.run(1)
        self.assertEqual(order, ["wait", "clock", "step", "wait", "clock"])

    def test_operations_are_those_of_one_sample(self):
        counts = []
        for micro_batch in (None, 2):
            training = self.training(micro_batch=micro_batch)
            weight = torch.nn.Parameter(torch.ones(16, 16))
            training.loss = lambda images: (images.flatten(1) @ weight).sum()
            counts.append(training.flops())
        self.assertEqual(counts[0], counts[1])
        self.assertGreater(counts[0], 2 * 16 * 16)


@unittest.skipUnless(peer, "diffusers is not installed: scripts/setup --peers")
class DrawingTest(unittest.TestCase):
    def test_every_picture_has_its_own_noise_and_is_saved(self):
        asked = []

        def pipe(prompts, **options):
            asked.append((prompts, options, torch.is_autocast_enabled("cpu")))
            return SimpleNamespace(images=[Image.new("L", (4, 4))] * 3)

        for conditional in (True, False):
            made = drawer.Drawing.__new__(drawer.Drawing)
            made.args = argparse.Namespace(prompts=["a", "b", "c"], steps=7, guidance_scale=2.5, autocast=conditional)
            made.pipe = mock.Mock(side_effect=pipe, conditional=conditional)
            made.device, made.drawn = torch.device("cpu"), 0
            with tempfile.TemporaryDirectory() as folder:
                self.assertEqual(len(made.run(2, Path(folder))["seconds"]), 2)
                self.assertEqual({file.name for file in Path(folder).iterdir()}, {f"{i}.png" for i in range(6)})
        common = {"num_inference_steps": 7, "guidance_scale": 2.5}
        self.assertEqual(asked, [
            (["a", "b", "c"], {"seed": 0, "num_images_per_prompt": 1, **common}, True),
            (["a", "b", "c"], {"seed": 3, "num_images_per_prompt": 1, **common}, True),
            (None, {"seed": 0, "num_images_per_prompt": 3, **common}, False),
            (None, {"seed": 3, "num_images_per_prompt": 3, **common}, False)])  # fmt: skip

    def test_bf16_is_of_the_weights_or_by_autocast(self):
        for precision, autocast, expected in (("bf16", False, torch.bfloat16), ("bf16", True, torch.float32),
                                              ("fp32", False, torch.float32)):  # fmt: skip
            pipe = SimpleNamespace(unet=torch.nn.Linear(2, 2), scheduler=DDPMScheduler(), to=lambda device: None)
            args = argparse.Namespace(
                device="cpu", model="m", scheduler="dpmsolver++", precision=precision, autocast=autocast,
                attention="sdpa", channels_last=False, compile=False)  # fmt: skip
            with mock.patch.object(drawer, "load", return_value=pipe):
                made = drawer.Drawing(args)
            self.assertEqual(made.pipe.unet.weight.dtype, expected)
            config = made.pipe.scheduler.config
            self.assertEqual((config.timestep_spacing, config.algorithm_type), ("trailing", "dpmsolver++"))


if __name__ == "__main__":
    unittest.main()
