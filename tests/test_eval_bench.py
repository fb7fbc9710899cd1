"""The bench: one table, both sides measured on the same pages."""

import json

import pytest
from gold_rows import TEXT, absent, question

from eval.bench import Line, bench, resident, write


@pytest.mark.slow
def test_both_sides_are_measured_and_the_ratios_point_the_right_way(tmp_path):
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "page.txt").write_text(TEXT, "utf-8")
    lines = {line.name: line for line in bench([tmp_path / "pages"], [question(), absent()])}
    assert all(line.ours > 0 for name, line in lines.items() if name != "memory taken")
    assert {name for name, line in lines.items() if line.plain is None} == {
        "first answer of a new process", "answer, median", "answer, 95th percentile",
    }  # fmt: skip
    write(tmp_path, list(lines.values()))
    assert len(json.loads((tmp_path / "bench.json").read_text("utf-8"))["lines"]) == len(lines)
    assert "| ingest | characters/s |" in (tmp_path / "bench.md").read_text("utf-8")


def test_a_ratio_above_one_is_better_whichever_way_the_measure_points():
    assert Line("a", "s", 1.0, 3.0, "less").ratio == 3.0
    assert Line("a", "per s", 6.0, 3.0, "more").ratio == 2.0
    assert Line("a", "s", 1.0, None, "less").ratio is None


def test_memory_is_told():
    assert resident() > 10
