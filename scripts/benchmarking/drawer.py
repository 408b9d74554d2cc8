"""The diffusers pipeline of a model folder as a process that waits for orders, so that it can take turns.

Reads lines `N` (draw N batches, each picture saved as a PNG), answers each with one JSON line {"seconds": [per
batch]}; at the end of input one with the peak memory. `--first` instead draws one picture as soon as it can and says
so with a line: what a user waits for.
"""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

import torch
from diffusers.models.attention_processor import AttnProcessor
from worker import peak_memory

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from check_diffusers import SCHEDULERS, load  # noqa: E402


class Drawing:
    def __init__(self, args):
        self.args, self.device = args, torch.device(args.device)
        pipe = load(args.model)
        kind, settings = SCHEDULERS[args.scheduler]
        pipe.scheduler = kind.from_config(pipe.scheduler.config, timestep_spacing="trailing", **settings)
        pipe.to(self.device)
        if args.precision == "bf16" and not args.autocast:
            pipe.unet.to(torch.bfloat16)
        if args.attention == "plain":
            pipe.unet.set_attn_processor(AttnProcessor())
        if args.channels_last:
            pipe.unet.to(memory_format=torch.channels_last)
        if args.compile:
            torch._inductor.config.freezing = True
            pipe.unet = torch.compile(pipe.unet)
        self.pipe, self.drawn = pipe, 0

    def batch(self, folder):
        prompts = self.args.prompts if self.pipe.conditional else None
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.args.autocast):
            images = self.pipe(
                prompts, seed=self.drawn, num_inference_steps=self.args.steps,
                guidance_scale=self.args.guidance_scale,
                num_images_per_prompt=1 if prompts else len(self.args.prompts),
            ).images  # fmt: skip
        for image in images:
            image.save(folder / f"{self.drawn}.png")
            self.drawn += 1

    def run(self, batches, folder):
        seconds = []
        for _ in range(batches):
            start = time.perf_counter()
            self.batch(folder)
            seconds.append(time.perf_counter() - start)
        return {"seconds": seconds}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", required=True)
    parser.add_argument("--prompts", nargs="+", required=True, help="of a batch, one for each picture")
    parser.add_argument("--steps", type=int, required=True)
    parser.add_argument("--scheduler", choices=SCHEDULERS, default="ddim")
    parser.add_argument("--guidance-scale", type=float, required=True)
    parser.add_argument("--precision", choices=("fp32", "bf16"), required=True)
    parser.add_argument("--autocast", action="store_true", help="bf16 by autocast instead of bf16 weights")
    parser.add_argument("--attention", choices=("sdpa", "plain"), default="sdpa")
    parser.add_argument("--channels-last", action="store_true")
    parser.add_argument("--compile", action="store_true")
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--first", action="store_true")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    drawing = Drawing(args)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        if args.first:
            drawing.batch(folder)
            print("drawn", flush=True)
            return
        for line in sys.stdin:
            print(json.dumps(drawing.run(int(line), folder)), flush=True)
    print(json.dumps({"peak_memory": peak_memory()}), flush=True)  # on a GPU too: glyffuser's is its process's


if __name__ == "__main__":
    main()
