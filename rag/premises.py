"""What a question takes for granted and print contradicts, or does not tell of."""

from __future__ import annotations

import re

from rag.numerals import read_numeral

_OPPOSITES = tuple(
    (re.compile(one), re.compile(other))
    for one, other in (
        ("下降|减少|降低|下滑|下跌|缩小|跌破|回落|负增长", "增长|增加|上升|提高|上涨|扩大|突破|提升"),
        ("低于|不及|落后于|落在[^，,]{1,10}后|拖后腿|以下|不到|不足|少于", "高于|超过|超出|以上|领先|突破"),
        ("停止|停掉|停供|取消|撤[掉销]|摘掉|关闭|停运|中止|叫停|暂停", "启动|成立|设立|开通|开展|推进|建设|加装|组建|创建|支持|供热|供暖"),
        ("失败|未能|落选|流产", "成功|获批|当选"),
        ("[还仍][没有][^，,]{0,12}没|[都一始][直终]?[没未]|没[通供]上|还没有?|尚未|没能|为何不|为什么不", "已全部|已经|均已"),
        ("反对|拒绝|否认", "支持|同意|承认|批准"),
        ("出口", "进口"), ("卖出|售出", "买入|购入"), ("输给|负于|落败", "战胜|击败|夺冠"),
    )
)  # fmt: skip
# An event that a question takes for granted, and the words of which print has one where it tells
# of it, in whatever way.
_EVENTS = tuple(
    (re.compile(asked, re.I), re.compile(told, re.I))
    for asked, told in (
        ("取消|撤销|叫停|终止|停办|废止|作废|\\bcancel", "取消|撤|停|止|废|不再|告别"),
        (
            "前任|上一任|此前担任|predecessor|\\bbefore [a-z]+ [a-z]+\\W*$",
            "前任|上一任|上任|原任|原[局院厂校市县区处]长|此前担任",
        ),
        ("继任|接任|接替|接班|successor", "继任|接任|接替|接班|聘任|任命|新任|当选|担任"),
        ("卸任|离任|调任|辞去|辞职|免去|免职|退休|step(?:ped)? down|\\bresign", "卸|离任|调|辞|免|退休|不再担任"),
        ("去世|逝世|病逝|遇难|死亡|死了|身亡|丧生|遇害|\\bdie[ds]?\\b|\\bdeaths?\\b", "世|逝|难|死|亡|丧生|害|牺牲|殉"),
        ("推迟|延期|延后|改期|顺延|延迟|\\bpostpone|\\bdelay", "推迟|延|改期|拖|晚|工期"),
        ("罚款|处罚|处分|追责|问责|\\bfine[ds]\\b", "罚|处分|责|撤|免|吊销|取消|扣|禁|停"),
        ("搬迁|搬到|搬去|迁到|迁往|迁至|\\brelocat", "搬|迁|移"),
        ("改(?:到|在(?!意))[^，,]{2,8}[开办举]|换到|挪到", "改(?:到|在|址|期)|换到|挪|移师|迁"),
        ("改(?:到|在(?!意))[^，,]{2,8}[开办举]|换到|挪到", "改(?:到|在|址|期)|换到|挪|移师|迁"),
        ("停产|停业|歇业|倒闭|破产|关停|\\bbankrupt", "停|歇|倒闭|破产|关"),
        ("失败|没过关|没通过|未获批|落选|流产", "失败|未能|未通过|未达|没能|没有通过|不合格|落选|流产"),
        ("不再[搞做办建设收发上]", "不再|停|取消|暂缓|退出"),
        ("道歉|致歉|\\bapolog", "歉"), ("亏损|亏了|\\bloss(?:es)?\\b", "亏|赔|损|负"),
        ("起火|火灾|爆炸|坍塌|失火", "火|爆|塌"), ("造假|假冒|伪造|抄袭", "假|伪|抄|仿"), ("罢工|示威", "罢工|示威|抗议"),
        ("起诉|打官司|状告|告上法庭|\\bsue[ds]?\\b", "诉|官司|告|判|法院"),
    )
)  # fmt: skip
_NOT = re.compile(r"没(?:[有能会让]|被)?|未(?!来)[能被获]?|并?不(?!同|仅|断|足|少|良|动产|但|只|过|管|久|锈|限)|无(?!人机|线|锡|偿)")
_NOT_SO = re.compile(
    "[没未无难少缺降减拒停失仅只低慢]|不(?![断仅但同折])|(?<![相有机海把])关(?![系键注于心联切爱怀口])|反对"
)
# 都没供上暖，是卡在哪儿？ asks why, too.
_WHY = re.compile(r"为什么|为何|为啥|何以|缘何|原因|(?:是|都|问题)*卡在|责任在谁|怪谁|(?:问题|毛病)出在|\bwhy\b", re.I)
_CARRIED_OUT = re.compile("^([\u4e00-\u9fff])[上到完成过](?=[\u4e00-\u9fff])")  # 供上暖 is 供暖
_SLOGAN = re.compile(
    r"[“\"](?P<slogan>(?=[^”\"]{2,10}[”\"])[^”\"]*[一二两三四五六七八九十\d][^”\"]*)[”\"](?:行动|工程|战略|任务|目标|要求|措施|(?:政策)?体系|政策)?"
    r"(?:里的?|中的?|的|这)?[“\"]?[一二两三四五六七八九十\d]?[”\"]?[\u4e00-\u9fff]{0,3}"
    r"(?:分别|各|指的?是|是指|具体指|(?<!的)是什么(?!时)|(?<!的)是哪|包括哪|包含哪|有哪|其余)"
)
_TOLD = re.compile("即|就是|指|[:：（(]|——|包括|由")
# 其余八项是什么: what is left of a number is told where it is listed.
_THE_OTHERS = re.compile(
    r"(?:其余|其他|其它|另外|剩下|余下)的?(?P<many>[几两二三四五六七八九十]|\d+)[\u4e00-\u9fff]{1,2}?"
    r"(?:任务|工作|目标|项目)?(?:分别|各自?|都)?(?:是|有|包括|指|叫)?(?:什么|哪|谁|啥)"
)
_KEPT_OUT = re.compile("(?:没有?|未能?|不)把(?P<thing>[\u4e00-\u9fff]{6,})")
_SAME = 6  # characters of a thing by which it is known
_SOON, _BEFORE = 16, 20  # characters behind and before a slogan in which it is told


def opposed(asked: str, sentence: str, around: str, article: str) -> float:
    """1 where the question speaks of a fall and the sentence of a rise, and the like; where it
    takes an event for granted that the article does not tell of; where it asks why something is
    not so and nothing says that it is not: nowhere in the article, or there, if it has no word of it."""
    for one, other in _OPPOSITES:
        for a, b in ((one, other), (other, one)):
            if a.search(asked) and not b.search(asked) and not a.search(sentence) and b.search(sentence):
                return 1.0
    if any(event.search(asked) and not told.search(article) for event, told in _EVENTS):
        return 1.0
    if not _WHY.search(asked) or not (denied := _NOT.search(_WHY.sub("", asked))):
        return 0.0
    kept_out = _KEPT_OUT.search(asked)  # 没有把修路列入: it is the thing that print would name
    undone = _CARRIED_OUT.sub(r"\1", _WHY.sub("", asked)[denied.end() :])
    deed = kept_out["thing"][:_SAME] if kept_out else undone[:2]
    told = [m.start() for m in re.finditer(re.escape(deed), article)] if len(deed) > 1 else []
    if told and not any(_NOT_SO.search(article[max(0, at - 6) : at + 4]) for at in told):
        # 为什么不供暖: print speaks of it, and so of whether it is so.
        around, sentence = "", "" if kept_out else sentence
    return float(not _NOT_SO.search(sentence + around))


def _joints(many: str) -> int:
    """How many 、 a list of so many things has at the least."""
    number = read_numeral(many)
    return int(number.value) - 2 if number and number.value > 3 else 1


def leaves_open(asked: str, sentence: str, near: str) -> bool:
    """Whether the question asks what a slogan with a number (“两个确保”) stands for and the
    sentence only names it, or what else there is of a number of things and it lists none."""
    if (others := _THE_OTHERS.search(asked)) and len(re.findall("[、；;]", sentence)) < _joints(others["many"]):
        return True
    found = _SLOGAN.search(asked)
    if found is None or (slogan := found["slogan"]) not in sentence:
        return found is not None and slogan not in near
    behind = [text.partition(slogan)[2] for text in (sentence, near) if slogan in text]
    listed = "、" in sentence.partition(slogan)[0][-_BEFORE:]
    return not listed and not any(_TOLD.search(text[:_SOON]) for text in behind)
