"""The command as a person meets it: what it prints, what it says is wrong, and its exit status."""

import json
import os
import subprocess
import sys

import pytest
from conftest import PAGE, ROOT, SEEDS, assert_located, write_rows

from rag import Config
from rag.__main__ import main
from rag.text import squash

QUESTION = "2023世界传感器大会是哪年哪月在哪里开幕的？"


def command(*words, data_dir=None, code=None, **settings):
    """The finished process of `python -m rag WORDS`, or of `python -c CODE WORDS`."""
    names = {k: v for k, v in os.environ.items() if not k.startswith("WENBAO_")}
    if data_dir is not None:
        names["WENBAO_DATA_DIR"] = str(data_dir)
    start = ["-c", code] if code else ["-m", "rag"]
    return subprocess.run(
        [sys.executable, *start, *map(str, words)],
        capture_output=True,
        encoding="utf-8",
        cwd=ROOT,
        env=names | settings,
        timeout=120,
    )


def succeeded(done) -> str:
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout


# --- at work ------------------------------------------------------------------------------------


def test_the_seed_question_as_json(seed_index):
    done = command("ask", QUESTION, "--json", data_dir=seed_index)
    data = json.loads(succeeded(done))
    assert "2023年11月" in data["text"] and "郑州" in data["text"]
    source = (SEEDS / PAGE).read_text("utf-8")
    assert data["citations"]
    for cited in data["citations"]:
        assert squash(source[cited["start"] : cited["end"]]) == squash(cited["quote"])


def test_an_answer_is_readable_whatever_the_locale(seed_index):
    settings = {"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    out = succeeded(command("ask", "三全食品董事长是谁？", data_dir=seed_index, **settings))
    assert "陈南" in out and f"{PAGE} " in out and "2024（推断）" in out


def test_ingest_says_what_it_did_and_does_nothing_twice(run, tmp_path):
    write_rows(tmp_path / "rows.jsonl", [{"id": "甲", "text": "北渡镇新修水渠。"}])
    (tmp_path / "bad.txt").write_bytes(b"")
    index = tmp_path / "index"
    first = command("ingest", tmp_path, data_dir=index)
    assert succeeded(first) == "1 added, 0 updated, 0 unchanged, 0 removed, 1 failed\n"
    assert f"failed: {tmp_path / 'bad.txt'}: empty" in first.stderr
    report = json.loads(run("ingest", tmp_path, "--json", "--data-dir", index)[1])
    assert (report["added"], report["unchanged"]) == ([], ["rows.jsonl#甲"])
    assert [set(fault) for fault in report["failed"]] == [{"path", "reason"}]


def test_help_is_quick_and_loads_no_models():
    code = (
        "import sys, rag.__main__ as m\n"
        "try: m.main(['--help'])\n"
        "except SystemExit: print([n for n in ('llama_index', 'chromadb') if n in sys.modules])"
    )
    out = succeeded(command(code=code))
    assert "ingest" in out and out.endswith("[]\n")


def test_a_reader_that_goes_away_is_no_error(seed_index):
    words = [sys.executable, "-m", "rag", "search", "郑州", "--json", "--limit", "50"]
    process = subprocess.Popen(
        [*words, "--data-dir", str(seed_index)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    process.stdout.close()
    told = process.stderr.read().decode()
    assert (process.wait(), told) == (0, "")


# --- the same in this process, for speed --------------------------------------------------------


@pytest.fixture
def run(capsys, monkeypatch, tmp_path):
    """Runs the command here; returns (status, stdout, stderr)."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WENBAO_DATA_DIR", raising=False)

    def run(*words):
        try:
            status = main([str(word) for word in words])
        except SystemExit as exc:
            status = exc.code
        return status, *capsys.readouterr()

    return run


def test_search_prints_numbered_passages(run, seed_index):
    status, out, _ = run("search", "三全食品", "--limit", 2, "--data-dir", seed_index)
    assert status == 0 and out.startswith("1. ") and "\n2. " in out and "三全食品" in out
    status, out, _ = run("search", "三全食品", "--limit", 2, "--json", "--data-dir", seed_index)
    hits = json.loads(out)
    assert len(hits) == 2 and all(hit["source"] == PAGE for hit in hits)
    assert run("search", " ", "--data-dir", seed_index)[:2] == (0, "nothing found\n")


def test_sources_lists_what_is_indexed(run, seed_index):
    status, out, _ = run("sources", "--data-dir", seed_index)
    assert status == 0 and f"{PAGE}  2024 (inferred)  7 articles" in out and "1 sources" in out
    (entry,) = json.loads(run("sources", "--json", "--data-dir", seed_index)[1])
    assert (entry["id"], entry["published"], entry["inferred"]) == (PAGE, "2024", True)
    assert entry["path"] == str(SEEDS / PAGE)


def test_the_json_of_ask_is_the_answer_s_own(run, seed_index, seed):
    status, out, _ = run("ask", QUESTION, "--json", "--data-dir", seed_index)
    answer = seed.ask(QUESTION)
    assert_located(answer, seed.index.source_text)
    wanted = answer.to_dict() | {"timings": None}
    assert (status, json.loads(out) | {"timings": None}) == (0, json.loads(json.dumps(wanted)))


def test_days_limit_the_pages(run, seed_index):
    words = ("ask", "三全食品董事长是谁？", "--data-dir", seed_index)
    assert "陈南" in run(*words, "--since", "2024-06-01")[1]
    status, out, _ = run(*words, "--until", "2023-12-31")
    assert status == 0 and "陈南" not in out and "没有写到" in out


def test_doctor_says_what_is_there(run, seed_index, tmp_path):
    status, out, _ = run("doctor", "--data-dir", seed_index)
    assert status == 0 and "FAIL" not in out and "1 sources" in out
    checks = json.loads(run("doctor", "--json", "--data-dir", tmp_path / "none")[1])
    names = ["python", "disk", "tokenizer", "embedding", "index", "endpoint"]
    assert [check["name"] for check in checks] == names
    assert all(check["ok"] for check in checks)
    assert not (tmp_path / "none").exists()  # looking makes nothing


def test_doctor_names_a_damaged_index(run, seed_copy):
    (seed_copy / "catalogue.db").write_bytes(b"no database at all")
    status, out, _ = run("doctor", "--data-dir", seed_copy)
    assert status == 1 and "FAIL index: " in out


def test_an_empty_index_says_what_to_do(run, tmp_path):
    status, out, error = run("ask", "谁？", "--data-dir", tmp_path / "index")
    assert (status, out) == (1, "")
    assert error.startswith("wenbao: nothing is indexed") and "wenbao ingest" in error


@pytest.mark.parametrize("day", ["2024-13-01", "yesterday", "", "20240230"])
def test_a_wrong_day_is_a_wrong_command_line(run, day):
    status, _, error = run("ask", "谁？", "--since", day)
    assert status == 2 and "is not a day; write YYYY-MM-DD" in error


@pytest.mark.parametrize(
    "words", [[], ["answer"], ["ask"], ["ingest"], ["search", "x", "--limit", "many"]]
)
def test_a_wrong_command_line_has_status_two(run, words):
    status, out, error = run(*words)
    assert (status, out) == (2, "") and "usage: wenbao" in error


def test_an_unknown_setting_is_named(run, monkeypatch):
    monkeypatch.setenv("WENBAO_DATADIR", "x")
    status, _, error = run("sources")
    assert status == 1
    assert "unknown setting WENBAO_DATADIR; known: WENBAO_DATA_DIR" in error


def test_nothing_that_can_be_read_is_status_one(run, tmp_path):
    status, _, error = run("ingest", "gone", "--data-dir", tmp_path / "index")
    assert status == 1 and "failed: gone: missing" in error


def test_rebuild_is_the_way_out_of_a_mismatch(run, tmp_path, quick):
    (tmp_path / "a.txt").write_text("北渡镇新修水渠，全长27.1公里。", "utf-8")
    (tmp_path / "index/vectors-mine.csv").write_text("not of the index")
    quick.ingest(tmp_path / "a.txt")
    quick.close()
    place = ("--data-dir", tmp_path / "index")
    status, out, error = run("ask", "水渠多长？", *place)
    assert (status, out) == (1, "") and "was built with" in error and "hashed pairs" in error
    out = succeeded(command("ingest", "--rebuild", tmp_path / "a.txt", *place))
    assert out.startswith("1 added")
    assert "27.1公里" in run("ask", "北渡镇水渠全长多少公里？", *place)[1]
    assert (tmp_path / "index/vectors-mine.csv").exists()


def test_a_misspelt_path_does_not_empty_the_index(run, seed_copy):
    assert run("ingest", "--rebuild", "gone", "--data-dir", seed_copy)[0] == 1
    assert "1 sources" in run("sources", "--data-dir", seed_copy)[1]


def test_rebuild_deletes_no_catalogue_of_another_program(run, tmp_path):
    (tmp_path / "own").mkdir()
    (tmp_path / "own/catalogue.db").write_text("somebody's own")
    status, _, error = run("ingest", "--rebuild", SEEDS, "--data-dir", tmp_path / "own")
    assert status == 1 and "no Wenbao catalogue" in error
    assert (tmp_path / "own/catalogue.db").read_text() == "somebody's own"


def test_prune_is_told(run, tmp_path):
    pages = tmp_path / "pages"
    pages.mkdir()
    for name in ("a.txt", "b.txt"):
        (pages / name).write_text(f"{name}新修水渠。", "utf-8")
    run("ingest", pages, "--data-dir", tmp_path / "index")
    (pages / "b.txt").unlink()
    out = run("ingest", pages, "--prune", "--data-dir", tmp_path / "index")[1]
    assert out == "0 added, 0 updated, 1 unchanged, 1 removed, 0 failed\n"


def test_a_data_dir_that_is_a_file_is_named(run, tmp_path):
    (tmp_path / "file").write_text("x")
    status, _, error = run("sources", "--data-dir", tmp_path / "file")
    assert status == 1 and "cannot be used as a folder" in error


def test_the_index_goes_where_the_setting_says(run, tmp_path, monkeypatch):
    monkeypatch.setenv("WENBAO_DATA_DIR", str(tmp_path / "报"))
    assert run("sources")[:2] == (0, "0 sources\n")
    assert (tmp_path / "报/catalogue.db").exists() and not (tmp_path / ".wenbao").exists()
    assert Config().data_dir == tmp_path / "报"
