"""Paragraphs -> the body of an article: stitched where a column or page break cut a word.

Every character of the body but the line feeds between paragraphs comes from the source, and the
spans tell from where.
"""

from __future__ import annotations

import re

from rag.blocks import Block, is_closed
from rag.records import Span

_JUMP_IN = re.compile(r"^\s*[（(]\s*(?:紧接|上接|接)[^（）()]{1,14}[)）]\s*")
_JUMP_OUT = re.compile(r"\s*[（(]\s*(?:下转|转)[^（）()]{1,14}[)）]\s*$")


class BodyBuilder:
    """Collects paragraphs and headings in order; `finish` gives body, spans and sections."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._spans: list[Span] = []
        self._sections: list[tuple[int, int]] = []
        self._length = 0
        self._open = False  # the last paragraph may go on in the next block

    @property
    def empty(self) -> bool:
        return self._length == 0

    def section(self, block: Block) -> None:
        """A heading inside the article: a paragraph of its own that nothing is stitched to."""
        self._new_paragraph()
        start = self._length
        for line in block.lines:
            self._put(line.text, line.start)
        self._sections.append((start, self._length))
        self._open = False

    def paragraph(self, block: Block, cut: int = 0, end: int | None = None) -> None:
        """A paragraph's characters `cut` to `end`, without its jump notes."""
        text = block.text[:end]
        cut = max(cut, found.end() if (found := _JUMP_IN.match(text)) else 0)
        end = found.start() if (found := _JUMP_OUT.search(text)) else len(text)
        if cut >= end:
            return
        if not (self._open and self._stitches(block, text)) and self._length:
            self._new_paragraph()
        offset = 0
        for line in block.lines:
            low, high = max(cut - offset, 0), min(end - offset, len(line.text))
            if low < high:
                self._put(line.text[low:high], line.start + low)
            offset += len(line.text)
        self._open = block.kind in ("body", "brief") and not self._finished(text[:end], bool(found))

    def finish(self) -> tuple[str, tuple[Span, ...], tuple[tuple[int, int], ...]]:
        return "".join(self._parts), tuple(self._spans), tuple(self._sections)

    def _stitches(self, block: Block, text: str) -> bool:
        return block.kind in ("body", "heading") and not block.marked and not block.dateline

    @staticmethod
    def _finished(text: str, jumps: bool) -> bool:
        if jumps and not is_closed(text):
            return False
        return is_closed(text)

    def _new_paragraph(self) -> None:
        if self._length:
            self._parts.append("\n")
            self._length += 1
        self._open = False

    def _put(self, text: str, source_start: int) -> None:
        self._spans.append(Span(self._length, source_start, len(text)))
        self._parts.append(text)
        self._length += len(text)
