"""Draws Chinese glyphs from English prompts with a model folder of glyffuser, in diffusers:

    pipe = DiffusionPipeline.from_pretrained(DIR, custom_pipeline=DIR, trust_remote_code=True)
    pipe("gold", seed=1, guidance_scale=3).images[0].save("gold.png")

The folder holds unet/ and scheduler/ as diffusers writes them, text_encoder/encoder.pt (TorchScript:
input_ids and attention_mask [B, L] -> states [B, L, D]), tokenizer/spiece.model, and glyffuser.json. The same
noise gives the same picture as the program `glyffuser sample`. Needs torch, diffusers, sentencepiece.

A folder that has only unet/ and scheduler/ can be drawn with too:

    pipe = GlyffuserPipeline(unet, scheduler)
    pipe.text_folder, pipe.pixel_range = "folder/with/text_encoder/and/tokenizer", (0, 1)
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
        self.text_folder = None  # another folder's text_encoder/ and tokenizer/
        self.pixel_range = None  # (black, white), where glyffuser.json does not say it
        self._text = None
        self._encoded = {}  # prompt: (states [L, D], mask [L])

    @property
    def folder(self) -> Path:
        return Path(self.config.get("_name_or_path") or ".")

    @property
    def facts(self) -> dict:
        """What glyffuser.json says beyond diffusers' configs; a plain diffusers model has no such file."""
        facts = {"patch_size": 1, "pixel_range": (-1, 1)}
        file = self.folder / "glyffuser.json"
        facts |= json.loads(file.read_text()) if self.config.get("_name_or_path") and file.exists() else {}
        return facts | ({"pixel_range": self.pixel_range} if self.pixel_range else {})

    @property
    def conditional(self) -> bool:
        return "cross_attention_dim" in self.unet.config

    def _text_parts(self):
        """Tokenizer, encoder and the most tokens of a prompt, read once."""
        if self._text is None:
            from sentencepiece import SentencePieceProcessor

            folder = Path(self.text_folder or self.folder)
            settings = json.loads((folder / "tokenizer/tokenizer_config.json").read_text())
            tokenizer = SentencePieceProcessor(model_file=str(folder / "tokenizer/spiece.model"))
            encoder = torch.jit.load(folder / "text_encoder/encoder.pt", map_location="cpu").float().eval()
            length = settings.get("model_max_length", 512)
            self._text = tokenizer, encoder, 512 if length > 4096 else length  # 1e30 and such: no limit; T5's is 512
        return self._text

    def encode(self, prompts: list[str]) -> tuple[torch.Tensor, torch.Tensor]:
        """Prompts -> states [B, L, D] and mask [B, L], padded to the tokenizer's model_max_length. Each distinct
        prompt is encoded once and remembered."""
        if len(self._encoded) > 1000:
            self._encoded.clear()
        new = [prompt for prompt in dict.fromkeys(prompts) if prompt not in self._encoded]
        if new:
            self._encoded.update(zip(new, zip(*self._encode_new(new))))
        states, mask = map(torch.stack, zip(*(self._encoded[prompt] for prompt in prompts)))
        return states.to(self._execution_device, self.unet.dtype), mask.to(self._execution_device)

    @torch.no_grad()
    def _encode_new(self, prompts: list[str]) -> tuple[torch.Tensor, torch.Tensor]:
        tokenizer, encoder, length = self._text_parts()
        ids = torch.full((len(prompts), length), tokenizer.pad_id())
        mask = torch.zeros(len(prompts), length, dtype=torch.long)
        for row, prompt in enumerate(prompts):
            tokens = tokenizer.encode(prompt)[: length - 1] + [tokenizer.eos_id()]
            ids[row, : len(tokens)] = torch.tensor(tokens)
            mask[row, : len(tokens)] = 1
        with torch.autocast("cpu", enabled=False):  # T5 overflows in half precision
            # Pooled texts and plain attention see the padding too: it is zero, as in training.
            return encoder(ids, mask) * mask.unsqueeze(-1), mask

    def draw_noise(self, count: int, generators: list[torch.Generator]) -> torch.Tensor:
        """[count, C, H, W] on the CPU, each image from its own generator."""
        patch = self.facts["patch_size"]
        shape = (self.unet.config.in_channels // patch**2, *[self.unet.config.sample_size * patch] * 2)
        return torch.stack([torch.randn(shape, generator=generators[k]) for k in range(count)])

    def predict(self, x, t, text, guidance_scale, guidance_rescale):
        """The UNet's prediction for patches x [B, C, H, W]; with guidance both branches are one batch."""
        x = x.to(self.unet.dtype)
        if text is None:
            return self.unet(x, t).sample.float()
        states, mask = text
        guided = len(states) == 2 * len(x)
        inputs = torch.cat([x, x]) if guided else x
        output = self.unet(inputs, t, encoder_hidden_states=states, encoder_attention_mask=mask).sample.float()
        if not guided:
            return output
        unconditional, conditional = output.chunk(2)
        result = unconditional + guidance_scale * (conditional - unconditional)
        if guidance_rescale == 0:
            return result
        # Lin et al. 2023, arXiv 2305.08891, section 3.4
        deviation = lambda images: images.std(dim=(1, 2, 3), keepdim=True)
        rescaled = result * (deviation(conditional) / deviation(result).clamp_min(1e-8))
        return guidance_rescale * rescaled + (1 - guidance_rescale) * result

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
        guidance_rescale: float = 0.0,
        num_inference_steps: int = 50,
        num_images_per_prompt: int = 1,
        seed: int = 0,
        generator: torch.Generator | list[torch.Generator] | None = None,
        noise: torch.Tensor | None = None,
        output_type: str = "pil",
        return_dict: bool = True,
    ):
        """Image k of a prompt starts from the noise of seed + k, unless generators (one, or one per image) or the
        noise itself [N, C, H, W] is given; a scheduler's own noise comes from the same generators where it takes
        any. guidance_scale 1 is off; the negative prompt, one or one for each prompt, is "" unless given.
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
        if len(noise) != count or len(generator) != count:
            raise ValueError(f"{len(noise)} noises and {len(generator)} generators for {count} images")

        self.scheduler.set_timesteps(num_inference_steps, device=self._execution_device)
        options = {"generator": generator, "use_clipped_model_output": True}
        accepted = inspect.signature(self.scheduler.step).parameters
        options = {key: value for key, value in options.items() if key in accepted}
        # The steps are done on what the UNet sees, so that their noise is drawn in the same order as the program's.
        patch = self.facts["patch_size"]
        x = pixel_unshuffle(noise.to(self._execution_device, torch.float32), patch) * self.scheduler.init_noise_sigma
        for t in self.progress_bar(self.scheduler.timesteps):
            output = self.predict(self.scheduler.scale_model_input(x, t), t, text, guidance_scale, guidance_rescale)
            x = self.scheduler.step(output, t, x, **options).prev_sample
        return self._result(pixel_shuffle(x, patch), output_type, return_dict)

    def _result(self, x, output_type, return_dict):
        images = x.float().cpu()
        if output_type != "pt":
            low, high = self.facts["pixel_range"]
            images = ((images - low) / (high - low)).clamp(0, 1).permute(0, 2, 3, 1).numpy()
        if output_type == "pil":
            images = self.numpy_to_pil(images)
        return ImagePipelineOutput(images=images) if return_dict else (images,)
