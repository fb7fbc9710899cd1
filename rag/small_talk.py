"""Greetings, thanks and questions about Wenbao itself: answered without touching the archive."""

from __future__ import annotations

import re

_WHO_AM_I = (
    "我是问报，只根据已收录的版面回答问题：说出日期，并注明出处。版面没有写的，我会直说。",
    "I am Wenbao. I answer from the indexed newspaper pages alone, with citations, and say so where "
    "they do not tell.",
)
_TALK = (
    (r"(?:你好|您好|嗨|哈喽|早上好|上午好|下午好|晚上好)(?:呀|啊|吗)?",
     "您好，请问想查报上的什么消息？"),
    (r"(?:hi|hello|hey|good (?:morning|afternoon|evening))(?: there)?",
     "Hello. What would you like to look up in the paper?"),
    (r"(?:多?谢谢?|感谢|辛苦)(?:你|您|了|啦)*", "不客气。"),
    (r"(?:many )?thank(?:s| you)(?: (?:very|so) much| a lot)?", "You are welcome."),
    (r"(?:再见|拜拜|回头见)", "再见。"),
    (r"(?:good)?bye(?: bye)?", "Goodbye."),
    (r"(?:请问)?(?:你|您)(?:是谁|叫什么(?:名字)?|能做什么|会什么|能干什么|是什么)", _WHO_AM_I[0]),
    (r"(?:who|what) are you|what can you do", _WHO_AM_I[1]),
)  # fmt: skip


def small_talk(text: str) -> str | None:
    """A short fitting reply where the whole text is small talk, else None."""
    plain = re.sub(r"[\s,，。.!！?？~～]+", " ", text.lower()).strip()
    return next((reply for pattern, reply in _TALK if re.fullmatch(pattern, plain)), None)
