"""`python -m eval external`: one public set from its path to its report."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from eval import external, external_cmrc, external_crud, external_rgb
from eval.errors import BadData
from eval.external import Table
from eval.manifest import revision
from eval.settings import REPORTS
from rag import Assistant, Config


def run(
    name: str, paths: Sequence[Path], *, out: Path | None = None, data_dir: Path | None = None,
    limit: int | None = None, plain: bool = False,
) -> int:  # fmt: skip
    """Measure, print the tables, write the report; 2 with a message where a file is not there."""
    if absent := [str(path) for path in paths if not path.is_file()]:
        raise BadData(f"skipped: no file {', '.join(absent)}; the sets are given by their paths")
    tables = _tables(name, paths, data_dir, limit, plain)
    print(external.printed(tables))
    about = {"files": ", ".join(path.name for path in paths), "revision": revision()}
    page = external.write(out or REPORTS / name, name, tables, about)
    print(f"report: {page}", file=sys.stderr)
    return 0


def _tables(
    name: str, paths: Sequence[Path], data_dir: Path | None, limit: int | None, plain: bool
) -> list[Table]:
    if name == "cmrc":
        return [table for path in paths for table in external_cmrc.tables(path)]
    if name == "rgb":
        with tempfile.TemporaryDirectory() as folder, Assistant.open(Config(data_dir=Path(folder))) as assistant:
            return external_rgb.tables(assistant, paths)
    if len(paths) != 2:
        raise BadData("crud takes two paths: the news and the questions")
    kept: AbstractContextManager[str] = (
        nullcontext(str(data_dir)) if data_dir else tempfile.TemporaryDirectory()
    )
    with kept as folder:
        news = external_crud.read(paths[0], paths[1], Path(folder), limit)
        return external_crud.tables(news, Path(folder), plain=plain)
