"""The statistics of two runs, against values that can be worked out by hand or by simulation."""

import numpy as np
import pytest

from eval.paired import Row, cluster_names, detectable, difference, exact_p, holm


def rows(values, articles=None):
    return {
        f"q{n}": Row(float(v), (articles[n],) if articles else (), f"p{n}")
        for n, v in enumerate(values)
    }


def test_nothing_changed_is_no_difference_and_sure():
    d = difference(rows([1, 0, 1]), rows([1, 0, 1]))
    assert (d.delta, d.low, d.high, d.least, d.p, d.same) == (0, 0, 0, 0, 1, 3)


def test_won_and_lost_are_counted_and_the_exact_test_is_mcnemars():
    old, new = [1] * 10 + [0] * 10, [0] * 8 + [1] * 2 + [0] * 9 + [1]
    d = difference(rows(old), rows(new))
    assert (d.won, d.lost, d.same, d.n) == (1, 8, 11, 20)
    assert d.delta == pytest.approx(-0.35)
    assert d.p == pytest.approx(2 * (1 + 9) / 2**9)
    assert d.low < d.delta < d.high < 0


def test_fewer_than_six_changes_prove_nothing():
    assert exact_p(0, 5) > 0.05 > exact_p(0, 6)
    assert detectable(0, 200) == pytest.approx(6 / 200)


def test_the_detectable_difference_is_that_of_the_tables():
    # A tenth of 200 questions moving: 6.2 points at 80% power.
    assert detectable(20, 200) == pytest.approx(0.062, abs=0.002)


def test_a_measure_between_no_and_yes_has_no_exact_test():
    assert difference(rows([0.5, 1]), rows([1, 1])).p is None


@pytest.mark.parametrize(("articles", "by"), [(list(range(20)), "article"), ([1, 2] * 10, "paragraph")])
def test_clusters_are_articles_where_there_are_twenty_of_them(articles, by):
    assert cluster_names(rows([1] * 20, articles))[0] == by


def test_questions_that_fall_together_widen_the_interval():
    chance = np.random.default_rng(1)
    fallen = chance.random(30) < 0.2
    together = [0 if fallen[n // 4] else 1 for n in range(120)]
    wide = difference(
        rows([1] * 120, [n // 4 for n in range(120)]), rows(together, [n // 4 for n in range(120)])
    )
    narrow = difference(rows([1] * 120), rows(together))
    assert (wide.clustered, narrow.clustered) == ("article", "question")
    assert wide.high - wide.low > 1.5 * (narrow.high - narrow.low)


def test_a_single_cluster_says_nothing():
    one = {f"q{n}": Row(1.0, (), "p") for n in range(9)}
    none = {id: Row(0.0, (), "p") for id in one}
    d = difference(one, none)
    assert (d.low, d.high, d.least) == (-1.0, 1.0, -1.0)


def test_the_interval_covers_the_truth_about_as_often_as_it_says():
    chance = np.random.default_rng(7)
    covered = 0
    for n in range(60):
        old = chance.random(200) < 0.8
        new = np.where(chance.random(200) < 0.15, chance.random(200) < 0.8, old)
        d = difference(rows(old), rows(new), resamples=1000, seed=n)
        covered += d.low <= 0 <= d.high
    assert covered >= 52  # of 60; 57 are expected


def test_the_same_seed_gives_the_same_interval():
    old, new = rows([1, 0] * 30), rows([0, 1, 1] * 20)
    assert difference(old, new, seed=5) == difference(old, new, seed=5)


def test_no_questions_are_no_difference():
    assert difference({}, {}).old is None


def test_holm_is_stricter_with_many():
    assert holm({"a": 0.01, "b": 0.04}) == pytest.approx({"a": 0.02, "b": 0.04})
    assert holm({}) == {}
