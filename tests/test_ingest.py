"""Bringing an index up to date: nothing twice, nothing half, nothing lost, every fault reported."""

import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from bad_files import write_bad_files
from conftest import PAGE, ROOT, SEEDS, CountingEmbedding, write_rows

from eval.stress_ingest import chunks_by_source
from rag import Assistant, Config
from rag.catalogue import write_meta

CANAL = "北渡镇新修水渠，全长27.1公里，总投资1,204.5万元。"
TEA = "云崖县试种茶树，今年采茶30吨。"


@pytest.fixture
def folder(tmp_path):
    """Three pages in two folders."""
    (tmp_path / "pages/b").mkdir(parents=True)
    for name, text in (("a.txt", CANAL), ("b/c.md", TEA), ("b/d.txt", "石臼岭清理河道。")):
        (tmp_path / "pages" / name).write_text(text, "utf-8")
    return tmp_path / "pages"


def ids(assistant):
    return [entry.source.id for entry in assistant.sources()]


def test_ingesting_twice_changes_nothing(quick, folder):
    first = quick.ingest([folder])
    assert (sorted(first.added), first.changed) == (["a.txt", "b/c.md", "b/d.txt"], True)
    before = quick.index.generation(), chunks_by_source(quick.config.data_dir)
    second = quick.ingest([folder])
    assert sorted(second.unchanged) == sorted(first.added) and not second.changed
    assert (quick.index.generation(), chunks_by_source(quick.config.data_dir)) == before
    assert quick._embedder.seen == quick.index.size() + 1  # nothing was embedded again


def test_a_changed_file_replaces_its_chunks(quick, folder):
    quick.ingest(folder)
    (folder / "a.txt").write_text(TEA.replace("30吨", "45吨"), "utf-8")
    report = quick.ingest(str(folder))
    assert (report.updated, report.added, len(report.unchanged)) == (["a.txt"], [], 2)
    assert "45吨" in quick.index.source_text("a.txt")
    assert all("水渠" not in hit.chunk.text for hit in quick.search("北渡镇新修水渠"))
    assert quick.index.check() == []


def test_a_changed_note_is_a_change(quick, folder):
    quick.ingest(folder)
    (folder / "sources.toml").write_text('["a.txt"]\npublished = 1998-08-10\n', "utf-8")
    assert quick.ingest(folder).updated == ["a.txt"]
    (entry,) = [entry for entry in quick.sources() if entry.source.id == "a.txt"]
    assert str(entry.source.published) == "1998-08-10"


def test_ids_are_paths_below_what_was_given(quick, folder):
    quick.ingest([folder / "b", folder / "a.txt"])
    assert ids(quick) == ["a.txt", "c.md", "d.txt"]


def test_rows_are_sources(quick, tmp_path):
    rows = [
        {"id": "k1", "text": CANAL, "published": "1998-08-10", "title": "新渠", "page": 4},
        {"text": TEA, "publication": "鹭洲日报"},
        {"id": "k1", "text": "同一个号。"},
    ]
    report = quick.ingest(write_rows(tmp_path / "rows.jsonl", rows))
    assert report.added == ["rows.jsonl#k1", "rows.jsonl#2"]
    assert [reason for _, reason in report.failed] == ["line 3: " + _same_id()]
    first = next(e.source for e in quick.sources() if e.source.id.endswith("k1"))
    assert (str(first.published), first.title, first.page) == ("1998-08-10", "新渠", "4")


def _same_id():
    return "same id 'k1' as line 1; give each row its own"


def test_two_files_of_the_same_words_are_two_sources(quick, folder):
    (folder / "copy.txt").write_text(CANAL, "utf-8")
    assert len(quick.ingest(folder).added) == 4
    assert quick.index.check() == []


def test_progress_is_told_of_each_source(quick, folder):
    (folder / "empty.txt").write_bytes(b"")
    told = []
    report = quick.ingest(folder, progress=told.append)
    assert sorted(told) == sorted([*report.added, str(folder / "empty.txt")])


# --- prune --------------------------------------------------------------------------------------


def test_prune_removes_what_is_gone_and_nothing_else(quick, folder, tmp_path):
    (tmp_path / "other.txt").write_text(TEA, "utf-8")
    rows = [{"id": n, "text": f"{n}号渡船开通。"} for n in range(3)]
    write_rows(folder / "rows.jsonl", rows)
    quick.ingest([folder, tmp_path / "other.txt"])
    (folder / "b/c.md").unlink()
    (tmp_path / "other.txt").unlink()
    write_rows(folder / "rows.jsonl", rows[:2])
    assert quick.ingest(folder).removed == []
    assert sorted(quick.ingest(folder, prune=True).removed) == ["b/c.md", "rows.jsonl#2"]
    assert ids(quick) == ["a.txt", "b/d.txt", "other.txt", "rows.jsonl#0", "rows.jsonl#1"]
    assert quick.index.check() == []


def test_prune_of_one_folder_leaves_its_neighbours(quick, folder):
    shutil.copytree(folder / "b", folder / "bb")
    quick.ingest(folder)
    shutil.rmtree(folder / "b")
    shutil.rmtree(folder / "bb")
    (folder / "b").mkdir()
    (folder / "b/e.txt").write_text(TEA, "utf-8")
    assert sorted(quick.ingest(folder / "b", prune=True).removed) == ["b/c.md", "b/d.txt"]
    assert ids(quick) == ["a.txt", "bb/c.md", "bb/d.txt", "e.txt"]


def test_prune_of_a_folder_emptied_by_hand(quick, folder):
    quick.ingest(folder)
    shutil.rmtree(folder)
    folder.mkdir()
    assert len(quick.ingest(folder, prune=True).removed) == 3


@pytest.mark.parametrize("damage", ["binary", "empty", "broken rows"])
def test_a_file_that_cannot_be_read_is_never_pruned(quick, folder, damage):
    rows = [{"id": n, "text": f"{n}号渡船开通。"} for n in range(2)]
    write_rows(folder / "rows.jsonl", rows)
    quick.ingest(folder)
    before = ids(quick)
    if damage == "broken rows":
        (folder / "rows.jsonl").write_text(json.dumps(rows[0]) + "\n{", "utf-8")
    else:
        (folder / "a.txt").write_bytes(b"\0\1\2" if damage == "binary" else b"")
    report = quick.ingest(folder, prune=True)
    assert len(report.failed) == 1 and report.removed == []
    assert ids(quick) == before


def test_a_folder_that_is_not_there_is_never_pruned(quick, folder):
    """A disk that is not mounted is no reason to forget its pages."""
    quick.ingest(folder)
    folder.rename(folder.with_name("unmounted"))
    report = quick.ingest(folder, prune=True)
    assert len(report.failed) == 1 and report.removed == []
    assert len(ids(quick)) == 3


def test_prune_knows_a_folder_by_its_place_not_its_name(quick, folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    quick.ingest("pages")
    (tmp_path / "else/pages").mkdir(parents=True)
    (tmp_path / "else/pages/x.txt").write_text(TEA, "utf-8")
    monkeypatch.chdir(tmp_path / "else")
    assert quick.ingest("pages", prune=True).removed == []
    (folder / "a.txt").unlink()
    assert quick.ingest(folder, prune=True).removed == ["a.txt"]


# --- faults -------------------------------------------------------------------------------------


def test_bad_files_are_reported_and_the_good_page_answers(assistant, tmp_path):
    reasons = write_bad_files(tmp_path)
    shutil.copy(SEEDS / PAGE, tmp_path / "good.txt")
    report = assistant.ingest(tmp_path)
    assert report.added == ["good.txt"] and len(reasons) >= 15
    found = {str(Path(path).relative_to(tmp_path)): reason for path, reason in report.failed}
    assert found.keys() == reasons.keys()
    for name, words in reasons.items():
        assert words in found[name], name
    answer = assistant.ask("三全食品董事长是谁？")
    assert "陈南" in answer.text
    assert {citation.source.id for citation in answer.citations} == {"good.txt"}


@pytest.mark.parametrize("after", [0, 1, 70, 130])
def test_an_interrupted_ingest_leaves_whole_sources_and_can_go_on(tmp_path, after):
    line = "鹭洲市今天开通第{}条渡船航线，共有{}名乘客。"
    rows = [
        {"id": n, "text": "\n\n".join(line.format(n, m) * 6 for m in range(4))} for n in range(40)
    ]
    file = write_rows(tmp_path / "rows.jsonl", rows)
    config = Config(data_dir=tmp_path / "index")
    with Assistant.open(Config(data_dir=tmp_path / "clean"), embedder=CountingEmbedding()) as clean:
        assert len(clean.ingest(file).added) == 40
    wanted = chunks_by_source(tmp_path / "clean")
    embedder = CountingEmbedding()
    with Assistant.open(config, embedder=embedder) as assistant:
        embedder.left = embedder.seen + after
        with pytest.raises(ConnectionError):
            assistant.ingest(file)
        held = chunks_by_source(config.data_dir)
        assert all(wanted[id] == chunks for id, chunks in held.items())
        assert len(held) < 40 and assistant.index.check() == []
        embedder.left = None
        report = assistant.ingest(file)
        assert (len(report.added), len(report.unchanged)) == (40 - len(held), len(held))
        assert chunks_by_source(config.data_dir) == wanted
        assert assistant.index.check() == []


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_a_killed_ingest_is_completed_by_the_next(tmp_path, embedder):
    places = ("北渡镇", "松陂乡", "云崖县", "鹭洲湾", "石臼岭")
    line = "{}今年新修水渠{}条，总长{}公里，投资{}万元，受益农户{}户，工程由县水利局负责施工。"
    rows = [
        {
            "id": n,
            "published": f"1998-08-{n % 28 + 1:02}",
            "text": "".join(line.format(places[n % 5], n, m, n * m, n + m) for m in range(1, 13)),
        }
        for n in range(40)
    ]
    file = write_rows(tmp_path / "rows.jsonl", rows)
    command = [sys.executable, "-m", "rag", "ingest", str(file), "--json", "--data-dir"]
    started = time.perf_counter()
    subprocess.run([*command, str(tmp_path / "clean")], cwd=ROOT, check=True, capture_output=True)
    whole = time.perf_counter() - started
    index = tmp_path / "index"
    for share in (0.6, 0.8):
        process = subprocess.Popen(
            [*command, str(index)],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(share * whole)
        process.send_signal(signal.SIGKILL)
        process.wait()
    subprocess.run([*command, str(index)], cwd=ROOT, check=True, capture_output=True)
    assert chunks_by_source(index) == chunks_by_source(tmp_path / "clean")
    with Assistant.open(Config(data_dir=index), embedder=embedder) as assistant:
        assert assistant.index.check() == []
        assert "7公里" in assistant.search("7公里水渠", limit=1)[0].chunk.text


def test_a_removed_source_is_gone_and_the_rest_stays(quick, tmp_path):
    rows = [{"id": n, "text": f"北渡镇第{n}号水渠今年修好。"} for n in (1, 2)]
    quick.ingest(write_rows(tmp_path / "rows.jsonl", rows))
    first, second = (entry.source.id for entry in quick.sources())
    assert quick.remove([first, "unknown", first]) == [first]
    assert [entry.source.id for entry in quick.sources()] == [second]
    assert quick.page(first) is None
    assert quick.remove([]) == []


def test_a_page_is_its_text_and_its_articles_in_print_order(seed):
    page = seed.page(PAGE)
    assert page.text == (SEEDS / PAGE).read_text("utf-8-sig")
    assert len(page.articles) == 7
    places = [article.spans[0].source_start for article in page.articles]
    assert places == sorted(places)
    assert {article.source for article in page.articles} == {page.source}


def test_what_a_killed_ingest_left_to_chroma_is_done_though_nothing_changed(tmp_path, quick):
    rows = write_rows(tmp_path / "rows.jsonl", [{"id": "a", "text": "青塘水厂今年开工。"}])
    quick.ingest([rows])
    with quick.index._database.transaction() as db:
        write_meta(db, dirty=1)
    assert quick.index.check()
    assert quick.ingest([rows]).unchanged
    assert quick.index.check() == []
