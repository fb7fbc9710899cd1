"""A fact that an answer must state -> found, in conflict or missing.

Amounts and dates are read by the project's own finders, so that an answer is judged by the measure
it was checked with when it was given. Relative dates (去年) count only where the answer says what
they mean: the reader does not know the day of issue.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

from eval.corpus import day_range
from eval.gold import stands
from eval.questions import DateFact, EntityFact, Fact, PolarityFact, QuantityFact
from rag import DateRange, Quantity, find_dates, find_quantities, same_quantity

T = TypeVar("T")
Outcome = Literal["found", "conflict", "missing"]
_MARKER = re.compile(r"[\[【［]\s*\d+(?:\s*[,，、]\s*\d+)*\s*[\]】］]")
_SENTENCE = re.compile(r"[^。！？!?；;\n]*[。！？!?；;\n]?")
_SCATTER = 3  # other amounts of the same unit that an answer may state beside the right one


@dataclass(frozen=True, slots=True)
class Stated:
    """What came of one fact. `disputed`: found, but beside another value that neither the printed
    sentences nor the question give; `scattered`: found among many."""

    outcome: Outcome
    disputed: bool = False
    scattered: bool = False


@dataclass(frozen=True, slots=True)
class Ground:
    """What the page and the question say anyway: `text` is both, `issued` the page's issue."""

    text: str
    issued: DateRange | None = None


def without_markers(text: str) -> str:
    return _MARKER.sub("", text)


def state(fact: Fact, answer: str, ground: Ground) -> Stated:
    """Whether an answer (without citation markers) states the fact."""
    if isinstance(fact, QuantityFact):
        return _quantity(fact, answer, ground)
    if isinstance(fact, DateFact):
        return _date(fact, answer, ground)
    if isinstance(fact, EntityFact):
        return Stated("found" if any(stands(a, answer) for a in fact.aliases) else "missing")
    return _polarity(fact, answer)


def printed(fact: Fact, quote: str, dates: Iterable[DateRange]) -> bool:
    """Whether a quote of the page states the fact, its relative dates resolved as `dates`."""
    if isinstance(fact, DateFact):
        return any(_agrees(fact, found) for found in dates)
    if isinstance(fact, EntityFact):
        return stands(fact.aliases[0], quote)
    if isinstance(fact, PolarityFact):
        return stands(fact.value, quote)
    return state(fact, quote, Ground(quote)).outcome == "found"


def gold_quantity(fact: QuantityFact) -> Quantity | None:
    """The one amount that a fact names; None if it names none or several."""
    found = find_quantities(fact.value)
    return found[0] if len(found) == 1 else None


def _quantity(fact: QuantityFact, answer: str, ground: Ground) -> Stated:
    wanted = gold_quantity(fact)
    if wanted is None:  # a wording such as 超九成 that is no single amount
        return Stated("found" if stands(fact.value, answer) else "missing")
    given = find_quantities(ground.text)

    def equal(found: Quantity) -> bool:
        bare = fact.unit_optional and not found.unit and found.value == wanted.value
        return bare or same_quantity(found, wanted, rounding=True)

    def known(found: Quantity) -> bool:
        return any(same_quantity(found, g) for g in given)

    return _placed(
        answer, find_quantities, equal, lambda q: q.unit == wanted.unit, known,
        lambda q: (q.value, q.unit),
    )  # fmt: skip


def _date(fact: DateFact, answer: str, ground: Ground) -> Stated:
    # Where no year is asked for, a date without one is as good.
    issued = None if "year" in fact.fields else day_range(fact.value[:4])
    given = [mention.range for mention in find_dates(ground.text, ground.issued)]

    def dates(text: str) -> list[DateRange]:
        return [m.range for m in find_dates(text, issued) if not m.range.vague]

    return _placed(
        answer, dates, lambda found: _agrees(fact, found), lambda found: _fine(fact, found),
        lambda found: any(found.overlaps(g) for g in given), str,
    )  # fmt: skip


def _placed(
    answer: str,
    find: Callable[[str], Sequence[T]],
    equal: Callable[[T], bool],
    alike: Callable[[T], bool],
    known: Callable[[T], bool],
    key: Callable[[T], object],
) -> Stated:
    """`alike` are values that could be meant for the fact, `known` those that stand in print."""
    others: set[object] = set()
    found = disputed = contrary = False
    for sentence in filter(str.strip, _SENTENCE.findall(answer)):
        values = [value for value in find(sentence) if alike(value) or equal(value)]
        here = any(map(equal, values))
        wrong = [value for value in values if not equal(value)]
        found, contrary = found or here, contrary or bool(wrong)
        others.update(key(value) for value in wrong if not known(value))
        disputed = disputed or (here and any(not known(value) for value in wrong))
    if not found:
        return Stated("conflict" if contrary else "missing")
    return Stated("found", disputed, len(others) > _SCATTER)


def _agrees(fact: DateFact, found: DateRange) -> bool:
    wanted = day_range(fact.value)
    if "/" in fact.value:
        return (found.start, found.end) == (wanted.start, wanted.end)
    return _fine(fact, found) and all(
        getattr(found.start, part) == getattr(wanted.start, part) for part in fact.fields
    )


def _fine(fact: DateFact, found: DateRange) -> bool:
    """Whether a date names all the parts that are asked for."""
    if "/" in fact.value:
        return found.precision == "range"
    one_month = (found.start.year, found.start.month) == (found.end.year, found.end.month)
    if "day" in fact.fields:
        return found.start == found.end
    return one_month if "month" in fact.fields else found.start.year == found.end.year


def _polarity(fact: PolarityFact, answer: str) -> Stated:
    rest = answer
    for contrary in sorted(fact.opposite, key=len, reverse=True):
        rest = rest.replace(contrary, "\n")
    against = rest != answer
    if stands(fact.value, rest):
        return Stated("found", disputed=against)
    return Stated("conflict" if against else "missing")
