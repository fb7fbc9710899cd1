"""A follow-up and what was said before -> a question that stands alone, by rules.

    三全食品项目总投资多少？        那年产能呢？          -> 三全食品项目年产能多少？
    2024年全省水运货运量增长多少？   多式联运货运量呢？    -> 2024年全省多式联运货运量增长多少？
    市商务局局长是谁？（王保来）     他还说了什么？        -> 王保来还说了什么？

A question that names its own subject is left as it is. The rules never fail: where they understand
nothing, the question goes with the one before it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import dropwhile
from typing import Any

import rjieba

from rag.dates import question_dates
from rag.question_words import ASKING, ENTITY, QUOTED
from rag.questions import is_english
from rag.text import fold

_SHORT = 24
_TURNS = 12  # messages looked back on
_ANY_DAY = date(2000, 1, 1)  # where only the place of a date in the text matters
_LEADS = re.compile(r"^(?:那么|那|还有|另外|其中|此外|然后|再问一下|再问|请问|至于|而)[，, ]*(?![个些里边样])")
_WHAT_OF = re.compile(r"^(?P<x>[^？?。！!，,]{1,20}?)(?:又|又是)?(?:呢|如何|怎么样)[？?。!！]*$")
_ENGLISH_BACK = re.compile(
    r"^(?:and|or|but|then|also|what about|how about)\b|\b(?:he|she|it|they|that|this|those|these|his|her|their|its|there|one)\b",
    re.I,
)
_ENGLISH_LONG = re.compile(
    r"^(?:and|or|but|then|what about|how about)\b|\b(?:he|she|it|they|those|these|his|her|their|its)\b", re.I
)
_PERSON = re.compile(r"(?:^|(?<=[，,。是在对给说那向和]))(?:他|她|此人|这位|这个人|该(?:局长|董事长|负责人))们?(?![国乡人省市])")
_THING = re.compile(
    r"(?:它们?|其(?![中他次实余])|(?:该|此次|这次|本次|上述|[这那]一?[个项场届家条辆座款部所])(?:[\u4e00-\u9fff]{0,1}(?:项目|大会|活动|公司|企业|工程|会议|基地|港|机场|工厂|局|部门|医院|学校|大桥|条例))?)"
    r"(?![样么些里])"
)
_SIGNED = re.compile(r"^(?:这里|那里|那边|当地)")
_VERB_END = re.compile(r"(?:是|为|有|达到?|要|将|在|于|由|的|了|共|一共|总共|定在|计划|位于|被|由|和|与|及|、|，|,|\s)+$")
_ATTRIBUTE = re.compile(
    r"(?:的)?(?:总|年|新|预计|计划)?(?:投资额?|投入|金额|产能|产量|面积|规模|资金|造价|销量|产值|收入|利润|占地|长度|里程|人数|数量|总数|增速|增幅|占比|份额|目标"
    r"|董事长|总经理|局长|处长|主任|书记|市长|县长|区长|省长|部长|院长|校长|负责人|名字|名称|时间|地点|日期|地址|主题|原因|内容|票价|价格)$"
)
_HEAD = re.compile("[组队站馆会理社厂]长|总裁|主席|秘书长")
_PLACE_HEAD = re.compile("[省市县区镇乡村州]长$")
_COUNTING = re.compile("多少|几|哪些")
_COUNTED = ("q", "m", "u", "n", "vn", "b", "l")
_VERBS = re.compile(r"(?:举行|召开|开幕|签约|签下|签|建成|投产|开工|竣工|实施|增长|下降|减少|增加|完成|实现|突破|筹集|加装)了?$")
_NAMED = re.compile(r"(?:长|主任|书记|经理|总裁)(?:是|为|：)?([\u4e00-\u9fff]{2,3}?)(?=说|表示|介绍|告诉|指出|认为|[，,。、；（(\[]|$)")
_OFFICE = re.compile(r"(?:长|经理|书记|主任|负责人|主席|总裁)$")
_PLACE_ASKED, _TIME_ASKED = re.compile(r"地[点方址]$"), re.compile(r"(?:时间|日期|日子)$")
_SCOPE = re.compile(r"^(?:全[国省市县区]|我[国省市县]|本[省市县])")
_NAMES = ("ns", "nr", "nt", "nz")
_NOUNS = ("n", "j", "l", "eng", "s", "b", "vn")
_ASKING = re.compile("哪里|哪儿|" + ASKING.pattern)
_GENERIC = frozenset(
    """
    同比 环比 一共 总共 共计 合计 现在 目前 后来 当时 最后 具体
    项目 金额 总金额 投资 总投资 面积 人数 签约 举行 举办 召开 开幕 闭幕 地点 时间 产能 年产能 规模 目标 数量 大单子 单子 大会 活动
    会议 建成 完成 增长 下降 达到 实现 参加 说 表示 原因 内容 主题 公司 企业 部门 单位 建设 建 投产 开工 竣工 启动 总额 签 签下 家
    多少 占比 名字 之后 以后 结果 具体
    """.split()
)


def content_of(message: Mapping[str, Any]) -> str:
    """The text of an OpenAI-style message, whose content is a string or a list of parts."""
    content = message.get("content") or ""
    if isinstance(content, str):
        return content
    return "".join(str(part.get("text") or "") for part in content if isinstance(part, Mapping))


def standalone(question: str, history: Sequence[Mapping[str, Any]] | None) -> str:
    """The question with what it silently carries over from the conversation in `history`.

    Follow-ups in the history are understood in their turn, so that a third question may build on
    a second one.
    """
    asked: list[str] = []  # latest first
    reply = ""
    for message in list(history or ())[-_TURNS:]:
        text = content_of(message).strip()
        if message.get("role") == "user" and text:
            asked.insert(0, _resolved(text, asked, reply))
            reply = ""
        elif message.get("role") == "assistant":
            reply = text
    return _resolved(question, asked, reply)


def points_back(question: str) -> bool:
    """Whether a question leaves out what it is about."""
    text = fold(question.strip())
    if is_english(text):
        short = len(text) <= _SHORT
        return bool((_ENGLISH_BACK if short else _ENGLISH_LONG).search(text)) and len(text) <= 3 * _SHORT
    if not text or len(text) > _SHORT:
        return bool(_person_or_thing(text)) and len(text) <= 2 * _SHORT
    return bool(
        _LEADS.match(text) or _WHAT_OF.match(text) or _person_or_thing(text) or _SIGNED.match(text)
    ) or _lacks_subject(text)


def _person_or_thing(text: str) -> re.Match[str] | None:
    return _PERSON.search(text) or _THING.search(text)


def _lacks_subject(text: str) -> bool:
    """Whether nothing in the question says of whom or of what it asks: 总金额多少？"""
    if _SCOPE.match(text) or ENTITY.search(text) or QUOTED.search(text):
        return False
    counting = _COUNTING.search(text)
    front, rest = (text[: counting.start()], text[counting.end() :]) if counting else (text, "")
    said, asked = (rjieba.tag(_ASKING.sub("，", part)) for part in (front, rest))
    if question_dates(front, _ANY_DAY) and _does(said) and _names_a_thing(asked):
        return False
    # 几个工作专班, 多少工人: what is counted is no subject.
    after = dropwhile(lambda row: row[1].startswith(_COUNTED), asked)
    tagged = [*said, *after]
    telling = [w for w, tag in tagged if tag.startswith(_NOUNS) and w not in _GENERIC and not _of_something(w)]
    return not any(len(word) > 1 or word.isascii() for word in telling)


def _does(tagged: Sequence[tuple[str, str]]) -> bool:
    return any(tag.startswith("v") and len(word) > 1 and word not in _GENERIC for word, tag in tagged)


def _names_a_thing(tagged: Sequence[tuple[str, str]]) -> bool:
    """今年要加装多少部电梯: with its time and its verb, what is counted is enough of a subject."""
    return any(tag in ("n", "nz", "l") and len(word) > 1 and word not in _GENERIC for word, tag in tagged)


def _of_something(word: str) -> bool:
    """总面积, 董事长: of what, the question does not say. A place's head needs no more to be told."""
    return bool(_ATTRIBUTE.fullmatch(word) or _HEAD.fullmatch(word)) and not _PLACE_HEAD.search(word)


def _resolved(question: str, asked: Sequence[str], reply: str) -> str:
    """`asked` holds the questions before, as they stand alone, the latest first."""
    if not asked or not points_back(question):
        return question
    before, text = asked[0], question.strip()
    if is_english(fold(text)) or is_english(fold(before)):
        return f"{before.rstrip('？?。')}，{text}"
    bare = _LEADS.sub("", text)
    plain = fold(bare)
    if (found := _PERSON.search(plain)) and (name := _person_of(reply, before)):
        return bare[: found.start()] + name + bare[found.end() :]
    about = subject_of(before)
    if found := _THING.search(plain):
        return _fitted(bare[: found.start()], about, bare[found.end() :])
    if found := _WHAT_OF.match(plain):
        new = bare[: found.end("x")]
        return next(filter(None, (_exchanged(new, old) for old in asked)), about + new + _asking(new))
    if _SIGNED.match(plain):
        return about + _SIGNED.sub("", bare)
    if not _lacks_subject(plain):  # 那既有住宅电梯要加装多少部？ has all but its year
        lead = "" if question_dates(bare, _ANY_DAY) else _lead(before)
        return lead + bare if lead else question
    return _fitted("", about, bare)


def _fitted(front: str, about: str, rest: str) -> str:
    """The subject where the pronoun stood; its date goes where the question names one itself."""
    if question_dates(front + rest, _ANY_DAY):
        about = _undated(about)
    return f"{front}{about}{rest}"


def _exchanged(new: str, before: str) -> str:
    """The question before, asked of another year, thing, body or place; "" where it names none of
    the sort, so that something else is asked of the same (那年产能呢？)."""
    dates = question_dates(new, _ANY_DAY)
    if dates and len(new) - sum(m.end - m.start for m in dates) <= 1:
        old = question_dates(before, _ANY_DAY)
        return before[: old[0].start] + new + before[old[0].end :] if old else new + before
    if place := _same_end(new, before):
        return ("" if dates else _lead(before)) + new + before[place:]
    return _same_sort(new, before)


def _asking(new: str) -> str:
    """What asks for the new thing."""
    if _OFFICE.search(fold(new)):
        return "是谁？"
    if _PLACE_ASKED.search(new):
        return "在哪里？"
    if _TIME_ASKED.search(new):
        return "是什么时候？"
    return "多少？"


def _lead(before: str) -> str:
    """The date and the reach (2024年全省) that a question opens with."""
    end = 0
    for mention in question_dates(before, _ANY_DAY):
        if mention.start == end:
            end = mention.end + (before[mention.end : mention.end + 1] in ("，", ","))
    scope = _SCOPE.match(fold(before[end:]))
    return before[: end + (scope.end() if scope else 0)]


def _same_end(new: str, before: str) -> int:
    """Where the thing in the question before ends that has the same last characters; 0 if none."""
    if new in before:
        return 0
    head = subject_of(before)
    if head[-1:] == new[-1:] and (place := before.find(head)) >= 0:
        return place + len(head)
    for length in range(min(len(new), 4), 0, -1):
        end = new[-length:]
        place = before.find(end)
        telling = length > 1 or end in "局市县区省厅院港会桥路镇村厂校"
        if place > 0 and telling:
            return _listed_end(before, end, place + length)
    return 0


def _listed_end(before: str, end: str, stop: int) -> int:
    """Where the list ends (公路、水路) whose first member with this `end` ends at `stop`."""
    while found := re.match(rf"[、和与及][\u4e00-\u9fff]{{1,6}}?{re.escape(end)}", before[stop:]):
        stop += found.end()
    return stop


def _same_sort(new: str, before: str) -> str:
    """The question before with its place or name exchanged, "" where it has none of the sort."""
    tags = {tag for word, tag in rjieba.tag(fold(new)) if tag in _NAMES and word == fold(new)}
    for word, tag in rjieba.tag(fold(before)):
        if tag in tags and word in before:
            return before.replace(word, new, 1)
    return ""


def _undated(text: str) -> str:
    for mention in reversed(question_dates(text, _ANY_DAY)):
        if not mention.text.isdigit():
            text = text[: mention.start] + text[mention.end :]
    return text.lstrip("，,")


def subject_of(question: str) -> str:
    """What a question is about, without what it asks for: 三全食品项目总投资多少？ -> 三全食品项目."""
    text = question.strip().rstrip("？?。！! ")
    asking = _ASKING.search(fold(text))
    head = text[: asking.start()] if asking else text
    if asking and len(head.strip()) < 2:  # 谁是……, 哪天……
        head = _ASKING.sub("", text[asking.end() :]).lstrip("是为的在")
    head = _VERB_END.sub("", head)
    shorter = _VERB_END.sub("", _VERBS.sub("", _VERB_END.sub("", _ATTRIBUTE.sub("", head))))
    return shorter if len(shorter) >= 2 else head


def _person_of(reply: str, before: str) -> str:
    """The person last spoken of: named in the answer, else in the question, else by his office."""
    for text in (reply, before):
        if found := _NAMED.search(text):
            return found.group(1)
        names = [word for word, tag in rjieba.tag(fold(text)) if tag.startswith("nr") and len(word) > 1]
        if names:
            return names[0]
    return subject_of(before)
