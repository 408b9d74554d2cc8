#!/usr/bin/env python3
"""Draws with diffusers from the noise that `glyffuser sample` drew from, and compares the results:

    build/glyffuser sample -m DIR -p gold -n 4 -s 20 --scheduler ddim --noise noise.safetensors \\
        --raw raw.safetensors -o out
    scripts/check_diffusers.py DIR --prompt gold --steps 20 --noise noise.safetensors --raw raw.safetensors

Exit code 1 if a value differs by more than --tolerance. The number of steps should divide the schedule's
length: elsewhere diffusers' DDIM takes a wrong stride (huggingface/diffusers#9261).
"""

import argparse
import sys

from diffusers import DDIMScheduler, DiffusionPipeline
from safetensors.torch import load_file


def only_tensor(file):
    tensors = load_file(file)
    if len(tensors) != 1:
        sys.exit(f"{file} holds {len(tensors)} tensors, expected one [N, 1, H, W]")
    return next(iter(tensors.values()))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", help="a model folder")
    parser.add_argument("--noise", required=True, help="initial noise [N, 1, H, W]")
    parser.add_argument("--raw", required=True, help="what glyffuser made of it [N, 1, H, W]")
    parser.add_argument("--prompt", help="one prompt for all images; none for an unconditional model")
    parser.add_argument("--negative-prompt", default="")
    parser.add_argument("--guidance-scale", type=float, default=1.0)
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--tolerance", type=float, default=1e-3)
    args = parser.parse_args()

    pipe = DiffusionPipeline.from_pretrained(args.model, custom_pipeline=args.model, trust_remote_code=True)
    pipe.set_progress_bar_config(disable=True)
    pipe.scheduler = DDIMScheduler.from_config(pipe.scheduler.config)
    noise, ours = only_tensor(args.noise).float(), only_tensor(args.raw).float()
    theirs = pipe(
        args.prompt, negative_prompt=args.negative_prompt, guidance_scale=args.guidance_scale,
        num_inference_steps=args.steps, num_images_per_prompt=len(noise), noise=noise, output_type="pt",
    ).images  # fmt: skip
    if ours.shape != theirs.shape:
        sys.exit(f"{args.raw} has shape {tuple(ours.shape)}, diffusers drew {tuple(theirs.shape)}")
    difference = (ours - theirs).abs().max().item()
    print(f"{len(noise)} images, {args.steps} steps: largest difference {difference:.2e}")
    sys.exit(0 if difference <= args.tolerance else 1)


if __name__ == "__main__":
    main()
