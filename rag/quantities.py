"""A text -> the quantities it prints, as exact values of a unit class, and when two are the same.

Dates and times of day belong to the dates module; numbers that are part of a name, a code or an
idiom are no quantities. Both are blanked out of the view before anything is looked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from rag.numerals import NUMERAL, Numeral, number_view, read_numeral, trailing_scale
from rag.text import fold

Bound = Literal["exact", "about", "over", "under"]


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with its unit: `text == source[start:end]`, offsets in code points of that source.

    `value` is in the base unit of the class `unit` (24亿元: 2400000000 "CNY"; 5%: 5 "%"; 500米:
    0.5 "km"); `place` is the value of the last printed place (24.8亿: 10000000). `unit` is "" if
    none is printed, "fraction" for 七分之一, "第" for an ordinal; then `measure` is its measure
    word (第十四届: "届"), else "". `bound` tells 超24亿 (over), 近/约 (about) and 不足 (under) from
    24亿 (exact). A pair such as 七八个 is its midpoint, about.
    """

    text: str
    start: int
    end: int
    value: Decimal
    unit: str
    bound: Bound
    place: Decimal
    measure: str = ""


# Class: words, each with the number of base units it stands for where that is not 1, and after a
# colon the characters that, following it, make it part of another word.
_CLASSES = {
    "CNY": "元:旦月宵素宇首老件论化器 元人民币 元钱 人民币 圆 块钱 块:一-龥 角:度色落逐*0.1",
    "USD": "美元 美金", "HKD": "港元 港币", "EUR": "欧元", "JPY": "日元", "GBP": "英镑",
    "KRW": "韩元", "RUB": "卢布", "AUD": "澳元", "CAD": "加元",
    "%": "% ‰*0.1 成:都为功立果本员品长绩交熟型就分套因当一二三四五六七八九半*10",
    "pp": "个百分点 百分点", "人": "人 名:列录单牌义 位:于列居置 个人 人口",
    "t": "吨 公吨 公斤*0.001 千克*0.001 kg*0.001 斤*0.0005 克:服隆拉里*0.000001",
    "tce": "吨标准煤 吨标煤", "t·km": "吨公里 吨千米", "人·km": "人公里",
    "km": "公里 千米 km ㎞ 米:粉饭兰*0.001 厘米*0.00001 cm*0.00001 毫米*0.000001 mm*0.000001",
    "m2": "平方米 ㎡ m² m2 平米 平方公里*1000000 平方千米*1000000 km²*1000000",
    "m3": "立方米 m³", "ha": "公顷 ha", "亩": "亩", "L": "升:级至高温旗", "世纪": "个世纪",
    "kWh": "千瓦时 千瓦小时 kwh 度电 瓦时*0.001 兆瓦时*1000 吉瓦时*1000000",
    "kW": "千瓦 kw 瓦*0.001 兆瓦*1000 mw*1000 吉瓦*1000000 gw*1000000",
    "kV": "千伏 kv", "℃": "℃ °c 摄氏度", "度": "度", "标箱": "标箱 标准箱", "倍": "倍",
    "年": "年:轻龄货代", "个月": "个月", "天": "天:然津气下空际河府使山猫 日:本报元 个日夜",
    "周": "周:边末围口转期日一二三四五六 星期 个星期 礼拜 个礼拜", "秒": "秒 秒钟",
    "小时": "小时 个小时 个钟头", "分钟": "分钟", "岁": "岁 周岁", "季度": "个季度 季度",
    "工作日": "个工作日 工作日",
}  # fmt: skip
_MEASURES = (
    "人次 户次 架次 班次 辆次 台次 家次 场次 车次 批次 件次 人份 周年 年级 部门 部委 部分 方面 "
    "个:体性别税 件 家:居庭长电园乡装政族属 套:餐 户:籍外型口均 条:件例约款 座:位谈 "
    "场:所地馆景面 部:队级署长位件属省 辆 台:风湾阶账州 项:目 艘 架:构 列:入车为举 班:级列子组长车 "
    "期:间待末望限货 批:准复发评量示 种:植子业养粮 类:似型别 款:项式 幅:度 篇 "
    "本:报次届市省科月年地身轮土案人 册 支:持付撑援出行部 只:有要能是需 头:部条等脑 匹 棵 株 "
    "门:槛店户口票诊派 间:隔接断 栋 幢 所:有以在谓需得 处:理于置长罚分在以 点:名赞击燃位评亮 "
    "片:区面 层:面次级 级:别 号:召称码角 步:行入伐 轮:胎船回流值 组:织成建合长委 "
    "对:于接外口全此照比应标手方象华策话 队:伍员长列 枚 颗 粒 瓶 箱 袋 盒 桶 包:括容含装裹 份:额 "
    "张:家力 封:闭锁 例:如外 起:来到步草点飞底因 宗 笔:者记试 股:份东票权市民价比 票:价房 席:位 桌 "
    "句 字:节 页 版:本权面 章:程 节:能约目日假省点水后前庆 课:题程 道:路德歉理 站 趟 遍 届 "
    "次:元日要 番 折 代:表替码理价 卷 集:团中聚约成体群合装结市 里:程面桥岗庄屯店河沟铺台 "
    "分:之别享布析为类公局 羽 尾 大:于约概学会型小量家众胜 重:点要大 尊 扇 顶 盏 笼 根:据本 "
    "手:机术段 把:握关手 具:有体备 国:家内际 楼 星:期级 旬 英寸 纳米 卢比 美分 马力 克拉 磅 英里"
)
_DURATIONS = {"年", "个月", "天", "周", "小时", "分钟", "秒", "季度"}
_PHYSICAL = {"t", "tce", "t·km", "人·km", "km", "m2", "m3", "ha", "亩", "L", "kWh", "kW", "℃", "pp"}
_MONEY = {"CNY", "USD", "HKD", "EUR", "JPY", "GBP", "KRW", "RUB", "AUD", "CAD"}
_MEASURED = _DURATIONS | _PHYSICAL | _MONEY | {"%", "倍"}


def _units() -> Iterator[tuple[str, str, str, Decimal]]:
    """(word, class, characters that must not follow, base units)."""
    for unit, words in [*_CLASSES.items(), *((w.split(":")[0], w) for w in _MEASURES.split())]:
        for entry in words.split():
            entry, _, scale = entry.partition("*")
            word, _, guard = entry.partition(":")
            yield word, unit, guard, Decimal(scale or 1)


_UNITS = {word: (unit, scale) for word, unit, _, scale in _units()}
_ENDS = {word: "a-z0-9" if word[-1].islower() else guard for word, _, guard, _ in _units()}
# The longest word wins: 吨公里 before 吨.
_UNIT = "|".join(
    re.escape(word) + (f"(?![{_ENDS[word]}])" if _ENDS[word] else "")
    for word in sorted(_UNITS, key=len, reverse=True)
)
_MENTION = re.compile(
    rf"(?P<prefix>第 ?|零下 ?|(?<![0-9a-z])[-−] ?)?(?:(?P<whole>{NUMERAL})分之)?"
    rf"(?P<number>{NUMERAL}|(?<![上下前后大小多])半(?=个多?(?:月|小时)|年(?![度报线检])|小时))"
    r"(?: ?(?P<more>[多余几])(?P<times>[百千万亿]*))?"
    rf" ?(?P<unit>个(?P<middle>[多半])(?:月|小时|星期|礼拜)|{_UNIT})?"
    r"(?P<half>(?<=[年天时周])半(?![导程山岛天夜]))?"
)
_AFTER = re.compile(
    r"(?:\([^()]{1,4}\))?(?:(?P<over>及?以上|之上|开外|有余|出头|[多余](?=[的来后前,，。、;；)]|$))"
    r"|(?P<about>左右)|(?P<under>及?以下|[以之]内|不到))"
)
_BEFORE = re.compile(
    r"(?:(?P<under>[不未](?:超过?|高于|多于|大于|足|到|满)|低于|少于|小于|至多|最多)"
    r"|(?P<over>不(?:低于|少于|小于)|超[过出]?|逾|突破|高于|多于|大于|至少)"
    r"|(?P<about>(?<![最附新远就靠相邻])近|将近|接近|(?<![节签契合条预公制违履续解特])约|大概))"
    r"[了到至达为]?(?:人民币)?[ “‘\"]?$"
)
# Only before a bare multiplier: 上百家, 过万人, 破千亿.
_PASSED = re.compile(r"(?:[上破]|(?<![通经])过)$")
_LEADING_SCALE = "百千万亿"
_RANGE_MARKS = {"-", "—", "–", "~", "至", "到", "−", "——"}
_COUNTING = ("翻", "仅", "只有", "共", "共有", "共计", "新增", "增加", "减少", "增至", "减至", "各")


@dataclass(frozen=True, slots=True)
class _Mention:
    """A number with whatever stands around it, before it is known to be a quantity."""

    start: int
    end: int
    printed: str
    numeral: Numeral
    word: str
    unit: str
    more: bool = False
    prefix: str = ""


def unit_class(unit_word: str) -> str:
    """The class of a unit word, with or without a multiplier: 吨 and 万吨 are "t", 名 is "人"; a
    word outside the table is its own class."""
    word = fold(unit_word)
    word = word if word in _UNITS else word.lstrip("十百千万亿")
    return _UNITS[word][0] if word in _UNITS else unit_word


def find_quantities(text: str) -> list[Quantity]:
    """The quantities of `text` in order, not overlapping; linear in its length.

    Dates, times of day, codes, names and idioms are left out, as is a lone 一 that does not
    measure (一个接着一个). Both ends of a range are quantities; the first takes over the
    unit and multiplier it shares with the second (3至5万元). Number and unit stand on one line.
    """
    view = number_view(text)
    return [_quantity(text, view, m) for m in _join_ranges(view, _scan(view)) if _counts(view, m)]


def same_quantity(a: Quantity, b: Quantity, *, rounding: bool = False) -> bool:
    """Whether both state the same amount of the same class; symmetric.

    Values must be equal. With `rounding` the coarser one, if it prints three significant digits
    or more, also matches what rounds to it: within half its last place (131万, 1313851). Bounds are
    ignored (超5800亿 is 5800亿) unless one says over and the other under. A missing unit matches
    only a missing unit; a missing measure word of an ordinal matches any.
    """
    if a.unit != b.unit or {a.bound, b.bound} == {"over", "under"}:
        return False
    if a.measure and b.measure and unit_class(a.measure) != unit_class(b.measure):
        return False
    return a.value == b.value or (rounding and _rounds(a, b))


def _rounds(a: Quantity, b: Quantity) -> bool:
    coarse, fine = (a, b) if a.place >= b.place else (b, a)
    significant = (coarse.value / coarse.place).adjusted() + 1
    return significant >= 3 and abs(fine.value - coarse.value) <= coarse.place / 2


def _scan(view: str) -> list[_Mention]:
    mentions: list[_Mention] = []
    for match in _MENTION.finditer(view):
        numeral = read_numeral(match["number"])
        if numeral is None:
            continue
        mention = _part(match, numeral) if match["whole"] else _plain(match, numeral)
        # The hyphen of 3个-5个 joins; only a free one is a sign.
        if mention.prefix in ("-", "−") and mentions and mentions[-1].end == mention.start:
            mention = replace(mention, start=match.start("number"), prefix="")
        elif mention.prefix not in ("", "第"):
            mention = replace(mention, numeral=mention.numeral.times(Decimal(-1)))
        mentions.append(mention)
    return mentions


def _part(match: re.Match[str], part: Numeral) -> _Mention:
    """百分之五, 七分之一: of the denominators only powers of ten make percentages."""
    whole = read_numeral(match["whole"])
    percent = match["whole"] in _LEADING_SCALE
    base = (whole.value if whole and whole.value else Decimal(1)) / (100 if percent else 1)
    numeral = Numeral(part.value / base, part.place / base, part.approximate)
    span, unit = (match.start("whole"), match.end("number")), "%" if percent else "fraction"
    return _Mention(*span, match[0], numeral, "", unit, match["more"] is not None)


def _plain(match: re.Match[str], numeral: Numeral) -> _Mention:
    word = (match["unit"] or "").replace(match["middle"] or "\0", "")
    end = max(match.end(name) for name in ("number", "times", "unit", "half"))
    unit, scale = _UNITS.get(word, ("", Decimal(1)))
    numeral = numeral.times(trailing_scale(match["times"] or ""))
    if match["half"] or match["middle"] == "半":
        numeral = Numeral(numeral.value + Decimal("0.5"), Decimal("0.1"))
    prefix = (match["prefix"] or "").strip()
    if prefix == "第":
        unit, scale = "第", Decimal(1)
    printed = match["number"] + (match["times"] or "")
    more = match["more"] is not None or match["middle"] == "多"
    return _Mention(match.start(), end, printed, numeral.times(scale), word, unit, more, prefix)


def _join_ranges(view: str, mentions: list[_Mention]) -> list[_Mention]:
    joined = mentions[:]
    for i in range(len(joined) - 1):
        a, b = joined[i], joined[i + 1]
        if view[a.end : b.start].strip() not in _RANGE_MARKS:
            continue
        if not a.unit and b.unit:
            joined[i] = _take_over(a, b)
        elif a.unit == "%" and not b.unit:
            joined[i + 1] = replace(b, unit="%")
    return joined


def _take_over(a: _Mention, b: _Mention) -> _Mention:
    """`a` with the unit of `b`, and with its multiplier unless `a` has one or is larger without
    (3至5万元, but 8000至1万元)."""
    scale = abs(_UNITS.get(b.word, ("", Decimal(1)))[1])
    multiplier = trailing_scale(b.printed)
    if trailing_scale(a.printed) > 1 or a.numeral.value * multiplier * scale > b.numeral.value:
        multiplier = Decimal(1)
    return replace(a, numeral=a.numeral.times(scale * multiplier), unit=b.unit, word=b.word)


def _counts(view: str, mention: _Mention) -> bool:
    before = view[max(0, mention.start - 2) : mention.start]
    if mention.prefix == "第" or mention.unit == "fraction" or "分之" in mention.printed:
        return True
    if mention.printed[0].isdecimal():
        return bool(mention.unit) or _counts_bare(view, mention, before)
    if mention.printed[0] in _LEADING_SCALE or before[-1:] in ("几", "数"):
        return _counts_scale(view, mention, before)
    if mention.printed == "一":
        return _counts_one(mention, before)
    if mention.printed[0] in "零〇○":
        return mention.unit in _MEASURED
    # 三全, 四川, 两岸, 七八: digits alone, without a unit or a 十 or 点, are part of a word.
    composed = len(mention.printed) > 1 and not set("十百千万亿点廿卅").isdisjoint(mention.printed)
    return bool(mention.unit) or (composed and not mention.numeral.approximate)


def _counts_bare(view: str, mention: _Mention, before: str) -> bool:
    """Digits without a unit: not a year (2023世界传感器大会), a quoted name or a model number."""
    year = len(mention.printed) == 4 and mention.printed[:2] in {"19", "20"} and not mention.more
    named = re.search(r"[“‘\"《「a-z]$|[a-z] $", before) or mention.prefix
    return not (year or named or view[mention.end : mention.end + 1] in tuple("》”」"))


def _counts_scale(view: str, mention: _Mention, before: str) -> bool:
    """百, 千, 万, 亿 without a digit count where something bounds or measures them: 超百家, 千亿元,
    亿元以上; 数百人 and 千家万户 name no number."""
    if before[-1:] in tuple("几数好若"):
        return False
    if mention.unit in _MONEY | _PHYSICAL:
        return not (before[-1:] == "(" and view[mention.end : mention.end + 1] == ")")
    graded = mention.unit == "级" and len(mention.printed) > 1
    return graded or _bound(view, mention) != "exact"


def _counts_one(mention: _Mention, before: str) -> bool:
    """A lone 一 is a number before a unit of measure or duration, and after a word of counting."""
    if mention.unit in _MEASURED:
        return before[-1:] not in tuple("么这那的同每另某有统唯之进更新上下前隔")
    return mention.unit not in ("", "部分", "方面", "点", "批") and before.endswith(_COUNTING)


def _bound(view: str, mention: _Mention) -> Bound:
    before = view[max(0, mention.start - 9) : mention.start]
    sides = (_AFTER.match(view, mention.end), _BEFORE.search(before))
    bare_scale = mention.printed[0] in _LEADING_SCALE and _PASSED.search(before)
    if mention.more or bare_scale or any(side and side["over"] for side in sides):
        return "over"
    if mention.numeral.approximate or any(side and side["about"] for side in sides):
        return "about"
    return "under" if any(side and side["under"] for side in sides) else "exact"


def _quantity(text: str, view: str, mention: _Mention) -> Quantity:
    measure = mention.word if mention.unit == "第" else ""
    span, number, bound = (mention.start, mention.end), mention.numeral, _bound(view, mention)
    return Quantity(
        text[slice(*span)], *span, number.value, mention.unit, bound, number.place, measure
    )
