#!/usr/bin/env python3
"""Checks src/model/pipeline.py on tiny random model folders; needs diffusers, transformers, sentencepiece."""

import json
import shutil
import sys
import tempfile
from pathlib import Path

import diffusers
import torch
from diffusers import DDIMScheduler, DDPMScheduler, DiffusionPipeline, UNet2DConditionModel, UNet2DModel

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from support.tiny_text import write_text  # noqa: E402

PIPELINE = Path(__file__).resolve().parents[2] / "src/model/pipeline.py"
# Of diffusers' schedulers those whose noise comes from the generators; KDPM2AncestralDiscreteScheduler gives NaN here.
SCHEDULERS = """DDPMScheduler DDIMScheduler PNDMScheduler LMSDiscreteScheduler EulerDiscreteScheduler
EulerAncestralDiscreteScheduler HeunDiscreteScheduler KDPM2DiscreteScheduler
DPMSolverMultistepScheduler DPMSolverSinglestepScheduler DEISMultistepScheduler UniPCMultistepScheduler
SASolverScheduler""".split()


def write_model(folder, conditional, patch):
    folder.mkdir()
    torch.manual_seed(0)
    common = dict(
        sample_size=32 // patch, in_channels=patch**2, out_channels=patch**2, block_out_channels=(32, 32),
        layers_per_block=1,
    )  # fmt: skip
    if conditional:
        unet = UNet2DConditionModel(
            **common, down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
            up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"), cross_attention_dim=16, encoder_hid_dim=16,
        )  # fmt: skip
        write_text(folder)
    else:
        unet = UNet2DModel(**common, down_block_types=("DownBlock2D",) * 2, up_block_types=("UpBlock2D",) * 2)
    unet.save_pretrained(folder / "unet")
    scheduler = DDIMScheduler(
        beta_schedule="squaredcos_cap_v2", prediction_type="v_prediction", timestep_spacing="trailing"
    )
    scheduler.save_pretrained(folder / "scheduler")
    index = {"_class_name": ["pipeline", "GlyffuserPipeline"], "_diffusers_version": "0.42.0"}
    index |= {"scheduler": ["diffusers", "DDIMScheduler"], "unet": ["diffusers", type(unet).__name__]}
    (folder / "model_index.json").write_text(json.dumps(index))
    (folder / "glyffuser.json").write_text(json.dumps({"patch_size": patch, "pixel_range": [-1, 1]}))
    shutil.copy(PIPELINE, folder / "pipeline.py")
    pipe = DiffusionPipeline.from_pretrained(str(folder), custom_pipeline=str(folder), trust_remote_code=True)
    pipe.set_progress_bar_config(disable=True)
    return pipe


def check_conditional(pipe):
    draw = lambda prompt="gold", **options: pipe(prompt, num_inference_steps=4, output_type="pt", **options).images
    two = draw(seed=3, num_images_per_prompt=2)
    assert two.shape == (2, 1, 32, 32)
    assert torch.allclose(two[1:], draw(seed=4), atol=1e-5), "image k has the seed S + k"
    noise = torch.stack([torch.randn((1, 32, 32), generator=torch.Generator().manual_seed(s)) for s in (3, 4)])
    assert torch.equal(two, draw(noise=noise, num_images_per_prompt=2)), "noise is torch.randn of each seed"
    assert not torch.equal(draw(), draw("fish")), "the prompt matters"
    assert not torch.equal(draw(), draw(guidance_scale=3)), "guidance matters"
    assert torch.allclose(draw(), draw(guidance_scale=1 + 1e-9), atol=1e-4), "guidance 1 is the condition alone"
    assert torch.allclose(draw(negative_prompt="gold", guidance_scale=5), draw(), atol=1e-4), "equal branches cancel"
    assert not torch.equal(draw(guidance_scale=3), draw(guidance_scale=3, negative_prompt="fish"))
    assert draw(["gold", "fish"], guidance_scale=2, num_images_per_prompt=2).shape[0] == 4
    check_lists(draw)
    image = pipe("gold " * 20, num_inference_steps=1).images[0]
    assert image.size == (32, 32) and image.mode == "L", "a long prompt is cut, a picture is grey"
    _, mask = pipe.encode([""])
    assert mask.sum() == 1, "the empty prompt is the end of the sentence alone"
    _, mask = pipe.encode(["gold " * 200])
    assert mask.all(), "a long prompt takes all the tokens that there may be"
    states, mask = pipe.encode(["gold", ""])
    assert not states[mask == 0].any() and states[mask == 1].any(), "padding is zero, as in training"
    pipe.scheduler = DDPMScheduler.from_config(pipe.scheduler.config)
    assert torch.equal(draw(seed=5), draw(seed=5)), "step noise comes from the image's generator too"
    rescaled = draw(guidance_scale=8, guidance_rescale=1)
    assert rescaled.std() < draw(guidance_scale=8).std(), "rescaling takes back what guidance adds to the contrast"
    try:
        draw(None)
    except ValueError:
        return
    raise AssertionError("a text-conditional model needs a prompt")


def check_lists(draw):
    """In a batch every picture is what it is alone: its prompt's, its negative prompt's, its seed's."""
    close = lambda a, b: torch.allclose(a, b, atol=1e-4)
    options = dict(seed=3, num_images_per_prompt=2, guidance_scale=8, guidance_rescale=0.7)
    both = draw(["gold", "fish"], negative_prompt=["fish", ""], **options)
    assert close(both[:2], draw("gold", negative_prompt="fish", **options))
    assert close(both[2:], draw("fish", negative_prompt="", **options))
    options |= dict(seed=4, num_images_per_prompt=1)
    assert close(both[1:2], draw("gold", negative_prompt="fish", **options)), "contrast is rescaled image by image"
    assert not close(both[1:2], draw("gold", negative_prompt="fish", **options | dict(guidance_rescale=1)))
    generator = torch.Generator().manual_seed(1)
    one, other = draw(generator=generator, num_images_per_prompt=2)
    assert not close(one, other), "one generator serves all images, one after the other"
    for wrong in (
        dict(negative_prompt=["a", "b"], guidance_scale=2),
        dict(noise=torch.zeros(2, 1, 32, 32)),
        dict(generator=[torch.Generator()] * 2),
    ):
        try:
            draw(**wrong)
        except ValueError:
            continue
        raise AssertionError(f"{wrong} does not fit one prompt")


def check_steps(pipe):
    """The steps are those of diffusers' own pipelines, also where the scheduler scales noise and inputs."""
    trained = pipe.scheduler.config
    noise = torch.randn(1, 1, 32, 32, generator=torch.Generator().manual_seed(1))
    states, mask = pipe.encode(["gold"])
    scheduler = diffusers.EulerDiscreteScheduler.from_config(trained)
    scheduler.set_timesteps(4)
    x = noise * scheduler.init_noise_sigma
    with torch.no_grad():
        for t in scheduler.timesteps:
            seen = scheduler.scale_model_input(x, t)
            output = pipe.unet(seen, t, encoder_hidden_states=states, encoder_attention_mask=mask).sample
            x = scheduler.step(output, t, x).prev_sample
    pipe.scheduler = diffusers.EulerDiscreteScheduler.from_config(trained)
    drawn = pipe("gold", noise=noise, num_inference_steps=4, output_type="pt").images
    assert torch.allclose(drawn, x, rtol=1e-4, atol=1e-4)
    pipe.scheduler = DDIMScheduler.from_config(trained)


def check_schedulers(pipe):
    """An image depends on nothing but its own generator, with every scheduler."""
    trained = pipe.scheduler.config
    for name in SCHEDULERS:
        pipe.scheduler = getattr(diffusers, name).from_config(trained)
        draw = lambda seeds: pipe(  # noqa: E731
            ["gold"] * len(seeds), generator=[torch.Generator().manual_seed(s) for s in seeds],
            num_inference_steps=5, guidance_scale=2, output_type="pt",
        ).images  # fmt: skip
        both, other = draw([1, 2]), draw([3, 2])
        assert both.isfinite().all(), name
        assert torch.allclose(both[1], other[1], atol=1e-5), f"{name}: an image depends on its neighbour"
        assert not torch.allclose(both[0], other[0], atol=1e-3), f"{name}: the seed does not matter"
    pipe.scheduler = DDIMScheduler.from_config(trained)


def check_plain_folder(folder, like):
    """Only unet/ and scheduler/: the rest is said when the pipeline is made."""
    kind = type(like)
    pipe = kind(UNet2DConditionModel.from_pretrained(folder / "unet"), DDIMScheduler.from_pretrained(folder / "scheduler"))
    pipe.set_progress_bar_config(disable=True)
    pipe.text_folder = folder
    expected = like("gold", num_inference_steps=2, output_type="np").images
    assert abs(pipe("gold", num_inference_steps=2, output_type="np").images - expected).max() < 1e-5
    settings = folder / "tokenizer/tokenizer_config.json"
    settings.write_text(json.dumps(json.loads(settings.read_text()) | {"model_max_length": 10**30}))
    endless = kind(pipe.unet, pipe.scheduler)
    endless.text_folder = folder
    assert endless.encode(["gold"])[1].shape == (1, 512), "no limit is T5's own"
    assert pipe("gold", num_inference_steps=1, return_dict=False)[0][0].size == (32, 32)
    pipe.pixel_range = (0, 1)
    raw = pipe("gold", num_inference_steps=2, output_type="pt").images.clamp(0, 1).permute(0, 2, 3, 1).numpy()
    assert abs(pipe("gold", num_inference_steps=2, output_type="np").images - raw).max() < 1e-5


def check_unconditional(pipe):
    images = pipe(num_images_per_prompt=2, num_inference_steps=2, output_type="np").images
    assert images.shape == (2, 32, 32, 1) and 0 <= images.min() and images.max() <= 1


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        patches = write_model(Path(temporary) / "patches", conditional=True, patch=4)
        check_conditional(patches)
        check_schedulers(patches)
        pixels = write_model(Path(temporary) / "pixels", conditional=True, patch=1)
        check_conditional(pixels)
        check_steps(pixels)
        check_plain_folder(Path(temporary) / "pixels", pixels)
        check_unconditional(write_model(Path(temporary) / "unconditional", conditional=False, patch=2))
    print("pipeline.py: all checks passed")
