"""What is no question to the archive: small talk, questions about Wenbao, and other people's work.

Answered without touching the archive; what is wanted of a writer, a translator or a programmer is
declined in a friendly sentence.
"""

from __future__ import annotations

import re

from rag.records import Answer

_WHO_AM_I = (
    "我是问报，只根据已收录的版面回答问题：说出日期，并注明出处。版面没有写的，我会直说。",
    "I am Wenbao. I answer from the indexed newspaper pages alone, with citations, and say so where "
    "they do not tell.",
)
_HOW_TO = (
    "直接用一句话提问就行，例如问某个项目的投资、某位局长的姓名、某件事的日期；也可以接着追问。每句回答后面的编号能打开报纸原文。",
    "Ask in a sentence, for instance for an amount, a name or a date, and follow up as you like. The "
    "numbers in the answer open the printed page.",
)
_TALK = (
    (r"(?:你好|您好|嗨|哈喽|早上好|上午好|中午好|下午好|晚上好|早安|在吗|在不在)(?:呀|啊|吗|问报)?",
     "您好，请问想查报上的什么消息？"),
    (r"(?:hi|hello|hey|good (?:morning|afternoon|evening))(?: there| wenbao)?",
     "Hello. What would you like to look up in the paper?"),
    (r"(?:好的|明白了|知道了|太好了)?(?:非常|十分|多|太)?(?:谢谢?|感谢|辛苦)(?:你|您|了|啦|问报)*(?:的帮助)?", "不客气。"),
    (r"(?:ok |great )?(?:many )?thank(?:s| you)(?: (?:very|so) much| a lot)?", "You are welcome."),
    (r"(?:好的|好吧|明白了|知道了|收到|嗯+|哦+)", "好的，还想查什么，请接着问。"),
    (r"(?:再见|拜拜|回头见|晚安)", "再见。"),
    (r"(?:good)?bye(?: bye)?|good night", "Goodbye."),
    (r"(?:请问)?(?:你|您|问报)(?:到底)?(?:是谁|叫什么(?:名字)?|能做什么|会什么|会做什么|能干什么|是什么|有什么(?:功能|用)|可以做什么|是(?:机器人|人工智能|ai)吗?)",
     _WHO_AM_I[0]),
    (r"(?:who|what) (?:are you|is wenbao)|what can you do|are you (?:a robot|an ai|human)", _WHO_AM_I[1]),
    (r"(?:请问)?(?:怎么|如何)(?:使用|用|提问|问)(?:你|您|问报)?|(?:怎么|如何)(?:用|使用)问报|帮助|使用说明", _HOW_TO[0]),
    (r"help|how (?:do|can) i (?:use (?:you|wenbao|this)|ask)", _HOW_TO[1]),
    (r"(?:你|您)的?(?:答案|回答|资料|信息|数据)(?:是)?(?:从哪里?来|来自哪里|准确吗|可靠吗|可信吗)的?", _WHO_AM_I[0]),
)  # fmt: skip

_PLEASE = r"(?:请问?|麻烦|能不能|能否|可以|可不可以|你能|你可以|我想(?:让|请)你)*(?:你|您)?(?:帮我|给我|替我|为我|帮忙|来)?"
_WORK = (
    rf"{_PLEASE}(?:再)?(?:写|作|做|创作|编写?|来|生成|画|唱|讲)(?:出|上|一下|一个|一)?[首篇段封个份幅支条则]?"
    r"[^，。？?]{0,12}?(?:诗|诗歌|词|歌词|歌|作文|小说|故事|剧本|情书|邮件|信|文案|论文|检讨|演讲稿|新闻稿|代码|程序|脚本|函数|网页|画|图片|笑话|对联)",
    r"(?:你|您|问报)(?:今天|现在|最近)?的?(?:心情|感觉|身体|过得|还)?(?:怎么样|如何|好不好|好吗|累吗|累不累|开心吗|高兴吗|几岁|多大)了?",
    rf"{_PLEASE}(?:把.{{1,200}})?(?:翻译|译)(?:成|为|一下|这|下面|以下|上面).*",
    rf"{_PLEASE}(?:用|写)?\s*(?:python|javascript|java|c\+\+|sql|html|excel)(?![a-z]).*(?:写|代码|程序|函数|实现|脚本).*",
    rf"{_PLEASE}(?:算一下|计算一下|算(?=\s*\d)|计算(?=\s*\d)|解(?:一下)?(?:这道)?(?:方程|题|数学题)).*",
    r"(?:(?:can|could|would|will) you |please )*(?:write|compose|draft|create|generate|draw|sing|tell)(?: me| us)?(?: an?| some| the)?"
    r" [a-z ,'-]{0,40}?(?:poems?|poetry|story|stories|songs?|essays?|letters?|e-?mails?|code|programs?|scripts?|functions?|jokes?"
    r"|pictures?)\b.*",
    r"(?:(?:can|could|would|will) you |please )*translate\b.*",
)
_RULES = (
    r".*(?:告诉|给|透露|显示|输出|打印|重复|说出|背出|公开|泄露).{0,12}"
    r"(?:提示词|系统提示|系统指令|内部指令|隐藏指令|初始指令|system prompt).*",
    r"(?:你|您)的(?:系统)?(?:提示词|指令|规则|设定)(?:是什么|有哪些|内容).*",
    r".*\b(?:show|tell|reveal|print|repeat|output|what is|what's)\b.{0,30}\b(?:system prompt|your (?:prompt|instructions|rules)).*",
)
_ASKS = re.compile("多少|什么|谁|哪|几|怎|如何|吗|是否|[a-z]")
_DECLINED = (
    "这件事我帮不上忙：我只查报纸，回答版面上写到的事。您想查什么消息？",
    "That is beyond me: I only look things up in the newspaper. What would you like to find?",
)
_NO_RULES = (
    "内部的工作指令不便提供。我只根据已收录的版面回答问题，您想查什么消息？",
    "My instructions are not for showing. I answer from the newspaper pages alone: what would you like to find?",
)


def small_talk(text: str) -> str | None:
    """A short fitting reply where the whole text is small talk or about Wenbao, else None."""
    plain = _plain(text)
    return next((reply for pattern, reply in _TALK if re.fullmatch(pattern, plain)), None)


def off_topic(text: str) -> str | None:
    """A friendly sentence that declines what no newspaper page can answer, else None."""
    plain = _plain(text)
    english = not re.search(r"[\u4e00-\u9fff]", plain)
    if any(re.fullmatch(pattern, plain) for pattern in _RULES):
        return _NO_RULES[english]
    wish, _, rest = plain.partition(" ")
    worded = [plain] if _ASKS.search(rest) else [plain, wish.rstrip("吧呗呀啊嘛")]
    if any(re.fullmatch(pattern, words) for pattern in _WORK for words in worded):
        return _DECLINED[english]
    return None


def talk(text: str) -> Answer | None:
    """The reply to what is no question to the archive, else None: "chat", or refused."""
    if words := small_talk(text):
        return Answer(text, words, (), (), (), "chat")
    if words := off_topic(text):
        return Answer.refusal(text, words)
    return None


def _plain(text: str) -> str:
    return re.sub(r"[\s,，。.!！?？~～：:]+", " ", text[:400].lower()).strip()
