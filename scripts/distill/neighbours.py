"""The last stage: scales the student's states so that texts near each other for the teacher are near in them too.

The head may stretch the states as it likes, so cosines of the states themselves are not yet the teacher's. What can
be changed without leaving T5's architecture is the weight of its last norm, one factor per dimension.
"""

from collections.abc import Callable

import sentencepiece
import torch
from torch import nn
from torch.nn import functional
from transformers import T5EncoderModel

from .student import mean_pool, pad, tokenize
from .teacher import batches_by_length

STEPS = 300
BATCH = 512
LEARNING_RATE = 0.05
SHARPNESS = 20  # of the softmax over neighbours, as in the contrast of the training


@torch.inference_mode()
def pooled_states(states_of: Callable[[torch.Tensor, torch.Tensor], torch.Tensor], rows: list[list[int]]) -> torch.Tensor:
    """Mean states of every row; `states_of` gives those of padded ids and their mask."""
    pooled = [None] * len(rows)
    for batch in batches_by_length([len(row) for row in rows], tokens=4096):
        ids, mask = pad([rows[index] for index in batch])
        for index, vector in zip(batch, mean_pool(states_of(ids, mask), mask)):
            pooled[index] = vector
    return torch.stack(pooled)


def neighbour_loss(states: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """KL divergence of a text's softmax over the others of the batch, from the teacher's."""
    itself = torch.eye(len(states), dtype=torch.bool)
    states = functional.normalize(states, dim=-1)
    found, wanted = (SHARPNESS * (x @ x.T).masked_fill(itself, -1e3) for x in (states, targets))
    return functional.kl_div(found.log_softmax(-1), wanted.log_softmax(-1), log_target=True, reduction="batchmean")


def fit_scale(pooled: torch.Tensor, targets: torch.Tensor, seed: int) -> torch.Tensor:
    """[256] factors whose geometric mean is one."""
    generator = torch.Generator().manual_seed(seed)
    logarithm = nn.Parameter(torch.zeros(pooled.shape[1]))
    optimizer = torch.optim.Adam([logarithm], LEARNING_RATE)
    for _ in range(STEPS):
        batch = torch.randint(len(pooled), (BATCH,), generator=generator)
        loss = neighbour_loss(pooled[batch] * logarithm.exp(), targets[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(f"neighbours: loss {loss.item():.4f}", flush=True)
    return (logarithm - logarithm.mean()).detach().exp()


def match_neighbours(model: T5EncoderModel, head: nn.Linear, tokenizer: sentencepiece.SentencePieceProcessor,
                     texts: list[str], targets: torch.Tensor, seed: int) -> None:
    """Changes the last norm, and the head so that what it gives stays as it was."""
    def states_of(ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        return model(input_ids=ids, attention_mask=mask).last_hidden_state

    scale = fit_scale(pooled_states(states_of, tokenize(tokenizer, texts)), targets, seed)
    with torch.no_grad():
        model.encoder.final_layer_norm.weight.mul_(scale)
        head.weight.div_(scale)
