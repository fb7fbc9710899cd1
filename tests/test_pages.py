"""Reading sources: every page with its id and what is known about it, every failure with a reason."""

import gzip
import json
import os
import random
import tracemalloc
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from bad_files import NEWS, write_bad_files
from hypothesis import given
from hypothesis import strategies as st

from rag.pages import Failure, count_inputs, read_pages
from rag.records import DateRange, Page

LIMIT = 50_000_000
SEEDS = Path(__file__).parent.parent / "seeds"
SEED = "000_de716d9866afb0a4.txt"
HEADER = "云崖时报 1998年8月10日 星期一 第04版 要闻\n"
DAY = DateRange(date(1998, 8, 10), date(1998, 8, 10), "day")


def read(*paths, max_bytes=LIMIT):
    """The pages and the failures."""
    found = list(read_pages(paths, max_bytes=max_bytes))
    pages = [page for page in found if isinstance(page, Page)]
    return pages, [failure for failure in found if isinstance(failure, Failure)]


def ids(pages):
    return [page.source.id for page in pages]


def write(path, text=NEWS):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def rows(path, *rows):
    data = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
    return write(path, gzip.compress(data) if path.suffix == ".gz" else data)


# --- bad files


def test_each_bad_file_has_its_reason_and_the_good_page_is_read(tmp_path):
    reasons = write_bad_files(tmp_path)
    good = write(tmp_path / "m_good.txt")
    pages, failures = read(tmp_path)
    assert [(page.source.path, page.text) for page in pages] == [(str(good), NEWS)]
    told = {os.path.relpath(failure.path, tmp_path): failure.reason for failure in failures}
    assert told.keys() == reasons.keys() and len(failures) == len(reasons) > 40
    assert {name: told[name] for name, word in reasons.items() if word not in told[name]} == {}
    assert all(reason.isprintable() and len(reason) < 200 for reason in told.values())


def test_paths_that_lead_nowhere(tmp_path):
    (tmp_path / "bare").mkdir()
    write(tmp_path / "only_others" / "a.pdf")
    write(tmp_path / "only_others" / ".hidden.txt")
    write(tmp_path / "only_notes" / "sources.toml", "")
    names = ["gone", "gone.txt", "bare", "only_others", "only_notes", "a\0b.txt", "", "x" * 999]
    _, failures = read(*(os.path.join(tmp_path, name) if name else "" for name in names))
    words = ["missing"] * 2 + ["no readable files"] * 3 + ["missing"] * 2 + ["cannot be read"]
    assert len(failures) == len(words)
    for failure, word in zip(failures, words, strict=True):
        assert word in failure.reason


def test_a_file_given_by_name_must_have_a_known_ending(tmp_path):
    paths = [write(tmp_path / name) for name in ("a.docx", "README", "page.txt.gz", "sources.toml")]
    pages, failures = read(*paths)
    assert not pages and [failure.path for failure in failures] == [str(path) for path in paths]
    assert all("unknown ending" in failure.reason for failure in failures)
    assert all(".jsonl.gz" in failure.reason for failure in failures)


def test_devices_and_pipes_given_by_name_are_refused_without_waiting(tmp_path):
    os.mkfifo(tmp_path / "pipe.jsonl")
    _, failures = read(tmp_path / "pipe.jsonl", "/dev/zero")
    assert ["a pipe" in failures[0].reason, "a device" in failures[1].reason] == [True, True]


@contextmanager
def ordinary_user():
    """Root may read everything, so tests about permissions act as another user."""
    if os.geteuid():
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_permission_denied_for_a_file_and_a_folder(tmp_path_factory):
    top = tmp_path_factory.mktemp("locked")
    for folder in (top, top.parent, top.parent.parent):
        folder.chmod(0o755)
    write(top / "a.txt").chmod(0)
    write(top / "b.jsonl", "{}").chmod(0)
    write(top / "closed" / "c.txt").parent.chmod(0)
    write(top / "sources.toml").chmod(0)
    write(top / "z.txt")
    with ordinary_user():
        pages, failures = read(top)
    (top / "closed").chmod(0o755)
    assert ids(pages) == ["z.txt"]
    assert [Path(failure.path).name for failure in failures] == [
        "sources.toml", "a.txt", "b.jsonl", "closed"
    ]  # fmt: skip
    assert all("permission denied" in failure.reason for failure in failures)


def test_the_size_limit_tells_both_numbers(tmp_path):
    write(tmp_path / "a.txt", b"a" * 1_001)
    write(tmp_path / "b.txt", b"b" * 1_000)
    pages, [failure] = read(tmp_path, max_bytes=1_000)
    assert ids(pages) == ["b.txt"]
    assert "1,001 bytes" in failure.reason and "1,000" in failure.reason


# --- folders and ids


def test_folders_are_walked_in_order_and_ids_are_paths_below_the_root(tmp_path, monkeypatch):
    for name in ("b/2.txt", "b/10.md", "a.TXT", "b.txt", ".git/x.txt", "b/.y.txt", "c/d/e/四.txt"):
        write(tmp_path / "in" / name)
    write(tmp_path / "in" / "picture.png")
    rows(tmp_path / "in" / "b" / "r.jsonl", {"text": NEWS})
    monkeypatch.chdir(tmp_path)
    pages, failures = read("in")
    names = ["a.TXT", "b/10.md", "b/2.txt", "b/r.jsonl", "b.txt", "c/d/e/四.txt"]
    assert not failures
    assert ids(pages) == [name + ("#1" if name.endswith("jsonl") else "") for name in names]
    assert [page.source.path for page in pages] == [os.path.join("in", name) for name in names]
    assert ids(read("in/b/2.txt")[0]) == ["2.txt"]
    assert ids(read("in/b/r.jsonl")[0]) == ["r.jsonl#1"]
    assert ids(read(Path("."))[0])[0] == "in/a.TXT"


def test_links_in_a_circle_come_to_an_end_and_others_are_followed(tmp_path):
    write(tmp_path / "in" / "a.txt")
    write(tmp_path / "elsewhere" / "b.txt")
    for name, target in (("up", ".."), ("self", "."), ("out", "../elsewhere")):
        (tmp_path / "in" / name).symlink_to(target, target_is_directory=True)
    (tmp_path / "in" / "file.txt").symlink_to("a.txt")
    pages, failures = read(tmp_path / "in")
    assert not failures and ids(pages) == ["a.txt", "file.txt", "out/b.txt"]


def test_two_files_with_one_id_are_named_both(tmp_path):
    one, two = (write(tmp_path / name / "x.txt") for name in ("one", "two"))
    pages, [failure] = read(tmp_path / "one", tmp_path / "two")
    assert [page.source.path for page in pages] == [str(one)]
    assert failure.path == str(two) and str(one) in failure.reason and "same id" in failure.reason


def test_a_file_whose_name_could_be_a_rows_id_is_refused(tmp_path):
    write(tmp_path / "a.jsonl", b'{"text": "x", "id": "1.txt"}')
    for name in ("a.jsonl#1.txt", "b.JSONL.GZ#2.md"):
        write(tmp_path / name)
    pages, failures = read(tmp_path)
    assert ids(pages) == ["a.jsonl#1.txt"] and pages[0].text == "x"
    assert len(failures) == 2 and all("rename it" in failure.reason for failure in failures)


def test_a_file_given_twice_is_read_once(tmp_path):
    path = write(tmp_path / "x.txt")
    for again in (path, str(path), tmp_path, tmp_path / "." / "x.txt"):
        pages, failures = read(path, again)
        assert ids(pages) == ["x.txt"] and not failures
    given = str(path)
    assert len(read(given, given)[0]) == 1


def test_count_inputs_counts_what_is_tried(tmp_path):
    write(tmp_path / "a.txt", b"12345")
    write(tmp_path / "b" / "c.jsonl", b"123")
    write(tmp_path / "b" / "sources.toml", b"1234567")
    write(tmp_path / "d.pdf", b"123456789")
    assert count_inputs([tmp_path]) == (2, 8)
    assert count_inputs(tmp_path / "a.txt") == (1, 5)
    assert count_inputs([tmp_path, tmp_path, "nowhere"]) == (2, 8)


# --- rows


def test_rows_have_their_fields_and_ids(tmp_path):
    path = rows(
        tmp_path / "r.jsonl",
        {"text": f"{NEWS}\r\n二"},
        {"text": NEWS, "id": "甲 1", "title": " 简讯\n ", "published": "1998年8月10日", "page": 4,
         "publication": "鹭洲日报", "more": [1]},
        {"text": NEWS, "id": 7, "title": None, "published": "", "page": " ", "publication": None},
    )  # fmt: skip
    pages, failures = read(path)
    assert not failures and ids(pages) == ["r.jsonl#1", "r.jsonl#甲 1", "r.jsonl#7"]
    assert pages[0].text == f"{NEWS}\r\n二"
    full, bare = pages[1].source, pages[2].source
    assert full.published == DAY
    assert (full.publication, full.page, full.title) == ("鹭洲日报", "4", "简讯")
    assert (bare.publication, bare.published, bare.page, bare.title) == (None, None, None, None)
    assert {page.source.path for page in pages} == {str(path)}


@pytest.mark.parametrize("name", ["r.jsonl", "r.jsonl.gz"])
def test_bad_rows_are_told_by_line_and_the_others_read(tmp_path, name):
    path = rows(tmp_path / name, {"text": NEWS}, [], {"text": NEWS, "id": "a"}, {},
                {"text": NEWS, "id": "a"}, {"text": NEWS, "id": "1"}, {"text": NEWS})  # fmt: skip
    pages, failures = read(path)
    assert ids(pages) == [f"{name}#1", f"{name}#a", f"{name}#7"]
    starts = ["line 2: not an object", 'line 4: this row has no "text"']
    starts += ["line 5: same id 'a' as line 3", "line 6: same id '1' as line 1"]
    assert len(failures) == 4
    for failure, start in zip(failures, starts, strict=True):
        assert failure.path == str(path) and failure.reason.startswith(start)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "gb18030"])
def test_rows_in_other_encodings(tmp_path, encoding):
    data = "".join(json.dumps({"text": NEWS}, ensure_ascii=False) + "\r\n" for _ in range(3))
    pages, failures = read(write(tmp_path / "r.jsonl", data.encode(encoding)))
    assert not failures and [page.text for page in pages] == [NEWS] * 3


def test_rows_before_the_break_of_a_gzip_file_are_kept(tmp_path):
    noise = random.Random(5)
    texts = [f"{NEWS}{noise.random()}" for _ in range(2_000)]
    data = rows(tmp_path / "r.jsonl.gz", *({"text": text} for text in texts)).read_bytes()
    path = write(tmp_path / "r.jsonl.gz", data[: len(data) // 2])
    pages, [failure] = read(path)
    assert [page.text for page in pages] == texts[: len(pages)] and 500 < len(pages) < 2_000
    assert f"truncated gzip: it ends after line {len(pages)};" in failure.reason


def test_a_wrong_checksum_keeps_the_rows_and_is_told(tmp_path):
    data = rows(tmp_path / "r.jsonl.gz", {"text": NEWS}).read_bytes()
    pages, [failure] = read(write(tmp_path / "r.jsonl.gz", data[:-8] + b"\0" * 8))
    assert len(pages) == 1 and "broken gzip after line 1" in failure.reason


def test_many_bad_rows_are_told_in_a_short_list(tmp_path):
    pages, failures = read(rows(tmp_path / "r.jsonl", *([[]] * 500), {"text": NEWS}))
    assert len(pages) == 1 and len(failures) == 101
    assert failures[-1].reason == "400 more rows cannot be read"


@pytest.mark.parametrize("name", ["r.jsonl", "r.jsonl.gz"])
def test_a_line_of_100_mb_is_passed_over_unheld(tmp_path, name):
    opener = gzip.open if name.endswith("gz") else open
    with opener(tmp_path / name, "wb") as file:
        file.write(json.dumps({"text": NEWS}).encode() + b'\n{"text": "')
        for _ in range(100):
            file.write(b"a" * 2**20)
        file.write(b'"}\n' + json.dumps({"text": NEWS}).encode())
    tracemalloc.start()
    pages, [failure] = read(tmp_path, max_bytes=8_000_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert ids(pages) == [f"{name}#1", f"{name}#3"] and peak < 40_000_000
    assert "line 2: over the size limit: 104,857,6" in failure.reason
    assert "8,000,000" in failure.reason


@pytest.mark.parametrize("unit", [b"\n", b"a", b"[]\n", b'{"text": ""}\n'])
def test_a_gzip_bomb_is_given_up_and_the_next_file_read(tmp_path, unit):
    block = unit * (2**20 // len(unit))
    with gzip.open(tmp_path / "bomb.jsonl.gz", "wb", compresslevel=1) as file:
        for _ in range(64):
            file.write(block)
    write(tmp_path / "good.txt")
    pages, failures = read(tmp_path, max_bytes=1_000_000)
    assert ids(pages) == ["good.txt"] and "over the size limit" in failures[-1].reason


def test_a_gzip_file_with_good_rows_among_the_bad_is_read_to_its_end(tmp_path):
    blank = (
        "\n" * 150
    )  # some 10,000 bytes with what a row costs: 16,000 are borne between good rows
    with gzip.open(tmp_path / "r.jsonl.gz", "wt", encoding="utf-8") as file:
        for _ in range(10):
            file.write(json.dumps({"text": NEWS}) + "\n" + blank)
    pages, failures = read(tmp_path, max_bytes=1_000)
    assert len(pages) == 10 and not failures


def test_a_large_file_is_streamed(tmp_path):
    with (tmp_path / "r.jsonl").open("w", encoding="utf-8") as file:
        for _ in range(2_000):
            file.write(json.dumps({"text": NEWS * 200}, ensure_ascii=False) + "\n")
    assert (tmp_path / "r.jsonl").stat().st_size > 40_000_000
    tracemalloc.start()
    count = 0
    for page in read_pages([tmp_path], max_bytes=LIMIT):
        assert isinstance(page, Page)
        count += 1
        if count == 200:
            break
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 200 and peak < 8_000_000


# --- what is known about a page


def test_the_seed_is_of_the_year_2024_inferred():
    pages, failures = read(SEEDS)
    assert not failures and ids(pages) == [SEED]
    source = pages[0].source
    assert str(source.published) == "2024" and source.published.inferred
    assert (source.publication, source.page) == (None, None)
    assert pages[0].text == (SEEDS / SEED).read_bytes().decode()
    [alone], _ = read(SEEDS / SEED)
    assert replace(alone.source, path="") == replace(source, path="")


def test_given_wins_over_printed_and_printed_over_inferred(tmp_path):
    inferring = (SEEDS / SEED).read_text("utf-8")
    write(tmp_path / "given.txt", HEADER + inferring)
    write(tmp_path / "inferred.txt", inferring)
    write(tmp_path / "nothing.txt")
    write(tmp_path / "printed.txt", HEADER + inferring)
    write(tmp_path / "sources.toml", '["given.txt"]\npublished = 1999-01-02\ntitle = "题"')
    pages, failures = read(tmp_path)
    assert not failures
    published = [page.source.published for page in pages]
    assert [str(day) for day in published] == ["1999-01-02", "2024", "None", "1998-08-10"]
    assert [day and day.inferred for day in published] == [False, True, None, False]
    given = pages[0].source
    assert (given.publication, given.page, given.title) == ("云崖时报", "04", "题")


@pytest.mark.parametrize(
    ("written", "published"),
    [
        ("1998-08-10", "1998-08-10"),
        ("1998-08-10T06:00:00+08:00", "1998-08-10"),
        ("1998", "1998"),
        ("19980810", "1998-08-10"),
        ('"1998-08"', "1998-08"),
        ('"1998年8月10日 星期一"', "1998-08-10"),
        ('""', "None"),
    ],
)
def test_published_in_sources_toml(tmp_path, written, published):
    path = write(tmp_path / "a.txt")
    write(tmp_path / "sources.toml", f'\ufeff["a.txt"]\r\npublished = {written}\r\n')
    [page], failures = read(path)
    assert not failures and str(page.source.published) == published
    assert published != "1998-08-10" or page.source.published == DAY


def test_the_inner_folder_and_the_row_win(tmp_path):
    write(tmp_path / "in" / "a.txt")
    rows(tmp_path / "in" / "r.jsonl", {"text": NEWS}, {"text": NEWS, "page": "9"})
    outer = '["in/a.txt"]\npage = "1"\ntitle = "外"\n["./in/r.jsonl"]\npage = 3\n'
    write(tmp_path / "sources.toml", outer)
    write(tmp_path / "in" / "sources.toml", '["a.txt"]\npage = "2"')
    pages, failures = read(tmp_path)
    assert not failures
    assert [(page.source.page, page.source.title) for page in pages] == [
        ("2", "外"), ("3", None), ("9", None)
    ]  # fmt: skip


def test_bad_values_in_sources_toml_are_told_and_the_page_read_without(tmp_path):
    write(tmp_path / "a.txt")
    write(tmp_path / "b.pdf")
    lines = ['["a.txt"]', 'published = "soon"', "title = 3", 'publised = ""', 'page = "4"']
    write(tmp_path / "sources.toml", "\n".join([*lines, '["b.pdf"]', '["/etc/x.txt"]']))
    [page], failures = read(tmp_path)
    assert (page.source.page, page.source.published) == ("4", None)
    words = ["title must be text", "unreadable published 'soon'", "unknown field 'publised'"]
    words += ["not a file that is read", "not below this folder"]
    assert len(failures) == len(words)
    for failure, word in zip(failures, words, strict=True):
        assert word in failure.reason and failure.path == str(tmp_path / "sources.toml")
    _, own = read(tmp_path / "a.txt")
    assert len(own) == 3  # a file given by name answers for its own table alone


def test_sources_toml_may_say_nothing(tmp_path):
    path = write(tmp_path / "a.txt")
    without = read(path)
    for text in ("", " \n", "# nothing yet\n", '["a.txt"]\n'):
        write(tmp_path / "sources.toml", text)
        assert read(tmp_path) == read(path) == without


def test_sha256_changes_with_the_text_and_with_each_detail(tmp_path):
    details = ["", 'publication = "鹭洲日报"', 'page = "4"', 'title = "4"', 'publication = "4"']
    details += ["published = 1998-08-10", "published = 1998"]
    digests = set()
    for text in (NEWS, NEWS + "\n"):
        path = write(tmp_path / "a.txt", text)
        for detail in details:
            write(tmp_path / "sources.toml", f'["a.txt"]\n{detail}\n')
            [page], _ = read(path)
            assert len(page.source.sha256) == 64
            digests.add(page.source.sha256)
    assert len(digests) == 2 * len(details)


def test_sha256_tells_an_inferred_year_from_a_given_one(tmp_path):
    path = write(tmp_path / SEED, (SEEDS / SEED).read_bytes())
    [inferred], _ = read(path)
    write(tmp_path / "sources.toml", f'["{SEED}"]\npublished = 2024\n')
    [given], _ = read(path)
    assert str(inferred.source.published) == str(given.source.published) == "2024"
    assert inferred.source.sha256 != given.source.sha256


def test_sha256_does_not_depend_on_encoding_or_place(tmp_path):
    digests = set()
    for number, encoding in enumerate(("utf-8", "utf-8-sig", "utf-16", "gb18030")):
        [page], _ = read(write(tmp_path / str(number) / "a.txt", NEWS.encode(encoding)))
        digests.add(page.source.sha256)
    assert len(digests) == 1


@given(st.lists(st.text(st.characters(exclude_categories=("Cc",))), max_size=6))
def test_any_row_text_comes_back_exactly_or_fails(tmp_path_factory, texts):
    path = tmp_path_factory.mktemp("rows") / "r.jsonl"
    path.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts), encoding="ascii")
    pages, failures = read(path)
    assert len(pages) + len(failures) == max(1, len(texts))
    for page in pages:
        assert page.text == texts[int(page.source.id.split("#")[1]) - 1]
