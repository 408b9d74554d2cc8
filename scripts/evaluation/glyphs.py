"""The generator's data as the `glyffuser` binary itself sees it, and the prompts that are asked of it."""

import csv
import hashlib
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from judge import characters, fonts

CONCEPTS = Path(__file__).with_name("concepts.tsv")
UNSEEN_WORDS = Path(__file__).resolve().parents[1] / "data/unseen_words.tsv"
# umap-export's table says which glyphs are held out; of the map itself, as little as possible.
CHEAP_MAP = ["umap.epochs=1", "umap.queries=10", "umap.noised_glyphs=0", "umap.components=2", "umap.n_neighbors=2", "umap.tile_size=8"]


@dataclass(frozen=True)
class Glyphs:
    """Every glyph of the data: characters, captions, held out or not [n bool], radical 1...214 [n int]."""

    characters: list
    captions: list
    held_out: np.ndarray
    radicals: np.ndarray

    def training_captions(self):
        return {caption.lower() for caption, held in zip(self.captions, self.held_out) if not held}


def ask_binary(binary, settings, cache):
    """The table umap.csv of the data that the --set `settings` describe, kept in `cache`."""
    version = subprocess.run([binary, "--version"], capture_output=True, text=True, check=True).stdout
    key = hashlib.sha256(repr((version, settings)).encode()).hexdigest()[:12]
    file = cache / f"glyphs-{key}.csv"
    if file.is_file():
        return file
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as folder:
        config = Path(folder) / "config.yaml"
        config.write_text("seed: 0\n")
        command = [binary, "umap-export", config, "--out", f"{folder}/map", "--threads", "1", "--quiet"]
        for setting in [*CHEAP_MAP, *settings]:
            command += ["--set", setting]
        result = subprocess.run(command, stdout=subprocess.DEVNULL)
        if result.returncode != 0:
            raise SystemExit(f"{binary} umap-export ended with exit code {result.returncode}; it tells the split of the data")
        shutil.move(f"{folder}/map/umap.csv", file)
    return file


def read_glyphs(file):
    """The glyphs of an umap.csv."""
    with open(file, newline="", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    known = characters.radicals()
    glyphs = [chr(int(row["code_point"][2:], 16)) for row in rows]
    return Glyphs(
        glyphs,
        [row["definition"] for row in rows],
        np.array([row["split"] == "held out" for row in rows]),
        np.array([known[glyph][0] for glyph in glyphs]),
    )


def real_pictures(wanted, work):
    """Ink uint8 [n, 128, 128] of the characters in the data's font, kept in the work folder."""
    file = work / "noto-sans.npz"
    text = "".join(wanted)
    if file.is_file():
        with np.load(file) as saved:
            if str(saved["characters"]) == text:
                return saved["ink"]
    sans = fonts.Family(fonts.NOTO_SANS)
    ink = np.stack([sans.draw(character) for character in wanted])
    fonts.save(file, np.savez_compressed, ink=ink, characters=text)
    return ink


@dataclass(frozen=True)
class Question:
    """A prompt and the radicals, 1...214, of which one is expected."""

    prompt: str
    radicals: frozenset


@dataclass(frozen=True)
class Concept:
    """A one-word prompt, the words by which a caption mentions the concept, and the same said otherwise."""

    question: Question
    words: frozenset
    paraphrase: Question

    def real_share(self, glyphs):
        """Of the glyphs whose caption mentions the concept, the share with one of its radicals."""
        mentions = [bool(self.words & set(re.findall(r"[a-z]+", caption.lower()))) for caption in glyphs.captions]
        return float(np.isin(glyphs.radicals[mentions], list(self.question.radicals)).mean())

    def base_rate(self, glyphs):
        return float(np.isin(glyphs.radicals, list(self.question.radicals)).mean())


def read_concepts(file=CONCEPTS):
    numbers = characters.radical_numbers()
    concepts = []
    for line in file.read_text(encoding="utf-8").splitlines():
        prompt, words, radicals, paraphrase = line.split("\t")
        expected = frozenset(numbers[radical] for radical in radicals)
        concepts.append(Concept(Question(prompt, expected), frozenset(words.split("|")), Question(paraphrase, expected)))
    return concepts


def read_unseen_words(captions, file=UNSEEN_WORDS, unicode=characters.UNICODE):
    """Words that occur in no caption, not in the plural either; SystemExit if one does after all."""
    numbers = characters.radical_numbers(unicode)
    seen = {word for caption in captions for word in re.findall(r"[a-z]+", caption.lower())}
    questions = []
    for line in file.read_text(encoding="utf-8").splitlines():
        word, radicals = line.split("\t")
        if word in seen or f"{word}s" in seen:
            raise SystemExit(f"{file}: {word!r} occurs in a caption; the list is for words that do not")
        questions.append(Question(word, frozenset(numbers[radical] for radical in radicals)))
    return questions
