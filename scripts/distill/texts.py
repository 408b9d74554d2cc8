"""What the student reads: Unihan definitions, WordNet words and glosses, and the split between them."""

import random
import re
import zlib
from dataclasses import dataclass
from pathlib import Path

from judge import characters

PHRASES = ("a {0}", "a kind of {0}", "{0} and {1}", "{0}; {1}", "{0}, {1}", "{0} of {1}")


@dataclass
class Corpus:
    """Training strings by kind, and the two lists no training string is equal to."""

    training: dict[str, list[str]]
    held_out_captions: list[str]
    unseen_glosses: list[str]

    def every_text(self) -> list[str]:
        kinds = [*self.training.values(), self.held_out_captions, self.unseen_glosses]
        return sorted({text for kind in kinds for text in kind})


def read_captions(unicode_folder: Path) -> dict[str, str]:
    """Character -> definition, with runs of white space made one blank."""
    definitions = characters.unihan("Unihan_Readings", "kDefinition", unicode_folder)
    return {character: " ".join(text.split()) for character, text in definitions.items()}


def is_held_out(caption: str) -> bool:
    """One caption in twenty. A checksum, so that the split needs neither a seed nor a file."""
    return zlib.crc32(caption.encode()) % 20 == 0


def pieces(caption: str) -> list[str]:
    """The separate meanings in a definition, without remarks in brackets."""
    bare = re.sub(r"\([^()]*\)", " ", caption)
    parts = [" ".join(part.split()) for part in re.split(r"[;,]", bare)]
    return [part for part in parts if len(part) > 1]


def read_wordnet(folder: Path) -> tuple[list[str], list[tuple[str, str]]]:
    """Lemmas in lower case (no proper nouns), and (lemma, gloss) of every synset without its examples."""
    lemmas, glosses = set(), []
    for part in ("noun", "verb", "adj", "adv"):
        for line in (folder / f"data.{part}").read_text(encoding="utf-8").splitlines():
            if line.startswith("  "):
                continue  # the licence at the head of the file
            synset, _, gloss = line.partition(" | ")
            fields = synset.split()
            words = [re.sub(r"\(\w+\)$", "", word).replace("_", " ") for word in fields[4 : 4 + 2 * int(fields[3], 16) : 2]]
            lemmas.update(word for word in words if word == word.lower() and not re.search(r"\d", word))
            glosses.append((words[0], re.split(r"; ?\"", gloss)[0].strip()))
    return sorted(lemmas), glosses


def make_phrases(parts: list[str], count: int, rng: random.Random) -> list[str]:
    short = [part for part in parts if len(part.split()) <= 3]
    return [rng.choice(PHRASES).format(rng.choice(short), rng.choice(short)) for _ in range(count)]


def build_corpus(unicode_folder: Path, wordnet_folder: Path, lemmas: int, glosses: int, phrases: int, seed: int) -> Corpus:
    rng = random.Random(seed)
    captions = sorted(set(read_captions(unicode_folder).values()))
    held_out = [caption for caption in captions if is_held_out(caption)]
    forbidden = {text.lower() for caption in held_out for text in [caption, *pieces(caption)]}

    def allowed(texts) -> list[str]:
        return sorted({text for text in texts if text and text.lower() not in forbidden})

    parts = allowed(part for caption in captions if not is_held_out(caption) for part in pieces(caption))
    words, synsets = read_wordnet(wordnet_folder)
    rng.shuffle(synsets)
    unseen = sorted({gloss for _, gloss in synsets[:1500]})
    forbidden.update(gloss.lower() for gloss in unseen)
    # Half of the glosses follow their word, so that words are tied to what they mean.
    sentences = [f"{word}: {gloss}" if rng.random() < 0.5 else gloss
                 for word, gloss in synsets[1500 : 1500 + glosses] if gloss.lower() not in forbidden]
    # Single words first: a prompt is more often one of them than a term of three.
    rng.shuffle(words)
    words.sort(key=lambda word: word.count(" "))
    return Corpus(
        training={
            "definitions": allowed(captions),
            "pieces": parts,
            "lemmas": allowed(words[:lemmas]),
            "glosses": allowed(sentences),
            "phrases": allowed(make_phrases(parts, phrases, rng)),
        },
        held_out_captions=held_out,
        unseen_glosses=unseen,
    )
