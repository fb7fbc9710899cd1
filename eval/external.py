"""Public question sets: what they have in common, and the report with others' figures beside ours.

A set is given by its path and never stands in the project. Replies are cut to three sentences, so
that nobody answers by reading out what was given.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from eval.errors import BadData
from eval.facts import without_markers
from eval.gold import bare_text
from eval.totals import Rate, rate

_HERE = Path(__file__).parent
_SENTENCE = re.compile(r"[^。！？!?\n]*[。！？!?\n]+|[^。！？!?\n]+$")
MOST_SENTENCES = 3


@dataclass(frozen=True, slots=True)
class Table:
    """Ours and other systems' figures of one task; `published` names its table in published.toml.

    `rows`: system -> column -> rate. Published rows are per cent and stand below ours.
    """

    title: str
    rows: Mapping[str, Mapping[str, Rate]]
    published: str | None = None
    note: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)


def first_sentences(reply: str, most: int = MOST_SENTENCES) -> str:
    """The reply's first sentences, citation markers left out."""
    found = [s for s in _SENTENCE.findall(without_markers(reply)) if s.strip()]
    return "".join(found[:most])


def states(reply: str, slots: Iterable[Sequence[str]]) -> bool:
    """Whether any alias of every slot stands in the reply, white space and marks dropped."""
    plain = bare_text(reply)
    return all(any(bare_text(alias) in plain for alias in slot) for slot in slots)


def counted(hits: Sequence[bool]) -> Rate:
    return rate(sum(hits), len(hits))


def read_rows(path: Path) -> list[dict[str, Any]]:
    """The rows of a JSONL file. Raises BadData."""
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
        return [json.loads(line) for line in lines if line.strip()]
    except (OSError, ValueError) as exc:
        raise BadData(f"{path} cannot be read as JSONL: {exc}") from exc


def published() -> dict[str, dict[str, list[Any]]]:
    return tomllib.loads((_HERE / "published.toml").read_text(encoding="utf-8"))


def write(folder: Path, name: str, tables: Sequence[Table], about: Mapping[str, str]) -> Path:
    """NAME.json, NAME.md and NAME.html in the folder; returns the path of the last."""
    folder.mkdir(parents=True, exist_ok=True)
    others = published()
    data = {
        "name": name, "about": dict(about),
        "tables": [_told(table, others.get(table.published or "", {})) for table in tables],
    }  # fmt: skip
    text = json.dumps(data, ensure_ascii=False, indent=1, allow_nan=False)
    (folder / f"{name}.json").write_text(text + "\n", encoding="utf-8")
    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"), undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, autoescape=lambda name: name is not None and ".html" in name,
    )  # fmt: skip
    for kind in ("md", "html"):
        page = environment.get_template(f"external.{kind}.jinja").render(data)
        (folder / f"{name}.{kind}").write_text(page, encoding="utf-8")
    return folder / f"{name}.html"


def _told(table: Table, others: Mapping[str, list[Any]]) -> dict[str, Any]:
    columns = list(dict.fromkeys(c for row in table.rows.values() for c in row))
    theirs = {system: values for system, values in others.items() if system != "columns"}
    return {
        "title": table.title, "note": table.note, "facts": dict(table.facts), "columns": columns,
        "ours": {
            system: [row[c].to_dict() if c in row else None for c in columns]
            for system, row in table.rows.items()
        },
        "published_columns": others.get("columns", []), "published": theirs,
    }  # fmt: skip


def printed(tables: Sequence[Table]) -> str:
    """The tables for a terminal, published figures below ours."""
    lines: list[str] = []
    others = published()
    for table in tables:
        lines.append(table.title)
        for system, row in table.rows.items():
            lines.append(f"  {system}")
            lines += [f"    {column:34} {found}" for column, found in row.items()]
        for name, value in table.facts.items():
            lines.append(f"    {name:34} {value}")
        theirs = dict(others.get(table.published or "", {}))
        if theirs:
            lines.append(f"  published: {' / '.join(map(str, theirs.pop('columns')))}")
        lines += [f"    {name:34} {' / '.join(map(str, v))}" for name, v in theirs.items()]
    return "\n".join(lines)
