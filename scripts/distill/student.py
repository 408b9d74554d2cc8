"""The student: a small T5 encoder with its own vocabulary, and how it is trained."""

import io
import math
import random
import re
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import sentencepiece
import torch
from torch import nn
from torch.nn import functional
from transformers import T5Config, T5EncoderModel

MAX_TOKENS = 64
CHUNKS = 4  # rows are cut by length into so many parts, which saves most of the padding
WORKERS = 2  # a constant, because the split of a batch is part of the result


def train_vocabulary(texts: list[str], size: int, seed: int) -> bytes:
    """A unigram model that ignores case. Han characters stay unknown: they are names here, not meaning."""
    sentencepiece.set_random_generator_seed(seed)
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=(re.sub(r"[^\x20-\u024f]+", " ", text) for text in texts),
        model_writer=model,
        vocab_size=size,
        model_type="unigram",
        normalization_rule_name="nmt_nfkc_cf",
        character_coverage=0.9999,
        pad_id=0,
        eos_id=1,
        unk_id=2,
        bos_id=-1,
        num_threads=1,
        minloglevel=1,
    )
    return model.getvalue()


def tokenize(tokenizer: sentencepiece.SentencePieceProcessor, texts: list[str]) -> list[list[int]]:
    """As T5 does it: cut to the longest length, then eos."""
    return [ids[: MAX_TOKENS - 1] + [tokenizer.eos_id()] for ids in tokenizer.encode(texts)]


def pad(rows: list[list[int]]) -> tuple[torch.Tensor, torch.Tensor]:
    """Ids with zeros at the end, and the mask of what is attended."""
    width = max(map(len, rows))
    ids = torch.tensor([row + [0] * (width - len(row)) for row in rows])
    return ids, (torch.arange(width) < torch.tensor([[len(row)] for row in rows])).long()


def mean_pool(states: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    weights = mask.unsqueeze(-1).to(states.dtype)
    return (states * weights).sum(1) / weights.sum(1)


def new_student(vocabulary: int) -> T5EncoderModel:
    config = T5Config(
        vocab_size=vocabulary, d_model=256, d_kv=32, d_ff=512, num_layers=4, num_heads=8, dropout_rate=0.0,
        feed_forward_proj="gated-gelu", pad_token_id=0, eos_token_id=1, decoder_start_token_id=0,
        is_encoder_decoder=False, use_cache=False, tie_word_embeddings=False,
    )
    model = T5EncoderModel(config)
    for block in model.encoder.block:
        # The same function as transformers' own, in one pass over memory instead of seven.
        block.layer[1].DenseReluDense.act = nn.GELU(approximate="tanh")
    return model


@torch.no_grad()
def start_from_teacher(model: T5EncoderModel, head: nn.Linear, piece_vectors: torch.Tensor, text_vectors: torch.Tensor) -> None:
    """Begin as a bag of words: every piece's state is the teacher's vector of it, in principal components."""
    mean = text_vectors.mean(0)
    width = model.config.d_model
    axes = torch.linalg.eigh(torch.cov(text_vectors.T)).eigenvectors.flip(1)[:, :width]
    states = (piece_vectors - mean) @ axes
    scale = states.pow(2).mean().sqrt()
    model.shared.weight.copy_(states / scale)
    model.shared.weight[: 3].normal_(0, 0.5)  # pad, eos and unk are no words
    # Only directions count in the loss, so the head may be as large as suits its learning rate.
    head.weight.copy_(axes)
    head.bias.copy_(mean / scale)
    for block in model.encoder.block:
        block.layer[0].SelfAttention.o.weight.mul_(0.1)
        block.layer[1].DenseReluDense.wo.weight.mul_(0.1)


class Muon(torch.optim.Optimizer):
    """Momentum whose matrices are made orthogonal by Newton-Schulz steps (Jordan et al., 2024).

    torch.optim.Muon works in bfloat16, which many CPUs only emulate; this one stays in float32
    and takes matrices of one shape together.
    """

    COEFFICIENTS = (3.4445, -4.7750, 2.0315)

    def __init__(self, matrices: list[nn.Parameter], lr: float, workers: ThreadPoolExecutor, momentum: float = 0.95):
        shapes = sorted({tuple(matrix.shape) for matrix in matrices})
        groups = [{"params": [matrix for matrix in matrices if tuple(matrix.shape) == shape]} for shape in shapes]
        super().__init__(groups, {"lr": lr, "momentum": momentum})
        self.workers = workers

    def step(self) -> None:
        list(self.workers.map(self._step_group, self.param_groups))

    @torch.no_grad()
    def _step_group(self, group: dict) -> None:
        gradients = torch.stack([matrix.grad for matrix in group["params"]])
        velocity = group.setdefault("velocity", torch.zeros_like(gradients))
        velocity.lerp_(gradients, 1 - group["momentum"])
        update = self.orthogonal(gradients.lerp(velocity, group["momentum"]))
        # Adam's usual size of a step, so that both optimisers share one learning rate.
        size = 0.2 * math.sqrt(max(update.shape[1:]))
        for matrix, change in zip(group["params"], update):
            matrix.sub_(change, alpha=group["lr"] * size)

    @classmethod
    def orthogonal(cls, matrices: torch.Tensor) -> torch.Tensor:
        a, b, c = cls.COEFFICIENTS
        tall = matrices.shape[1] > matrices.shape[2]
        x = matrices.mT if tall else matrices
        x = x / x.norm(dim=(1, 2), keepdim=True).clamp_min(1e-7)
        for _ in range(5):
            gram = x @ x.mT
            x = a * x + torch.baddbmm(gram, gram, gram, beta=b, alpha=c) @ x
        return x.mT if tall else x


@dataclass
class Budget:
    steps: int
    minutes: float = math.inf  # ends the training too; the learning rate then falls by the clock
    batch: int = 256
    learning_rate: float = 2e-3
    embedding_rate: float = 4e-3
    warmup: float = 0.03  # share of the training
    bf16: bool = False  # matrix products in bfloat16; many times slower on a CPU without its instructions
    seed: int = 1


def make_optimizers(model: T5EncoderModel, head: nn.Linear, budget: Budget,
                    workers: ThreadPoolExecutor) -> list[torch.optim.Optimizer]:
    hidden = [weight for block in model.encoder.block for weight in block.parameters()
              if weight.ndim == 2 and weight.shape[0] > 100]
    chosen = {id(weight) for weight in hidden} | {id(model.shared.weight)}
    groups = [
        {"params": [model.shared.weight], "lr": budget.embedding_rate},
        {"params": [weight for weight in [*model.parameters(), *head.parameters()] if id(weight) not in chosen]},
    ]
    adam = torch.optim.AdamW(groups, budget.learning_rate, weight_decay=0.0, betas=(0.9, 0.98), fused=True)
    return [adam, Muon(hidden, budget.learning_rate, workers)]


def distillation_loss(predicted: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """1 - cosine, and a little of telling this text's vector from the others of the batch."""
    predicted = functional.normalize(predicted, dim=-1)
    contrast = functional.cross_entropy(20 * predicted @ target.T, torch.arange(len(target)))
    return 1 - (predicted * target).sum(-1).mean() + 0.1 * contrast


def pooled_batch(model: T5EncoderModel, rows: list[list[int]]) -> torch.Tensor:
    """Mean states of rows that are sorted by length."""
    size = math.ceil(len(rows) / CHUNKS)
    parts = []
    for start in range(0, len(rows), size):
        ids, mask = pad(rows[start : start + size])
        parts.append(mean_pool(model(input_ids=ids, attention_mask=mask).last_hidden_state, mask))
    return torch.cat(parts)


def set_gradients(model: T5EncoderModel, head: nn.Linear, rows: list[list[int]], targets: torch.Tensor,
                  bf16: bool, workers: ThreadPoolExecutor) -> float:
    """The batch, sorted by length, dealt out to the workers; returns the loss.

    Each worker runs whole passes on one core: on a busy machine that wastes far less time than
    waiting for each other inside every matrix product.
    """
    parameters = [*model.parameters(), *head.parameters()]

    def work(first: int) -> tuple[float, tuple[torch.Tensor, ...]]:
        # Autocast is a thread's own state.
        with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
            predicted = head(pooled_batch(model, rows[first::WORKERS]))
        loss = distillation_loss(predicted.float(), targets[first::WORKERS])
        return loss.item(), torch.autograd.grad(loss, parameters)

    losses, gradients = zip(*workers.map(work, range(WORKERS)))
    for parameter, parts in zip(parameters, zip(*gradients)):
        parameter.grad = torch.stack(parts).mean(0)
    nn.utils.clip_grad_norm_(parameters, 1.0)
    return sum(losses) / WORKERS


def shuffled_batches(weights: list[int], size: int, rng: random.Random):
    """Batches of indices without end; index i comes weights[i] times per pass."""
    while True:
        order = [index for index, weight in enumerate(weights) for _ in range(weight)]
        rng.shuffle(order)
        for start in range(0, len(order) - size + 1, size):
            # A text that comes twice would be its own wrong answer in the contrast.
            yield list(dict.fromkeys(order[start : start + size]))


def train(model: T5EncoderModel, head: nn.Linear, rows: list[list[int]], weights: list[int],
          targets: torch.Tensor, budget: Budget) -> int:
    """Trains until the steps or the minutes are used up; returns the steps made.

    Steps alone give the same result each time on one machine, minutes do not.
    """
    workers = ThreadPoolExecutor(WORKERS, initializer=torch.set_num_threads, initargs=(1,))
    optimizers = make_optimizers(model, head, budget, workers)
    groups = [group for optimizer in optimizers for group in optimizer.param_groups]
    rates = [group["lr"] for group in groups]
    start, losses = time.monotonic(), []
    for step, batch in enumerate(shuffled_batches(weights, budget.batch, random.Random(budget.seed))):
        seconds = time.monotonic() - start
        progress = max((step + 1) / (budget.steps + 1), seconds / (60 * budget.minutes))
        if progress >= 1:
            return step
        for group, rate in zip(groups, rates):
            group["lr"] = rate * min(progress / budget.warmup, (1 - progress) / (1 - budget.warmup))
        batch.sort(key=lambda index: len(rows[index]))
        losses.append(set_gradients(model, head, [rows[index] for index in batch], targets[batch],
                                    budget.bf16, workers))
        for optimizer in optimizers:
            optimizer.step()
        if step % 25 == 24:
            print(f"step {step + 1}  {progress:.0%}  loss {sum(losses[-25:]) / 25:.4f}  {seconds:.0f} s", flush=True)
