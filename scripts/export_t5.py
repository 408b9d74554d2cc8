#!/usr/bin/env python3
"""Turns a Hugging Face T5 checkpoint folder into the text encoder and tokenizer of a glyffuser model.

    scripts/export_t5.py CHECKPOINT OUT [--float16] [--max-length N]

CHECKPOINT is a folder as t5-small, flan-t5 or t5-v1_1 are published: config.json, spiece.model and the
weights (safetensors or .bin, whole or in shards; the decoder's are left out). Writes

    OUT/text_encoder/config.json, encoder.pt     TorchScript: (ids, mask), int64 [B,L] -> states, float [B,L,D]
    OUT/tokenizer/spiece.model, tokenizer_config.json

Exit codes: 2 usage, 3 a file that is missing, damaged or of another kind.
"""

import argparse
import json
import os
import pickle
import shutil
import sys
import tempfile
import warnings
import zipfile
from pathlib import Path

import peers  # noqa: F401  before what may be missing

import sentencepiece
import torch
from safetensors import SafetensorError
from transformers import T5Config, T5EncoderModel
from transformers.utils import logging

TOLERANCE = 1e-5
DEFAULT_MAX_LENGTH = 512  # T5's own
LONGEST = 4096  # the program takes more than this for "no limit" (src/text/tokenizer.cpp), and 512 instead
# Rows of these lengths, padded to the longest, are compared with transformers. The last goes
# beyond 128 tokens, where T5's position buckets end.
CHECKED_BATCHES = ([1], [5, 5], [7, 1, 4], [64, 2], [150, 33])


class ExportError(Exception):
    """One sentence for the user."""


class EncoderStates(torch.nn.Module):
    """The encoder as a plain function of ids and mask."""

    def __init__(self, model: T5EncoderModel):
        super().__init__()
        self.encoder = model.encoder

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        return self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state


def read_json(path: Path) -> dict:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ExportError(f"{path}: not found; a T5 checkpoint folder has this file") from None
    except (OSError, ValueError) as error:
        raise ExportError(f"{path}: not readable as JSON ({error})") from None
    if not isinstance(value, dict):
        raise ExportError(f"{path}: a JSON object was expected")
    return value


def load_model(folder: Path) -> T5EncoderModel:
    if not folder.is_dir():
        raise ExportError(f"{folder}: no such folder")
    kind = read_json(folder / "config.json").get("model_type")
    if kind != "t5":
        raise ExportError(f"{folder}/config.json: model_type is {kind!r}, expected 't5'")
    try:
        model, found = T5EncoderModel.from_pretrained(
            folder, dtype=torch.float32, local_files_only=True, output_loading_info=True)
    except (OSError, RuntimeError, ValueError, KeyError, EOFError, pickle.UnpicklingError, SafetensorError) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise ExportError(f"{folder}: the weights cannot be read ({reason})") from None
    if found["missing_keys"]:
        raise ExportError(f"{folder}: the weights lack {sorted(found['missing_keys'])[0]!r}, not a complete T5 encoder")
    return model.eval()


def load_tokenizer(folder: Path, config: T5Config) -> bytes:
    path = folder / "spiece.model"
    if not path.is_file():
        raise ExportError(f"{path}: not found; a T5 checkpoint folder has this file")
    content = path.read_bytes()
    tokenizer = sentencepiece.SentencePieceProcessor()
    try:
        tokenizer.LoadFromSerializedProto(content)
    except (RuntimeError, TypeError) as error:
        raise ExportError(f"{path}: not a SentencePiece model ({error})") from None
    if tokenizer.eos_id() != config.eos_token_id or len(tokenizer) > config.vocab_size:
        raise ExportError(
            f"{path}: has eos {tokenizer.eos_id()} and {len(tokenizer)} pieces, "
            f"but config.json says eos {config.eos_token_id} and {config.vocab_size} at most")
    return content


def tokenizer_config(folder: Path, tokenizer_pieces: int, vocabulary: int, max_length: int | None) -> dict:
    source = folder / "tokenizer_config.json"
    given = read_json(source) if source.exists() else {}
    length = max_length or given.get("model_max_length", DEFAULT_MAX_LENGTH)
    return {
        "tokenizer_class": "T5Tokenizer",
        # Some checkpoints say 1e30 for "no limit": who else reads this is to cut texts where the program does.
        "model_max_length": length if length <= LONGEST else DEFAULT_MAX_LENGTH,
        "pad_token": "<pad>",
        "eos_token": "</s>",
        "unk_token": "<unk>",
        # T5's sentinels sit above the pieces; a vocabulary without room for them has none.
        "extra_ids": min(given.get("extra_ids", 100), vocabulary - tokenizer_pieces),
    }


def trace(model: T5EncoderModel) -> torch.jit.ScriptModule:
    ids = torch.tensor([[5, 6, 7, 8, 1], [9, 1, 0, 0, 0]])
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # shapes that T5 only compares; check() tries other ones
        return torch.jit.trace(EncoderStates(model), (ids, (ids != 0).long()), check_trace=False)


@torch.no_grad()
def check(file: Path, model: T5EncoderModel) -> None:
    """The file, read as the C++ program reads it, against transformers."""
    loaded = torch.jit.load(file).float().eval()
    generator = torch.Generator().manual_seed(0)
    for lengths in CHECKED_BATCHES:
        ids = torch.randint(3, model.config.vocab_size, (len(lengths), max(lengths)), generator=generator)
        mask = (torch.arange(max(lengths)) < torch.tensor(lengths).unsqueeze(1)).long()
        expected = model(input_ids=ids, attention_mask=mask).last_hidden_state
        difference = (loaded(ids, mask) - expected).abs().max() / expected.abs().max().clamp_min(1)
        if not difference <= TOLERANCE:
            raise ExportError(f"{file.name}: differs from transformers by {difference:.2g} for rows of {lengths} tokens")


def remove_source_paths(file: Path) -> None:
    """TorchScript keeps where each line of Python lay on the exporting machine; no program needs that."""
    stripped = file.with_suffix(".stripped")
    with zipfile.ZipFile(file) as source, zipfile.ZipFile(stripped, "w") as target:
        for name in source.namelist():
            if not name.endswith(".debug_pkl"):
                target.writestr(zipfile.ZipInfo(name), source.read(name))
    stripped.replace(file)


def write_encoder(model: T5EncoderModel, file: Path, float16: bool) -> None:
    if float16:
        model.half().float()  # what is compared has the weights that are stored
    traced = trace(model)
    # Stored in half the space; the program that loads it converts it to float32.
    torch.jit.save(traced.half() if float16 else traced, file)
    remove_source_paths(file)
    traced.float()  # its parameters are the model's own


def write_config(model: T5EncoderModel, folder: Path) -> None:
    model.config.architectures = ["T5EncoderModel"]
    model.config.is_encoder_decoder = False
    model.config.use_cache = False
    model.config.save_pretrained(folder)


def move_into_place(source: Path, target: Path) -> None:
    """File by file, each complete when it appears under its name."""
    for file in sorted(path for path in source.rglob("*") if path.is_file()):
        place = target / file.relative_to(source)
        place.parent.mkdir(parents=True, exist_ok=True)
        file.chmod(0o644)
        with file.open("rb") as content:
            os.fsync(content.fileno())
        file.replace(place)


def export(checkpoint: Path, out: Path, float16: bool = False, max_length: int | None = None) -> None:
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    model = load_model(checkpoint)
    spiece = load_tokenizer(checkpoint, model.config)
    pieces = len(sentencepiece.SentencePieceProcessor(model_proto=spiece))
    settings = tokenizer_config(checkpoint, pieces, model.config.vocab_size, max_length)

    out.mkdir(parents=True, exist_ok=True)
    # Beside the target, so that moving is a rename.
    partial = Path(tempfile.mkdtemp(prefix=".export-", dir=out))
    try:
        (partial / "text_encoder").mkdir()
        (partial / "tokenizer").mkdir()
        write_config(model, partial / "text_encoder")
        write_encoder(model, partial / "text_encoder" / "encoder.pt", float16)
        check(partial / "text_encoder" / "encoder.pt", model)
        (partial / "tokenizer" / "spiece.model").write_bytes(spiece)
        (partial / "tokenizer" / "tokenizer_config.json").write_text(json.dumps(settings, indent=2) + "\n")
        move_into_place(partial, out)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=Path, metavar="CHECKPOINT")
    parser.add_argument("out", type=Path, metavar="OUT")
    parser.add_argument("--float16", action="store_true", help="store the weights in half the space")
    parser.add_argument("--max-length", type=int, help="longest caption in tokens (default: the checkpoint's own)")
    args = parser.parse_args()
    if args.max_length is not None and not 1 <= args.max_length <= LONGEST:
        parser.error(f"--max-length must be from 1 to {LONGEST}, not {args.max_length}")
    return args


def main() -> int:
    args = arguments()
    try:
        export(args.checkpoint, args.out, args.float16, args.max_length)
    except (ExportError, OSError) as error:
        print(f"export_t5: {error}", file=sys.stderr)
        return 3
    print(args.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
