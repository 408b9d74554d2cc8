"""The figures of an evaluation, and how they are written down."""

import json
import math
from dataclasses import asdict, dataclass

from .statistics import interval


@dataclass(frozen=True)
class Figure:
    """One measured number. low, high: its 95 % interval, None where it has none; count: of how many."""

    section: str
    name: str
    value: float
    low: float | None = None
    high: float | None = None
    count: int | None = None


def share(section, name, hits, clusters=None):
    """The mean of hits [n], with its interval over clusters [n]."""
    return Figure(section, name, *interval(hits, clusters), count=len(hits))


def number(value):
    if value is None or math.isnan(value):
        return ""
    if 0 < value < 0.0005:
        return "< 0.001"  # a few of many are not none
    return f"{value:.3f}" if abs(value) < 100 else f"{value:.0f}"


def markdown(figures, heading, notes):
    """A section for each of the figures' sections, a row for each figure."""
    lines = [f"# {heading}", "", *notes]
    section = None
    for figure in figures:
        if figure.section != section:
            section = figure.section
            lines += ["", f"## {section}", "", "| | value | 95 % interval | of |", "| --- | --- | --- | --- |"]
        interval_ = f"{number(figure.low)} to {number(figure.high)}" if number(figure.low) else ""
        lines.append(f"| {figure.name} | {number(figure.value)} | {interval_} | {figure.count or ''} |")
    return "\n".join(lines) + "\n"


def write(folder, figures, settings, heading, notes):
    """evaluation.md and evaluation.json; nan becomes null."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = [{key: None if isinstance(value, float) and math.isnan(value) else value for key, value in asdict(figure).items()}
            for figure in figures]
    text = json.dumps({"settings": settings, "figures": rows}, indent=1, ensure_ascii=False) + "\n"
    (folder / "evaluation.json").write_text(text, encoding="utf-8")
    (folder / "evaluation.md").write_text(markdown(figures, heading, notes), encoding="utf-8")
