"""What the figures of an evaluation are: means with their intervals, and distances between sets of feature vectors."""

import math
from dataclasses import dataclass

import numpy as np
import torch

ROUNDS = 2000  # of the bootstrap
PARTS = 10  # of the jackknife
Z = 1.96  # 95 % of a normal distribution lie so many standard deviations around its mean
T = 2.262  # and of Student's t with PARTS - 1 degrees of freedom: PARTS values tell their own spread only roughly


def interval(values, clusters=None, rounds=ROUNDS, seed=0):
    """(mean, low, high): the mean of values [n] and its 95 % interval. No values: three nan.

    Of bools it is Wilson's, of anything else the percentile bootstrap's (Efron & Tibshirani 1993). With clusters [n],
    whole clusters are drawn, as where several pictures share a prompt. Where all are equal a bootstrap would be sure of
    their mean: a share has Wilson's interval there, as if every cluster were a single value, which is wide enough."""
    values = np.asarray(values)
    if len(values) == 0:
        return (math.nan,) * 3
    mean = float(values.mean(dtype=np.float64))
    if clusters is None:
        sums, sizes = values.astype(np.float64), np.ones(len(values))
    else:
        _, place = np.unique(np.asarray(clusters), return_inverse=True)
        sums, sizes = np.bincount(place, values), np.bincount(place).astype(np.float64)
    single = clusters is None and values.dtype == bool
    if single or (0 <= mean <= 1 and np.ptp(sums / sizes) == 0):
        return mean, *wilson(mean, len(sums))
    picks = np.random.default_rng(seed).integers(0, len(sums), (rounds, len(sums)))
    low, high = np.quantile(sums[picks].sum(1) / sizes[picks].sum(1), [0.025, 0.975])
    return mean, float(low), float(high)


def wilson(share, count):
    """(low, high): the 95 % score interval of a share of `count` (Wilson 1927), which shares of 0 and 1 have too."""
    middle = (share + Z**2 / (2 * count)) / (1 + Z**2 / count)
    error = Z * math.sqrt(share * (1 - share) / count + (Z / (2 * count)) ** 2) / (1 + Z**2 / count)
    return max(0.0, min(middle - error, share)), min(1.0, max(middle + error, share))  # whatever is rounded


def difference(hits, others):
    """(value, low, high): how much larger the share of hits is than that of others, bools [n] of the same cases, with a
    95 % interval that has a width even where all are alike: one more case is counted each way (Bonett & Price 2012)."""
    hits, others = np.asarray(hits), np.asarray(others)
    count = len(hits) + 2
    more, less = ((wins.sum() + 1) / count for wins in (hits & ~others, others & ~hits))
    error = Z * math.sqrt((more + less - (more - less) ** 2) / count)
    return float(hits.mean() - others.mean()), float(more - less - error), float(more - less + error)


@dataclass(frozen=True)
class Estimate:
    """A figure of whole sets, and what it is without each of PARTS equal parts of them: the i-th row of every set lies in
    part i mod PARTS. A bootstrap's sets would hold rows twice, and be farther apart for it."""

    value: float
    without: np.ndarray

    def interval(self):
        """(value, low, high), 95 % by the jackknife over groups (Efron & Tibshirani 1993, chapter 11)."""
        error = T * math.sqrt((len(self.without) - 1) * self.without.var())
        return self.value, self.value - error, self.value + error

    def __truediv__(self, other):
        """By a number, or by an estimate from the same parts."""
        if isinstance(other, Estimate):
            return Estimate(self.value / other.value, self.without / other.without)
        return Estimate(self.value / other, self.without / other)

    def __sub__(self, other):
        """Less another estimate from the same parts."""
        return Estimate(self.value - other.value, self.without - other.without)


def jackknife(distance, *sets):
    """The Estimate of distance(*sets), of tensors with a row for each of a set's members."""
    def kept(rows, part):
        return rows[torch.arange(len(rows)) % PARTS != part]

    return Estimate(distance(*sets), np.array([distance(*(kept(rows, part) for rows in sets)) for part in range(PARTS)]))


def kid(real, made):
    """The Estimate of the kernel inception distance, which is the unbiased squared MMD with the kernel (x.y / d + 1)^3
    (Binkowski et al. 2018, arXiv 1801.01401), of features [n, d] and [m, d]. 0 on average for equal distributions, so it
    may be slightly negative."""
    a, b = real.double(), made.double()
    within_a, within_b, between = sums_by_part(a, a), sums_by_part(b, b), sums_by_part(a, b)

    def distance(kept):
        n, m = (sum(len(x[i::PARTS]) for i in kept) for x in (a, b))
        total_a, total_b, total = (sums[kept][:, kept].sum().item() for sums in (within_a, within_b, between))
        return total_a / (n * (n - 1)) + total_b / (m * (m - 1)) - 2 * total / (n * m)

    everything = list(range(PARTS))
    return Estimate(distance(everything), np.array([distance(everything[:i] + everything[i + 1:]) for i in everything]))


def sums_by_part(x, y):
    """[PARTS, PARTS]: sums of the kernel between parts of x and of y; a row with itself does not count."""
    gram = (x @ y.T / x.shape[1] + 1) ** 3
    if x is y:
        gram.fill_diagonal_(0)
    rows, columns = (torch.eye(PARTS, dtype=gram.dtype)[torch.arange(len(z)) % PARTS] for z in (x, y))
    return rows.T @ gram @ columns


def fid(real, made):
    """Frechet distance of the Gaussians with the features' means and covariances (Heusel et al. 2017, arXiv 1706.08500),
    of features [n, d] and [m, d]. Biased upwards for few rows: compare only sets of equal size."""
    a, b = real.double(), made.double()
    covariance_a, covariance_b = (torch.atleast_2d(torch.cov(x.T)) for x in (a, b))
    # The trace of the root of A B is the sum of the roots of the eigenvalues of A^1/2 B A^1/2, which is symmetric.
    values, vectors = torch.linalg.eigh(covariance_a)
    root = vectors * values.clamp(min=0).sqrt() @ vectors.T
    roots = torch.linalg.eigvalsh(root @ covariance_b @ root).clamp(min=0).sqrt()
    distance = (a.mean(0) - b.mean(0)).square().sum() + covariance_a.trace() + covariance_b.trace() - 2 * roots.sum()
    return distance.item()


def precision_and_recall(real, made, k=3):
    """Estimates of improved precision and recall (Kynkaanniemi et al. 2019, arXiv 1904.06991) of features [n, d] and
    [m, d]: the share of made ones that lie among the real ones, and of real ones among the made ones. A set reaches as
    far around each of its points as the k-th nearest of its others.

    Their intervals hold what sets of this size have on average, with both drawn anew and thus also other neighbours, not
    the same neighbourhoods with other points in them. They are rather too wide than too narrow: a neighbour that is left
    out moves a reach by a jump."""
    a, b = real.float(), made.float()
    within_a, within_b, between = torch.cdist(a, a), torch.cdist(b, b), torch.cdist(b, a)

    def shares(kept_a, kept_b):
        distances = between[kept_b][:, kept_a]
        reach_a, reach_b = reach(within_a[kept_a][:, kept_a], k), reach(within_b[kept_b][:, kept_b], k)
        hits = (distances <= reach_a).any(1), (distances <= reach_b[:, None]).any(0)
        return [share.double().mean().item() for share in hits]

    parts_a, parts_b = (torch.arange(len(x)) % PARTS for x in (a, b))
    without = np.array([shares(parts_a != part, parts_b != part) for part in range(PARTS)])
    whole = shares(parts_a >= 0, parts_b >= 0)
    return Estimate(whole[0], without[:, 0]), Estimate(whole[1], without[:, 1])


def reach(distances, k):
    """[n]: how far from each point the k-th nearest of the others is; distances [n, n] of all to all."""
    return distances.clone().fill_diagonal_(math.inf).kthvalue(k, dim=1).values


def total_variation(counts, others):
    """Half the summed difference of two histograms as shares, 0 ... 1."""
    a, b = np.asarray(counts, np.float64), np.asarray(others, np.float64)
    return float(np.abs(a / a.sum() - b / b.sum()).sum() / 2)


def top_k_over_seeds(probabilities, truth, k):
    """[n] bool: is truth[i] among the k most probable classes of the mean over seeds of probabilities [n, seeds, c]?"""
    ranked = probabilities.mean(1).topk(k, dim=1).indices
    return (ranked == torch.as_tensor(truth)[:, None]).any(1)
