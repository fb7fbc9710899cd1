"""The last report of `python -m eval`, as the page shows it: figures, and the report itself."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

_MOST_BYTES = 20_000_000  # of a report; a larger one is left to be opened as a file


def last_report(folder: Path) -> dict[str, Any]:
    """{"found": False}, or when the newest report below `folder` was written, the content of its
    `report.json` and, if there, its `report.html`.

    A report that cannot be read counts as none.
    """
    for file in _newest_first(folder):
        figures = _read(file)
        if figures is not None:
            page = file.with_name("report.html")
            return {
                "found": True, "figures": figures, "name": file.parent.name,
                "written": datetime.fromtimestamp(file.stat().st_mtime, UTC).isoformat(),
                "html": _text(page) if page.is_file() else None,
            }  # fmt: skip
    return {"found": False}


def _newest_first(folder: Path) -> list[Path]:
    try:
        files = [*folder.glob("report.json"), *folder.glob("*/report.json")]
        return sorted(files, key=lambda file: file.stat().st_mtime, reverse=True)
    except OSError:
        return []


def _text(file: Path) -> str | None:
    try:
        return file.read_text("utf-8") if file.stat().st_size <= _MOST_BYTES else None
    except (OSError, UnicodeError):
        return None


def _read(file: Path) -> dict[str, Any] | None:
    try:
        read = json.loads(_text(file) or "null")
    except ValueError:
        return None
    return read if isinstance(read, dict) else None
