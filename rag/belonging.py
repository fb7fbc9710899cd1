"""Whether an amount that a sentence prints is of what is asked about, and not of a whole or of another."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise

import rjieba

from rag.quantities import find_quantities
from rag.questions import Part
from rag.records import DateMention
from rag.text import CLAUSE_END

_ASKS = re.compile("多少|几")
_MEMBERS = re.compile(r"((?:[\u4e00-\u9fffa-z()]{2,16}、)+[\u4e00-\u9fffa-z()]{2,16})等")
_LEADS = re.compile("^(?:.*[与和同跟对向](?=..)|涉及|包括|其中|分别是?|[在是有])")
_SAME = 4  # characters by which a member is known
_SCOPE = re.compile("全[国省市县区]|[我本][省市县区]")
_OF_ALL = re.compile("全[国省市县区](?![^，,]*(?:计划|拟|将|要|安排|投资|投入))")  # not who invests in it
_PLANNED = re.compile("计划|打算|目标|要(?!求)|想|准备|预计|力争|将|安排")
_SITE = re.compile(
    "(?!国际|中心|内河|内陆|港口|专业|工程|项目|地区|城市|国家|铁路|公路|综合|区域|航空|货运|客运)(?P<place>[\u4e00-\u9fff]{2})"
    "[市县区]?(?:国际|中心|新)?(?P<sort>机场|大桥|隧道|水库|新区|港(?![口区式币元股珠澳]))"
)


def of_another(part: Part, folded: str, home: Collection[str] = ()) -> bool:
    """Whether the sentence has amounts of the sort asked for, and all of them are of a whole that the
    question names one member of (甲、乙等4条共312公里), or of the whole province, city or country
    (全省通车8900公里) where it asks of one thing that stands elsewhere in the sentence."""
    if "quantity" not in part.kinds or not _ASKS.search(part.text):
        return False
    places = [q.start for q in find_quantities(folded) if not part.units or q.unit in part.units]
    if not places:
        return False
    if "等" not in part.text and any(_one_of(part.text, found, places) for found in _MEMBERS.finditer(folded)):
        return True
    if _SCOPE.search(part.text) or any(name and name in part.text for name in home):
        return False
    with_amounts = [clause for start, end, clause in _clauses(folded) if any(start <= at < end for at in places)]
    printed = [term for term in part.terms if len(term.text) > 1 and term.text in folded]
    subject = max(printed, key=lambda term: term.weight, default=None)
    if subject is None or any(subject.text in clause for clause in with_amounts):
        return False
    return all(_OF_ALL.match(clause) for clause in with_amounts)


def told_of_the_past(part: Part, told: Sequence[DateMention]) -> bool:
    """Whether a plan for a time is asked for and all times that the sentence names lie before it: what
    2023 brought is no plan for 2024."""
    if not part.dates or not told or not _PLANNED.search(part.text):
        return False
    return min(m.range.start for m in part.dates) > max(m.range.end for m in told)


def of_another_place(part: Part, folded: str) -> bool:
    """Whether the question names one harbour, bridge or road by its place and the sentence only
    others: 北渡港 is not 南浦港."""
    asked, told = _sites(part.text), _sites(folded)
    for sort, places in asked.items():
        others = told.get(sort, set())
        if others and places.isdisjoint(others) and not any(place in folded for place in places):
            return True
    return False


def _sites(text: str) -> dict[str, set[str]]:
    """Sort of site -> the places that those in a text are named by."""
    found: dict[str, set[str]] = {}
    for named in _SITE.finditer(text):
        tags = rjieba.tag(named["place"])
        if rjieba.has_word(named["place"]) and tags[0][1].startswith("n"):
            found.setdefault(named["sort"], set()).add(named["place"])
    return found


def _one_of(asked: str, found: re.Match[str], places: Collection[int]) -> bool:
    """Whether the question names just one of the members, and all amounts stand behind them."""
    members = [_LEADS.sub("", member) for member in found[1].split("、")]
    named = [m for m in members if found.string.count(m) == 1 and any(k in asked for k in _known_by(m, members))]
    return len(named) == 1 and all(at >= found.end() for at in places)


def _known_by(member: str, members: Collection[str]) -> Iterator[str]:
    """The whole of a short member; what four characters of a longer one no other has."""
    if len(member) <= _SAME:
        yield member
        return
    for start in range(len(member) - _SAME + 1):
        piece = member[start : start + _SAME]
        if sum(piece in other for other in members) == 1:
            yield piece


def _clauses(folded: str) -> Iterator[tuple[int, int, str]]:
    borders = [0, *(m.end() for m in CLAUSE_END.finditer(folded)), len(folded)]
    for start, end in pairwise(borders):
        yield start, end, folded[start:end]
