"""Are the pictures, all together, like the data? In the judge's features, beside real glyphs and a wrong font."""

from dataclasses import dataclass

import numpy as np
import torch

from judge import characters, fonts, network

from . import statistics, strokes
from .adherence import look
from .copies import moved, nearest_glyphs
from .figures import Figure, share

WRONG_FONT, BOLD = "Noto Serif", "Noto Sans in bold"
SPLITS = 10  # of the real glyphs, for the size that a KID of nothing but chance has
MOVED = 1000  # training glyphs that show what still counts as a copy
SEEDS = 40  # how many different noises the pictures begin from


class Lots:
    """Two disjoint random lots of real glyphs of equal size, by their places: the captions of the first are drawn, and
    the pictures are compared with the second."""

    def __init__(self, glyphs, count, seed=0):
        order = np.random.default_rng(seed).permutation(len(glyphs.captions))
        count = min(count, len(order) // 2)
        self.glyphs = glyphs
        self.asked, self.other = order[:count], order[count:2 * count]

    def requests(self, count=None):
        """[(caption, seed)] of the first `count` glyphs of the first lot, no pair twice."""
        requests, used = [], set()
        for i, place in enumerate(self.asked[:count]):
            caption, seed = self.glyphs.captions[place], i % SEEDS
            while (caption, seed) in used:
                seed += 1
            used.add((caption, seed))
            requests.append((caption, seed))
        return requests


class Reference:
    """What pictures are compared with: the second lot, and beside it the first itself, which is what a perfect model
    would draw, and the first in other fonts: one that the judge has learned to tell apart, and the data's own in bold."""

    def __init__(self, model, lots, real_ink):
        self.model, self.lots = model, lots
        self.real = look(model, real_ink[lots.other])
        self.twins = look(model, real_ink[lots.asked])
        self.ink = real_ink[lots.asked]
        self.fonts = {WRONG_FONT: self._drawn_in(fonts.TRAINING[WRONG_FONT]), BOLD: self._drawn_in(fonts.NOTO_SANS_BOLD)}

    def _drawn_in(self, files):
        family = fonts.Family(files)
        drawn = (family.draw(self.lots.glyphs.characters[place]) for place in self.lots.asked)
        return look(self.model, np.stack([picture for picture in drawn if picture is not None]))

    def chance_kid(self):
        """The root mean square KID of two random halves of all the real glyphs here: an unbiased KID is 0 on average."""
        features = torch.cat([self.real.features, self.twins.features])
        orders = [np.random.default_rng(split).permutation(len(features)) for split in range(SPLITS)]
        halves = [np.array_split(order, 2) for order in orders]
        return float(np.sqrt(np.mean([statistics.kid(features[a], features[b]).value ** 2 for a, b in halves])))


@dataclass(frozen=True)
class Likeness:
    """How like the reference's second lot a set of `count` pictures is."""

    kid: statistics.Estimate
    fid: statistics.Estimate
    layouts: statistics.Estimate
    precision: statistics.Estimate
    recall: statistics.Estimate
    count: int

    @classmethod
    def of(cls, verdicts, reference):
        real, made = reference.real.features[:len(verdicts.features)], verdicts.features
        layouts = statistics.jackknife(layouts_distance, verdicts.layout.argmax(1), reference.real.layout.argmax(1))
        return cls(statistics.kid(real, made), statistics.jackknife(statistics.fid, real, made), layouts,
                   *statistics.precision_and_recall(real, made), len(made))  # fmt: skip

    def figures(self, section, name):
        estimates = [("KID", self.kid), ("FID", self.fid), ("precision", self.precision), ("recall", self.recall),
                     ("layouts' total variation", self.layouts)]  # fmt: skip
        return [Figure(section, f"{what}, {name}", *estimate.interval(), self.count) for what, estimate in estimates]


def layouts_distance(made, real):
    """The total variation between two sets of layouts, by their numbers."""
    return statistics.total_variation(*(np.bincount(numbers, minlength=len(characters.LAYOUTS)) for numbers in (made, real)))


def ratios(section, likenesses, chance):
    """KID and FID in units of what real glyphs have among themselves."""
    rows = [Figure(section, "KID that chance alone gives (root mean square of real against real)", chance)]
    for name, likeness in likenesses.items():
        wrong_font, bold = (likenesses[font].kid / likeness.kid for font in (WRONG_FONT, BOLD))
        rows.append(Figure(section, f"KID in units of chance, {name}", *(likeness.kid / chance).interval()))
        rows.append(Figure(section, f"FID as a ratio to real against real, {name}", *(likeness.fid / likenesses["real glyphs"].fid).interval()))
        rows.append(Figure(section, f"the wrong font's KID is so many times that of: {name}", *wrong_font.interval()))
        rows.append(Figure(section, f"the bold weight's KID is so many times that of: {name}", *bold.interval()))
    return rows


def ink_share(ink):
    return ink.reshape(len(ink), -1).mean(1) / 255


def drawing_quality(section, name, ink, pieces):
    """What can be told without the judge: ink, and clean strokes, with pieces = strokes.pieces(ink)."""
    whole_pieces, specks = pieces.T
    return [
        share(section, f"ink, {name}", ink_share(ink)),
        share(section, f"grey pixels, {name}", strokes.grey(ink)),
        share(section, f"pieces of a glyph, {name}", whole_pieces),
        share(section, f"specks of a glyph, {name}", specks),
    ]


def draw_whole(painter, plan, lots):
    """{guidance: ink} of the whole first lot."""
    return {guidance: painter.draw(lots.requests(), plan.steps, guidance) for guidance in plan.manners()}


def whole(model, plan, reference, drawn):
    """The section on all pictures together."""
    section = f"All together, {len(reference.ink)} pictures, {plan.steps} steps, in the judge's features"
    verdicts = {"real glyphs": reference.twins, **reference.fonts}
    verdicts |= {name: look(model, drawn[guidance]) for guidance, name in plan.manners().items()}
    likenesses = {name: Likeness.of(seen, reference) for name, seen in verdicts.items()}
    figures = [figure for name, likeness in likenesses.items() for figure in likeness.figures(section, name)]
    figures += drawing_quality(section, "real glyphs", reference.ink, strokes.pieces(reference.ink))
    for guidance, name in plan.manners().items():
        figures += drawing_quality(section, name, drawn[guidance], strokes.pieces(drawn[guidance]))
    return figures + ratios(section, likenesses, reference.chance_kid())


def copies(plan, glyphs, real_ink, lots, drawn, held_out_pictures):
    """The section on copies of training glyphs, at the plan's guidance."""
    section = "Copies: correlation above 0.95 with a training glyph, three times nearer than to any other"
    training = real_ink[~glyphs.held_out]
    seen = ~glyphs.held_out[lots.asked]

    sets = {
        "pictures of training captions": drawn[plan.guidance][seen],
        "pictures of held-out captions": held_out_pictures,
        "for comparison: real held-out glyphs": real_ink[glyphs.held_out],
    }
    some = training[np.random.default_rng(0).permutation(len(training))[:MOVED]]
    sets |= {f"for comparison: training glyphs {how}": ink for how, ink in moved(some).items()}
    found = {name: nearest_glyphs(ink, training) for name, ink in sets.items()}
    copied = [share(section, name, nearest.copied()) for name, nearest in found.items()]
    alike = [share(section, f"correlation alone, {name}", nearest.alike()) for name, nearest in found.items()]
    return copied + alike


def series_of(plan):
    """The small sets of pictures, by number of steps and by guidance: two lists of (name, steps, guidance)."""
    by_steps = [(f"{steps} steps", steps, plan.guidance) for steps in plan.sweep_steps]
    by_guidance = [(f"guidance {guidance:g}", plan.steps, guidance) for guidance in plan.sweep_guidance]
    return by_steps[::-1], by_guidance


def draw_sweep(painter, plan, lots):
    """{(steps, guidance): ink}: all draw the same captions from the same noises."""
    settings = {setting[1:] for series_ in series_of(plan) for setting in series_}
    return {setting: painter.draw(lots.requests(plan.sweep), *setting) for setting in sorted(settings)}


def sweep(model, plan, reference, drawn):
    """The two sections on them."""
    by_steps, by_guidance = series_of(plan)
    return [
        *series(f"By steps, {plan.sweep} pictures, guidance {plan.guidance:g}", by_steps, model, plan, reference, drawn),
        *series(f"By guidance, {plan.sweep} pictures, {plan.steps} steps", by_guidance, model, plan, reference, drawn),
    ]


def series(section, settings, model, plan, reference, drawn):
    """One such section: settings [(name, steps, guidance)], with real glyphs in the same number before them. The first
    setting is what the others are compared with, picture by picture."""
    if not settings:
        return []
    truth = reference.lots.glyphs.radicals[reference.lots.asked[:plan.sweep]] - 1
    twins = network.Verdicts(*(part[:plan.sweep] for part in reference.twins))
    figures, likenesses, hits, specks = Likeness.of(twins, reference).figures(section, "real glyphs"), {}, {}, {}
    real = reference.ink[:plan.sweep]
    figures += drawing_quality(section, "real glyphs", real, strokes.pieces(real))
    for name, steps, guidance in settings:
        ink = drawn[steps, guidance]
        verdicts = look(model, ink)
        hits[name] = verdicts.radical.argmax(1).numpy() == truth
        likenesses[name] = Likeness.of(verdicts, reference)
        figures.append(share(section, f"radical of the caption's own glyph, {name}", hits[name]))
        figures += likenesses[name].figures(section, name)
        pieces = strokes.pieces(ink)
        figures += drawing_quality(section, name, ink, pieces)
        specks[name] = pieces[:, 1]
    return figures + differences(section, likenesses, hits, specks)


def differences(section, likenesses, hits, specks):
    """How much more each setting has than the first, with the interval of the paired difference."""
    first, *others = likenesses
    rows = []
    for name in others:
        kid = likenesses[name].kid - likenesses[first].kid
        recall = likenesses[name].recall - likenesses[first].recall
        radical = statistics.difference(hits[name], hits[first])
        dirt = statistics.interval(specks[name] - specks[first])
        for what, numbers in (("KID", kid.interval()), ("recall", recall.interval()), ("radical", radical), ("specks", dirt)):
            rows.append(Figure(section, f"{what}, {name}: more than with {first}", *numbers, len(hits[name])))
    return rows
