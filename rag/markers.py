"""What a model writes, as it comes -> text to show, and statements with the sentences they cite.

Markers are read in every form that models use: [1], [1][2], [1,2], [1-3], 【1】, full width, before
or after the full stop. Numbers that name no sentence are dropped. The sentences cited are renumbered
from 1 in the order in which they first appear, so that what is shown while the answer is being
written has the same markers as the finished answer.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace

_MARKER = re.compile(r"[\[【［〔]\s*\^?\s*\d{1,4}(?:[\s,，、;；~～–—至-]+\d{1,4})*\s*[\]】］〕]")
_NUMBERS = re.compile(r"(\d{1,4})(?:\s*[-~～–—至]\s*(\d{1,4}))?")
# What may yet become a marker, or an image (![…](…), which a page would fetch from elsewhere).
_UNFINISHED = re.compile(r"!$|!?[\[【［〔][\s^\d,，、;；~～–—至-]{0,40}$")
_ENDS = frozenset("。！？!?…")
_CLOSERS = frozenset("”’」』）)\"' \t。！？!?…")
_BULLET = re.compile(r"^(?:[-*•·#>]+\s+|\d{1,2}[.)、．]\s*(?!\d))+")
_GAP = re.compile(r"\s+(?=[.。，,；;！？!?]+$)")
_MOST_IN_RANGE = 10
# Around a number in `Said.marked`; characters for private use, which no text holds.
_OPEN, _SHUT = "\ue000", "\ue001"
_PLACE = re.compile(f"{_OPEN}(\\d+){_SHUT}")


@dataclass(frozen=True, slots=True)
class Said:
    """A statement of a model: its text without markers, the numbers of the sentences it cites,
    whether it came to its end, and the text as it was written, to be given markers by `shown`."""

    text: str
    numbers: tuple[int, ...]
    whole: bool = True
    marked: str = ""

    def shown(self, marker: Callable[[int], int]) -> str:
        """The statement as it was written, each cited number turned into its marker."""
        return _PLACE.sub(lambda found: f"[{marker(int(found.group(1)))}]", self.marked)


class MarkerReader:
    """Reads a streamed answer; `known` holds the numbers of the sentences shown to the model.

    `feed` and `close` return the text that may be shown by now; `said` holds the statements that
    are finished, `order` the cited numbers in the order of their first appearance.
    """

    def __init__(self, known: Collection[int]) -> None:
        self.said: list[Said] = []
        self.order: list[int] = []
        self._known = known
        self._rest = ""
        self._text = ""
        self._marked = ""
        self._numbers: list[int] = []
        self._ended = False

    def feed(self, piece: str) -> str:
        """Take a piece of the stream. An unfinished marker at its end waits for the next piece."""
        text = self._rest + piece.encode("utf-8", "replace").decode("utf-8")  # lone surrogates
        held = _UNFINISHED.search(text)
        place = held.start() if held else len(text)
        self._rest = text[place:]
        return self._read(text[:place])

    def close(self, *, whole: bool = True) -> str:
        """The stream has ended; `whole` is False where it broke off. What is left is shown."""
        shown = self._read(self._rest)
        self._rest = ""
        self._finish(whole or self._ended)
        return shown

    def marker(self, number: int) -> int:
        """The marker under which a sentence is cited."""
        if number not in self.order:
            self.order.append(number)
        return self.order.index(number) + 1

    def _read(self, text: str) -> str:
        shown, end = [], 0
        for found in _MARKER.finditer(text):
            shown.append(self._words(text[end : found.start()]))
            shown.append(self._cite(found.group()))
            end = found.end()
        shown.append(self._words(text[end:]))
        return "".join(shown)

    def _cite(self, marker: str) -> str:
        numbers = [n for n in _numbers(marker) if n in self._known]
        if self._text.rstrip().endswith("."):
            self._ended = True
        places = "".join(f"{_OPEN}{n}{_SHUT}" for n in numbers)
        if self._text.strip():
            self._numbers += [n for n in numbers if n not in self._numbers]
            self._marked += places
        elif self.said:  # on a line of its own
            last = self.said[-1]
            every = tuple(dict.fromkeys([*last.numbers, *numbers]))
            self.said[-1] = replace(last, numbers=every, marked=last.marked + places)
        return "".join(f"[{self.marker(n)}]" for n in numbers)

    def _words(self, text: str) -> str:
        # Neither an image nor a tag is ever part of an answer; a page might fetch what they name.
        text = text.replace("![", "[").replace("<", "＜")
        for char in text:
            if self._ended and char not in _CLOSERS:
                self._finish(True)
            if char == "\n":
                self._finish(True)
                self._marked += char
                continue
            if char.isspace() and _full_stop(self._text):
                self._ended = True
            self._text += char
            self._marked += char
            self._ended = self._ended or char in _ENDS
        return text

    def _finish(self, whole: bool) -> None:
        text = _BULLET.sub("", self._text.strip()).replace("**", "").strip()
        text = _GAP.sub("", text)  # where a marker stood before the full stop
        if any(char.isalnum() for char in text):
            self.said.append(Said(text, tuple(self._numbers), whole, self._marked))
            self._marked = ""
        self._text, self._numbers, self._ended = "", [], False


def once(said: Iterable[Said]) -> tuple[Said, ...]:
    """The statements, each only the first time it is made."""
    first: dict[str, Said] = {}
    for statement in said:
        first.setdefault(statement.text, statement)
    return tuple(first.values())


def _numbers(marker: str) -> list[int]:
    plain = unicodedata.normalize("NFKC", marker)
    numbers: list[int] = []
    for first, last in _NUMBERS.findall(plain):
        start, stop = int(first), int(last or first)
        numbers += range(start, stop + 1) if 0 <= stop - start < _MOST_IN_RANGE else (start, stop)
    return numbers


def _full_stop(text: str) -> bool:
    """Whether an English sentence ends here; the point behind the number of a list does not."""
    return text.endswith(".") and not re.fullmatch(r"\s*\d{1,2}\.", text)
