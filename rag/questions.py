"""A question -> what kind of thing it asks for, about what, and when.

Rules over the folded text; they decide which sentences can answer at all, never what is true.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Literal

import rjieba

from rag.dates import question_dates
from rag.quantities import unit_class
from rag.records import DateMention
from rag.text import fold
from rag.weights import weight

Kind = Literal[
    "person", "date", "place", "quantity", "list", "yesno", "why", "how", "definition", "other"
]

_KINDS: tuple[tuple[Kind, str], ...] = (
    ("why", r"为什么|为何|为啥|何以|缘何|原因|\bwhy\b"),
    ("person", r"谁|哪(?:一)?位|何人|什么人|(?:[长员者任]|书记|经理|负责人)(?:是|叫|姓)(?:什么|啥)|\bwho(?:m|se)?\b"),
    ("date", r"什么时候|啥时候|何时|哪(?:一)?[天年月日]|几(?:月|号|日|点)|何年|何月|日期|哪年哪月|什么时间"
             r"|(?<!多长)时间是|\bwhen\b|what (?:date|year|month|day|time)|which (?:year|month|day)"),
    ("place", r"哪里|哪儿|何处|何地|什么地方|啥地方|哪(?:一)?个?(?:城市|省份?|国家?|地方?|县|区|市|地区|镇|村|街)"
              r"|哪座城市|\bwhere\b|which (?:city|country|province|place|district)"),
    ("list", r"哪些|哪几|有什么|有啥|哪[两二三四五六七八九十\d]+|分别是(?:什么|哪)|都有谁|列举|列出|几句话"
             r"|\bwhich\b.*\b\w+s\b|what are|\blist\b|name the"),
    ("quantity", r"多少|几(?![乎率经何种率家欢])|多[大高长远重宽久快深](?![数型])|百分之几|占比|比例是|份额|增幅|增速|总额是|总量是"
                 r"|how (?:many|much|long|far|large|big|high|fast|old)|what percent|percentage"
                 r"|what (?:is|was|are) the (?:number|total|amount|target|value|growth|length)"),
    ("how", r"怎么|怎样|如何|咋|通过什么|采取什么|\bhow\b"),
    ("yesno", r"是不是|是否|有没有|能不能|会不会|可不可以|吗[?？。!]?$|^(?:did|does|do|is|are|was|were|has|have|will|can)\b"),
)  # fmt: skip
_MONEY = r"多少钱|投资(?:额|总额)?(?:是|为|有|达|要|了)*多少(?![个项家])|金额|总额|产值|收入|营收|价格|售价|花(?:了|费)?多少|资金|how much (?:money|will|did)|invest"
_RATE = r"百分之几|增幅|增速|增长率|占比|比例|几成|份额|下降(?:了)?多少|(?:同比|环比)?增长(?:了)?多少|上升(?:了)?多少|percent|grow"
_POINTS = r"百分点"
_UNIT_AFTER = re.compile(
    r"(?:多少|几|how many|how much)\s*(?P<word>[十百千万亿]*(?:平方米|平方公里|立方米|吨公里|人公里|人次|公里|千米|公顷"
    r"|美元|港元|欧元|元|吨|亩|米|度|天|年|个月|小时|分钟|户|家|套|件|个|名|位|人|辆|台|部|条|座|场|项|种|次|批|只|艘|架|届|岁|倍"
    r"|句|级|层|所|间|张|份|支|期|班|块|[a-z]+)?)"
)
_DURATION = r"多久|多长时间|几天|几年|几个月|几小时|how long|how many (?:days|years|months|hours)"
_ASKING = re.compile(
    r"什么时候|啥时候|什么时间|什么地方|为什么|为何|为啥|是不是|是否|有没有|有哪些|有什么|哪一?[天年月日位个家所座种些]?|哪里|哪儿"
    r"|几月几[日号]|几[月号日点]|百分之几|多少钱|多少|多[大高长远重宽久快深]|几(?:个|家|名|位|次|种|项|条|套|部)?|怎么样?|怎样|如何|什么|谁"
    r"|何[时地处人年月]|各自?是|各(?=多少|增|有|为|几)|分别是?|请问|请|告诉我|一下|吗|呢|啊|吧|[?？。！!]|以及|又是"
)  # fmt: skip
_SPLIT_CLAUSES = re.compile(r"[，,；;。？?]\s*(?:那么|以及|还有|而|又|并且|另外|and\s)?")
_AND = re.compile(r"以及|[和与及跟]")
_PAUSE = re.compile(r"、")
_EACH = re.compile(r"各(?:自)?(?=是|为|有|增|减|降|上|下|几|多|达|要|能)|分别")
_KEEP_TAGS = re.compile(r"^(?:n|v|a|j|b|i|l|z|t|s|f|m|eng|q$|d$|x$|y$|r$|un)")
_STOP = frozenset(
    "是 有 在 了 的 和 与 及 或 被 把 将 要 会 能 到 从 对 为 以 上 中 下 里 个 做 去 来 说 叫 指 用 拿 给 让 这 那 该 其 本 此 一 也 都 就 又 "
    "什么 多少 哪些 进行 情况 方面 时候 具体 需要 可以 能够 应该 提到 内容 目前 一共 总共 共 现在 已经 这个 那个 这些 那些 这次 关于 对于 通过 "
    "名字 名称 样 数 数量 总数 文中 报道 文章 新闻 消息 根据 据 打算 准备 计划 想 预计 the a an of to in for by on at is are was were did does do will would and or "
    "which what who when where how why many much long with that this it its be as has have had from s".split()
)  # fmt: skip
_FUNCTION = frozenset(
    "后能会可要将是在有为被把和与及或的了着过得地从对向以之其这那个些么什吗呢吧啊起来去上下中里外前内到由于而且但并还也又都就才只"
    "很太更最每各某同另多少几"
)
_ENTITY = re.compile(
    r"[\u4e00-\u9fff\d]{2,}?(?:医院|小学|中学|大学|学院|学校|公司|集团|银行|委员会|办公室|指挥部|领导小组|协会|学会|研究院|研究所|中心"
    r"|机场|大桥|隧道|高速公路|高速|铁路|高铁|号线|港区|港|车站|博物馆|图书馆|体育馆|农贸市场|市场|园区|开发区|工业园|基地|社区|小区"
    r"|新村|大会|洽谈会|博览会|论坛|运动会|展览会|晚报|日报|(?<![部门])局|厂)"
)
_NAME_TAGS = ("nr", "ns", "nt", "nrt", "nrfg")
_QUOTED = re.compile(r"[“\"‘《「『]([^”\"’》」』]{2,30})[”\"’》」』]")
_ORDINAL = re.compile(
    r"第[一二三四五六七八九十百零〇两\d]+(?:[届次批期名位个条号版轮艘代列季辆架台部家座例]|万[辆台架件人])"
)
_ASKED_COUNT = re.compile(r"^(?:[一二三四五六七八九十两\d]+|几)[个项句大家条种名位]?(?:方面|话)?$")
_CODE = re.compile(r"[a-z]+[a-z0-9.+-]*\d[a-z0-9.+-]*|\d+[+]\d+|\d{2,}[a-z]+", re.I)
_NUMBER = re.compile(
    r"(?<![\d.])(?!(?:19|20)\d\d(?!\d))\d+(?:\.\d+)?"
    r"(?:[号届次期个部台辆套件万亿元人吨亩家条座项名位年天岁层级]|公里|%)?"
)
_LATIN = re.compile(r"[A-Za-z]{2,}")


@dataclass(frozen=True, slots=True)
class Term:
    """A content word of a question; `focus`: it stands beside the question word, so it names the
    attribute asked for; `name`: a name, a quotation or an ordinal, which must agree."""

    text: str
    weight: float
    focus: bool = False
    name: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """One thing asked. `shared` terms come from the rest of a question of several parts."""

    text: str
    kinds: frozenset[Kind]
    units: frozenset[str]
    terms: tuple[Term, ...]
    shared: tuple[Term, ...] = ()
    entities: tuple[str, ...] = ()  # whole names of bodies, works and events, as worded


@dataclass(frozen=True, slots=True)
class Question:
    """`parts` has one entry for each thing asked, at least one; `dates` are the times named."""

    text: str
    folded: str
    parts: tuple[Part, ...]
    dates: tuple[DateMention, ...]
    english: bool

    @property
    def kinds(self) -> frozenset[Kind]:
        return frozenset(kind for part in self.parts for kind in part.kinds)

    @property
    def terms(self) -> tuple[Term, ...]:
        return tuple(dict.fromkeys(term for part in self.parts for term in part.terms))


def analyse(text: str, today: date) -> Question:
    """Never fails: what is not understood is of kind "other"."""
    folded = fold(text).strip()
    dates = tuple(question_dates(text, today))
    english = is_english(folded)
    blanked = _without_dates(folded, dates)
    pieces = [blanked] if english else _pieces(blanked)
    parts = []
    for number, piece in enumerate(pieces):
        own = _terms(piece)
        rest = _terms("，".join(p for n, p in enumerate(pieces) if n != number))
        have = {term.text for term in own}
        shared = tuple(t for t in rest if t.text not in have) if len(pieces) > 1 else ()
        kinds = kinds_of(piece) or kinds_of(folded)
        units = units_of(piece, kinds)
        parts.append(Part(piece, kinds, units, own, shared, () if english else _entities(piece)))
    return Question(text, folded, tuple(parts), dates, english)


def is_english(text: str) -> bool:
    letters = sum(len(word) for word in _LATIN.findall(text))
    chinese = sum("\u4e00" <= char <= "\u9fff" for char in text)
    return letters > 3 * chinese


def _without_dates(folded: str, dates: tuple[DateMention, ...]) -> str:
    """The question with its dates blanked: they are compared as dates, not as words. A year that
    opens a name (2023世界传感器大会) stays a part of it."""
    chars = list(folded)
    for mention in dates:
        if mention.text.isdigit():
            continue
        chars[mention.start : mention.end] = " " * (mention.end - mention.start)
    return "".join(chars)


def kinds_of(text: str) -> frozenset[Kind]:
    found: set[Kind] = {kind for kind, pattern in _KINDS if re.search(pattern, text, re.I)}
    if "quantity" in found and found & {"date", "list", "person"}:
        stripped = re.sub(_KINDS[2][1] + "|" + _KINDS[4][1], "", text)
        if not re.search(_KINDS[5][1], stripped, re.I):
            found.discard("quantity")
    if "why" in found:
        found -= {"how", "quantity", "list"}
    if "how" in found and found & {"quantity", "date", "person", "place"}:
        found.discard("how")
    if "yesno" in found and len(found) > 1:
        found.discard("yesno")
    if not found and re.search(r"什么是|是什么|指(?:的是)?什么|什么意思|\bwhat\b", text):
        found.add("definition")
    return frozenset(found)


def units_of(text: str, kinds: frozenset[Kind]) -> frozenset[str]:
    """The unit classes an asked quantity may have; empty for any."""
    if "quantity" not in kinds:
        return frozenset()
    if re.search(_DURATION, text):
        return frozenset({"年", "个月", "天", "小时", "分钟", "周"})
    if re.search(_POINTS, text):
        return frozenset({"pp"})
    found = _UNIT_AFTER.search(text)
    word = (found.group("word") or "").lstrip("十百千万亿") if found else ""
    if word and not word.isascii():
        return frozenset({unit_class(word)})
    if re.search(_RATE, text):
        return frozenset({"%", "倍", "fraction"})
    if re.search(_MONEY, text):
        return frozenset({"CNY", "USD", "HKD", "EUR"})
    return frozenset()


def _pieces(text: str) -> list[str]:
    """The things asked, each with its own question word, as pieces of the question."""
    clauses = [c for c in _SPLIT_CLAUSES.split(text) if c.strip()]
    asking = [n for n, clause in enumerate(clauses) if kinds_of(clause)]
    if len(asking) > 1:
        return _clause_pieces(clauses, asking)
    if _EACH.search(text) and (halves := _halves(text)):
        return halves
    return [text]


def _clause_pieces(clauses: list[str], asking: list[int]) -> list[str]:
    """Clauses without a question of their own belong to the next one that asks."""
    pieces: list[str] = []
    start = 0
    for place in asking:
        pieces.append("，".join(clauses[start : place + 1]))
        start = place + 1
    if start < len(clauses):
        pieces[-1] += "，" + "，".join(clauses[start:])
    return pieces


def _halves(text: str) -> list[str]:
    """甲和乙各是多少 -> 甲是多少, 乙是多少; none when the conjunction is not found.

    A comma before 各 sets off what is asked of both: 甲、乙，增幅各是多少.
    """
    each = _EACH.search(text)
    assert each is not None
    before, after = text[: each.start()].rstrip("，, "), text[each.end() :]
    common = ""
    if len(clauses := re.split(r"[，,](?!.*[，,])", before)) == 2 and not _AND.search(clauses[1]):
        before, common = clauses
    joints = list(_AND.finditer(before))[-1:] or list(_PAUSE.finditer(before))[-2:]
    if len(joints) == 1 and (pause := list(_PAUSE.finditer(before, 0, joints[0].start()))):
        between = before[pause[-1].end() : joints[0].start()]
        joints = joints if "的" in between else [pause[-1], *joints]
    if not joints or "哪" in after or "谁" in after:
        return []
    tail = after if re.search(r"多少|几", after) else "是多少"
    borders = [0, *(m.end() for m in joints), len(before)]
    names = [before[a:b].rstrip("和与及跟、以") for a, b in zip(borders, borders[1:], strict=False)]
    return [f"{name}{common}{tail}" for name in names if len(name.strip(" ，,")) > 1]


def _terms(text: str) -> tuple[Term, ...]:
    if is_english(text):
        return ()  # its words do not stand in a Chinese page; the embedding carries it
    focus = _focus_range(text)
    names = _names(text)
    terms: dict[str, Term] = {}
    position = 0
    plain = _ASKING.sub(lambda m: " " * len(m.group()), text)
    for word, tag in rjieba.tag(plain):
        start = plain.find(word, position)
        position = start + len(word)
        word = word.strip()
        if not _tells(word, tag):
            continue
        near = focus[0] <= start < focus[1]
        named = (start, position) in names
        value = 0.5 * weight(word) if len(word) == 1 else weight(word)
        old = terms.get(word)
        terms[word] = Term(word, value, near or bool(old and old.focus), named)
    for a, b in names:
        name = text[a:b].strip()
        if name not in terms and 0 < len(name) <= 20:
            terms[name] = Term(name, 6.0, False, True)
    return tuple(terms.values())


def _entities(text: str) -> tuple[str, ...]:
    plain = _ASKING.sub("？", text)
    names = (found.group() for found in _ENTITY.finditer(plain))
    return tuple(name for name in names if 4 <= len(name) <= 16)


def _tells(word: str, tag: str) -> bool:
    if not word or word in _STOP or _FUNCTION.issuperset(word) or _ASKED_COUNT.match(word) and not word.isdigit() or not _KEEP_TAGS.match(tag) or not re.search(r"\w", word):
        return False
    return len(word) > 1 or tag.startswith(("n", "v", "a")) or word.isdigit()


def _focus_range(text: str) -> tuple[int, int]:
    """Where the words beside the question word stand: six characters before and behind it."""
    found = _ASKING.search(text)
    if found is None:
        return (0, 0)
    return (max(0, found.start() - 6), min(len(text), found.end() + 6))


def _names(text: str) -> list[tuple[int, int]]:
    """Where names stand: tagged ones, quotations, ordinals, codes and bare figures."""
    found = [m.span(1) for m in _QUOTED.finditer(text) if m.group()[0] == "《" or len(m[1]) > 3]
    for pattern in (_ORDINAL, _CODE, _NUMBER):
        found += [match.span() for match in pattern.finditer(text)]
    position = 0
    for word, tag in rjieba.tag(text):
        start = text.find(word, position)
        position = start + len(word)
        if tag in _NAME_TAGS and len(word) > 1:
            found.append((start, position))
    return sorted(set(found))
