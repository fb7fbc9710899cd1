"""Text -> the terms it is found by: words and, beside them, pairs of characters.

A word segmenter cuts an unknown name in pieces, and not always in the same pieces; pairs of
characters find it all the same. So a text is indexed under both, in columns of their own.

Numbers are cut by rules of our own and kept whole, because rjieba makes three pieces of
"1,204.5". A number gives the bare figure without its thousands commas and, where a unit follows,
the figure with its unit: "2,319.4 亿元" gives "2319.4" and "2319.4亿元". A question that names the
unit then prefers the exact one, and a question that does not still finds it. A date gives its
parts, each with its unit, and the joined forms: "2023年11月24日" gives "2023", "2023年", "11月",
"24日", "2023年11月", "11月24日", "2023年11月24日"; the bare figures of a month and a day find
nothing but noise and are left out. "2023-11-24" gives the same terms.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby

import rjieba

from rag.text import fold

_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af〇"
_HAN_RUN = re.compile(f"[{_HAN}]+")
_DATE = re.compile(
    r"(?<![\d.])(?:(?P<year>\d{4})\s*年\s*)?(?P<month>\d{1,2})\s*月(?:\s*份)?"
    r"(?:\s*(?P<day>\d{1,2})\s*[日号])?"
    r"|(?<![\d.-])(?P<iso_year>\d{4})[-/](?P<iso_month>\d{1,2})[-/](?P<iso_day>\d{1,2})(?![\d-])"
)
_CODE = re.compile(r"[a-z0-9]+(?:[-./+&'_][a-z0-9]+)*")
_NUMBER = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")
_UNIT = re.compile(
    r"\s*(个?百分点|[十百千万亿兆]*(?:元|美元|吨|人|人次|户|家|亩|公里|千米|米|平方米|立方米|公顷"
    r"|千瓦时|千瓦|度|辆|套|件|只|名|位|项|个|岁|年|号|届|日|天|小时|分钟|倍|%|‰)|[万亿]+)"
)
_NOUNS = frozenset({"n", "nz", "ng", "g", "zg"})  # as rjieba calls them
_FIGURES = re.compile(r"\d")

# Asked with, not asked for. A pair of characters goes when one of its characters only ever asks
# or joins, or when both are among the commonest function characters.
_STOP_WORDS = frozenset(
    re.split(
        r"\s+",
        """什么 多少 哪些 哪个 哪里 哪儿 哪位 哪家 哪年 哪天 哪种 怎么 怎样 怎么样 如何 为何 为什么
        是否 是不是 有没有 能否 可否 多久 多大 多高 多长 多远 几个 几名 几位 几人 几年 几月 几日
        何时 何地 何人 请问 告诉 一下 关于 以及 或者 还是 分别 这个 那个 这些 那些 这次 其中 他们
        我们 你们 它们 自己 可以 已经 进行 具体 时候 哪一 哪一年 哪一天 什么时候 什么样""",
    )
)
_ASKING = frozenset("的了吗呢么吧啊谁哪")
_COMMON = frozenset("是在和与及有为被将对于从到由把向以之其这那几多少什请问何个上中下")
_LEVELS = frozenset("省市县区乡镇村人年月日")
_JOINING = _COMMON | _ASKING | _LEVELS | frozenset("不也就都还又再很最更会要能可做着过给让叫把被来去说看想得没")


def words(text: str) -> list[str]:
    """The words of a text in the order of their kinds, repeats kept: pieces of two and more
    characters in every cut rjieba knows, letters and figures of any length, whole numbers, dates.
    """
    folded = _folded(text)
    terms = [term for match in _DATE.finditer(folded) for term in _date_terms(match)]
    rest = _DATE.sub(" ", folded)
    terms.extend(_codes(rest))
    for run in _HAN_RUN.findall(rest):
        terms.extend(piece for piece in rjieba.cut_for_search(run) if len(piece) > 1)
    return terms


def pairs(text: str) -> list[str]:
    """Every two neighbouring Chinese characters; a character that stands alone counts too."""
    return [pair for run in _HAN_RUN.findall(_folded(text)) for pair in _run_pairs(run)]


def query_words(question: str) -> list[str]:
    """The words of a question worth searching for, each once, in order."""
    return list(dict.fromkeys(word for word in words(question) if word not in _STOP_WORDS))


def query_pairs(question: str) -> list[str]:
    """The pairs of a question worth searching for, each once, in order; of 蓍的别名 the 蓍, too,
    which stands for itself."""
    return list(dict.fromkeys([*filter(_telling, pairs(question)), *_single_nouns(question)]))


def query_names(question: str) -> list[str]:
    """Names that the segmenter does not know and cuts into single characters, joined again
    (萱侬律, 阿閦佛), and nouns of one character. They are no terms of the index: looked for in a
    text as they stand."""
    return list(dict.fromkeys([*_joined(question), *_single_nouns(question)]))


def _joined(question: str) -> Iterator[str]:
    alone = ((word, len(word) == 1 and bool(_HAN_RUN.match(word)) and word not in _JOINING) for word, _ in rjieba.tag(_folded(question)))
    for single, run in groupby(alone, key=lambda row: row[1]):
        name = "".join(word for word, _ in run)
        if single and len(name) > 1:
            yield name


def _single_nouns(question: str) -> Iterator[str]:
    for word, tag in rjieba.tag(_folded(question)):
        if len(word) == 1 and tag in _NOUNS and word not in _COMMON | _LEVELS:
            yield word


def _folded(text: str) -> str:
    # Half of a surrogate pair, from a broken JSON escape in a question, is no reason to fail.
    return fold(text.encode("utf-8", "replace").decode("utf-8"))


def _run_pairs(run: str) -> list[str]:
    return [run[i : i + 2] for i in range(len(run) - 1)] or [run]


def _telling(pair: str) -> bool:
    if pair in _STOP_WORDS or not _ASKING.isdisjoint(pair):
        return False
    return not _COMMON.issuperset(pair)


def _date_terms(match: re.Match[str]) -> Iterator[str]:
    year = match["year"] or match["iso_year"]
    month = f"{int(match['month'] or match['iso_month'])}月"
    day = match["day"] or match["iso_day"]
    yield month
    if year:
        yield from (year, f"{year}年", f"{year}年{month}")
    if day:
        yield from (f"{int(day)}日", f"{month}{int(day)}日")
    if year and day:
        yield f"{year}年{month}{int(day)}日"


def _codes(text: str) -> Iterator[str]:
    """Runs of letters and figures: whole and in parts; numbers bare and with their unit."""
    position = 0
    while position < len(text):
        found = _CODE.search(text, position)
        if found is None:
            return
        number = _NUMBER.match(text, found.start())
        if number and number.end() >= found.end():
            yield from _number_terms(text, number)
            position = number.end()
        else:
            yield from _code_parts(found.group())
            position = found.end()


def _number_terms(text: str, number: re.Match[str]) -> Iterator[str]:
    bare = number.group().replace(",", "")
    yield bare
    if unit := _UNIT.match(text, number.end()):
        yield bare + unit.group(1)


def _code_parts(code: str) -> Iterator[str]:
    yield code
    parts = re.split(r"[-./+&'_]", code)
    if len(parts) > 1:
        yield from parts
