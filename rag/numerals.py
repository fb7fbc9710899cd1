"""Numerals, in digits, in Chinese or mixed, to exact Decimals: 24.8亿, 二十四亿, 一点二亿, 3万5千.

Works on folded text (half width, simplified; see `rag.text.fold`). `NUMERAL` finds candidates,
`read_numeral` decides whether one is a number at all: 三五 and 十四五 are none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from itertools import takewhile

from rag.text import fold

_SCALES = {"十": 10, "百": 100, "千": 1000, "万": 10**4, "亿": 10**8}
_ZEROS = "零〇○"
_ONES = "一二三四五六七八九"
_VALUES = {char: value for value, char in enumerate(_ONES, start=1)} | dict.fromkeys(_ZEROS, 0)
_FORMAL = "壹贰叁肆伍陆柒捌玖"
_PLAIN = str.maketrans(
    {formal: plain for formal, plain in zip(_FORMAL + "拾佰仟", _ONES + "十百千", strict=True)}
    | {"两": "二", "廿": "二十", "卅": "三十", ",": "", " ": "", "个": ""}
)
# Longer than any number a newspaper prints; bounds the work on a pathological run.
_LONGEST = 40

# 千瓦 and 千伏 are units, as is 千米 after a digit (10千米); 五千米 reads the same either way, but
# 两万五千米 does not. 百分点 is a unit too, 2023百强 a list, 万象 and 万达广场 names.
_SCALE = (
    r"(?:亿|百(?!分点|强|佳)|千(?![瓦伏卡帕赫强企])(?!(?<=[0-9百万亿 ]千)[米克])"
    r"|万(?!象|州|达广|达集|科集|科地|科企))"
)
# At most 18 digits: beyond that it is a serial number. A comma counts only between thousands.
_DIGITS = r"(?<![0-9])(?:[0-9]{1,3}(?:,[0-9]{3}){1,5}(?![0-9])|[0-9]{1,18}(?![0-9]))(?:\.[0-9]+)?"
_LOWER = rf"(?:[0-9]{{1,4}}(?:\.[0-9]+)?{_SCALE}+)*(?:(?<=万)[0-9]{{4}}(?![0-9.]))?"
_MIXED = rf"{_DIGITS}(?: ?{_SCALE}+{_LOWER}|个亿(?![元级]))?"
_CHINESE = (
    rf"(?:[{_ZEROS}{_ONES}十两廿卅]|{_SCALE})+(?:点[{_ZEROS}{_ONES}]+{_SCALE}*|个亿(?![元级]))?"
)
_CHEQUE = rf"[{_FORMAL}][零{_FORMAL}拾佰仟万亿]+"
NUMERAL = rf"(?:{_MIXED}|{_CHEQUE}|{_CHINESE})"
"""Source of a pattern without groups that matches every candidate for `read_numeral`."""

_HALF_WIDTH = "0123456789"
_ANY_WIDTH = _HALF_WIDTH + "０１２３４５６７８９"
_ASCII_UNITS = "kwh|kw|mw|gw|kv|ha|kg|km|cm|mm|m2"
_N = r"(?<![0-9.百千万亿])(?<![0-9],)(?:[0-9]{1,2}|[一二三四五六七八九十廿卅]{1,3})"
_YEAR = r"(?<![0-9.])(?<![0-9],)(?:[12][0-9]{3}|[一二][〇零○一二三四五六七八九]{3})"
_TO = r" ?[-—–~至到、和] ?"
_NOT_COUNTED = re.compile(
    "|".join(
        (
            # Dates and times of day.
            rf"(?:{_YEAR}{_TO})?{_YEAR} ?(?:年(?!的?历史|的?文明|之久|[多余])|[级届])(?:代|度)?",
            r"(?<![0-9.,])(?:19|20)[0-9]{2}"
            r"(?:[-/.](?:1[0-2]|0?[1-9])[-/.][0-3]?[0-9](?![0-9])|[-/](?:1[0-2]|0?[1-9])(?![0-9万亿%])"
            r"|\.(?:0[1-9]|1[0-2])(?![0-9一-龥%]))",
            rf"{_YEAR}[-—~至/](?:{_YEAR}|[0-9]{{2}})(?= ?(?:学年|赛季|年))",
            rf"(?<![0-9.])[0-9]{{2}} ?年(?= ?{_N} ?月)|(?<![0-9.])[0-9]{{2}}(?:年代|后(?!来))",
            rf"(?:{_N}{_TO}){{0,3}}{_N} ?月(?:{_N} ?[日号])?",
            rf"(?:{_N}{_TO})?{_N} ?日(?!元|游|内|之内|以内|龄)",
            rf"[前首头] ?{_N} ?个?(?:月|季度)|第?[一二三四1-4] ?季度|{_N} ?世纪",
            rf"{_N}[时点](?:{_N}分|半|整|许|钟)|{_N}时(?![间代候期段任])",
            r"(?<=[午晨晚上夜间])[0-9一二三四五六七八九十两]{1,2}点",
            r"(?<![0-9])[0-9]{1,2}:[0-9]{1,2}(?::[0-9]{1,2})?(?![0-9万亿%.])",
            r"(?<![一二两三四五六七八九十几每0-9])(?:星期|周|礼拜)[一二三四五六日天]",
            r"初[一二三四五六七八九十]|[正腊冬]月[初一二三四五六七八九十廿]{1,3}|大年三十",
            r"双(?:1[12]|十[一二])|[0-9一二三四五六七八九十]{1,2}[·•][0-9一二三四五六七八九十]{1,2}",
            # Names and codes: roads, hotlines, telephones, models, list marks, citation marks.
            r"[国省县乡]道[a-z]?[0-9]+(?:[和、与及][0-9]{3}(?![0-9.,万亿多余个条公米%]))*",
            r"(?<![0-9])[0-9]{3}(?=[国省县]道)|(?<![0-9.,])0[0-9]+(?:-[0-9]+)*(?![0-9.])",
            r"(?<![0-9])1[3-9][0-9]{9}(?![0-9])|(?<![0-9])[0-9]{3,4}-[0-9]{3,4}-[0-9]{3,4}",
            r"(?<![0-9])(?:123[0-9]{2}|1[12][0-9])(?=[热平电报急网])",
            r"(?<![a-z])(?![a-z]{3,}[0-9.]+[万亿%元个])[a-z]+[-—]?[0-9]+(?:[-.]?[a-z0-9])*",
            rf"(?<![0-9])[0-9]{{1,18}}(?:\.[0-9]{{1,9}})?(?!(?:{_ASCII_UNITS})(?![a-z0-9]))[a-z][a-z0-9]*",
            r"(?<![0-9a-z.])[0-9a-z]{1,20}(?:[+×x*][0-9a-z]{1,20})+|(?<![0-9])[0-9]{1,9}(?:\.[0-9]{1,9}){2,}",
            r"(?:https?://|www\.|(?<![a-z0-9])[a-z0-9]{1,60}\.(?:com|cn|net|org)\b)[^\s一-龥，。、]*"
            r"|(?<![0-9])[0-9]{4,6}\.(?:sh|sz|bj|hk)\b|\([0-9]{6}\)",
            r"(?:^|(?<=[。;:]))[ \t]*\(?(?:[0-9]{1,2}|[一二三四五六七八九十]{1,3})[.、)](?![0-9])",
            r"\([0-9一二三四五六七八九十]{1,2}\)|\[[0-9]+\]|【[0-9]+】",
            # Idioms and names whose numeral happens to be followed by a measure word.
            r"(?<![一二三四五六七八九百])十[一二三四]五|十分(?!之|钟)|第一时间|第三方|[三四五]位一体|三番[五两]次|五花八门|三天两头|成千上万"
            r"|成百上千|三门峡|五台山|七台河|五家渠|三台县|三轮车|千方百计|二手|二十四节气|[三五]角|十字|三家店|最后一|二次元|七匹狼|一点一滴|[两三]点一线|一年一度"
            r"|一年四季|一年之计|(?<![一二三四五六七八九十百千])万一|十[之有]八九|一五一十|三三两两|三六九等|两口子|单位:[百千万亿]*元",
        )
    ),
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Numeral:
    """A number: its `value`, the value of its last printed place (24.8亿: 10000000), and whether
    it only names a neighbourhood (七八百: 750)."""

    value: Decimal
    place: Decimal
    approximate: bool = False

    def times(self, factor: Decimal) -> Numeral:
        value, place = _plain(self.value * factor), _plain(self.place * abs(factor))
        return Numeral(value, place, self.approximate)


def number_view(text: str) -> str:
    """`text` folded, of the same length, with whatever is written like a number but counts nothing
    blanked out: dates and times of day, roads, codes, list marks, idioms.

    Two traps of folding are undone: a full-width comma parts a list and never thousands, and ① or
    ² is no digit of a number.
    """
    view = "".join(
        old if old == "，" or (new in _HALF_WIDTH and old not in _ANY_WIDTH) else new
        for old, new in zip(text, fold(text), strict=True)
    )
    return _NOT_COUNTED.sub(lambda match: "\0" * len(match[0]), view)


def read_numeral(text: str) -> Numeral | None:
    """The number that the whole of `text` prints; None if it prints none."""
    if text == "半":
        return Numeral(Decimal("0.5"), Decimal("0.1"))
    return _read(text.translate(_PLAIN)) if 0 < len(text) <= _LONGEST else None


def trailing_scale(text: str) -> Decimal:
    """The multiplier that ends `text`: 10000 for 5万, 1000000000000 for 3万亿, 1 for 57."""
    product = Decimal(1)
    for char in takewhile(lambda char: char in "百千万亿", reversed(text)):
        product *= _SCALES[char]
    return product


def _plain(number: Decimal) -> Decimal:
    """Without the zeros that multiplying 24.8 by 亿 leaves after the point."""
    whole = number.to_integral_value()
    return whole if whole == number else number


def _read(text: str) -> Numeral | None:
    if text[:1].isdecimal() and text.replace(".", "", 1).isdecimal():
        decimals = len(text.partition(".")[2])
        return Numeral(Decimal(text), Decimal(1).scaleb(-decimals))
    # 亿 and 万 bind loosest, 点 below them (一点二亿), then 千, 百, 十.
    for mark in "亿万点千百十":
        at = text.rfind(mark) if mark in "亿万" else text.find(mark)
        if at >= 0:
            return _pointed(text, at) if mark == "点" else _scaled(text, at)
    return _digit_string(text)


def _pointed(text: str, at: int) -> Numeral | None:
    whole, decimals = _read(text[:at]), text[at + 1 :]
    if whole is None or not decimals or any(char not in _VALUES for char in decimals):
        return None
    place = Decimal(1).scaleb(-len(decimals))
    digits = "".join(str(_VALUES[char]) for char in decimals)
    return Numeral(whole.value + Decimal(digits) * place, place)


def _scaled(text: str, at: int) -> Numeral | None:
    mark, left, tail = text[at], text[:at], text[at + 1 :]
    unit = Decimal(_SCALES[mark])
    head = _read(left) if left else Numeral(Decimal(1), Decimal(1))
    if head is None or mark in left or (mark not in "万亿" and _is_long(left)):
        return None
    head = head.times(unit)
    if not tail:
        return head
    rest = _tail(tail, unit)
    if rest is None or rest.value >= unit:
        return None
    return Numeral(head.value + rest.value, rest.place, rest.approximate)


def _is_long(left: str) -> bool:
    """Before 千, 百 and 十 stand digits, one Chinese digit or a pair such as 七八."""
    return not left[:1].isdecimal() and len(left) > 2


def _tail(tail: str, unit: Decimal) -> Numeral | None:
    if tail[0] in _ZEROS:
        return _read(tail.lstrip(_ZEROS))
    rest = _read(tail)
    # 一万二 is 12000, 两百三 is 230: a last bare digit counts the next lower place.
    if rest is not None and all(char in _VALUES for char in tail):
        return rest.times(unit / 10)
    return rest


def _digit_string(text: str) -> Numeral | None:
    digits = [_VALUES[char] for char in text if char in _VALUES]
    if not text or len(digits) != len(text):
        return None
    if len(digits) == 2:
        low, high = digits
        half = Decimal("0.5")
        # 七八 is "seven or eight"; its midpoint equals neither, and itself wherever it is printed.
        return Numeral(low + half, Decimal(1), True) if 0 < low == high - 1 else None
    return Numeral(Decimal("".join(map(str, digits))), Decimal(1))
