"""Whether the kind of thing asked for stands in a sentence, and how near to what was asked about.

谁 wants a name, 哪天 a date, 多少吨 a quantity in tonnes; what the question itself says does not
count as an answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import rjieba

from rag.quantities import Quantity, find_quantities
from rag.questions import Kind, Part, Question, Term
from rag.records import DateMention, Sentence
from rag.text import CLAUSE_END

_A_YEAR = 364  # days from the first to the last of one
_ROLE = (
    r"(?:董事长|总经理|总裁|局长|厅长|处长|科长|主任|书记|市长|县长|区长|省长|部长|院长|校长|馆长|所长|站长|队长|组长|厂长|"
    r"会长|秘书长|主席|总统|总理|首相|发言人|负责人|教授|研究员|专家|医生|记者|导演|演员|主演|教练|队员|选手|律师|"
    r"工程师|创始人|CEO|ceo|先生|女士|老师|同志|冠军)"
)
_OFFICE = re.compile(_ROLE)
_TITLE = re.compile("副?" + _ROLE)
_HEADED = re.compile(
    r"(?:^|[省市区县州国访的,，。、：\s])(?P<body>[^省市区县州国访的,，。、：\s]{2,12}?[局厅委院])"
    r"(?:党[组委]书记|、|的)*(?:副?[局厅院]长|主任)"
)
_OFFICE_ASKED = re.compile("(?:什么|啥|何|哪个|哪些)(?:领导|行政|党内)?(?:职务|职位|官职?|身份|头衔)")
_ANY_HEAD = frozenset("负责人 先生 女士 老师 同志 冠军 记者 选手 队员 专家 演员 主演".split())
HOLDER = re.compile(_ROLE + r"[是为]?(?P<name>[\u4e00-\u9fff]{2,4}?)(?=[，,。、；;：:说称表介指认透告在（(”\s]|$)")
_SPEAKS = re.compile(r"(?:说|表示|介绍|告诉|指出|认为|透露|称|坦言|回忆|提醒)(?=[，,：:“记本])")
_SURNAMES = frozenset(
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛奚范彭郎鲁韦昌马苗凤花方"
    "俞任袁柳酆鲍史唐费廉岑薛雷贺倪汤滕殷罗毕郝邬安常乐于时傅皮卞齐康伍余元卜顾孟平黄和穆萧尹姚邵湛汪祁毛禹狄米贝明臧"
    "计伏成戴谈宋茅庞熊纪舒屈项祝董梁杜阮蓝闵席季麻强贾路娄危江童颜郭梅盛林刁钟徐邱骆高夏蔡田樊胡凌霍虞万支柯管卢莫经"
    "房裘缪干解应宗丁宣邓单杭洪包诸左石崔吉钮龚程嵇邢滑裴陆荣翁荀羊惠甄曲家封芮储靳汲邴糜松井段富巫乌焦巴弓牧隗山谷车"
    "侯宓蓬全班仰秋仲伊宫宁仇栾暴甘厉戎祖武符刘景詹束龙叶幸司韶郜黎蓟薄印宿白怀蒲邰从鄂索咸籍赖卓蔺屠蒙池乔阴胥能苍双"
    "闻莘党翟谭贡劳逄姬申扶堵冉宰郦雍却璩桑桂濮牛寿通边扈燕冀郏浦尚农温别庄晏柴瞿阎充慕连茹习宦艾鱼容向古易慎戈廖庾终"
    "暨居衡步都耿满弘匡国文寇广禄阙东欧殳沃利蔚越夔隆师巩厍聂晁勾敖融冷訾辛阚那简饶空曾毋沙乜养鞠须丰巢关蒯相查后荆红"
    "游竺权逯盖益桓公肖闫覃佟涂"
)
_NOT_NAMES = re.compile(r"(?:区|县|市|镇|乡|村|路|街|省|州|公司|集团|部门|单位|亲自|带头|同志们|表示|介绍|说)")
_PLACE = re.compile(
    r"[\u4e00-\u9fff]{1,6}(?:省|市|县|区|镇|乡|村|州|路|街|岛|港|湾|山|湖|河|国|馆|中心|广场|大学|医院|机场|体育场|公园)"
    r"|在[\u4e00-\u9fff]{2,10}(?:举行|举办|召开|开幕|揭幕|落户|启动|发生|成立)"
)
_CAUSE = re.compile(r"因为|由于|因(?!此|而|素)|为了|为(?=.{2,20}[,，])|原因|受.{1,16}影响|旨在|导致|以(?:便|期|确保|免)|缘于|得益于|是为")
_MEANS = re.compile(r"通过|采取|采用|利用|依托|推进|实施|开展|强化|健全|完善|加强|深化|建立|围绕|以.{1,12}[,，]|将|先|再")
_DEFINES = re.compile(r"是|指|即|为|称为|称作|叫|[：:—]|简称")
# An office beside a name says what someone is, too.
_SIGNS: dict[Kind, tuple[re.Pattern[str], ...]] = {
    "why": (_CAUSE,), "how": (_MEANS,), "definition": (_DEFINES, _OFFICE),
    "list": (re.compile(r"[、；;]|[和与及]"),),
}  # fmt: skip
_STRICT = frozenset({"person", "date", "quantity"})
_CONDITIONS = _STRICT | {"place", "list", "why", "how", "definition"}
_TIME = re.compile(r"\d{1,4}年|\d{1,2}月|\d{1,2}[日号]|[春夏秋冬]季|[上下]午|凌晨|\d{1,2}[时点]|世纪")
_SOME_TIME = re.compile("[每逢周夜晚晨]|前|后|期间|节|届时|赛季|农历|即日|同时|时候|之日|当天")
_DAY = re.compile(r"\d{1,2}[日号](?!线)")
# How many days a date may span where a day, or a month, is asked for.
_FINE = ((re.compile(r"哪一?[天日]|几[号日]|何日|(?:what|which) day"), 1), (re.compile(r"几月|何月|哪个?月|what month"), 31))
_WHICH_DISTRICT = re.compile(r"(?<!随便)(?<!不管)(?<!无论)(?<!任何)哪(?:个|几个|一个|些)?[区县]")
_A_DISTRICT = re.compile(
    r"[\u4e00-\u9fff]{2}(?<![园景地集聚小社试示范发验城辖灾库厂战专郊矿老牧林疫营商片校街港湾山功能贸济术业税各全该个])新?[区县]|[区县]域"
)
_REACH = 14
MEASURED = frozenset(
    """
    CNY USD HKD EUR JPY GBP KRW % pp t tce t·km 人·km km m2 m3 ha 亩 L kWh kW kV ℃ 度 倍 fraction
    年 个月 天 周 小时 分钟 秒 季度 岁 标箱 第
    """.split()
)


_SIZES = tuple(frozenset(sort.split()) for sort in ("CNY USD HKD EUR JPY GBP KRW", "t", "km", "m2 km2 ha 亩"))


@lru_cache(maxsize=4096)
def _quantities(text: str) -> tuple[Quantity, ...]:
    return tuple(find_quantities(text))


@lru_cache(maxsize=4096)
def _tagged(text: str) -> tuple[tuple[str, str], ...]:
    return tuple(rjieba.tag(text))


@dataclass(frozen=True, slots=True)
class Fit:
    """1 where every kind asked for stands in the sentence, -1 where none does, 0 where none of that
    sort is asked for: `strict` for the kinds that print surely shows (a quantity, a date, a
    person), `loose` for the others. `closeness` is the share of the terms' weight within reach of the
    best fitting thing (0 to 1), `window` the words within that reach."""

    strict: float
    loose: float
    closeness: float
    window: str


def kind_fit(
    question: Question, part: Part, sentence: Sentence, folded: str, terms: Sequence[Term]
) -> Fit:
    """Whether and where the kind of thing that is asked for stands in the sentence."""
    best, window = 0.0, folded
    fits: dict[bool, list[float]] = {True: [], False: []}
    for kind in part.kinds & _CONDITIONS:
        spans = list(_spans(kind, question, part, sentence, folded))
        exact = kind != "quantity" or not part.units or _exact_unit(part, folded, spans)
        fits[kind in _STRICT].append((2.0 if exact else 1.4) * bool(spans) - 1)
        pointed = kind in ("person", "quantity", "place")
        for start, end in spans if pointed else spans[:1]:
            reach = _reach(folded, start, end) if pointed else folded
            if (share := _share(reach, terms)) > best:
                best, window = share, reach
    strict, loose = (sum(fits[key]) / (len(fits[key]) or 1) for key in (True, False))
    return Fit(strict, loose, best, window)


def may_measure(question: Question, part: Part, folded: str) -> bool:
    """False where a size in money, length, area or mass is asked for and the sentence prints none:
    how much a bridge cost is not told by a sentence without a sum. True for everything else."""
    if "quantity" not in part.kinds or not part.units or question.english:
        return True
    sort = next((sizes for sizes in _SIZES if part.units <= sizes), None)
    return sort is None or any(q.unit in sort or not q.unit for q in _quantities(folded))


def of_a_later_year(part: Part, told: Sequence[DateMention]) -> bool:
    """Whether a year is asked for and all the times in force are later years: what is planned for
    2024 tells nothing of 2023."""
    ranges = [mention.range for mention in told]
    if not part.dates or not ranges or any((range.end - range.start).days < _A_YEAR for range in ranges):
        return False
    return max(mention.range.end for mention in part.dates) < min(range.start for range in ranges)


def may_date(part: Part, sentence: Sentence, folded: str) -> bool:
    """False where only a time is asked for and the sentence has none, in no wording."""
    if part.kinds & _CONDITIONS != {"date"} or part.text.isascii():
        return True
    return bool(sentence.dates or sentence.frame or _TIME.search(folded) or _SOME_TIME.search(folded))


def may_place(part: Part, folded: str, near: str) -> bool:
    """False where it is asked in which district or county, and neither the sentence nor what stands
    near it names one."""
    return not _WHICH_DISTRICT.search(part.text) or bool(_A_DISTRICT.search(folded + near))


def _spans(
    kind: Kind, question: Question, part: Part, sentence: Sentence, folded: str
) -> Iterator[tuple[int, int]]:
    """Where things of a kind stand in the sentence, without those that the question names."""
    if kind == "person":
        return _persons(question, folded) if _holds_office(part.text, folded) else iter(())
    if kind == "quantity":
        return _amounts(question, part, folded)
    if kind == "place":
        return _places(question, folded)
    if kind == "date":
        return _times(question, part, sentence, folded)
    return (m.span() for pattern in _SIGNS.get(kind, ()) for m in pattern.finditer(folded))


def _times(
    question: Question, part: Part, sentence: Sentence, folded: str
) -> Iterator[tuple[int, int]]:
    """Dates that the question does not name, as fine as it asks: 哪天 wants a day, 几月 a month."""
    asked = {m.range for m in question.dates}
    longest = next((days for pattern, days in _FINE if pattern.search(part.text)), 10_000)
    mentions = [*sentence.dates, *([sentence.frame] if sentence.frame else [])]
    fine = [m.range for m in mentions if (m.range.end - m.range.start).days < longest]
    yield from ((0, len(folded)) for range in fine if range not in asked)
    wanted = _DAY if longest == 1 else _TIME
    yield from (m.span() for m in wanted.finditer(folded) if m.group() not in question.folded)


def _holds_office(asked: str, folded: str) -> bool:
    """Whether the office whose holder is asked for, the last one of the question, stands in the
    sentence: the general manager is not the chairman, a deputy not the head. Words for any head
    (负责人) leave it open."""
    offices = [found.group() for found in _TITLE.finditer(asked)][-1:]
    if not offices or offices[0] in _ANY_HEAD:
        return True
    return any(found.group() in offices for found in _TITLE.finditer(folded))


def names_holder(asked: str, folded: str) -> str:
    """Whom the sentence names, right behind it, as the holder of the very office that is asked for
    (党组书记、局长赵凯); "" where it names nobody."""
    offices = [found.group() for found in _TITLE.finditer(asked)][-1:]
    if not offices or offices[0] in _ANY_HEAD:
        return ""
    holder = re.compile(rf"(?<!副){offices[0]}(?P<name>[\u4e00-\u9fff]{{2,3}}?)(?=[，,。、；;：:说称表介指认透告在（(”\s]|$)")
    found = (m["name"] for m in holder.finditer(folded) if is_name(m["name"], folded, m.end()))
    return next((name for name in found if name not in asked), "")


def tells_office(part: Part, folded: str) -> bool:
    """Whether it is asked what office a person holds, and the sentence names one right before the
    name: 局长赵凯."""
    if not _OFFICE_ASKED.search(part.text) and "definition" not in part.kinds:
        return False
    names = [term.text for term in part.terms if term.name and 1 < len(term.text) < 5]
    return any(re.search(rf"{_ROLE}[是为]?{re.escape(name)}", folded) for name in names)


def another_office(asked: str, sentence: str, near: str) -> bool:
    """Whether the holder of one office is asked for and the sentence tells that of another, or the
    same one's of another body (房管局局长, 市场监管局局长)."""
    told = {found.group() for found in _TITLE.finditer(sentence)}
    if (body := _HEADED.search(asked)) and (others := _HEADED.findall(sentence)) and names_holder(asked, sentence):
        name = body["body"][:-1]  # 房管 is short for 住房保障和房地产管理; a typo leaves most of a name
        return all(other not in asked and sum(char in other for char in name) <= len(name) / 2 for other in others)
    return bool(told) and not _holds_office(asked, sentence) and not _holds_office(asked, near)


def _persons(question: Question, folded: str) -> Iterator[tuple[int, int]]:
    position = 0
    for word, tag in _tagged(folded):
        start = folded.find(word, position)
        position = start + len(word)
        if tag.startswith("nr") and word not in question.folded and is_name(word, folded, position):
            yield start, position
    for found in HOLDER.finditer(folded):
        if found["name"] not in question.folded and is_name(found["name"], folded, found.end()):
            yield found.span()
    for found in _SPEAKS.finditer(folded):
        for length in (3, 2):
            name = folded[max(0, found.start() - length) : found.start()]
            if is_name(name, folded, len(folded)) and name not in question.folded:
                yield found.start() - length, found.start()
                break


def is_name(word: str, text: str, end: int) -> bool:
    """Chinese names begin with a surname; transcribed ones are longer or hold a middle dot."""
    if _NOT_NAMES.search(word) or text[end : end + 1] in tuple("区县市镇乡村路街省州"):
        return False
    if "·" in word or len(word) > 4:
        return True
    return 2 <= len(word) <= 4 and word[0] in _SURNAMES


def _places(question: Question, folded: str) -> Iterator[tuple[int, int]]:
    position = 0
    for word, tag in _tagged(folded):
        start = folded.find(word, position)
        position = start + len(word)
        if tag in ("ns", "nt") and word not in question.folded:
            yield start, position
    for found in _PLACE.finditer(folded):
        if found.group() not in question.folded:
            yield found.span()


def _amounts(question: Question, part: Part, folded: str) -> Iterator[tuple[int, int]]:
    asked = {(q.value, q.unit) for q in _quantities(question.folded)}
    for quantity in _quantities(folded):
        if (quantity.value, quantity.unit) in asked:
            continue
        if (quantity.unit == "第") != ("第几" in part.text):
            continue
        if quantity.unit == "第" or not part.units or quantity.unit in part.units or _counts(quantity.unit, part.units):
            yield quantity.start, quantity.end


def _counts(unit: str, asked: frozenset[str]) -> bool:
    """Both are measure words for counting, which readers and papers choose differently."""
    return unit not in MEASURED and asked.isdisjoint(MEASURED)


def _exact_unit(part: Part, folded: str, spans: Sequence[tuple[int, int]]) -> bool:
    return any(q.unit in part.units and (q.start, q.end) in spans for q in _quantities(folded))


def _reach(folded: str, start: int, end: int) -> str:
    """The clause of a span, and what stands shortly before it."""
    before = [m.end() for m in CLAUSE_END.finditer(folded, 0, start)]
    after = CLAUSE_END.search(folded, end)
    low = max(0, min(before[-1] if before else 0, start - _REACH))
    high = min(len(folded), max(after.start() if after else len(folded), end + 4))
    return folded[low:high]


def _share(window: str, terms: Sequence[Term]) -> float:
    total = sum(term.weight for term in terms)
    found = sum(
        term.weight for term in terms if any(w in window for w in (term.text, *term.others))
    )
    return found / total if total else 0.0
