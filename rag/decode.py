"""From bytes to text, strictly: what cannot be read for certain is refused, never guessed.

UTF-8 and UTF-16 prove themselves. GB18030 does not: it makes characters out of nearly any bytes,
so what it yields must also look like Chinese before it is believed.
"""

from __future__ import annotations

import codecs
import gzip
import io
import math
import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

from rag.errors import SourceError
from rag.text import fold

_MAGIC = (
    (b"%PDF-", "a PDF; export its text first"),
    (b"\x89PNG", "a PNG picture; a page must be text, so run OCR first"),
    (b"\xff\xd8\xff", "a JPEG picture; a page must be text, so run OCR first"),
    (b"GIF8", "a GIF picture; a page must be text, so run OCR first"),
    (b"PK\x03\x04", "a zip archive (or a .docx, .xlsx, .epub); unpack it or export its text first"),
    (b"\x1f\x8b", "gzip data; unpack it, or name it .jsonl.gz if it holds JSON rows"),
    (b"\xd0\xcf\x11\xe0", "an old Office document; export its text first"),
    (b"7z\xbc\xaf", "a 7z archive; unpack it first"),
    (b"Rar!", "a RAR archive; unpack it first"),
    (b"SQLite format 3\0", "a SQLite database; export its text first"),
)
_CONTROL = re.compile(r"[\x01-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]")
_UTF8 = "save it as UTF-8"


def _gb_rows(first: int, last: int) -> frozenset[str]:
    """The characters of rows `first` to `last` (lead bytes) of the GB2312 table."""
    cells = (bytes((lead, trail)) for lead in range(first, last + 1) for trail in range(0xA1, 0xFF))
    return frozenset("".join(cell.decode("gb18030", "ignore") for cell in cells))


# GB2312 level 1: the 3,755 characters of everyday print, over 99% of the characters in a newspaper.
_LEVEL_1 = _gb_rows(0xB0, 0xD7)
_PUNCTUATION = _gb_rows(0xA1, 0xA3)
# The 500 most frequent characters (by the counts of jieba's dictionary) make up some 70% of running
# text, 56% and more of any 30 characters of news; the hundred most frequent surnames are added for
# the sake of lists of names. Korean (EUC-KR) read as GB18030 falls wholly into level 1, but only
# some 10% of it into these.
_COMMON = frozenset(
    "一是人了不在有大中国和为这上他个地年来我会以到时要出的生学说道民家子也成行下们于后就发自之"
    "对得主长可过天作分方用多你着部能市等业全里工公经本都而高政法面门动日进区事代那去心小同北定"
    "开产前其军还然起种所如现理机体表力好外与文当两实重新三么只山水关明从化平建又制南内西没此将"
    "员名手最东头者月间无安看见各城十相但已些正口通想度加第她合院物性战由位常点海意场武使次二向"
    "治因立数样身情入原问把路被并利石老教万知级量任江及应省资委务元美特期世湖回系比气汉总展电科"
    "金先声提品设或义王社很统处四首共马形己儿司太目基领队直计别女权话少流命至报米给打变果书清活"
    "几州华解议更称程今决张导术府才保交放管结师便走达族反再题色五京河接条规式县白它改风光运信受"
    "什组听布百济党指论强做取技黄神选记斯真却职号界件花类何眼兵传带空干农边据集联古广完质阳难增"
    "历史专官每住商即步认车台林必死游举线言皇土团收考求德叫近备研争非具李众连调感转笑革该持始英"
    "克士尔让拉思根格造较际亲单朝红型价校约器字段周亚深候则功属积快图火千准究往极育装许参半令吃"
    "观鱼精办像帝八复影告远群包整构料随划算象容示投势热值夫网望源息语股铁断派速怎需片爱律纪支早"
    "况病境证编刘陈杨赵吴徐孙朱胡郭罗郑梁谢宋唐韩冯邓曹彭曾肖田董袁潘蒋蔡余杜叶苏魏吕丁沈姚卢姜"
    "崔钟谭陆汪范廖贾夏韦付邹孟熊秦邱尹薛闫雷侯龙陶黎贺顾毛郝龚邵钱严覃戴莫孔汤"
)
_SAMPLE = 5_000  # characters looked at: more would not change the verdict
_LEVEL_1_SHARE = 0.7  # measured: news 0.92 to 1.0; Big5 up to 0.62, Shift-JIS up to 0.5
_COMMON_SHARE = 0.3  # measured on 16 and more characters: news from 0.31, all others up to 0.33
_ENOUGH = 8  # characters below which frequencies say nothing


def decode(data: bytes) -> str:
    """The text of a file, its byte-order mark dropped and its line ends untouched.

    Tried in turn: the encoding that a byte-order mark names (UTF-8, UTF-16), UTF-8, GB18030.
    Raises SourceError with the reason, and the byte offset if there is one, when the data is
    empty, binary, or certain in none of them.
    """
    if not data:
        raise SourceError("empty: it holds 0 bytes")
    _refuse_magic(data)
    text = _decode_marked(data)
    if text is None:
        _refuse_nul(data)
        text = _decode_unmarked(data)
    check_characters(text)
    return text


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a stream, numbered from 1; `size` in bytes, its line feed included. `text` is the
    reason instead if this line alone cannot be read."""

    number: int
    size: int
    text: str | SourceError


def read_lines(
    raw: io.BufferedReader | gzip.GzipFile, limit: int, give_up: float = math.inf
) -> Iterator[Line]:
    """The lines of a file one at a time, cut at line feeds and decoded as `decode` does.

    A line over `limit` bytes is passed over, never held. Once a line has proved to be UTF-8, no
    later one is taken for GB18030. Raises SourceError where reading cannot go on: binary data,
    broken or truncated gzip, one line over `give_up` bytes.
    """
    number = 0
    utf8 = False
    try:
        readline = _readline(raw)
        while line := readline(limit + 1):
            number += 1
            if len(line) > limit and not line.endswith(b"\n"):
                size = len(line) + _skip_line(readline, give_up)
                too_long = f"over the size limit: {size:,} bytes, allowed are {limit:,}; split it"
                yield Line(number, size, SourceError(too_long))
                continue
            text, proved = _decode_line(line, utf8)
            utf8 = utf8 or proved
            yield Line(number, len(line), text)
    except EOFError as exc:
        raise SourceError(f"truncated gzip: it ends after line {number}; copy it again") from exc
    except (gzip.BadGzipFile, zlib.error) as exc:
        where = f" after line {number}" if number else ""
        raise SourceError(f"broken gzip{where}: {exc}; pack or copy it again") from exc
    except UnicodeDecodeError as exc:
        raise SourceError(f"undecodable: UTF-16 breaks after line {number}; {_UTF8}") from exc


def _readline(raw: io.BufferedReader | gzip.GzipFile) -> Callable[[int], bytes]:
    """Reads a line of at most so many bytes, UTF-16 turned into UTF-8; refuses binary data."""
    head = raw.peek(4096)[:4096]
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) and head[2:4] != b"\0\0":
        wide = io.TextIOWrapper(raw, "utf-16", newline="\n")
        return lambda most: wide.readline(most).encode()
    _refuse_magic(head)
    _refuse_nul(head)
    return raw.readline


def _skip_line(readline: Callable[[int], bytes], give_up: float) -> int:
    size = 0
    while rest := readline(2**20):
        size += len(rest)
        if rest.endswith(b"\n"):
            break
        if size > give_up:
            raise SourceError(f"over the size limit: one line has more than {size:,} bytes")
    return size


def _decode_line(line: bytes, utf8: bool) -> tuple[str | SourceError, bool]:
    """The text of a line, or why there is none; and whether it proves its file to be UTF-8.
    `utf8`: that is proved already."""
    try:
        return line.removeprefix(codecs.BOM_UTF8).decode("utf-8"), not line.isascii()
    except UnicodeDecodeError as exc:
        if utf8:
            where = f"byte {exc.start} of the line"
            return SourceError(f"undecodable: not UTF-8 ({where}); {_UTF8}"), True
    try:
        return decode(line), False
    except SourceError as exc:
        return exc, False


def check_characters(text: str) -> None:
    """Raises SourceError if `text` cannot be a page's text: it holds NUL or other control
    characters (more than two, and more than one in a hundred), lone surrogates, or white space
    alone."""
    if not text.strip(" \t\r\n\f\v\u3000\xa0\ufeff\u200b\x1a"):
        raise SourceError("empty: it holds only white space")
    if "\0" in text:
        raise SourceError(f"binary: it holds NUL characters (first at {text.index(chr(0))})")
    controls = sum(1 for _ in _CONTROL.finditer(text))
    if controls > max(2, len(text) // 100):
        raise SourceError(f"binary: it holds {controls} control characters; export its text first")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as exc:
        code = f"\\u{ord(text[exc.start]):04x}"
        raise SourceError(
            f"lone surrogate {code} at character {exc.start}: half a character; write it again"
        ) from exc


def looks_chinese(text: str) -> bool:
    """Whether the characters of `text` beyond ASCII are such as Chinese print is made of."""
    beyond = "".join(islice((char for char in text if ord(char) > 127), _SAMPLE))
    if not beyond:
        return True
    words = [char for char in beyond if char not in _PUNCTUATION]
    if len(words) >= _ENOUGH:  # long enough to tell traditional characters from rare ones
        words = list(fold("".join(words)))
        if sum(char in _COMMON for char in words) < _COMMON_SHARE * len(words):
            return False
    known = sum(char in _LEVEL_1 for char in words) + len(beyond) - len(words)
    return known >= _LEVEL_1_SHARE * len(beyond)


def _refuse_magic(data: bytes) -> None:
    for magic, what in _MAGIC:
        if data.startswith(magic):
            raise SourceError(f"binary: this is {what}")


def _decode_marked(data: bytes) -> str | None:
    """The text behind a byte-order mark; None if there is none."""
    if data.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        raise SourceError(f"undecodable: UTF-32 is not read; {_UTF8}")
    marks = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"))
    for mark, encoding in (*marks, (codecs.BOM_UTF16_BE, "utf-16-be")):
        if data.startswith(mark):
            try:
                return data[len(mark) :].decode(encoding)
            except UnicodeDecodeError as exc:
                where = len(mark) + exc.start
                name = encoding.upper()
                raise SourceError(
                    f"undecodable: its mark says {name}, which breaks at byte {where}; {_UTF8}"
                ) from exc
    return None


def _refuse_nul(data: bytes) -> None:
    where = data.find(0)
    if where < 0:
        return
    if _is_utf16(data):
        raise SourceError(f"undecodable: this seems to be UTF-16 without its mark; {_UTF8}")
    raise SourceError(f"binary: it holds NUL bytes (first at byte {where}); export its text first")


def _is_utf16(data: bytes) -> bool:
    """Whether the first characters make Chinese or plain text as UTF-16 of either byte order."""
    for encoding in ("utf-16-le", "utf-16-be"):
        text = data[: 2 * _SAMPLE].decode(encoding, "replace")
        plain = not _CONTROL.search(text) and "\0" not in text
        if plain and any(char.isalnum() for char in text) and looks_chinese(text):
            return True
    return False


def _decode_unmarked(data: bytes) -> str:
    """As UTF-8, else as GB18030 if the result looks Chinese."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as exc:
        utf8 = exc
    try:
        text = data.decode("gb18030")
    except UnicodeDecodeError as exc:
        reason = f"neither UTF-8 (byte {utf8.start}) nor GB18030 (byte {exc.start})"
        if "incomplete" in exc.reason or "unexpected end" in utf8.reason:
            reason += ", perhaps cut off in the middle of a character"
        raise SourceError(f"undecodable: {reason}; {_UTF8}") from exc
    if looks_chinese(text):
        return text
    if _is_utf16(data):
        raise SourceError(f"undecodable: this seems to be UTF-16 without its mark; {_UTF8}")
    raise SourceError(
        f"undecodable: not UTF-8 (byte {utf8.start}), and no Chinese text as GB18030; {_UTF8}"
    )
