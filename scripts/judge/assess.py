"""How good the judge is on characters that it has not seen, font by font."""

import numpy as np
import torch

from evaluation.statistics import interval

from . import characters, network


def figures_of(model, data, ink, rows):
    """{name: (value, low, high)} of the characters `rows` in one font's ink [n, 64, 64]."""
    verdicts = network.judge(model, ink[rows])
    radical, layout = data.radical[rows], data.layout[rows]
    ranked = verdicts.radical.topk(5, dim=1).indices
    hits = ranked[:, 0] == radical
    known = layout != characters.NO_LAYOUT
    confidence = verdicts.radical.softmax(1).max(1).values
    # The form is a question only for the radicals that have a simplified one.
    forms = torch.isin(radical, data.radical[data.simplified > 0])
    values = {
        "radical": hits,
        "radical, top 5": (ranked == radical[:, None]).any(1),
        "form": ((verdicts.simplified > 0).float() == data.simplified[rows])[forms],
        "layout": (verdicts.layout.argmax(1) == layout)[known],
        "confidence": confidence,  # were it calibrated, this would be the share of right radicals
    }
    return {name: interval(value.float().numpy()) for name, value in values.items()}


def assess(model, data):
    """{font: {"characters": how many, name: (value, low, high)}} on the held-out characters that the font has."""
    figures = {}
    for name, (ink, drawn) in data.pictures.items():
        rows = np.flatnonzero(drawn & data.held_out)
        figures[name] = {"characters": len(rows), **figures_of(model, data, ink, rows)}
    return figures


def table(figures):
    """As a markdown table, values in per cent."""
    names = [name for name in next(iter(figures.values())) if name != "characters"]
    lines = [f"| font | characters | {' | '.join(names)} |", f"| --- | --- |{' --- |' * len(names)}"]
    for font, row in figures.items():
        cells = ["{:.1f} ({:.1f} to {:.1f})".format(*(100 * value for value in row[name])) for name in names]
        lines.append(f"| {font} | {row['characters']} | {' | '.join(cells)} |")
    return "\n".join(lines)
