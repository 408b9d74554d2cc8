"""What the bundled model was to reach before it was trained, and whether it does."""

from dataclasses import dataclass

from .figures import number


@dataclass(frozen=True)
class Target:
    """Of the first figure whose section and name begin so: at least (or at most) the bound."""

    what: str
    section: str
    name: str
    bound: float
    at_least: bool = True

    def reached(self, value):
        return value >= self.bound if self.at_least else value <= self.bound


TARGETS = [
    Target("concepts, unguided", "Concepts", "21 words, unguided", 0.5),
    Target("concepts, guided", "Concepts", "21 words, guidance", 0.7),
    Target("held-out captions", "Held-out captions", "a single picture, top 1", 0.35),
    Target("the same, prompts shuffled", "Held-out captions", "prompts shuffled, a single picture", 0.06, at_least=False),
    Target("precision, unguided", "All together", "precision, unguided", 0.8),
    Target("recall, unguided", "All together", "recall, unguided", 0.6),
    Target("KID, unguided: so many times below the wrong font's", "All together", "the wrong font's KID is so many times that of: unguided", 10),
    Target("copies on held-out captions", "Copies", "pictures of held-out captions", 0.05, at_least=False),
]


def table(figures):
    """As markdown lines."""
    lines = ["| target | asked | measured | 95 % interval | of | |", "| --- | --- | --- | --- | --- | --- |"]
    for target in TARGETS:
        figure = next(f for f in figures if f.section.startswith(target.section) and f.name.startswith(target.name))
        sign = "≥" if target.at_least else "≤"
        interval = f"{number(figure.low)} to {number(figure.high)}" if figure.low is not None else ""
        verdict = "reached" if target.reached(figure.value) else "**missed**"
        lines.append(f"| {target.what} | {sign} {target.bound:g} | {number(figure.value)} | {interval} | {figure.count or ''} | {verdict} |")
    return lines
