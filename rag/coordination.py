"""What a question of several things asks: 甲和乙各是多少, 何时开工，投资多少, 甲的乙和丙是谁."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise

import rjieba

from rag import question_words as words
from rag.records import DateMention

# Of two things taken together one thing is asked.
_TOGETHER = re.compile(
    "之间|一共|总共|合计|合作|贸易|关系|相比|比较|相差|差距|差多少|相距|距离|联合|共同|签署|对阵|比分|交界|双方|加起来|合起来"
    "|谈判|会谈|单独|签[的了下约订]"
)
_NOUN = re.compile("^(?:n|j$|eng$|vn$|x$|l$|i$)")
_ATTRIBUTE_END = re.compile(r"(?:分别|各自?)?(?:是|为|叫|在|有)?(?:谁|哪|什么|多少|几|何|怎)|[?？。]|$")
_SORTS = "省市县区镇乡村路街厂校队站局"
_MOST = 8  # characters of one of the two
_ASKED_OF = (
    (re.compile("时间$|日期$"), "是什么时候"), (re.compile("地点$|举办地$|举行地$"), "在哪里"),
    (re.compile("(?:导演|编剧|主演|作者|冠军|得主|局长|市长|书记|主席|经理|董事长|负责人)$"), "是谁"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Coordination:
    """Two things that a question joins: as `joined` there, each by `name` where it is what the
    question is about (both "" where they are times or attributes), and the question about each alone."""

    joined: str
    names: tuple[str, str]
    questions: tuple[str, str]


def coordinated(text: str, dates: Sequence[DateMention]) -> Coordination | None:
    """What a question joins without 各 or 分别 where it may mean each of them: 甲和乙的产量,
    甲的导演和编剧是谁; None where it does not. Whether print joins them too (住房和城乡建设局) is for
    the reader to see."""
    joints = list(words.AND.finditer(text))
    if len(joints) != 1 or "、" in text or _TOGETHER.search(text):
        return None
    start, end = joints[0].span()
    subjects = False
    found = _two_times(start, end, dates) or _two_alike(text, start, end, dates)
    found = found or _two_attributes(text, start, end)
    if found is None:
        subjects, found = True, _two_subjects(text, start, end)
    if found is None:
        return None
    left, right = found
    names = (text[left:start], text[end:right]) if subjects else ("", "")
    first, second = text[:start] + text[right:], text[:left] + text[end:]
    return Coordination(text[left:right], names, (_asking(first), _asking(second)))


def _two_times(start: int, end: int, dates: Sequence[DateMention]) -> tuple[int, int] | None:
    before = next((d for d in dates if d.end == start), None)
    after = next((d for d in dates if d.start == end), None)
    return (before.start, after.end) if before and after else None


def _two_alike(text: str, start: int, end: int, dates: Sequence[DateMention]) -> tuple[int, int] | None:
    """甲局局长和乙局局长: both end in the same word, behind what is said of both."""
    word = text[max(0, start - 2) : start]
    again = text.rfind(word, end + 2)
    if again < 0 or not _ATTRIBUTE_END.match(text, again + 2):
        return None
    left = max([text.rfind(mark, 0, start) + 1 for mark in "的，,"] + [d.end for d in dates if d.end <= start])
    return (left, again + 2) if start - 2 - left > 0 else None


def _two_attributes(text: str, start: int, end: int) -> tuple[int, int] | None:
    """的甲和乙, at the end of the question or before what asks."""
    left = text.rfind("的", 0, start) + 1
    asks = _ATTRIBUTE_END.search(text, end)
    right = asks.start() if asks else len(text)
    if not left or not 1 < start - left <= _MOST or not 1 < right - end <= _MOST or "的" in text[end:right]:
        return None
    return left, right


def _two_subjects(text: str, start: int, end: int) -> tuple[int, int] | None:
    """The words beside the conjunction, where both are nouns."""
    before, after = rjieba.tag(text[:start]), rjieba.tag(text[end:])
    if not before or not after:
        return None
    (left, left_tag), (right, right_tag) = before[-1], after[0]
    if left[-1] in _SORTS and (sort := text.find(left[-1], end + 1, end + 5)) > 0:
        while len(left) < sort + 1 - end and len(before) > 1:  # 西岭县和东岭县, however they are cut
            before.pop()
            left = before[-1][0] + left
        return start - len(left), sort + 1
    if len(right) == 1 and len(after) > 1:  # the segmenter does not know it: 英伟达
        right += after[1][0]
        right_tag = left_tag
    alike = left_tag == right_tag or (left_tag[:1] == right_tag[:1] and len(left) == len(right))
    if not alike or not _NOUN.match(left_tag) or not 1 < len(left) <= _MOST or not 1 < len(right) <= _MOST:
        return None
    return start - len(left), end + len(right)


def _asking(text: str) -> str:
    """A half of a question that may have lost, or never had, the word that asks."""
    plain = text.rstrip("?？。 ")
    added = next((word for pattern, word in _ASKED_OF if pattern.search(plain)), "")
    return plain + added


def things_asked(text: str, kinds_of: Callable[[str], Collection[str]]) -> list[str]:
    """The things asked, each with its own question word, as pieces of the question."""
    clauses = [c for c in words.SPLIT_CLAUSES.split(text) if c.strip()]
    asking = [n for n, clause in enumerate(clauses) if kinds_of(clause)]
    if len(asking) > 1:
        return _clause_pieces(clauses, asking)
    if words.EACH.search(text) and (halves := _each(text) or _halves(text)):
        return halves
    return [text]


def _each(text: str) -> list[str]:
    """甲和乙的产量各是多少 -> 甲的产量是多少, 乙的产量是多少; none where nothing stands between the
    two and 各."""
    each = words.EACH.search(text)
    assert each is not None
    one = coordinated(text[: each.start()] + text[each.end() :], ())
    if one is None or not one.names[1] or "哪" in text:
        return []
    behind = text[: each.start()].rpartition(one.names[1])[2].strip(" ，,")
    return list(one.questions) if len(behind) > 1 else []


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
    each = words.EACH.search(text)
    assert each is not None
    before, after = text[: each.start()].rstrip("，, "), text[each.end() :]
    common = ""
    if len(clauses := re.split(r"[，,](?!.*[，,])", before)) == 2 and not words.AND.search(clauses[1]):
        before, common = clauses
    joints = list(words.AND.finditer(before))[-1:] or list(words.PAUSE.finditer(before))[-2:]
    if len(joints) == 1 and (pause := list(words.PAUSE.finditer(before, 0, joints[0].start()))):
        between = before[pause[-1].end() : joints[0].start()]
        joints = joints if "的" in between else [pause[-1], *joints]
    if not joints or "哪" in after:
        return []
    tail = after if re.search(r"多少|几|谁|什么", after) else "是多少"
    borders = [0, *(m.end() for m in joints), len(before)]
    names = [before[a:b].rstrip("和与及跟、以") for a, b in pairwise(borders)]
    return [f"{name}{common}{tail}" for name in names if len(name.strip(" ，,")) > 1]
