"""Figures: text stays text, and the same figure is the same bytes."""

from eval.gate import SliceChange
from eval.plots import change_plot, latency_plot, refusal_plot, slice_plot
from eval.totals import rate

CURVE = [{"threshold": t, "wrongly_refused": t / 2, "rightly_refused": t} for t in (0.2, 0.4)]


def test_words_are_text_and_not_outlines():
    drawn = slice_plot({"kind 事实": rate(3, 4)}, rate(3, 4))
    assert "<text" in drawn and "kind 事实" in drawn and drawn.startswith("<svg")


def test_the_same_figure_is_the_same_bytes():
    assert latency_plot([0.1, 0.2]) == latency_plot([0.1, 0.2])
    assert refusal_plot(CURVE, 0.4) != refusal_plot(CURVE, 0.2)


def test_nothing_to_draw_is_no_error():
    assert "</svg>" in slice_plot({}, None)
    assert "</svg>" in change_plot([])


def test_lost_and_won_stand_on_their_sides():
    drawn = change_plot([SliceChange("kind date, answers", 9, 2, 7, 0.1)])
    assert ">7<" in drawn and ">2<" in drawn
