"""scripts/evaluation/adherence and distribution: which pictures each figure of an evaluation is of. The pictures are
made up, and so is what the judge sees in them: the first pixels are its log odds and features."""

import json
import sys
import unittest
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from unittest import mock

import numpy as np
import torch

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "scripts"))
from evaluation import adherence, distribution, glyphs, statistics, strokes  # noqa: E402
from evaluation.plan import QUICK, Plan  # noqa: E402
from judge import fonts, network  # noqa: E402

RADICALS, LAYOUTS, FEATURES = slice(0, 214), slice(214, 226), slice(226, 230)


def setUpModule():
    torch.set_num_threads(1)


def picture(radicals, layout=0, features=(0, 0, 0, 0), specks=0):
    """Ink in which the judge sees radicals {number: log odds}, and so many single black pixels."""
    ink = np.zeros((128, 128), np.uint8)
    flat = ink.reshape(-1)
    for radical, odds in radicals.items():
        flat[radical - 1] = odds
    flat[LAYOUTS.start + layout] = 200
    flat[FEATURES] = features
    ink[100, 2:2 + 2 * specks:2] = 255
    return ink


def look(_, ink):
    flat = torch.from_numpy(ink.reshape(len(ink), -1)[:, :FEATURES.stop]).float()
    nothing = torch.zeros(len(ink), 1)
    return network.Verdicts(flat[:, RADICALS], nothing, flat[:, LAYOUTS], nothing, flat[:, FEATURES])


class Painter:
    """Draws what `paint(prompt, seed, steps, guidance)` says."""

    def __init__(self, paint):
        self.paint, self.asked = paint, []

    def draw(self, requests, steps, guidance):
        self.asked += [(*request, steps, guidance) for request in requests]
        return np.stack([self.paint(*request, steps, guidance) for request in requests])


class SectionTest(unittest.TestCase):
    def setUp(self):
        for module in (adherence, distribution):
            patch = mock.patch.object(module, "look", look)
            patch.start()
            self.addCleanup(patch.stop)

    def assert_figures(self, figures, expected):
        """expected: {how a name begins: the value, or (value, low, high)}; of the first figure that begins so."""
        for begin, value in expected.items():
            figure = next(figure for figure in figures if figure.name.startswith(begin))
            found = (figure.value, figure.low, figure.high) if np.ndim(value) else figure.value
            np.testing.assert_allclose(found, value, err_msg=begin, rtol=1e-6)


def question(prompt, *radicals):
    return glyphs.Question(prompt, frozenset(radicals))


WORDS = [
    glyphs.Concept(question("Water", 85), frozenset({"water"}), question("a liquid", 85)),
    glyphs.Concept(question("gold", 167), frozenset({"tin"}), question("a yellow metal", 167)),
    glyphs.Concept(question("bird", 172, 196), frozenset({"owl"}), question("with feathers", 172, 196)),
]
UNSEEN = [question("volcano", 46, 86), question("lava", 86), question("piano", 75)]
# The radical of each seed's picture.
UNGUIDED = {"Water": (85, 167), "gold": (167, 1), "bird": (1, 85)}
GUIDED = {"Water": (85, 85), "gold": (167, 1), "bird": (196, 85), "a liquid": (85, 85, 1),
          "a yellow metal": (167, 167, 167), "with feathers": (172, 1, 1), "volcano": (86, 75, 75), "lava": (86, 86, 2),
          "piano": (46, 3, 3)}  # fmt: skip
SEEN = {1: UNGUIDED, 3: GUIDED}
PLACES = [0, 0, 1, 1, 2, 2]


class ConceptsTest(SectionTest):
    def setUp(self):
        super().setUp()
        plan = Plan(concept_seeds=2, word_seeds=3, held_out_seeds=2)
        data = glyphs.Glyphs(list("水氵锡鳥鸟"), ["water", "water, tin", "tin", "owl", "gold"],
                             np.arange(5) == 4, np.array([85, 85, 167, 196, 167]))  # fmt: skip
        painter = Painter(lambda prompt, seed, steps, guidance: picture({SEEN[guidance][prompt][seed]: 200}))
        drawn = adherence.draw_concepts(painter, plan, WORDS, UNSEEN)
        self.assertEqual(Counter(steps for *_, steps, _ in painter.asked), {50: 30})
        self.figures = adherence.concepts(None, plan, data, WORDS, UNSEEN, drawn)

    def test_every_share_is_of_its_own_pictures(self):
        def over_words(hits):
            return statistics.interval(np.array(hits, bool), PLACES[:len(hits)])

        self.assert_figures(self.figures, {
            "base rate": (2 / 5 + 2 / 5 + 1 / 5) / 3,
            "real glyphs": (1 + 1 / 2 + 1) / 3,
            "3 words, unguided": over_words([1, 0, 1, 0, 0, 0]),
            "… those that are training captions, unguided": over_words([1, 0]),
            "… those that are no training captions, unguided": 1 / 4,
            "… with another word's radical expected, unguided": over_words([0, 1, 0, 0, 0, 1]),
            "3 words, guidance 3": over_words([1, 1, 1, 0, 1, 0]),
            "… those that are training captions, guidance 3": 1,
            "… those that are no training captions, guidance 3": 2 / 4,
            "… with another word's radical expected, guidance 3": over_words([0, 0, 0, 0, 0, 1]),
            "the concepts paraphrased, guidance 3, 3 seeds": 6 / 9,
            "3 words that occur in no caption, guidance 3, 3 seeds": 3 / 9,
            # Lava's question is no other than the volcano's: they share a radical. After the last comes the first.
            "… with another word's radicals expected, guidance 3, 3 seeds": 3 / 9,
        })  # fmt: skip

    def test_every_word_has_a_row_of_its_own(self):
        self.assert_figures(self.figures, {
            "Water (a training caption), guidance 1": 0.5, "Water (a training caption), guidance 3": 1,
            "Water, real glyphs": 1, "Water, base rate": 0.4, "gold, guidance 1": 0.5, "gold, real glyphs": 0.5,
            "bird, guidance 1": 0, "bird, guidance 3": 0.5,
        })  # fmt: skip


class HeldOutTest(SectionTest):
    # Of the captions' glyphs, one of four is the commonest radical, 20; two glyphs share a caption.
    DATA = glyphs.Glyphs(list("甲乙丙丁戊己庚"), list("xyzabbc"), np.arange(7) >= 3, np.array([20, 20, 20, 10, 20, 30, 40]))
    PICTURES = {
        "a": ({10: 200, 11: 190}, {10: 100, 11: 101}),  # surer of 10 where it sees that
        "b": ({20: 200, 21: 190, 22: 180, 23: 170, 30: 160}, {20: 200, 21: 190, 22: 180, 23: 170, 30: 160}),
        "c": ({20: 200, 1: 50, 2: 40, 3: 30}, {10: 101, 20: 100}),
    }

    def test_every_share_is_of_its_own_captions(self):
        plan = Plan(held_out_seeds=2)
        painter = Painter(lambda prompt, seed, steps, guidance: picture(self.PICTURES[prompt][seed]))
        ink = adherence.draw_held_out(painter, plan, self.DATA)
        self.assertEqual(set(painter.asked), {(caption, seed, 50, 3) for caption in "abc" for seed in (0, 1)})
        real = np.stack([picture({radical if radical != 40 else 41: 200}) for radical in self.DATA.radicals])
        captions = [0, 1, 1, 2]
        self.assert_figures(adherence.held_out(None, plan, self.DATA, real, ink), {
            "a single picture, top 1": statistics.interval([0.5, 1, 0, 0], captions),
            "mean over the seeds, top 1": statistics.interval(np.array([1, 1, 0, 0], bool), captions),
            "mean over the seeds, top 5": statistics.interval(np.array([1, 1, 1, 0], bool), captions),
            # The next caption's pictures: those of b for a, of c for b.
            "prompts shuffled, a single picture, top 1": statistics.interval([0, 0.5, 0, 0], captions),
            "prompts shuffled, mean over the seeds, top 1": statistics.interval(np.array([0, 1, 0, 0], bool), captions),
            "base rate": 1 / 4,
            "the real glyphs": statistics.interval(np.array([1, 1, 1, 0], bool), captions),
        })  # fmt: skip

    def test_some_of_many_captions_are_chosen(self):
        count = 150
        data = glyphs.Glyphs(["字"] * count, [f"caption {i % 120}" for i in range(count)],
                             np.array([True] * 100 + [False, True] * 25), np.full(count, 1))  # fmt: skip
        places, captions = adherence.held_out_captions(data, 60)
        self.assertEqual((len(set(captions)), captions), (60, sorted(captions)))
        self.assertEqual((places, captions), adherence.held_out_captions(data, 60))
        self.assertTrue(data.held_out[places].all())
        self.assertEqual({data.captions[place] for place in places}, set(captions))
        painter = Painter(lambda *_: picture({}))
        adherence.draw_held_out(painter, Plan(held_out=60, held_out_seeds=1), data)
        self.assertEqual([prompt for prompt, *_ in painter.asked], captions)
        self.assertEqual(adherence.held_out_captions(data, 1000), adherence.held_out_captions(data, None))


COUNT, LOT, SWEEP = 60, 24, 15


def random_picture(*key):
    rng = np.random.default_rng([int.from_bytes(str(part).encode(), "big") for part in key])
    layouts = 5 if key[0] == "real" else 3
    radical, layout = int(rng.integers(1, 4)), int(rng.integers(layouts))
    return picture({radical: 200}, layout, rng.integers(0, 8, 4), int(rng.integers(5)))


class Family:
    """In the place of a font that lacks the character 2."""

    def __init__(self, files):
        self.name = files[0][0].name

    def draw(self, character):
        return None if character == 2 else random_picture(self.name, character)


class DistributionTest(SectionTest):
    def setUp(self):
        super().setUp()
        rng = np.random.default_rng(0)
        self.data = glyphs.Glyphs(list(range(COUNT)), [f"caption {i // 2}" for i in range(COUNT)],
                                  np.arange(COUNT) // 2 % 3 == 0, rng.integers(1, 4, COUNT))  # fmt: skip
        self.real = np.stack([random_picture("real", i) for i in range(COUNT)])
        self.lots = distribution.Lots(self.data, LOT)
        self.plan = Plan(distribution=LOT, sweep=SWEEP, sweep_steps=(1, 120), sweep_guidance=(1, 5))
        self.painter = Painter(random_picture)

    def reference(self):
        with mock.patch.object(fonts, "Family", Family):
            return distribution.Reference(None, self.lots, self.real)

    def drawn(self, steps, guidance, count=LOT):
        return np.stack([random_picture(*request, steps, guidance) for request in self.lots.requests(count)])

    def assert_like(self, figures, name, made, real):
        """Its five figures are those of the pictures `made` beside the real ones."""
        one, other = look(None, real), look(None, made)
        precision, recall = statistics.precision_and_recall(one.features[:len(made)], other.features)
        counts = (np.bincount(verdicts.layout.argmax(1), minlength=12) for verdicts in (other, one))
        self.assert_figures(figures, {
            f"KID, {name}": statistics.kid(one.features[:len(made)], other.features).interval(),
            f"FID, {name}": statistics.jackknife(statistics.fid, one.features[:len(made)], other.features).interval(),
            f"precision, {name}": precision.interval(), f"recall, {name}": recall.interval(),
            f"layouts' total variation, {name}": statistics.total_variation(*counts),
        })  # fmt: skip
        self.assertEqual({figure.count for figure in figures if figure.name.endswith(f"KID, {name}")}, {len(made)})
        self.assert_strokes(figures, name, made)

    def assert_strokes(self, figures, name, made):
        if any(figure.name == f"ink, {name}" for figure in figures):
            self.assert_figures(figures, {
                f"ink, {name}": made.mean() / 255, f"grey pixels, {name}": strokes.grey(made).mean(),
                f"pieces of a glyph, {name}": strokes.pieces(made)[:, 0].mean(),
                f"specks of a glyph, {name}": strokes.pieces(made)[:, 1].mean(),
            })  # fmt: skip

    def test_the_lots_share_no_glyph_and_are_the_same_each_time(self):
        for count, size in ((LOT, LOT), (1000, COUNT // 2)):
            lots, again = (distribution.Lots(self.data, count) for _ in range(2))
            self.assertEqual((len(set(lots.asked)), len(set(lots.other))), (size, size))
            self.assertFalse(set(lots.asked) & set(lots.other))
            self.assertEqual((lots.asked.tolist(), lots.other.tolist()), (again.asked.tolist(), again.other.tolist()))

    def test_no_request_comes_twice(self):
        data = glyphs.Glyphs(["字"] * 250, ["the same"] * 250, np.zeros(250, bool), np.full(250, 1))
        requests = distribution.Lots(data, 100).requests()
        self.assertEqual(len(set(requests)), 100)
        self.assertEqual(len({seed for _, seed in self.lots.requests()}), LOT)
        captions = [self.data.captions[place] for place in self.lots.asked]
        self.assertEqual([caption for caption, _ in self.lots.requests()], captions)
        self.assertEqual(self.lots.requests(5), self.lots.requests()[:5])

    def test_every_figure_is_of_its_own_pictures(self):
        drawn = distribution.draw_whole(self.painter, self.plan, self.lots)
        reference = self.reference()
        figures = distribution.whole(None, self.plan, reference, drawn)
        real = self.real[self.lots.other]
        files = {"Noto Serif": "NotoSerifCJK-Regular.ttc", "Noto Sans in bold": "NotoSansCJK-Bold.ttc"}
        fonts_ = {name: [random_picture(file, place) for place in self.lots.asked if place != 2]
                  for name, file in files.items()}  # fmt: skip
        made = {"real glyphs": self.real[self.lots.asked], **{name: np.stack(ink) for name, ink in fonts_.items()},
                "unguided": self.drawn(50, 1), "guidance 3": self.drawn(50, 3)}  # fmt: skip
        for name, ink in made.items():
            self.assert_like(figures, name, ink, real)
        features = {name: look(None, ink).features for name, ink in {"real": real, **made}.items()}

        def kid(name):
            return statistics.kid(features["real"][:len(features[name])], features[name])

        def fid(name):
            return statistics.jackknife(statistics.fid, features["real"], features[name])

        chance = reference.chance_kid()
        every = torch.cat([features["real"], features["real glyphs"]])
        orders = [np.random.default_rng(split).permutation(2 * LOT) for split in range(distribution.SPLITS)]
        kids = [statistics.kid(every[order[:LOT]], every[order[LOT:]]).value for order in orders]
        self.assertAlmostEqual(chance, np.sqrt(np.mean(np.square(kids))))
        self.assert_figures(figures, {
            "KID that chance alone gives": chance,
            "KID in units of chance, unguided": (kid("unguided") / chance).interval(),
            "FID as a ratio to real against real, guidance 3": (fid("guidance 3") / fid("real glyphs")).interval(),
            "the wrong font's KID is so many times that of: unguided": (kid("Noto Serif") / kid("unguided")).interval(),
            "the bold weight's KID is so many times that of: guidance 3":
                (kid("Noto Sans in bold") / kid("guidance 3")).interval(),
        })  # fmt: skip

    def test_a_series_is_of_the_first_glyphs(self):
        drawn = distribution.draw_sweep(self.painter, self.plan, self.lots)
        self.assertEqual({len(ink) for ink in drawn.values()}, {SWEEP})
        figures = distribution.sweep(None, self.plan, self.reference(), drawn)
        by_steps, by_guidance = ([figure for figure in figures if figure.section == section] for section in (
            f"By steps, {SWEEP} pictures, guidance 3", f"By guidance, {SWEEP} pictures, 50 steps"))
        self.assertEqual(len(by_steps) + len(by_guidance), len(figures))
        truth = self.data.radicals[self.lots.asked[:SWEEP]]
        for part, settings in ((by_steps, {"120 steps": (120, 3), "1 steps": (1, 3)}),
                               (by_guidance, {"guidance 1": (50, 1), "guidance 5": (50, 5)})):  # fmt: skip
            self.assert_like(part, "real glyphs", self.real[self.lots.asked[:SWEEP]], self.real[self.lots.other])
            hits, specks = [], []
            for name, setting in settings.items():
                ink = self.drawn(*setting, SWEEP)
                self.assert_like(part, name, ink, self.real[self.lots.other])
                hits.append(look(None, ink).radical.argmax(1).numpy() + 1 == truth)
                specks.append(strokes.pieces(ink)[:, 1])
                self.assert_figures(part, {f"radical of the caption's own glyph, {name}": hits[-1].mean()})
            first, second = settings
            self.assert_figures(part, {
                f"radical, {second}: more than with {first}": statistics.difference(hits[1], hits[0]),
                f"specks, {second}: more than with {first}": statistics.interval(specks[1] - specks[0]),
            })  # fmt: skip
        none = Plan(sweep_steps=(), sweep_guidance=())
        self.assertEqual(distribution.sweep(None, none, self.reference(), {}), [])
        self.assertEqual((QUICK.sweep_steps, QUICK.sweep_guidance), ((), ()))

    def test_differences_are_of_kid_and_recall(self):
        drawn = distribution.draw_sweep(self.painter, self.plan, self.lots)
        likenesses = {name: distribution.Likeness.of(look(None, drawn[steps, 3]), self.reference())
                      for name, steps in (("120 steps", 120), ("1 steps", 1))}  # fmt: skip
        hits = dict.fromkeys(likenesses, np.ones(SWEEP, bool))
        rows = distribution.differences("", likenesses, hits, dict.fromkeys(likenesses, np.arange(SWEEP)))
        one, other = likenesses["1 steps"], likenesses["120 steps"]
        self.assert_figures(rows, {"KID, 1 steps": (one.kid - other.kid).interval(),
                                   "recall, 1 steps": (one.recall - other.recall).interval()})  # fmt: skip
        self.assertEqual({row.count for row in rows}, {SWEEP})


def blobs(count, seed):
    cells = np.random.default_rng(seed).random((count, 8, 8)) > 0.5
    return (np.kron(cells, np.ones((16, 16))) * 255).astype(np.uint8)


class CopiesTest(SectionTest):
    def test_copies_are_of_training_glyphs_and_counted_by_their_captions(self):
        real = blobs(COUNT, 1)
        held_out = np.arange(COUNT) % 4 == 0
        seen, kept = np.flatnonzero(~held_out), np.flatnonzero(held_out)
        real[seen[1]] = real[seen[0]]
        real[seen[1], :4, :4] = 255 - real[seen[1], :4, :4]
        between = real[seen[0]].copy()
        between[124:, 124:] = 255 - between[124:, 124:]
        data = glyphs.Glyphs(["字"] * COUNT, [f"caption {i}" for i in range(COUNT)], held_out, np.full(COUNT, 1))
        lots = distribution.Lots(data, LOT)
        asked = ~held_out[lots.asked]
        guided = blobs(LOT, 2)
        guided[np.flatnonzero(asked)[:3]] = real[seen[5:8]]
        guided[np.flatnonzero(asked)[3]] = real[kept[0]]  # as it was never seen, no copy
        guided[~asked] = real[seen[9]]  # of other captions
        unseen = np.stack([real[seen[2]], real[kept[1]], between, *blobs(2, 3)])
        with mock.patch.object(distribution, "MOVED", 20):
            figures = distribution.copies(Plan(), data, real, lots, {1: real[seen[:LOT]], 3: guided}, unseen)
        self.assert_figures(figures, {
            "pictures of training captions": statistics.interval(np.arange(asked.sum()) < 3),
            "pictures of held-out captions": 1 / 5,
            "for comparison: real held-out glyphs": 0,
            "correlation alone, pictures of training captions": 3 / asked.sum(),
            "correlation alone, pictures of held-out captions": 2 / 5,
            "correlation alone, for comparison: real held-out glyphs": 0,
        })  # fmt: skip
        moved = [figure for figure in figures if "to the right" in figure.name]
        self.assertEqual([figure.count for figure in moved], [20] * 6)
        self.assertGreater(distribution.MOVED, 500)


class PlanTest(unittest.TestCase):
    def test_it_is_that_of_the_published_figures(self):
        published = (REPOSITORY / "data/models/glyffuser/evaluation.json").read_text(encoding="utf-8")
        settings = json.loads(published)["settings"]
        plan = json.loads(json.dumps(asdict(Plan())))
        self.assertEqual({key: settings[key] for key in plan}, plan)


if __name__ == "__main__":
    unittest.main()
