"""Draws Chinese glyphs from English prompts with a model folder of glyffuser, in diffusers:

    pipe = DiffusionPipeline.from_pretrained(DIR, custom_pipeline=DIR, trust_remote_code=True)
    pipe("gold", seed=1, guidance_scale=3).images[0].save("gold.png")

The folder holds unet/ and scheduler/ as diffusers writes them, text_encoder/encoder.pt (TorchScript:
input_ids and attention_mask [B, L] -> states [B, L, D]), tokenizer/spiece.model, and glyffuser.json. The same
noise gives the same picture as the program `glyffuser sample`. Needs torch, diffusers, sentencepiece.
"""

import inspect
import json
from pathlib import Path

import torch
from diffusers import DiffusionPipeline, ImagePipelineOutput
from torch.nn.functional import pixel_shuffle, pixel_unshuffle


class GlyffuserPipeline(DiffusionPipeline):
    def __init__(self, unet, scheduler):
        super().__init__()
        self.register_modules(unet=unet, scheduler=scheduler)
        self._text = None

    @property
    def folder(self) -> Path:
        return Path(self.config._name_or_path)

    @property
    def facts(self) -> dict:
        """What glyffuser.json says beyond diffusers' configs; a plain diffusers model has no such file."""
        facts = {"patch_size": 1, "pixel_range": [-1, 1]}
        file = self.folder / "glyffuser.json"
        return facts | (json.loads(file.read_text()) if file.exists() else {})

    @property
    def conditional(self) -> bool:
        return "cross_attention_dim" in self.unet.config

    def encode(self, prompts: list[str]) -> tuple[torch.Tensor, torch.Tensor]:
        """Prompts -> states [B, L, D] and mask [B, L], padded to the tokenizer's model_max_length."""
        if self._text is None:
            from sentencepiece import SentencePieceProcessor

            settings = json.loads((self.folder / "tokenizer/tokenizer_config.json").read_text())
            tokenizer = SentencePieceProcessor(model_file=str(self.folder / "tokenizer/spiece.model"))
            encoder = torch.jit.load(self.folder / "text_encoder/encoder.pt", map_location="cpu").float().eval()
            self._text = tokenizer, encoder, settings["model_max_length"]
        tokenizer, encoder, length = self._text
        tokens = [tokenizer.encode(prompt)[: length - 1] + [tokenizer.eos_id()] for prompt in prompts]
        ids = torch.full((len(tokens), length), tokenizer.pad_id())
        mask = torch.zeros(len(tokens), length, dtype=torch.long)
        for row, line in enumerate(tokens):
            ids[row, : len(line)] = torch.tensor(line)
            mask[row, : len(line)] = 1
        states = encoder(ids, mask)
        return states.to(self._execution_device, self.unet.dtype), mask.to(self._execution_device)

    def draw_noise(self, count: int, generators: list[torch.Generator]) -> torch.Tensor:
        """[count, C, H, W] on the CPU, each image from its own generator."""
        patch = self.facts["patch_size"]
        shape = (self.unet.config.in_channels // patch**2, *[self.unet.config.sample_size * patch] * 2)
        return torch.stack([torch.randn(shape, generator=generators[k]) for k in range(count)])

    def predict(self, x, t, text, guidance_scale):
        """The UNet's prediction for images x [B, C, H, W]; with guidance both branches are one batch."""
        patch, batch = self.facts["patch_size"], len(x)
        patches = pixel_unshuffle(x, patch)
        if text is None:
            return pixel_shuffle(self.unet(patches, t).sample, patch)
        states, mask = text
        if len(states) == 2 * batch:
            patches = torch.cat([patches, patches])
        output = self.unet(patches, t, encoder_hidden_states=states, encoder_attention_mask=mask).sample
        output = pixel_shuffle(output, patch)
        if len(states) == batch:
            return output
        unconditional, conditional = output.chunk(2)
        return unconditional + guidance_scale * (conditional - unconditional)

    def _texts(self, prompt, negative_prompt, guidance_scale, images_per_prompt):
        """States and mask of all images; with guidance those of the negative prompts come first."""
        prompts = [prompt] if isinstance(prompt, str) else list(prompt)
        prompts = [p for p in prompts for _ in range(images_per_prompt)]
        if guidance_scale == 1:
            return self.encode(prompts)
        negative = negative_prompt if isinstance(negative_prompt, list) else [negative_prompt or ""]
        if len(negative) not in (1, len(prompts) // images_per_prompt):
            raise ValueError(f"{len(negative)} negative prompts for {len(prompts) // images_per_prompt} prompts")
        repeats = len(prompts) if len(negative) == 1 else images_per_prompt
        return self.encode([n for n in negative for _ in range(repeats)] + prompts)

    @torch.no_grad()
    def __call__(
        self,
        prompt: str | list[str] | None = None,
        negative_prompt: str | list[str] | None = None,
        guidance_scale: float = 1.0,
        num_inference_steps: int = 50,
        num_images_per_prompt: int = 1,
        seed: int = 0,
        generator: torch.Generator | list[torch.Generator] | None = None,
        noise: torch.Tensor | None = None,
        output_type: str = "pil",
        return_dict: bool = True,
    ):
        """Image k of a prompt starts from the noise of seed + k, unless generators (one, or one per image) or the
        noise itself [N, C, H, W] is given. guidance_scale 1 is off; the negative prompt is "" unless given.
        output_type: pil | np ([N, H, W, C] in 0...1) | pt ([N, C, H, W] as the model's pixel_range has them)."""
        if self.conditional and prompt is None:
            raise ValueError("this model draws from text: give a prompt")
        text = self._texts(prompt, negative_prompt, guidance_scale, num_images_per_prompt) if self.conditional else None
        prompts = 1 if prompt is None or isinstance(prompt, str) else len(prompt)
        count = prompts * num_images_per_prompt
        if generator is None:
            seeds = [seed + k for _ in range(prompts) for k in range(num_images_per_prompt)]
            generator = [torch.Generator().manual_seed(s) for s in seeds]
        elif isinstance(generator, torch.Generator):
            generator = [generator] * count
        if noise is None:
            noise = self.draw_noise(count, generator)
        if len(noise) != count:
            raise ValueError(f"noise for {len(noise)} images, but {count} are asked for")

        self.scheduler.set_timesteps(num_inference_steps)
        x = noise.to(self._execution_device, self.unet.dtype) * self.scheduler.init_noise_sigma
        options = {"generator": generator, "use_clipped_model_output": True}
        accepted = inspect.signature(self.scheduler.step).parameters
        options = {key: value for key, value in options.items() if key in accepted}
        for t in self.progress_bar(self.scheduler.timesteps):
            output = self.predict(self.scheduler.scale_model_input(x, t), t, text, guidance_scale)
            x = self.scheduler.step(output, t, x, **options).prev_sample
        return self._result(x, output_type, return_dict)

    def _result(self, x, output_type, return_dict):
        images = x.float().cpu()
        if output_type != "pt":
            low, high = self.facts["pixel_range"]
            images = ((images - low) / (high - low)).clamp(0, 1).permute(0, 2, 3, 1).numpy()
        if output_type == "pil":
            images = self.numpy_to_pil(images)
        return ImagePipelineOutput(images=images) if return_dict else (images,)
