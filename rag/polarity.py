"""Yes told as no, a plan as done, some as all: where a statement says more than is printed."""

from __future__ import annotations

import re

from rag.wording import content_words

_CLAUSE = re.compile(r"[，,；;。：:！!？?]")
_NEGATION = re.compile(r"(?:不|没有?|未|并未|尚未|从未|未能|不再|不会|不能|不得|禁止|拒绝|反对|否认|停止|无法|并非)[\w]{0,1}$")
_DENIED_WORD = re.compile(r"(?:不|没有|并未|尚未|从未|未能|未|无法|拒绝|反对|否认|禁止|停止)([\u4e00-\u9fff]{2})")
_ANY_NEGATION = re.compile(r"(?<![非无])[不未无没非]|禁止|拒绝|反对|否认|取消|停止")
# Words with 不 and the like that deny nothing.
_NO_DENIAL = re.compile(r"不(?:[断仅但只论管少足低多超到满]|同(?!意))|无论|未来|不(?:低于|少于|超过)|无[锡线人缝偿]|非[常洲遗]|没收|无数")
_STRONG = re.compile(
    r"首次|首个|第一|唯一|最[\u4e00-\u9fff]|全部|所有|一律|仅[有仅]?|只有|均|都(?!市|会|江)|历史|必须|一定|永远|从来|彻底|完全"
)
_SAME_STRONG = {"均": "均都全各", "都": "均都全各", "全部": "全均都", "所有": "全所各", "一律": "均都全", "首个": "首第",
                "首次": "首第", "第一": "首第", "仅": "仅只", "只有": "仅只", "必须": "必须要应"}  # fmt: skip
_DONE = re.compile(r"已经?|(?:完成|实现|达到|建成|突破|增长|下降|签约|投产|通车|开通|竣工|下线)了")
_PLANNED = re.compile("力争|计划|确保|目标|拟|预计|争取|打算|下一步|将|要(?:达到|实现)")
_FACT = re.compile("已|了|截至|突破|完成|实现")
_OPPOSITES = tuple(
    (re.compile(one), re.compile(other))
    for one, other in (
        ("同意|支持|赞成|批准", "反对|拒绝|否决|驳回"), ("开通|启用|启动|开幕|开工|设立|成立", "关闭|停运|停用|闭幕|取消|撤销|解散"),
        ("出口", "进口"), ("成功|获胜|战胜", "失败|落败|负于"), ("盈利", "亏损"), ("买入|收购", "卖出|出售"),
        ("高于|多于|超过", "低于|少于|不及"), ("上升|增长|上涨|提高", "下降|减少|下跌|降低|负增长"), ("允许|准许", "禁止|不得|严禁"),
    )
)  # fmt: skip


def opposed(text: str, evidence: str) -> list[str]:
    """Yes told as no, and one of a pair of opposites as the other."""
    wrong = []
    for one, other in _OPPOSITES:
        for a, b in ((one, other), (other, one)):
            told = a.search(text)
            if told and not b.search(text) and b.search(evidence) and not a.search(evidence):
                wrong.append(f"opposite {told.group()}")
    here, there = _NO_DENIAL.sub("", text), _NO_DENIAL.sub("", evidence)
    if _ANY_NEGATION.search(here) and not _ANY_NEGATION.search(there):
        wrong.append("denial")
    for word in dict.fromkeys(content_words(here)):
        if word in there and _denied(word, here) != _denied(word, there):
            wrong.append(f"denial of {word}")
    denied = (m.group(1) for m in _DENIED_WORD.finditer(there))
    wrong += [
        f"denial of {word}" for word in dict.fromkeys(denied)
        if word in here and not _denied(word, here) and _denied(word, there)
    ]  # fmt: skip
    return wrong


def _denied(word: str, text: str) -> bool:
    """Whether the word is denied wherever it stands; in doubt (here so, there not) it is not."""
    places = [m.start() for m in re.finditer(re.escape(word), text)]
    return all(_NEGATION.search(_CLAUSE.split(text[:place])[-1]) for place in places)


def overstated(text: str, evidence: str, heads: str) -> list[str]:
    """Words that claim more than is printed: the first, all, only; a plan told as done."""
    given = evidence + heads
    wrong = []
    for word in dict.fromkeys(_STRONG.findall(text)):
        same = _SAME_STRONG.get(word, "")
        if word not in given and not any(char in given for char in same):
            wrong.append(f"word {word}")
    if (done := _DONE.search(text)) and _PLANNED.search(evidence) and not _FACT.search(evidence):
        wrong.append(f"plan told as done ({done.group()})")
    return wrong
