"""Figures of the report as SVG: text stays text, so that no font has to travel with it."""

from __future__ import annotations

import io
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter, PercentFormatter

from eval.gate import SliceChange
from eval.totals import Rate

_INK, _QUIET, _RULE = "#1f2328", "#6b7280", "#e5e7eb"
_MOST_CHANGES = 30  # bars in one figure
_MAIN, _GOOD, _BAD = "#1d4e6b", "#2f7d5b", "#b3392f"
_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none", "font.family": "sans-serif", "font.size": 10, "text.color": _INK,
    "axes.edgecolor": _RULE, "axes.labelcolor": _QUIET, "xtick.color": _QUIET,
    "ytick.color": _INK, "axes.spines.top": False, "axes.spines.right": False,
    "axes.grid": True, "grid.color": _RULE, "grid.linewidth": 0.6, "axes.axisbelow": True,
    "svg.hashsalt": "wenbao",
}  # fmt: skip


def slice_plot(found: Mapping[str, Rate], whole: Rate | None) -> str:
    """Share right of each slice with its interval; the whole as a line."""
    named = {name: r for name, r in found.items() if r.value is not None}
    figure, axes = _figure(len(named))
    for place, (_, r) in enumerate(named.items()):
        assert r.value is not None and r.low is not None and r.high is not None  # see `named`
        axes.plot([r.low, r.high], [place, place], color=_MAIN, alpha=0.35, linewidth=5,
                  solid_capstyle="round")  # fmt: skip
        axes.plot([r.value], [place], "o", color=_MAIN, markersize=6, clip_on=False, zorder=3)
        axes.text(1.03, place, f"{r.value:.0%} of {r.n}", va="center", color=_QUIET)
    if whole and whole.value is not None:
        axes.axvline(whole.value, color=_QUIET, linewidth=1, linestyle=(0, (3, 3)))
    _rows(axes, list(named))
    axes.set_xlim(0, 1)
    axes.xaxis.set_major_formatter(PercentFormatter(1.0))
    return _svg(figure)


def change_plot(changes: Sequence[SliceChange]) -> str:
    """Questions won (right) and lost (left) of each slice that moved."""
    moved = [change for change in changes if change.won + change.lost][:_MOST_CHANGES]
    figure, axes = _figure(len(moved))
    axes.barh(range(len(moved)), [-c.lost for c in moved], color=_BAD, height=0.55)
    axes.barh(range(len(moved)), [c.won for c in moved], color=_GOOD, height=0.55)
    for place, c in enumerate(moved):
        axes.text(-c.lost - 0.1, place, str(c.lost or ""), ha="right", va="center", color=_BAD)
        axes.text(c.won + 0.1, place, str(c.won or ""), ha="left", va="center", color=_GOOD)
    axes.axvline(0, color=_INK, linewidth=0.8)
    reach = max((max(c.won, c.lost) for c in moved), default=1) * 1.15 + 0.5
    axes.set_xlim(-reach, reach)
    axes.set_xlabel("questions lost and won")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.xaxis.set_major_formatter(lambda value, _: f"{abs(value):.0f}")
    _rows(axes, [c.name for c in moved])
    return _svg(figure)


def latency_plot(seconds: Sequence[float]) -> str:
    """Share of the replies that had come after so many milliseconds."""
    figure, axes = _sized(6.4, 2.6)
    ordered = sorted(1000 * s for s in seconds)
    axes.step(ordered, [n / len(ordered) for n in range(1, len(ordered) + 1)], where="post",
              color=_MAIN, linewidth=2)  # fmt: skip
    for level in (0.5, 0.95):
        at = ordered[min(len(ordered) - 1, int(level * len(ordered)))]
        axes.plot([at], [level], "o", color=_MAIN)
        axes.annotate(f"p{level * 100:.0f}  {at:.0f} ms", (at, level), xytext=(8, -4),
                      textcoords="offset points", color=_INK)  # fmt: skip
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_xlabel("milliseconds until the answer")
    axes.set_ylim(0, 1.02)
    axes.yaxis.set_major_formatter(PercentFormatter(1.0))
    return _svg(figure)


def refusal_plot(points: Sequence[Mapping[str, Any]], used: float) -> str:
    """What each threshold of the refusal costs, and what it saves; the one in use is marked."""
    figure, axes = _sized(6.4, 3.2)
    x = [point["wrongly_refused"] for point in points]
    y = [point["rightly_refused"] for point in points]
    axes.plot(x, y, "-o", color=_MAIN, linewidth=2, markersize=4)
    for point, at, up in zip(points, x, y, strict=True):
        chosen = abs(point["threshold"] - used) < 1e-9
        axes.annotate(f"{point['threshold']:g}", (at, up), xytext=(6, -12),
                      textcoords="offset points", color=_BAD if chosen else _QUIET)  # fmt: skip
        if chosen:
            axes.plot([at], [up], "o", color=_BAD, markersize=9)
    axes.set_xlabel("wrongly refused, of the questions that the page answers")
    axes.set_ylabel("rightly refused, of the others")
    axes.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    axes.margins(0.08)
    return _svg(figure)


def _figure(rows: int) -> tuple[Figure, Axes]:
    return _sized(7.6, 0.6 + 0.3 * max(1, rows))


def _sized(width: float, height: float) -> tuple[Figure, Axes]:
    with matplotlib.rc_context(_STYLE):
        figure = Figure(figsize=(width, height), layout="constrained")
        return figure, figure.subplots()


def _rows(axes: Axes, names: Sequence[str]) -> None:
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(max(1, len(names)) - 0.5, -0.5)
    axes.tick_params(length=0)
    axes.grid(axis="y", visible=False)


def _svg(figure: Figure) -> str:
    """The SVG element alone, the same bytes for the same figure."""
    file = io.StringIO()
    with matplotlib.rc_context(_STYLE), warnings.catch_warnings():
        # The reader's browser has the fonts; that this machine may not does not matter here.
        warnings.filterwarnings("ignore", message="Glyph")
        figure.savefig(file, format="svg", transparent=True, metadata={"Date": None})
    text = file.getvalue()
    return text[text.index("<svg") :]
