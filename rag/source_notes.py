"""What is given about a page: by a row's own fields, or by `sources.toml` for the files below it.

    ["1998/08/10-04.txt"]          # a path below the folder that holds sources.toml, in quotes
    publication = "示例晚报"
    published = 1998-08-10         # or "1998-08", "1998年8月10日", 1998
    page = "4"
    title = "第四版"

Every field may be left out; an empty value counts as left out.
"""

from __future__ import annotations

import json
import os
import posixpath
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from rag.dates import parse_published
from rag.decode import decode
from rag.errors import SourceError
from rag.records import DateRange
from rag.walking import KNOWN_ENDINGS, kind_of, read_bytes

_KIND_NAMES = {
    dict: "an object", list: "a list", str: "text", int: "a number", float: "a number",
    bool: "true or false", type(None): "null",
}  # fmt: skip
FIELDS = ("publication", "published", "page", "title")


@dataclass(frozen=True, slots=True)
class Details:
    """What is known about a page; None where nothing is."""

    publication: str | None = None
    published: DateRange | None = None
    page: str | None = None
    title: str | None = None

    def or_else(self, other: Details) -> Details:
        """These details, gaps filled from the other's."""
        return Details(
            self.publication or other.publication,
            self.published or other.published,
            self.page or other.page,
            self.title or other.title,
        )


def read_details(fields: Mapping[str, object]) -> tuple[Details, list[str]]:
    """The details among these fields, and a complaint for each that cannot be read.

    None and "" count as absent. `page` may be a whole number; `published` a date, a whole number
    (1998, 19980810) or any text that `parse_published` reads.
    """
    texts: dict[str, str | None] = {}
    faults: list[str] = []
    for name in ("publication", "page", "title"):
        try:
            texts[name] = read_text(name, fields.get(name), numbers=name == "page")
        except SourceError as exc:
            faults.append(str(exc))
    published: DateRange | None = None
    try:
        published = _read_published(fields.get("published"))
    except SourceError as exc:
        faults.append(str(exc))
    publication, page, title = map(texts.get, ("publication", "page", "title"))
    return Details(publication, published, page, title), faults


def read_text(name: str, value: object, *, numbers: bool = False) -> str | None:
    """A field's text with its white space made single spaces; None if absent or blank.

    Raises SourceError for what is no text (nor a whole number, if `numbers`) or cannot be stored.
    """
    if value is None:
        return None
    if numbers and isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        wanted = "text or a whole number" if numbers else "text"
        raise SourceError(f"{name} must be {wanted}, not {kind_name(value)}; correct it")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError as exc:
        raise SourceError(f"{name} holds a lone surrogate, half a character; correct it") from exc
    if "\0" in value:
        raise SourceError(f"{name} holds a NUL character; correct it")
    return " ".join(value.split()) or None


def read_notes(path: str, limit: int, only: str = "") -> tuple[dict[str, Details], list[str]]:
    """What a `sources.toml` says, by path below its folder, and a complaint for all that it says
    wrongly; the rest of it holds. `only`: look at this file's table alone."""
    try:
        tables = _parse(read_bytes(path, limit))
    except SourceError as exc:
        return {}, [str(exc)]
    folder = os.path.dirname(path)
    notes: dict[str, Details] = {}
    faults: list[str] = []
    for name, table in tables.items():
        target = posixpath.normpath(name)
        if only and target != only:
            continue
        fault = _table_fault(folder, target, table)
        if fault or not isinstance(table, dict):
            faults.append(f"[{json.dumps(name, ensure_ascii=False)}]: {fault}")
            continue
        details, wrong = read_details(table)
        wrong += [
            f"unknown field {key!r}; known are {', '.join(FIELDS)}"
            for key in table
            if key not in FIELDS
        ]
        faults.extend(f"[{json.dumps(name, ensure_ascii=False)}]: {fault}" for fault in wrong)
        notes[target] = details.or_else(notes.get(target, Details()))
    return notes, faults


def kind_name(value: object) -> str:
    """What sort of value this is, in words for a reader of JSON or TOML: a list, a number."""
    return _KIND_NAMES.get(type(value), type(value).__name__)


def _parse(data: bytes) -> dict[str, object]:
    if not data.strip():
        return {}
    try:
        return tomllib.loads(decode(data).replace("\r\n", "\n"))
    except tomllib.TOMLDecodeError as exc:
        raise SourceError(f"broken TOML: {exc}; correct it") from exc
    except RecursionError as exc:
        raise SourceError("broken TOML: nested too deeply; correct it") from exc


def _table_fault(folder: str, target: str, table: object) -> str | None:
    """Why a table stands for no file below `folder`; None if it does."""
    if not isinstance(table, dict):
        return 'not in a table; put it below a line such as ["page.txt"]'
    if target.startswith("../") or posixpath.isabs(target):
        return "not below this folder; name it in the sources.toml of its own folder"
    if kind_of(target) and os.path.isfile(os.path.join(folder, target)):
        return None
    if any(isinstance(value, dict) for value in table.values()):
        return 'no such file here; write the name in quotes, as in ["page.txt"]'
    if os.path.exists(os.path.join(folder, target)):
        return f"not a file that is read; read are {KNOWN_ENDINGS}"
    return "no such file here; correct the name or take the entry out"


def _read_published(value: object) -> DateRange | None:
    if isinstance(value, datetime):
        value = value.date()
    if isinstance(value, date):
        return DateRange(value, value, "day")
    text = read_text("published", value, numbers=True)
    if text is None:
        return None
    published = parse_published(text)
    if published is None:
        raise SourceError(
            f"unreadable published {text[:40]!r}; write a date such as 1998-08-10, 1998-08 or 1998"
        )
    return published
