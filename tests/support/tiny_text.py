"""A tiny random text encoder with its tokenizer, in the layout of a model folder."""

import io
import json

import sentencepiece
import torch
from transformers import T5Config, T5EncoderModel

WORDS = "gold water tree bird fish to speak mountain fire stone horse hand eye heart grass silk metal".split()
TOKENIZER = {"tokenizer_class": "T5Tokenizer", "model_max_length": 8, "pad_token": "<pad>", "eos_token": "</s>",
             "unk_token": "<unk>", "extra_ids": 0}  # fmt: skip


class Encoder(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, input_ids, attention_mask):
        return self.model(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state


def write_text(folder):
    lines, model = iter([" ".join(WORDS[i:] + WORDS[:i]) for i in range(len(WORDS))]), io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=lines, model_writer=model, vocab_size=60, pad_id=0, eos_id=1, unk_id=2, bos_id=-1,
        hard_vocab_limit=False, minloglevel=2,
    )  # fmt: skip
    (folder / "tokenizer").mkdir(parents=True)
    (folder / "tokenizer/spiece.model").write_bytes(model.getvalue())
    (folder / "tokenizer/tokenizer_config.json").write_text(json.dumps(TOKENIZER))
    config = T5Config(vocab_size=64, d_model=16, d_kv=8, d_ff=16, num_layers=1, num_heads=2)
    encoder = Encoder(T5EncoderModel(config).eval()).half()
    example = torch.ones(1, 8, dtype=torch.long)
    config.save_pretrained(folder / "text_encoder")
    torch.jit.trace(encoder.float(), (example, example)).half().save(str(folder / "text_encoder/encoder.pt"))
