"""The contract of the index: what was committed is found, whole, once, and comes back equal."""

import sqlite3
import threading
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from eval.stress_index import DIMENSION, MANIFEST, hashed_vector, invented, item_from
from rag.errors import IndexBusy, IndexDamaged, IndexMismatch, SourceError, WenbaoError
from rag.index import Index, Manifest, SourceItem
from rag.records import Article, Chunk, DateMention, DateRange, Sentence, Source, Span
from rag.scope import Scope

CANAL = ["北渡镇新修水渠，全长27.1公里。", "云崖县试种茶树1,204.5亩。", "石臼岭清理河道。"]


@pytest.fixture
def index(tmp_path):
    with Index.open(tmp_path / "index", MANIFEST, exact_up_to=0) as index:
        yield index


def put(index: Index, *items: SourceItem) -> None:
    with index.writing() as writer:
        writer.replace_many(items)


def ids(found):
    return [chunk_id for chunk_id, _ in found]


def full_item() -> SourceItem:
    """A source that uses every field of every record."""
    day, year = date(1998, 8, 10), date(1997, 1, 1)
    issue = DateRange(day, day, "day", inferred=True)
    last_year = DateRange(year, date(1997, 12, 31), "year", vague=True)
    source = Source("丙/四版 ①.txt", "/a/丙", "鹭洲日报", issue, "4", "f" * 64, "四版")
    text = "去年，北渡镇新修水渠。\r\n今年开通。"
    article = Article(
        "丙#1", source, "乡情", "新渠", "记北渡", "白山", text.replace("\r\n", "\n"),
        (Span(0, 0, 11), Span(12, 13, 5)), ((0, 2), (12, 14)),
    )  # fmt: skip
    said = DateMention("去年", 0, 2, last_year, relative=True)
    first = Sentence("s1", article.id, "去年，北渡镇新修水渠。", 0, 11, (said,), None, 0, 0, True)
    second = Sentence("s2", article.id, "今年开通。", 13, 18, (), said, 1, 1)
    chunk = Chunk("丙-块", article, (first, second), first.text + second.text)
    other = Chunk("丙-块2", article, (replace(second, text="今年"),), "今年")
    vectors = [hashed_vector(chunk.text), hashed_vector(other.text)]
    return SourceItem(
        source, text, [article], [chunk, other], {article.id: [first, second]}, vectors
    )


def test_records_come_back_equal(index):
    item = full_item()
    put(index, item, item_from("无日期.txt", CANAL))
    assert index.chunks(["丙-块2", "丙-块"]) == [item.chunks[1], item.chunks[0]]
    assert index.article("丙#1") == item.articles[0]
    assert index.sentences("丙#1") == tuple(item.sentences["丙#1"])
    assert index.source_text(item.source.id) == item.text
    assert next(entry.source for entry in index.sources()) == item.source
    assert item.articles[0] in index.articles()
    assert index.newest() == item.source.published
    assert index.fingerprints()[item.source.id] == "f" * 64


def test_token_vectors_come_back_with_their_chunk_and_go_with_it(index):
    item = full_item()
    put(index, replace(item, codes=[b"ab", b""]), item_from("无日期.txt", CANAL))
    assert index.codes(["丙-块2", "丙-块", "nothing"]) == [b"", b"ab", b""]
    assert index.check() == []
    put(index, replace(item, codes=[b"cd", b"ef"]))
    assert index.codes(["丙-块", "丙-块2"]) == [b"cd", b"ef"]
    with index.writing() as writer:
        writer.remove(item.source.id)
    assert index.codes(["丙-块"]) == [b""]
    assert index.check() == []


def test_an_index_with_other_token_vectors_is_refused(tmp_path):
    Index.open(tmp_path / "index", MANIFEST).close()
    with pytest.raises(IndexMismatch, match="tokens"):
        Index.open(tmp_path / "index", replace(MANIFEST, tokens="1a2b"))


def test_sources_are_counted(index):
    put(index, item_from("a.txt", CANAL))
    (entry,) = index.sources()
    assert (entry.articles, entry.chunks, entry.characters) == (1, 3, len("\n".join(CANAL)))
    assert index.size() == 3


@pytest.mark.parametrize(
    "inside", [True, False], ids=["while the writer stays", "when it has left"]
)
def test_a_committed_source_is_found_at_once(index, inside):
    item = item_from("a.txt", CANAL)
    with index.writing() as writer:
        writer.replace_many([item])
        if inside:
            assert_found(index, item)
    assert_found(index, item)
    assert index.check() == []


def assert_found(index, item):
    for chunk, vector in zip(item.chunks, item.vectors, strict=True):
        best, score = index.dense(vector, 5)[0]
        assert (best, score) == (chunk.id, pytest.approx(1, abs=1e-5))
        assert chunk.id in ids(index.lexical(chunk.text, 5))


@pytest.mark.parametrize(
    ("question", "line"),
    [
        ("哪里试种茶树？", 1),
        ("27.1公里", 0),
        ("1204.5", 1),
        ("１，２０４．５畝", 1),
        ("石臼嶺", 2),
        ('石臼岭" OR "', 2),
    ],
)
def test_lexical_search_understands_the_question(index, question, line):
    item = item_from("a.txt", CANAL)
    put(index, item)
    assert ids(index.lexical(question, 1)) == [item.chunks[line].id]


@pytest.mark.parametrize(
    "question", ["", "？！", "的", "什么是什么", "zzz", "\x00", "\ud800", "(", '"*']
)
def test_a_question_without_a_known_term_finds_nothing(index, question):
    put(index, item_from("a.txt", CANAL))
    assert index.lexical(question, 5) == []


def test_a_title_is_searched_for_every_chunk(index):
    item = full_item()
    put(index, item)
    assert set(ids(index.lexical("记北渡", 5))) == {"丙-块", "丙-块2"}


def test_scores_fall(index):
    put(index, *(invented(f"{i}.txt", 1) for i in range(4)))
    for found in (
        index.dense(hashed_vector("北渡镇开通渡船"), 20),
        index.lexical("北渡镇开通渡船", 20),
    ):
        scores = [score for _, score in found]
        assert scores == sorted(scores, reverse=True)
        assert len(set(ids(found))) == len(found)


def test_a_term_is_counted_in_chunks(index):
    put(index, item_from("a.txt", CANAL), item_from("b.txt", ["水渠。", "水渠和水渠。"]))
    assert index.document_frequency(["水渠", "茶树", "无此词", "1204.5", "%"]) == {
        "水渠": 3,
        "茶树": 1,
        "无此词": 0,
        "1204.5": 1,
        "%": 0,
    }


def test_replacing_a_source_leaves_nothing_of_the_old(index):
    old, new = item_from("a.txt", CANAL), item_from("a.txt", ["鹭洲湾举办灯会。", CANAL[2]])
    put(index, old, item_from("b.txt", ["松陂乡迁建小学。"]))
    put(index, new)
    assert index.size() == 3
    assert index.chunks([old.chunks[0].id]) == []
    assert index.lexical("新修水渠", 5) == []
    assert old.chunks[0].id not in ids(index.dense(old.vectors[0], 10))
    assert_found(index, new)
    assert index.check() == []


def test_a_changed_date_alone_moves_the_source(index):
    put(index, item_from("a.txt", CANAL, date(1998, 8, 10)))
    put(index, item_from("a.txt", CANAL, date(1999, 8, 10)))
    assert index.dense([1.0] * DIMENSION, 5, Scope(until=date(1998, 12, 31))) == []
    assert len(index.dense([1.0] * DIMENSION, 5, Scope(since=date(1999, 1, 1)))) == 3


def test_ingesting_twice_changes_nothing(index):
    item = full_item()
    put(index, item)
    before = index.dense(item.vectors[0], 9), index.lexical("水渠", 9), index.sources()
    put(index, item)
    assert (index.dense(item.vectors[0], 9), index.lexical("水渠", 9), index.sources()) == before
    assert index.check() == []


def test_a_removed_source_is_gone(index):
    item = item_from("a.txt", CANAL)
    put(index, item)
    with index.writing() as writer:
        writer.remove("a.txt")
        writer.remove("never there.txt")
        assert index.dense(item.vectors[0], 5) == []
    assert (index.size(), index.sources(), index.lexical("水渠", 5)) == (0, [], [])
    assert index.article("a.txt:0") is None and index.source_text("a.txt") is None
    assert index.newest() is None
    assert index.check() == []


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        (None, None, {"day", "month", "none"}),
        (date(1998, 8, 10), None, {"day", "month"}),
        (None, date(1998, 8, 9), {"month"}),
        (date(1998, 8, 10), date(1998, 8, 10), {"day", "month"}),
        (date(1998, 8, 11), date(1998, 8, 20), {"month"}),
        (date(1998, 9, 1), None, set()),
        (None, date(1998, 7, 31), set()),
    ],
)
def test_dates_let_through_what_overlaps(index, since, until, expected):
    items = {
        "day": item_from("day", ["北渡镇的渡船甲。"], date(1998, 8, 10)),
        "month": item_from("month", ["北渡镇的渡船乙。"]),
        "none": item_from("none", ["北渡镇的渡船丙。"]),
    }
    august = DateRange(date(1998, 8, 1), date(1998, 8, 31), "month")
    dated = replace(items["month"].source, published=august)
    article = replace(items["month"].articles[0], source=dated)
    chunk = replace(items["month"].chunks[0], article=article)
    items["month"] = replace(items["month"], source=dated, articles=[article], chunks=[chunk])
    put(index, *items.values())
    for found in (
        index.dense(hashed_vector("渡船"), 9, Scope(since, until)),
        index.lexical("北渡镇渡船", 9, Scope(since, until)),
    ):
        assert {c.article.source.id for c in index.chunks(ids(found))} == expected


def test_unknown_ids_are_left_out(index):
    item = item_from("a.txt", CANAL)
    put(index, item)
    assert index.chunks(["x", item.chunks[1].id, "y"]) == [item.chunks[1]]
    assert (index.article("x"), index.sentences("x"), index.source_text("x")) == (None, (), None)


@pytest.mark.parametrize(
    "source_id", ["二〇二三/丁 版.txt", "a'b\"c%_.txt", "行.jsonl#🙂", "é/é", " "]
)
def test_any_text_can_be_an_id(index, source_id):
    item = item_from(source_id, CANAL)
    put(index, item)
    assert index.chunks([c.id for c in item.chunks]) == item.chunks
    with index.writing() as writer:
        writer.remove(source_id)
    assert index.size() == 0


def test_an_empty_source_and_an_empty_index_are_no_error(index):
    assert (index.dense([1.0] * DIMENSION, 5), index.lexical("水渠", 5)) == ([], [])
    put(index, item_from("empty.txt", []))
    assert [(e.chunks, e.characters) for e in index.sources()] == [(0, 0)]
    assert (index.size(), index.check(), index.newest()) == (0, [], None)


def test_more_chunks_than_chroma_takes_in_one_call(index):
    lines = [f"第{i}户在北渡镇登记，编号z{i * 7919}。" for i in range(6000)]
    item = item_from("long.txt", lines)
    put(index, item)
    assert index.size() == 6000
    assert index.check() == []
    for i in (0, 2999, 5999):
        assert item.chunks[i].id in ids(index.dense(item.vectors[i], 10))
    assert len(index.dense(item.vectors[0], 3000)) == 3000


@pytest.mark.parametrize(
    ("spoil", "error"),
    [
        (lambda i: replace(i, vectors=[[1.0] * 3] * 3), IndexMismatch),
        (lambda i: replace(i, vectors=[[float("nan")] * DIMENSION] * 3), ValueError),
        (lambda i: replace(i, vectors=i.vectors[:2]), ValueError),
        (lambda i: replace(i, text="\ud800"), SourceError),
        (lambda i: replace(i, articles=[]), SourceError),
        (lambda i: replace(i, chunks=[i.chunks[0]] * 3), SourceError),
        (lambda i: replace(i, source=replace(i.source, id="z.txt")), SourceError),
    ],
    ids=["dimension", "nan", "count", "surrogate", "stray", "doubled", "foreign"],
)
def test_a_source_that_cannot_be_stored_changes_nothing(index, spoil, error):
    good = item_from("a.txt", CANAL)
    put(index, good)
    with index.writing() as writer, pytest.raises(error):
        writer.replace_many([invented("b.txt", 1), spoil(item_from("a.txt", CANAL))])
    assert [entry.source for entry in index.sources()] == [good.source]
    assert_found(index, good)
    assert index.check() == []


def test_an_error_in_the_writers_block_keeps_what_was_committed(index):
    item = item_from("a.txt", CANAL)
    with pytest.raises(KeyError), index.writing() as writer:
        writer.replace_many([item])
        raise KeyError
    assert_found(index, item)
    assert index.check() == []


@pytest.mark.parametrize(
    ("field", "value"), [("embedding", "other"), ("dimension", 16), ("splitter", "lines 2")]
)
def test_another_manifest_is_refused_and_both_sides_are_named(tmp_path, field, value):
    Index.open(tmp_path, MANIFEST, exact_up_to=0).close()
    with pytest.raises(IndexMismatch) as caught:
        Index.open(tmp_path, replace(MANIFEST, **{field: value}))
    for part in (str(getattr(MANIFEST, field)), str(value), str(tmp_path), "--rebuild"):
        assert part in str(caught.value)


def spoil_file(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"not a database, whatever its name says" * 100)


def spoil_foreign(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE recipes (soup)")


@pytest.mark.parametrize(
    "spoil",
    [
        spoil_file,
        spoil_foreign,
        lambda path: (path.parent.mkdir(), path.touch()),
        lambda path: path.parent.write_text("a file in the folder's place"),
    ],
    ids=["no database", "another program's", "empty file", "no folder"],
)
def test_a_foreign_or_broken_folder_is_named_with_a_way_out(tmp_path, spoil):
    spoil(tmp_path / "index" / "catalogue.db")
    with pytest.raises(WenbaoError, match=r"(?s)index.*(delete|Choose)"):
        Index.open(tmp_path / "index", MANIFEST, exact_up_to=0)


def chroma_folder(index: Index) -> Path:
    return next(path for path in index.path.glob("vectors-*") if path.is_dir())


def break_files(folder: Path) -> None:
    for file in folder.rglob("*"):
        if file.is_file():
            file.write_bytes(b"\0" * 100)


def remove_files(folder: Path) -> None:
    for file in sorted(folder.rglob("*"), reverse=True):
        file.unlink() if file.is_file() else file.rmdir()
    folder.rmdir()


@pytest.mark.parametrize("harm", [break_files, remove_files])
def test_damaged_vectors_do_not_stop_the_answers_and_can_be_rebuilt(tmp_path, harm):
    item, more = item_from("a.txt", CANAL), item_from("b.txt", ["松陂乡开通渡船。"])
    with Index.open(tmp_path, MANIFEST, exact_up_to=0) as index:
        put(index, item)
    harm(chroma_folder(index))
    with Index.open(tmp_path, MANIFEST, exact_up_to=0) as index:
        assert_found(index, item)
        assert index.check() != []
        index.repair()
        assert index.check() == []
    harm(chroma_folder(index))
    with Index.open(tmp_path, MANIFEST, exact_up_to=0) as index:
        put(index, more)  # a writer repairs what it cannot change
        assert index.check() == []
        assert_found(index, item)
        assert_found(index, more)


def test_a_writer_killed_while_chroma_changes_is_made_good_by_the_next(index):
    item = item_from("a.txt", CANAL)
    put(index, item)
    with sqlite3.connect(index.path / "catalogue.db") as connection:
        connection.execute("UPDATE meta SET value = '1' WHERE name = 'dirty'")
        connection.execute("INSERT INTO pending VALUES ('half way in', 0)")
    assert_found(index, item)
    assert index.check() != []
    with index.writing():
        pass
    assert index.check() == []
    assert_found(index, item)


def test_one_writer_at_a_time_also_between_threads(tmp_path):
    caught = []

    def wait():
        with Index.open(tmp_path, MANIFEST, lock_timeout=0.2) as other:
            try:
                with other.writing():
                    pass
            except IndexBusy as exc:
                caught.append(str(exc))

    with Index.open(tmp_path, MANIFEST, lock_timeout=0.2) as index, index.writing():
        thread = threading.Thread(target=wait)
        thread.start()
        thread.join()
        with pytest.raises(IndexBusy, match="This very process"), index.writing():
            pass
    assert "try again" in caught[0] and str(tmp_path) in caught[0]


def complaint(index: Index) -> str:
    """What is wrong with a search while three sources of 30 lines are replaced as one."""
    found = ids(index.dense(hashed_vector("北渡镇"), 200))
    index.lexical("北渡镇渡船", 20)
    index.chunks(found)
    if len(set(found)) < len(found) or len(found) not in (0, 90):
        return f"{len(found)} found"
    return ""


def test_readers_in_threads_see_sources_whole_while_one_writes(index):
    stop, wrong = threading.Event(), []

    def look():
        try:
            while not stop.is_set():
                wrong.extend(filter(None, [complaint(index)]))
        except Exception as exc:
            wrong.append(repr(exc))

    readers = [threading.Thread(target=look) for _ in range(4)]
    for reader in readers:
        reader.start()
    for version in range(12):
        pages = {f"{i}.txt": [f"北渡镇{version}号{i}{j}" for j in range(30)] for i in range(3)}
        put(index, *(item_from(name, lines) for name, lines in pages.items()))
    stop.set()
    for reader in readers:
        reader.join()
    assert wrong == []
    assert index.size() == 90 and index.check() == []


def test_generation_grows_with_every_commit_and_no_other_time(index):
    seen = [index.generation()]
    for item in (item_from("a.txt", CANAL), item_from("b.txt", CANAL[:1])):
        put(index, item)
        seen.append(index.generation())
    with index.writing():
        pass
    index.repair()
    seen.append(index.generation())
    assert seen == [seen[0], seen[0] + 1, seen[0] + 2, seen[0] + 2]


def test_two_of_one_folder_share_what_is_written(tmp_path):
    with Index.open(tmp_path, MANIFEST, exact_up_to=0) as one, Index.open(tmp_path, MANIFEST, exact_up_to=0) as two:
        item = item_from("a.txt", CANAL)
        put(one, item)
        assert_found(two, item)
        one.close()
        assert_found(two, item)
    with pytest.raises(ValueError, match="closed"):
        one.size()


def test_equal_vectors_and_zero_vectors_are_no_trouble(index):
    item = item_from("a.txt", [f"鹭洲湾{i}" for i in range(40)])
    put(index, replace(item, vectors=[[1.0] * DIMENSION] * 39 + [[0.0] * DIMENSION]))
    found = index.dense([1.0] * DIMENSION, 40)
    assert len(found) == 40 and found[-1] == (item.chunks[-1].id, 0.0)
    assert index.check() == []


def test_a_settings_file_in_the_current_folder_is_not_read_by_chroma(index, tmp_path, monkeypatch):
    (tmp_path / ".env").write_text("CHROMA_SERVER_HTTP_PORT=9999\nALLOW_RESET=perhaps\n")
    monkeypatch.chdir(tmp_path)
    item = item_from("a.txt", CANAL)
    put(index, item)
    assert_found(index, item)


def test_a_folder_deleted_under_an_open_index_is_an_error_with_a_way_out(index):
    put(index, item_from("a.txt", CANAL))
    remove_files(index.path)
    with pytest.raises(IndexDamaged, match="ingest"):
        index.size()
    with Index.open(index.path, MANIFEST, exact_up_to=0) as fresh:
        put(fresh, item_from("b.txt", CANAL))
        assert [entry.source.id for entry in index.sources()] == ["b.txt"]
        assert len(index.dense([1.0] * DIMENSION, 9)) == 3


def test_a_manifest_is_a_plain_record():
    assert Manifest("m", 2, "s") == Manifest(embedding="m", dimension=2, splitter="s")


def test_a_filter_over_many_chunks_finds_the_nearest_of_those_days(index):
    days = [date(1998, 1, 1 + i % 20) for i in range(30)]
    pages = [
        item_from(f"{i}.txt", [f"北渡镇{i}号第{j * 37 + i}户" for j in range(300)], day)
        for i, day in enumerate(days)
    ]
    put(index, *pages)
    asked = pages[7].vectors[11]
    found = index.dense(asked, 10, Scope(date(1998, 1, 1), date(1998, 1, 20)))
    assert pages[7].chunks[11].id in ids(found)
    found = index.dense(asked, 10, Scope(date(1998, 1, 9)))
    assert found and pages[7].chunks[11].id not in ids(found)
