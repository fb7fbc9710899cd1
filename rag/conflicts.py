"""Articles that tell the same thing differently: both sides, the newer or better supported first.

Only what is surely the same thing counts: sentences that differ in little but a figure, a date or
a name, or that give the same kind of figure for the same thing, time and reach. The same sentence
in another year's paper is no conflict, nor is anything within one article.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from difflib import SequenceMatcher
from itertools import pairwise

import rjieba

from rag.extract import Choice
from rag.features import Candidate
from rag.figures import figures, same_use
from rag.quantities import same_quantity
from rag.questions import Part
from rag.text import bare
from rag.weights import weight

_MOST_SIDES = 3
_ALIKE = 0.72  # of two sentences that differ in one word
_ALIKE_PAIRS = 0.4  # share of common pairs of characters below which they are not compared
_LONGEST = 240
_SAME_TIME = timedelta(days=40)  # papers further apart may both be right
_RARE = 7.5  # weight of a word that is no everyday one
_TELLING: frozenset[str] = frozenset({"quantity", "date", "person", "place"})
_NOTE = ("（报道说法不一）", "(Reports differ.) ")


def note(english: bool) -> str:
    """What stands before an answer that gives both sides."""
    return _NOTE[english]


def both_sides(answered: Sequence[Choice], found: Sequence[Candidate]) -> list[Candidate]:
    """The sentences that contradict each other about what was asked, the newest first and of those
    the one that most articles bear out; [] where there is no contradiction."""
    if len(answered) != 1 or not _kinds(answered[0].part) & _TELLING:
        return []
    part, best = answered[0].part, answered[0].chosen[0]
    others = [
        c for c in found
        if c.article.id != best.article.id and not c.sentence.heading and _same_time(best, c)
    ]  # fmt: skip
    sides = [[best]]
    for other in others:
        same = next((side for side in sides if not _contradict(part, side[0], other)), None)
        if same is None and all(_contradict(part, side[0], other) for side in sides):
            sides.append([other])
        elif same is not None and _alike(same[0], other):
            same.append(other)
    if len(sides) == 1:
        return []
    order = sorted(range(len(sides)), key=lambda n: (-_newest(sides[n]), -len(sides[n]), n))
    return [sides[n][0] for n in order[:_MOST_SIDES]]


def _newest(side: Sequence[Candidate]) -> int:
    days = [c.article.source.published for c in side]
    return max((day.end.toordinal() for day in days if day), default=0)


def _same_time(a: Candidate, b: Candidate) -> bool:
    one, other = a.article.source.published, b.article.source.published
    if one is None or other is None or one.overlaps(other):
        return True
    return max(one.start, other.start) - min(one.end, other.end) <= _SAME_TIME


def _kinds(part: Part) -> frozenset[str]:
    """The kinds of thing asked for; any where the question has no question word."""
    return part.kinds or _TELLING


def _contradict(part: Part, a: Candidate, b: Candidate) -> bool:
    kinds, told = _kinds(part), list(_swaps(a, b))
    if "date" in kinds and any(_dated(a, one) and _dated(b, two) for one, two in told):
        return True
    if "date" in part.kinds or not _same_dates(a, b):
        return False
    if "quantity" in kinds and _other_figure(part, a, b):
        return True
    return bool(kinds & {"person", "place"}) and any(_named(x) and _named(y) for x, y in told)


def _dated(candidate: Candidate, piece: str) -> bool:
    """Whether a piece of the sentence with a figure in it lies in one of its dates."""
    place = candidate.folded.find(piece)
    return any(char.isdigit() for char in piece) and any(
        m.start < place + len(piece) and place < m.end for m in candidate.sentence.dates
    )


def _same_dates(a: Candidate, b: Candidate) -> bool:
    if not a.dates or not b.dates:
        return True
    return any(m.range.overlaps(n.range) for m in a.dates for n in b.dates)


def _alike(a: Candidate, b: Candidate) -> bool:
    """Whether two sentences say the same but for a word."""
    one, other = bare(a.folded), bare(b.folded)
    if not 6 <= len(one) <= _LONGEST or not 6 <= len(other) <= _LONGEST:
        return False
    pairs, others = ({x + y for x, y in pairwise(text)} for text in (one, other))
    if len(pairs & others) < _ALIKE_PAIRS * min(len(pairs), len(others)):
        return False
    return SequenceMatcher(None, one, other, autojunk=False).ratio() >= _ALIKE


def _swaps(a: Candidate, b: Candidate) -> Iterator[tuple[str, str]]:
    """The pieces that stand in place of each other in two sentences that are otherwise alike; at
    most two, for then it is the same sentence."""
    if not _alike(a, b):
        return
    matcher = SequenceMatcher(None, a.folded, b.folded, autojunk=False)
    changes = [op for op in matcher.get_opcodes() if op[0] != "equal"]
    if len(changes) <= 3:
        for _, i, j, k, m in changes:
            # A figure or a name whole, not the one character in which two of them differ.
            yield _whole(a.folded, i, j), _whole(b.folded, k, m)


def _whole(text: str, start: int, end: int) -> str:
    """The words that a piece of a text lies in."""
    position = 0
    low, high = start, end
    for word in rjieba.cut(text):
        stop = position + len(word)
        if position < max(end, start + 1) and stop > start:
            low, high = min(low, position), max(high, stop)
        position = stop
    return text[low:high].strip("，,。；; ")


def _named(piece: str) -> bool:
    """Whether a piece may be a name: by its tag, or because it is no everyday word."""
    if len(piece) < 2 or any(char.isdigit() for char in piece):
        return False
    named = any(tag.startswith(("nr", "ns", "nt", "nz")) for _, tag in rjieba.tag(piece))
    return named or weight(piece) >= _RARE


def _other_figure(part: Part, a: Candidate, b: Candidate) -> bool:
    """Whether both give a figure of the kind asked for, of the same thing, and another one each."""
    asked = part.text
    ours = [f for f in figures(a.folded) if _wanted(part, f.quantity.unit) and f.quantity.text not in asked]
    theirs = [f for f in figures(b.folded) if _wanted(part, f.quantity.unit) and f.quantity.text not in asked]
    if not ours or not theirs or not _alike(a, b):
        return False
    for said in ours[:2]:
        if any(same_quantity(said.quantity, f.quantity, rounding=True) for f in theirs):
            continue
        if any(f.quantity.unit == said.quantity.unit and same_use(said, f, a, b) for f in theirs):
            return True
    return False


def _wanted(part: Part, unit: str) -> bool:
    return unit != "第" and (not part.units or unit in part.units)
