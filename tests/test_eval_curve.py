"""The refusal at other thresholds."""

import pytest

from eval import settings
from eval.curve import THRESHOLDS, curve, first_true


@pytest.mark.parametrize("at", [*THRESHOLDS, float("inf")])
def test_the_first_refusal_is_found_by_halving(at):
    tried = []

    def refuses(threshold):
        tried.append(threshold)
        return threshold >= at

    assert first_true(THRESHOLDS, refuses) == at and len(tried) <= 3


@pytest.mark.slow
def test_refusing_grows_with_the_threshold(seed):
    rows = settings.read_settings().questions()
    some = [q for q in rows if q.answerable][:6] + [q for q in rows if not q.answerable][:6]
    points = curve(seed, some, quiet=True)
    for name in ("wrongly_refused", "rightly_refused"):
        values = [point[name] for point in points]
        assert values == sorted(values)
    assert points[-1]["rightly_refused"] > points[0]["rightly_refused"]
    assert (points[0]["answerable"], points[0]["unanswerable"]) == (6, 6)
