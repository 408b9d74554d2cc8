"""How large an evaluation is."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Plan:
    """How many pictures of what."""

    steps: int = 50
    guidance: float = 3
    concept_seeds: int = 64
    word_seeds: int = 16  # of paraphrases and unseen words
    held_out: int | None = None  # captions; all
    held_out_seeds: int = 4
    distribution: int = 5000
    sweep: int = 512
    sweep_steps: tuple = (1, 2, 5, 10, 20, 50, 120)
    sweep_guidance: tuple = (1, 3, 5, 7.5, 10, 15)

    def manners(self):
        """{guidance: what it is called}: without and with."""
        return {1: "unguided", self.guidance: f"guidance {self.guidance:g}"}


QUICK = Plan(steps=25, concept_seeds=8, word_seeds=4, held_out=256, held_out_seeds=2, distribution=512, sweep_steps=(), sweep_guidance=())
