"""scripts/evaluation/statistics: on distributions whose answers are known."""

import sys
import unittest
from pathlib import Path

import numpy as np
import torch
from scipy.stats import t as student

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "scripts"))
from evaluation import statistics  # noqa: E402


def setUpModule():
    torch.set_num_threads(1)


def normal(rows, columns, seed):
    return torch.randn(rows, columns, generator=torch.Generator().manual_seed(seed))


def covered(truth, draw, estimate=statistics.interval, times=300):
    """In how many of `times` samples the interval holds the truth."""
    count = 0
    for seed in range(times):
        _, low, high = estimate(*draw(np.random.default_rng(seed)))
        count += low <= truth <= high
    return count / times


def bootstrap(values, clusters=None):
    """Of few rounds, for the time that many samples take."""
    return statistics.interval(values, clusters, rounds=300)


class IntervalTest(unittest.TestCase):
    def test_holds_the_truth_in_95_of_100_samples(self):
        share = covered(1, lambda rng: (rng.exponential(size=200),), bootstrap)
        self.assertTrue(0.91 <= share <= 0.985, share)

    def test_shares_near_0_and_1_are_held_too(self):
        for truth in (0.005, 0.02, 0.3, 0.99):
            share = covered(truth, lambda rng: (rng.random(200) < truth,), times=1000)
            self.assertTrue(0.92 <= share <= 0.985, (truth, share))

    def test_pictures_that_share_a_prompt_count_together(self):
        def clustered(rng):
            return np.repeat(rng.random(60) < 0.3, 10), np.repeat(np.arange(60), 10)

        share = covered(0.3, clustered, bootstrap)
        self.assertTrue(0.89 <= share <= 0.985, share)
        self.assertLess(covered(0.3, lambda rng: clustered(rng)[:1]), 0.6)  # without: far too sure of itself

    def test_prompts_that_all_answer_alike_are_not_the_last_word(self):
        def rare(rng):
            return np.repeat(rng.random(60) < 0.02, 10), np.repeat(np.arange(60), 10)

        self.assertGreaterEqual(covered(0.02, rare, bootstrap), 0.95)
        never = np.zeros(600), np.repeat(np.arange(60), 10)
        self.assertEqual(statistics.interval(*never), (0, *statistics.wilson(0, 60)))
        self.assertEqual(statistics.interval(1 - never[0], never[1]), (1, *statistics.wilson(1, 60)))

    def test_wilson_is_its_formula(self):
        np.testing.assert_allclose(statistics.interval([True] * 64), (1, 64 / (64 + 1.96**2), 1))
        np.testing.assert_allclose(statistics.interval([False] * 776), (0, 0, 1.96**2 / (776 + 1.96**2)))
        low, high = statistics.wilson(0.3, 50)  # where the test of the share p ends: (0.3 - p)^2 = 1.96^2 p (1 - p) / 50
        for bound in (low, high):
            self.assertAlmostEqual((0.3 - bound) ** 2, 1.96**2 * bound * (1 - bound) / 50)

    def test_clusters_of_any_size_are_drawn_whole(self):
        clusters = np.array([0, 1, 1, 1, 1, 2, 2, 3, 3, 3])
        for values in (np.arange(10.0), np.array([1, 0, 1, 1, 0, 0, 1, 0, 1, 0], bool)):
            picks = np.random.default_rng(0).integers(0, 4, (statistics.ROUNDS, 4))
            means = [np.concatenate([values[clusters == cluster] for cluster in row]).mean() for row in picks]
            expected = values.mean(), *np.quantile(means, [0.025, 0.975])
            np.testing.assert_allclose(statistics.interval(values, clusters), expected)

    def test_a_difference_is_its_formula(self):
        """Bonett & Price: of 48 cases 5 were won and 2 lost, with one more case each way 6 and 3 of 50."""
        hits, others = np.arange(48) < 25, (np.arange(48) >= 5) & (np.arange(48) < 27)
        error = 1.96 * np.sqrt((6 / 50 + 3 / 50 - (3 / 50) ** 2) / 50)
        np.testing.assert_allclose(statistics.difference(hits, others), (3 / 48, 3 / 50 - error, 3 / 50 + error))

    def test_a_difference_of_the_same_cases(self):
        for more, less in ((0, 0), (0.01, 0), (0.02, 0.01), (0.1, 0.05)):
            def changed(rng, more=more, less=less):
                """Two readings of the same cases: the first adds a share `more` to what both have, and lacks `less` of it."""
                chance, both = rng.random(512), rng.random(512) < 0.6
                won, lost = chance < more, chance > 1 - less
                return (both | won) & ~lost, (both | lost) & ~won

            share = covered(more - less, changed, statistics.difference)
            self.assertGreaterEqual(share, 0.92, (more, less))
        value, low, high = statistics.difference([True] * 100, [True] * 100)
        self.assertTrue(low < value == 0 < high and high < 0.04, (low, high))

    def test_of_nothing(self):
        self.assertTrue(np.isnan(statistics.interval([])).all())


class DistanceTest(unittest.TestCase):
    def test_kid_is_its_formula_in_one_dimension(self):
        """There the kernel (xy + 1)^3 gives 3 (dm1)^2 + 3 (dm2)^2 + (dm3)^2 of the moments; here 3 + 3 + 16."""
        value, low, high = statistics.kid(normal(4000, 1, 0), normal(4000, 1, 1) + 1).interval()
        self.assertTrue(low < 22 < high and high - low < 12, (low, value, high))

    def holds(self, truth, estimate, times=200):
        """In how many of `times` pairs of samples, the second shifted by 1, the interval holds the truth."""
        intervals = [estimate(normal(120, 1, seed), normal(120, 1, seed + 500) + 1).interval()[1:] for seed in range(times)]
        return np.mean([low < truth < high for low, high in intervals])

    def test_the_jackknife_is_its_formula(self):
        """The variance is nine tenths of the squared deviations' sum, here 82.5."""
        error = statistics.T * np.sqrt(0.9 * 82.5)
        np.testing.assert_allclose(statistics.Estimate(7, np.arange(10.0)).interval(), (7, 7 - error, 7 + error))

    def test_the_quantile_is_that_of_so_many_parts(self):
        self.assertAlmostEqual(statistics.T, student.ppf(0.975, statistics.PARTS - 1), places=3)

    def test_kids_interval_holds_the_truth(self):
        share = self.holds(22, statistics.kid)
        self.assertTrue(0.92 <= share <= 0.99, share)

    def test_fids_interval_holds_the_truth(self):
        share = self.holds(1, lambda real, made: statistics.jackknife(statistics.fid, real, made))
        self.assertTrue(0.92 <= share <= 0.99, share)

    def test_a_ratios_interval_holds_the_truth(self):
        def doubled(real, made):
            fid = statistics.jackknife(statistics.fid, real, made)
            return statistics.jackknife(statistics.fid, real, made + 1) / fid  # a shift by 2 is four times as far as by 1

        share = self.holds(4, doubled)
        self.assertTrue(0.94 <= share <= 0.99, share)

    def test_a_differences_interval_holds_the_truth(self):
        def more(real, made):
            return statistics.jackknife(statistics.fid, real, made + 1) - statistics.jackknife(statistics.fid, real, made)

        share = self.holds(3, more)
        self.assertTrue(0.92 <= share <= 0.99, share)

    def test_a_ratio_whose_parts_move_together_is_sure(self):
        fid = statistics.jackknife(statistics.fid, normal(120, 1, 0), normal(120, 1, 1) + 1)
        np.testing.assert_allclose((fid / fid).interval(), 1)
        np.testing.assert_allclose((fid - fid).interval(), 0)
        np.testing.assert_allclose((fid / 2).interval(), np.divide(fid.interval(), 2))

    def test_kid_of_equal_distributions_is_zero_on_average(self):
        values = [statistics.kid(normal(100, 4, seed), normal(100, 4, seed + 500)).value for seed in range(200)]
        self.assertLess(abs(np.mean(values)), 3 * np.std(values) / np.sqrt(len(values)))

    def test_fid_is_its_formula_for_gaussians(self):
        x = normal(5000, 3, 2).double()
        x = (x - x.mean(0)) @ torch.linalg.inv(torch.linalg.cholesky(torch.cov(x.T))).T  # exactly zero mean, unit covariance
        self.assertAlmostEqual(statistics.fid(x, x), 0, places=6)
        self.assertAlmostEqual(statistics.fid(x, 3 * x + torch.tensor([1.0, 2, 0])), 1 + 4 + 3 * (3 - 1) ** 2, places=6)

    def test_precision_and_recall_of_a_model_that_knows_one_of_two_kinds(self):
        real = torch.cat([normal(300, 2, 3), normal(300, 2, 4) + 100])
        precision, recall = statistics.precision_and_recall(real, normal(600, 2, 5))
        self.assertGreater(precision.value, 0.9)
        self.assertTrue(0.45 < recall.value <= 0.5, recall.value)

    def test_precision_of_nonsense_is_zero(self):
        precision, recall = statistics.precision_and_recall(normal(200, 2, 6), normal(200, 2, 7) + 50)
        self.assertEqual((precision.value, recall.value), (0, 0))

    def test_precision_and_recall_are_their_definition(self):
        """The nearest others are, from the real points, 1, 1 and 6 away, from the made ones 1/4, 1/4, 1/2 and 1/2."""
        real, made = torch.tensor([[0.0], [1], [7]]), torch.tensor([[0.25], [0.5], [20], [20.5]])
        precision, recall = statistics.precision_and_recall(real, made, k=1)
        self.assertEqual((precision.value, recall.value), (2 / 4, 1 / 3))

    def test_precision_and_recall_and_their_parts_are_their_definition(self):
        real, made = normal(33, 3, 8), normal(27, 3, 9) * 1.5

        def share(of, among):
            """Of points that lie no farther from one of the others than that one's third nearest."""
            hits = [any((x - y).norm() <= sorted((y - z).norm() for z in among)[3] for y in among) for x in of]
            return sum(hits) / len(hits)

        for found, (of, among) in zip(statistics.precision_and_recall(real, made), ((made, real), (real, made))):
            self.assertAlmostEqual(found.value, share(of, among))
            for part in (0, 7):
                rest = ([x for i, x in enumerate(points) if i % 10 != part] for points in (of, among))
                self.assertAlmostEqual(found.without[part], share(*rest))

    def test_kid_and_its_parts_are_their_definition(self):
        real, made = normal(23, 3, 10).double(), normal(21, 3, 11).double() + 0.3

        def mean(points, others):
            values = [(x @ y / 3 + 1) ** 3 for x in points for y in others if x is not y]
            return sum(values) / len(values)

        def kid(points, others):
            return (mean(points, points) + mean(others, others) - 2 * mean(points, others)).item()

        found, (real, made) = statistics.kid(real, made), ([*real], [*made])
        self.assertAlmostEqual(found.value, kid(real, made))
        for part in (0, 9):
            rest = ([x for i, x in enumerate(points) if i % 10 != part] for points in (real, made))
            self.assertAlmostEqual(found.without[part], kid(*rest))

    def test_intervals_of_precision_and_recall_hold_what_such_sets_have(self):
        """The model draws less than there is; the difference is that of two models that are the same."""
        found = {"precision": [], "recall": [], "difference": []}
        for seed in range(100):
            real, made, other = (normal(150, 8, seed + 1000 * i) * width for i, width in enumerate((1, 0.9, 0.9)))
            precision, recall = statistics.precision_and_recall(real, made)
            difference = recall - statistics.precision_and_recall(real, other)[1]
            for name, estimate in zip(found, (precision, recall, difference)):
                found[name].append(estimate.interval())
        for name, intervals in found.items():
            value, low, high = np.transpose(intervals)
            truth = 0 if name == "difference" else value.mean()
            self.assertGreaterEqual(np.mean((low <= truth) & (truth <= high)), 0.92, name)

    def test_total_variation(self):
        self.assertAlmostEqual(statistics.total_variation([1, 1, 0], [10, 10, 0]), 0)
        self.assertAlmostEqual(statistics.total_variation([1, 0], [0, 5]), 1)
        self.assertAlmostEqual(statistics.total_variation([3, 1], [1, 1]), 0.25)

    def test_top_k_takes_the_mean_probability_not_the_votes(self):
        seeds = torch.tensor([[0.5, 0.4, 0.1], [0.5, 0.4, 0.1], [0.0, 0.9, 0.1]])
        surest = torch.tensor([[[0.9, 0.1, 0], [0.2, 0.7, 0.1], [0.2, 0.7, 0.1]]])
        self.assertEqual(statistics.top_k_over_seeds(surest, [1], 1).tolist(), [True])
        self.assertEqual(statistics.top_k_over_seeds(seeds[None].repeat(3, 1, 1), [0, 1, 2], 1).tolist(), [False, True, False])
        self.assertEqual(statistics.top_k_over_seeds(seeds[None].repeat(3, 1, 1), [0, 1, 2], 2).tolist(), [True, True, False])


if __name__ == "__main__":
    unittest.main()
