"""What an encoder must reach, measured on the exported files alone (TorchScript, SentencePiece, linear head)."""

from dataclasses import dataclass
from pathlib import Path

import sentencepiece
import torch
from safetensors.torch import load_file
from torch.nn import functional

from evaluation.glyphs import read_unseen_words
from evaluation.statistics import interval
from judge import characters

from .neighbours import pooled_states
from .student import tokenize
from .teacher import Teacher
from .texts import Corpus, is_held_out, read_captions

NEIGHBOURS = 32


@dataclass
class Gate:
    name: str
    value: float
    low: float
    high: float
    threshold: float | None  # None: a figure for comparison

    def row(self) -> str:
        if self.threshold is None:
            return f"| {self.name} | {self.value:.3f} | {self.low:.3f} to {self.high:.3f} | | |"
        verdict = "reached" if self.value >= self.threshold else "missed"
        return f"| {self.name} | {self.value:.3f} | {self.low:.3f} to {self.high:.3f} | {self.threshold:.2f} | {verdict} |"


class Encoder:
    """An exported encoder folder, as the C++ program sees it."""

    def __init__(self, folder: Path):
        self.tokenizer = sentencepiece.SentencePieceProcessor(str(folder / "tokenizer" / "spiece.model"))
        self.module = torch.jit.load(folder / "text_encoder" / "encoder.pt").float().eval()
        self.head = load_file(folder / "text_encoder" / "teacher_head.safetensors")

    @torch.inference_mode()
    def pooled(self, texts: list[str]) -> torch.Tensor:
        return pooled_states(self.module, tokenize(self.tokenizer, texts))

    def teacher_like(self, texts: list[str]) -> torch.Tensor:
        return functional.linear(self.pooled(texts), self.head["weight"].float(), self.head["bias"].float())


def gate(name: str, values: torch.Tensor, threshold: float | None, clusters: torch.Tensor | None = None) -> Gate:
    return Gate(name, *interval(values.float().numpy(), clusters), threshold)


def radical_scores(queries: torch.Tensor, keys: torch.Tensor, radicals: torch.Tensor) -> torch.Tensor:
    """[queries, 215]: the cosine-weighted votes of the nearest glyphs for each radical."""
    similarity = functional.normalize(queries, dim=-1) @ functional.normalize(keys, dim=-1).T
    nearest = similarity.topk(NEIGHBOURS, dim=-1)
    votes = torch.zeros(len(queries), 215)
    return votes.scatter_add_(1, radicals[nearest.indices], nearest.values)


class RadicalTask:
    """Radical from text: the nearest training glyphs by their captions' vectors vote."""

    def __init__(self, unicode_folder: Path, unseen_words: Path):
        captions = read_captions(unicode_folder)
        numbers = {character: number for character, (number, _) in characters.radicals(unicode_folder).items()}
        train = [character for character, caption in captions.items() if not is_held_out(caption)]
        held_out = [character for character, caption in captions.items() if is_held_out(caption)]
        self.texts = sorted(set(captions.values()))
        place = {caption: index for index, caption in enumerate(self.texts)}
        self.train_rows = torch.tensor([place[captions[character]] for character in train])
        self.test_rows = torch.tensor([place[captions[character]] for character in held_out])
        self.train_radicals = torch.tensor([numbers[character] for character in train])
        self.test_radicals = torch.tensor([numbers[character] for character in held_out])
        self.words = read_unseen_words(set(captions.values()), unseen_words, unicode_folder)

    def held_out_hits(self, vectors: torch.Tensor) -> torch.Tensor:
        votes = radical_scores(vectors[self.test_rows], vectors[self.train_rows], self.train_radicals)
        return (votes.argmax(1) == self.test_radicals).float()

    def majority_hits(self) -> torch.Tensor:
        return (self.test_radicals == self.train_radicals.mode().values).float()

    def word_ranking(self, words: torch.Tensor, vectors: torch.Tensor) -> list[list[int]]:
        return radical_scores(words, vectors[self.train_rows], self.train_radicals).topk(3).indices.tolist()

    def word_hits(self, words: torch.Tensor, vectors: torch.Tensor) -> torch.Tensor:
        first_three = self.word_ranking(words, vectors)
        return torch.tensor([float(not word.radicals.isdisjoint(found)) for word, found in zip(self.words, first_three)])


def measure(folder: Path, corpus: Corpus, task: RadicalTask, teacher: Teacher) -> list[Gate]:
    encoder = Encoder(folder)

    def agreement(texts: list[str]) -> torch.Tensor:
        return functional.cosine_similarity(encoder.teacher_like(texts), teacher.vectors(texts))

    words = [word.prompt for word in task.words]
    student, reference = encoder.pooled(task.texts), teacher.vectors(task.texts)
    return [
        gate("cosine with the teacher, held-out definitions", agreement(corpus.held_out_captions), 0.88),
        gate("cosine with the teacher, unseen glosses", agreement(corpus.unseen_glosses), 0.83),
        gate("radical from text, held-out glyphs, top 1", task.held_out_hits(student), 0.48, task.test_rows),
        gate("the same, teacher", task.held_out_hits(reference), None, task.test_rows),
        gate("the same, always the commonest radical", task.majority_hits(), None, task.test_rows),
        gate("30 unseen words, expected radical in the first three", task.word_hits(encoder.pooled(words), student), 0.60),
        gate("the same, teacher", task.word_hits(teacher.vectors(words), reference), None),
    ]
