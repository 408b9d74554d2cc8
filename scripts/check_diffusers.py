#!/usr/bin/env python3
"""Draws with diffusers from the noise that `glyffuser sample` drew from, and compares the results:

    build/glyffuser sample -m DIR -p gold -n 4 -s 20 --scheduler ddim --noise noise.safetensors \\
        --raw raw.safetensors -o out
    scripts/check_diffusers.py DIR --prompt gold --steps 20 --noise noise.safetensors --raw raw.safetensors

Exit code 1 if a value differs by more than --tolerance: 1e-3, or a grey level of the picture (2/255) where the solver adds
noise and does not clip, which magnifies rounding at the edges of strokes. The number of steps should divide the schedule's
length: elsewhere diffusers' DDIM takes a wrong stride (huggingface/diffusers#9261).
"""

import argparse
import sys

import peers  # noqa: F401  before what may be missing

import torch
from arguments import existing, model_folder
from diffusers import DDIMScheduler, DDPMScheduler, DiffusionPipeline, DPMSolverMultistepScheduler
from safetensors.torch import load_file

# `glyffuser sample --scheduler` -> the same in diffusers
SCHEDULERS = {
    "ddim": (DDIMScheduler, {}),
    "ddpm": (DDPMScheduler, {}),
    "dpmsolver": (DPMSolverMultistepScheduler, {"algorithm_type": "dpmsolver", "final_sigmas_type": "sigma_min"}),
    "dpmsolver++": (DPMSolverMultistepScheduler, {"algorithm_type": "dpmsolver++"}),
    "sde-dpmsolver++": (DPMSolverMultistepScheduler, {"algorithm_type": "sde-dpmsolver++"}),
}


def tolerance_of(scheduler):
    return 2 / 255 if scheduler.startswith("sde-") else 1e-3


def only_tensor(file):
    tensors = load_file(file)
    if len(tensors) != 1:
        sys.exit(f"{file} holds {len(tensors)} tensors, expected one [N, 1, H, W]")
    return next(iter(tensors.values())).float()


def load(folder):
    pipe = DiffusionPipeline.from_pretrained(folder, custom_pipeline=folder, trust_remote_code=True)
    pipe.set_progress_bar_config(disable=True)
    return pipe


def draw(pipe, noise, scheduler, seed=0, spacing="trailing", **options):
    """Images [N, 1, H, W] from the noise [N, 1, H, W]. Steps that add noise draw it as the program does: from each
    image's own generator of seed + k, which has given the initial noise before."""
    kind, settings = SCHEDULERS[scheduler]
    pipe.scheduler = kind.from_config(pipe.scheduler.config, timestep_spacing=spacing, **settings)
    generators = [torch.Generator().manual_seed(seed + k) for k in range(len(noise))]
    for generator in generators:
        torch.randn(noise.shape[1:], generator=generator)
    count = {"num_images_per_prompt": len(noise)}
    return pipe(noise=noise, generator=generators, output_type="pt", **count, **options).images


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=model_folder, help="a model folder")
    parser.add_argument("--noise", type=existing, required=True, help="initial noise [N, 1, H, W]")
    parser.add_argument("--raw", type=existing, required=True, help="what glyffuser made of it [N, 1, H, W]")
    parser.add_argument("--prompt", help="one prompt for all images; none for an unconditional model")
    parser.add_argument("--negative-prompt", default="")
    parser.add_argument("--guidance-scale", type=float, default=3.0)
    parser.add_argument("--guidance-rescale", type=float, default=0.0)
    parser.add_argument("--scheduler", choices=SCHEDULERS, default="ddim")
    parser.add_argument("--seed", type=int, default=0, help="of the first image, for the noise of steps that add some")
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--tolerance", type=float)
    args = parser.parse_args()
    tolerance = tolerance_of(args.scheduler) if args.tolerance is None else args.tolerance

    noise, ours = only_tensor(args.noise), only_tensor(args.raw)
    theirs = draw(
        load(str(args.model)), noise, args.scheduler, args.seed, prompt=args.prompt, negative_prompt=args.negative_prompt,
        guidance_scale=args.guidance_scale, guidance_rescale=args.guidance_rescale, num_inference_steps=args.steps,
    )  # fmt: skip
    if ours.shape != theirs.shape:
        sys.exit(f"{args.raw} has shape {tuple(ours.shape)}, diffusers drew {tuple(theirs.shape)}")
    difference = (ours - theirs).abs().max().item()
    print(f"{len(noise)} images, {args.scheduler}, {args.steps} steps: largest difference {difference:.2e}")
    sys.exit(0 if difference <= tolerance else 1)


if __name__ == "__main__":
    main()
