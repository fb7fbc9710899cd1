"""Two sets of scores on the same questions: how much better or worse, and how sure one can be.

Per question the samples are averaged first. The interval is a bootstrap over clusters: questions
about one article stand or fall together. Methods: percentile bootstrap (Efron), exact test of
McNemar, minimum detectable difference at 80% power.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import bootstrap, norm
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests

_Array = NDArray[np.float64]
_FEWEST_ARTICLES = 20
_FEWEST_DISCORDANT = 6  # the exact two-sided test cannot reach 0.05 with fewer


@dataclass(frozen=True, slots=True)
class Row:
    """One question's value in a measure, from 0 to 1, and what it hangs together with."""

    value: float
    articles: tuple[int, ...] = ()
    paragraph: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """`new` minus `old` over `n` questions: `delta` with its two-sided interval and the one-sided
    bound `least` (it is no worse than that, at the given confidence); `p` of McNemar's exact test,
    None where the values are no yes or no; `detectable`: the least true difference that a set of
    this size sees in four of five cases; `clustered`: by what."""

    n: int
    old: float | None
    new: float | None
    won: int
    lost: int
    same: int
    delta: float
    low: float
    high: float
    least: float
    p: float | None
    detectable: float
    clustered: str
    clusters: int

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def cluster_names(rows: Mapping[str, Row]) -> tuple[str, dict[str, str]]:
    """What the questions are clustered by, and the cluster of each."""
    articles = {row.articles[0] for row in rows.values() if row.articles}
    if len(articles) >= _FEWEST_ARTICLES:
        return "article", {
            id: str(row.articles[0]) if row.articles else f"question {id}"
            for id, row in rows.items()
        }
    return "paragraph", {id: row.paragraph or f"question {id}" for id, row in rows.items()}


def difference(
    old: Mapping[str, Row], new: Mapping[str, Row], *, alpha: float = 0.05,
    confidence: float = 0.95, resamples: int = 10_000, seed: int = 0,
) -> Difference:  # fmt: skip
    """Over the same question ids; `alpha` is that of the two-sided interval."""
    assert old.keys() == new.keys()  # who compares has checked it and told the user
    by, cluster = cluster_names(old)
    if not old:
        return Difference(0, None, None, 0, 0, 0, 0.0, 0.0, 0.0, 0.0, None, 1.0, by, 0)
    change = {id: new[id].value - old[id].value for id in old}
    n = len(change)
    sums = _by_cluster(change, cluster)
    low, high, least = _interval(sums, alpha, confidence, resamples, seed)
    by = "question" if len(sums) == n else by
    won, lost = sum(c > 0 for c in change.values()), sum(c < 0 for c in change.values())
    plain = all(row.value in (0, 1) for row in (*old.values(), *new.values()))
    return Difference(
        n, _mean(old), _mean(new), won, lost, n - won - lost, sum(change.values()) / n, low, high,
        least, exact_p(won, lost) if plain else None, detectable(won + lost, n), by, len(sums),
    )  # fmt: skip


def _mean(rows: Mapping[str, Row]) -> float:
    return sum(row.value for row in rows.values()) / len(rows)


def _by_cluster(
    change: Mapping[str, float], cluster: Mapping[str, str]
) -> list[tuple[float, int]]:
    """(sum of the changes, number of questions) of each cluster, in a fixed order."""
    found: dict[str, tuple[float, int]] = {}
    for id in sorted(change):
        total, n = found.get(cluster[id], (0.0, 0))
        found[cluster[id]] = (total + change[id], n + 1)
    return list(found.values())


def _interval(
    sums: Sequence[tuple[float, int]], alpha: float, confidence: float, resamples: int, seed: int
) -> tuple[float, float, float]:
    """The two-sided interval and the one-sided lower bound of the mean change per question."""
    totals = np.array([total for total, _ in sums], dtype=float)
    sizes = np.array([n for _, n in sums], dtype=float)
    if not totals.any():
        return 0.0, 0.0, 0.0
    if len(sums) == 1:  # a single cluster says nothing about another one
        return -1.0, 1.0, -1.0

    def mean(values: _Array, counts: _Array, axis: int = -1) -> _Array:  # as scipy calls it
        return np.asarray(values.sum(axis=axis) / counts.sum(axis=axis))

    drawn = bootstrap(
        (totals, sizes), mean, paired=True, vectorized=True, method="percentile",
        confidence_level=1 - alpha, n_resamples=resamples, rng=np.random.default_rng(seed),
    )  # fmt: skip
    low, high = drawn.confidence_interval
    least = np.quantile(drawn.bootstrap_distribution, 1 - confidence)
    return float(low), float(high), float(least)


def exact_p(won: int, lost: int) -> float:
    """Two-sided p of McNemar's exact test; 1 when nothing changed."""
    if won + lost == 0:
        return 1.0
    return float(mcnemar([[0, won], [lost, 0]], exact=True).pvalue)


def detectable(discordant: int, n: int) -> float:
    """The least true difference seen with 80% power at 5% two-sided, by the share of questions
    whose verdict moved; never less than what the exact test can tell from accident."""
    least = _FEWEST_DISCORDANT / n
    moved = discordant / n
    z = float(norm.ppf(0.975) + norm.ppf(0.8))
    return min(1.0, max(least, z * math.sqrt(moved / n)))


def holm(p_values: Mapping[str, float]) -> dict[str, float]:
    """Adjusted so that all of them together err as seldom as one."""
    if not p_values:
        return {}
    adjusted = multipletests(list(p_values.values()), method="holm")[1]
    return dict(zip(p_values, map(float, adjusted), strict=True))
