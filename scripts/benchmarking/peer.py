"""A diffusers training loop as a process that waits for orders, so that it can take turns with others.

Reads lines `N` (train N steps), answers each with one JSON line {"seconds": [per step], "loss": mean}; at the
end of input one with the peak memory. It gets the same UNet, batch, precision, text states and optimizer as
glyffuser, and no work that glyffuser does not do: images and text states are tensors in memory.
"""

import argparse
import json
import sys
import time
from pathlib import Path

import torch
from device import device_of
from diffusers import DDPMScheduler, UNet2DConditionModel, UNet2DModel
from diffusers.models.attention_processor import AttnProcessor
from diffusers.training_utils import EMAModel
from safetensors.torch import load_file
from worker import peak_memory


class Captions:
    """The text states that glyffuser cached, packed one caption after the other."""

    def __init__(self, file, device):
        packed = load_file(file)
        self.states, self.lengths = packed["states"].to(device), packed["lengths"].to(device)
        self.starts = self.lengths.cumsum(0) - self.lengths

    def gather(self, rows, fixed_length):
        length = fixed_length or -(-int(self.lengths[rows].max()) // 8) * 8
        positions = torch.arange(length, device=rows.device)[None]
        mask = positions < self.lengths[rows][:, None]
        tokens = torch.where(mask, self.starts[rows][:, None] + positions, len(self.states) - 1)
        return self.states[tokens.flatten()].float().view(len(rows), length, -1), mask


class Training:
    def __init__(self, args):
        self.args, self.device = args, device_of(args.device)
        info = json.loads((args.model / "glyffuser.json").read_text())
        self.patch, self.size = info["patch_size"], info["image_size"]
        network = UNet2DConditionModel if info["conditional"] else UNet2DModel
        unet = network.from_pretrained(args.model, subfolder="unet", low_cpu_mem_usage=False)
        self.unet = unet.float().to(self.device).train()
        if args.attention == "plain":
            self.unet.set_attn_processor(AttnProcessor())
        if args.channels_last:
            self.unet.to(memory_format=torch.channels_last)
        self.scheduler = DDPMScheduler.from_pretrained(args.model, subfolder="scheduler")
        self.ema = EMAModel(self.unet.parameters(), decay=0.9995, use_ema_warmup=True, foreach=True)
        self.optimizer = torch.optim.AdamW(self.unet.parameters(), lr=1e-4, weight_decay=0.01, fused=True)
        self.captions = Captions(args.captions, self.device) if info["conditional"] else None
        # Compiled code is for one length of text: with a variable one, torch 2.13's backward pass fails on a CPU.
        fixed = args.compile or self.unet.config.get("addition_embed_type")
        self.fixed_length = args.max_length if fixed else 0
        self.network = torch.compile(self.unet) if args.compile else self.unet
        generator = torch.Generator().manual_seed(0)
        strokes = torch.rand(256, 1, self.size, self.size, generator=generator) < 0.15
        self.images = torch.where(strokes, -1.0, 1.0).to(self.device)

    def loss(self, images):
        count = len(images)
        images = torch.nn.functional.pixel_unshuffle(images, self.patch)
        if self.args.channels_last:
            images = images.contiguous(memory_format=torch.channels_last)
        noise = torch.randn_like(images)
        timesteps = torch.randint(0, 1000, (count,), device=self.device)
        noisy = self.scheduler.add_noise(images, noise, timesteps)
        text = {}
        if self.captions:
            rows = torch.randint(0, len(self.captions.lengths), (count,), device=self.device)
            states, mask = self.captions.gather(rows, self.fixed_length)
            text = {"encoder_hidden_states": states, "encoder_attention_mask": mask}
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.args.precision == "bf16"):
            output = self.network(noisy, timesteps, return_dict=False, **text)[0]
        goals = {"epsilon": noise, "sample": images}
        goal = goals.get(self.scheduler.config.prediction_type)
        if goal is None:
            goal = self.scheduler.get_velocity(images, noise, timesteps)
        return (output.float() - goal).square().mean()

    def step(self):
        images = self.images[torch.randint(0, len(self.images), (self.args.batch,), device=self.device)]
        self.optimizer.zero_grad(set_to_none=True)
        total = 0.0
        for part in images.split(self.args.micro_batch or self.args.batch):
            loss = self.loss(part) * len(part) / len(images)
            loss.backward()
            total += loss.detach()
        torch.nn.utils.clip_grad_norm_(self.unet.parameters(), 1.0)
        self.optimizer.step()
        self.ema.step(self.unet.parameters())
        return total

    def synchronize(self):
        if self.device.type == "cuda":
            torch.cuda.synchronize()

    def run(self, steps):
        seconds, losses = [], []
        for _ in range(steps):
            self.synchronize()
            start = time.perf_counter()
            loss = self.step()
            self.synchronize()
            seconds.append(time.perf_counter() - start)
            losses.append(float(loss))
        return {"seconds": seconds, "loss": sum(losses) / len(losses)}

    def flops(self):
        """Floating-point operations of one sample's forward and backward pass, as PyTorch counts them."""
        from torch.utils.flop_counter import FlopCounterMode

        self.unet.set_attn_processor(AttnProcessor())
        with FlopCounterMode(display=False) as counter:
            self.loss(self.images[: self.args.micro_batch or self.args.batch]).backward()
        self.unet.zero_grad(set_to_none=True)
        return counter.get_total_flops() / (self.args.micro_batch or self.args.batch)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--captions", type=Path)
    parser.add_argument("--max-length", type=int, default=64)
    parser.add_argument("--batch", type=int, required=True)
    parser.add_argument("--micro-batch", type=int)
    parser.add_argument("--precision", choices=("fp32", "bf16"), required=True)
    parser.add_argument("--attention", choices=("sdpa", "plain"), default="sdpa")
    parser.add_argument("--channels-last", action="store_true")
    parser.add_argument("--compile", action="store_true")
    parser.add_argument("--flops", action="store_true", help="only count the operations of a sample")
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--device", default="cpu")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    training = Training(args)
    if args.flops:
        print(json.dumps({"flops": training.flops()}))
        return
    for line in sys.stdin:
        print(json.dumps(training.run(int(line))), flush=True)
    memory = torch.cuda.max_memory_allocated() if training.device.type == "cuda" else peak_memory()
    print(json.dumps({"peak_memory": memory}), flush=True)


if __name__ == "__main__":
    main()
