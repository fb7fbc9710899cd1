"""What a figure of a statement stands for, beside what the same figure stands for in print.

That 24亿元 is printed in the cited sentence is not enough: it must be the investment there too, of
the same year and the same reach, a rise and not a level, up and not down.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import rjieba

from rag.compose import header_text
from rag.dates import find_dates
from rag.features import Candidate
from rag.matching import matched
from rag.quantities import Quantity, find_quantities, same_quantity
from rag.questions import Term
from rag.records import DateRange
from rag.text import fold

_MARK = re.compile(r"[，,；;。：:、()（）！!？?]")
_CLAUSE = re.compile(r"[，,；;。：:！!？?]")
_UP = re.compile(r"增长|增加|增速|增幅|增至|增到|提高|提升|上升|上涨|攀升|扩大|高于|高出|高过|多于|多出|涨|快于|升至")
_DOWN = re.compile(r"下降|减少|降低|降幅|降至|降到|减至|下滑|下跌|跌|回落|缩小|低于|少于|不及|慢于|负增长")
# 增长27.1% is a change, 增长到27.1% a level.
_CHANGE = re.compile(r"(?:增长|增加|提高|提升|上升|上涨|下降|减少|降低|下滑|下跌|回落|扩大|缩小)(?:了|约|近|超过?|逾|不到|达|幅度)*$")
_LEVEL = re.compile(
    r"(?:增长|增加|提高|提升|上升|上涨|下降|减少|降低|下滑|下跌|回落|扩大|缩小|增|升|降|减|跌|涨)"
    r"(?:到|至|为)了?(?:约|近|超过?|逾)*$"
)  # fmt: skip
_SCOPE = re.compile(r"全国|我国|全省|我省|全市|我市|本市|全县|我县|全区|全球|世界")
_SAME_SCOPE = {"我国": "全国", "我省": "全省", "我市": "全市", "本市": "全市", "我县": "全县", "世界": "全球"}
_AGAINST = re.compile(r"(?:比|较|与|同|相比)$")
_RESPECTIVELY = re.compile("分别|依次")
_JOINT = re.compile(r"[、和与及跟，,；;]|以及")
_BASE = (re.compile("同比|[比较]上年"), re.compile("环比|[比较]上月"))
# 此次大会 stands for something named before.
_THIS = re.compile(r"(?:此次|本次|这次|上述|这[个项届]|该|其|此)[\u4e00-\u9fff]{1,3}?(?=[现场共总将在已集,，])|此次大会|该项目|该活动")
# 七路, 3号线, 市一中: things told apart by a number
_NUMBERED = re.compile(r"[一二三四五六七八九十\d]{1,4}(?:路|号|中(?![旬的])|小(?![时型])|院|厂|期|队|连|组|班|区|线)")
_NAME = ("nr", "ns", "nt", "nz")
# Nouns that say how a figure is meant, not of what it is; verbs of change likewise.
_NO_THING = frozenset(
    """
    同比 环比 平均 水平 全国 全省 全市 全县 全球 世界 我市 我省 我国 本市 时候 方面 情况 目前 其中 左右 以上 以下 人民币
    增长 增加 增幅 增速 提高 提升 上升 上涨 下降 减少 降低 降幅 达到 超过 突破 总 共 占 比 年 月 日 亿元 万元 记者 约
    计划 力争 预计 现场 当天 完成 实现 说法 一说 另说 另一
    """.split()
)


@dataclass(frozen=True, slots=True)
class _Figure:
    """A quantity with what it is said of: `near` up to the figure before and the mark behind,
    `reach` the same or, where that names no thing, farther back; `core` the last clause of that
    which names one; `before` all that precedes the figure."""

    quantity: Quantity
    near: str
    reach: str
    core: str
    before: str
    clause: str
    told_apart: bool = False  # by 分别


def figure_faults(statement: str, cited: Sequence[Candidate], asked: str = "") -> list[str]:
    """In words, the figures of a statement that stand for something else in the cited sentences.

    Figures that are not printed there at all are left to `verify.faults`. `asked` is the question,
    which a bare 24亿元 answers.
    """
    wrong = []
    text = fold(statement)
    printed = [(figure, c) for c in cited for figure in figures(c.folded)]
    headed = [figure for c in cited for figure in figures(fold(header_text(c.article)))]
    for said in figures(text):
        same = [(f, c) for f, c in printed if same_quantity(f.quantity, said.quantity)]
        reasons = [_difference(said, text, f, c, fold(asked)) for f, c in same]
        if reasons and all(reasons):
            wrong.append(f"{reasons[0]} of {said.quantity.text}")
        above = [f for f in headed if same_quantity(f.quantity, said.quantity)]
        # A headline tells of one thing: a figure that stands there alone is of that one.
        if not same and above and not any(_all_stand(said, f) for f in above):
            wrong.append(f"thing of {said.quantity.text}")
    return wrong


def _all_stand(said: _Figure, given: _Figure) -> bool:
    return all(_stands(word, given.clause) for word in things(said.clause))


@lru_cache(maxsize=4096)
def figures(text: str) -> tuple[_Figure, ...]:
    """The figures of a folded text in order."""
    found: list[_Figure] = []
    # 亿元以上的项目: a size of projects, not a figure of its own
    quantities = [q for q in find_quantities(text) if q.text[0] not in "百千万亿"]
    for n, quantity in enumerate(quantities):
        start = quantities[n - 1].end if n else 0
        mark = _MARK.search(text, quantity.end)
        stop = min(mark.start() if mark else len(text),
                   quantities[n + 1].start if n + 1 < len(quantities) else len(text))  # fmt: skip
        near = text[start : quantity.start] + " " + text[quantity.end : stop]
        reach = near if things(near) or not found else found[-1].reach + near
        before = text[: quantity.start]
        clause = _CLAUSE.split(before)[-1] + " " + _CLAUSE.split(text[quantity.end :])[0]
        found.append(_Figure(quantity, near, reach, _core(reach), before, clause))
    return tuple(_told_apart(text, found))


def _core(reach: str) -> str:
    clauses = _CLAUSE.split(reach)
    return next((c for c in reversed(clauses) if things(c)), reach)


def _told_apart(text: str, found: list[_Figure]) -> Iterator[_Figure]:
    """甲、乙分别增长1%和2%: each figure gets its own thing."""
    word = _RESPECTIVELY.search(text)
    after = [f for f in found if word and f.quantity.start > word.start()]
    parts = [p for p in _JOINT.split(text[: word.start()]) if things(p)] if word else []
    listed = len(after) > 1 and len(parts) >= len(after)
    for figure in found:
        if listed and figure in after:
            part = parts[len(parts) - len(after) + after.index(figure)]
            figure = replace(figure, near=part + figure.near, reach=part, core=part, told_apart=True)
        yield figure


@lru_cache(maxsize=4096)
def things(text: str) -> tuple[str, ...]:
    """The words of a text that name what a figure may be of."""
    words = (
        (word.strip(), tag) for word, tag in rjieba.tag(text) if tag[:1] in ("n", "l", "j", "b")
        or tag in ("vn", "eng") or (tag[:1] in "va" and len(word) > 1)
    )  # fmt: skip
    found = [w for w, _ in words if w and w not in _NO_THING and not w[0].isdigit()]
    return (*(m.group() for m in _NUMBERED.finditer(text)), *found)


def _difference(said: _Figure, statement: str, given: _Figure, candidate: Candidate, asked: str) -> str:
    """How the two uses of a figure differ, "" if they agree."""
    tests = (
        ("thing", _other_thing(said, statement, given, candidate, asked)),
        ("thing", _exchanged(said, given, candidate)),
        ("end", {_end(said), _end(given)} == {"from", "to"}),
        ("direction", _opposed(said.near, given)),
        ("level or change", _level(said) != _level(given) and bool(_level(said) and _level(given))),
        ("level or change", _told_as_level(said, given)),
        ("base", any(p.search(said.near) and q.search(given.reach) and not p.search(given.reach)
                     for p, q in (_BASE, _BASE[::-1]))),
        ("reach", _other_scope(said, given)),
        ("date", _other_date(said, given, candidate)),
        ("bound", said.quantity.bound in ("over", "under") and given.quantity.bound != said.quantity.bound),
    )  # fmt: skip
    return next((name for name, differs in tests if differs), "")


def _other_thing(said: _Figure, statement: str, given: _Figure, candidate: Candidate, asked: str) -> bool:
    own = things(said.reach) or things(asked)
    theirs = things(given.reach)
    if not own or not theirs:
        return False
    if not any(_stands(word, given.reach) for word in own):
        return True
    missing = [w for w in own if not _stands(w, candidate.folded + candidate.head)]
    # 年产能 of 甲项目 is not that of 乙项目: one thing is missing and another in its place.
    instead = (*_nouns(_THIS.sub("", given.core)), *_nouns(given.before, names=True))
    extra = [w for w in instead if not _stands(w, statement + asked)]
    return bool(extra) and any(w in _nouns(said.reach) for w in missing)


def _exchanged(said: _Figure, given: _Figure, candidate: Candidate) -> bool:
    """Whether the words beside the figure stand beside another one of its unit in print, and others
    here: 销售1200, where 投放700、销售1200 is printed the other way round."""
    quantity = said.quantity
    others = " ".join(
        f"{f.reach if f.told_apart else f.near} {f.clause}" for f in figures(candidate.folded)
        if f.quantity.unit == quantity.unit and f.quantity.value != quantity.value
    )  # fmt: skip
    own, theirs = things(said.clause), things(given.clause)
    if own and theirs and not given.told_apart and not any(_stands(w, given.clause) for w in own):
        return any(w in others for w in own) and not any(_stands(w, given.reach) for w in own[:1])
    near_them = given.reach if given.told_apart else given.near
    elsewhere = [w for w in _beside(said) if not _stands(w, near_them) and w in others]
    theirs = (*things(given.core), *_beside(given))
    return bool(elsewhere) and any(not _stands(w, said.reach) for w in theirs)


def _beside(figure: _Figure) -> tuple[str, ...]:
    """The words of things in a figure's clause before it, and the first behind it."""
    if figure.told_apart:
        return things(figure.reach)
    before, _, after = figure.near.rpartition(" ")
    return (*things(_last(before)), *things(after)[:1])


def _end(figure: _Figure) -> str:
    """Which end of a change a figure is: 由88%提高到91%."""
    before = figure.before[-8:]
    if re.search(r"(?:由|从|自)(?:原来的?|过去的?|上年的?)?[约近]?$", before):
        return "from"
    return "to" if re.search(r"[增升降减提高低调加少跌涨扩整变为缩压][^，,]{0,3}(?:到|至|为)了?[约近]?$", before) else ""


def _nouns(text: str, *, names: bool = False) -> tuple[str, ...]:
    tags = _NAME if names else ("n",)
    tagged = {w for w, tag in rjieba.tag(text) if tag.startswith(tags) and len(w) > 1}
    return tuple(word for word in things(text) if word in tagged)


def _stands(word: str, text: str) -> bool:
    """Whether a word, a synonym, most of it or (货运量 in 货物运输量) all its characters in their
    order stand in a text."""
    if matched(Term(word, 1.0), text) >= 0.6:
        return True
    return len(word) > 1 and bool(re.search(".{0,2}".join(map(re.escape, word)), text))


def _opposed(near: str, given: _Figure) -> bool:
    up, down = bool(_UP.search(_last(near))), bool(_DOWN.search(_last(near)))
    reach = _last(given.near)
    their_up, their_down = bool(_UP.search(reach)), bool(_DOWN.search(reach))
    return (up and not down and their_down and not their_up) or (
        down and not up and their_up and not their_down
    )


def _last(near: str) -> str:
    """What stands in the figure's own clause."""
    return _CLAUSE.split(near.rstrip("，,；;。：: "))[-1]


def _level(figure: _Figure) -> str:
    before = figure.before.rstrip("“‘\" ")[-12:]
    return "level" if _LEVEL.search(before) else "change" if _CHANGE.search(before) else ""


def _told_as_level(said: _Figure, given: _Figure) -> bool:
    """A rise of 100 told as 100, or the other way round; a rate is a change in any words."""
    if said.quantity.unit == "%" and re.search("增[幅速长]|降幅|涨幅", said.near + given.near):
        return False
    one, other = _level(said) == "change", _level(given) == "change"
    if one == other:
        return False
    text = said.reach if other else given.reach
    return not (_UP.search(text) or _DOWN.search(text) or re.search("新增|多|少|又|再", text))


def _other_scope(said: _Figure, given: _Figure) -> bool:
    own = _SCOPE.findall(_CLAUSE.split(said.before)[-1])
    theirs = _SCOPE.findall(_CLAUSE.split(given.before)[-1]) or _SCOPE.findall(given.before)
    plain = {_SAME_SCOPE.get(word, word) for word in theirs}
    return bool(own and plain) and _SAME_SCOPE.get(own[-1], own[-1]) not in plain


def _other_date(said: _Figure, given: _Figure, candidate: Candidate) -> bool:
    issued = candidate.article.source.published
    inherited = tuple(mention.range for mention in candidate.dates)
    own = _last_date(said.before, issued, inherited)
    if own is None:
        return False
    printed = [
        m.range for m in candidate.sentence.dates
        if m.start < given.quantity.start and not _AGAINST.search(candidate.folded[: m.start])
    ]  # fmt: skip
    theirs = printed[-1:] or list(inherited)
    return bool(theirs) and not any(own.overlaps(date) for date in theirs)


def _last_date(text: str, issued: DateRange | None, inherited: tuple[DateRange, ...]) -> DateRange | None:
    mentions = find_dates(text, issued, inherited[0] if inherited else None)
    own = [m.range for m in mentions if not _AGAINST.search(text[: m.start])]
    return own[-1] if own else None


def same_use(a: _Figure, b: _Figure, one: Candidate, other: Candidate) -> bool:
    """Whether two figures, whatever their values, are told of the same thing in two sentences."""
    alike = replace(b, quantity=replace(b.quantity, value=a.quantity.value, bound=a.quantity.bound))
    return not _difference(a, one.folded, alike, other, "")
