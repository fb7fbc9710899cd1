"""The five files of a report: whole, offline, and safe to open."""

import csv
import json

import pytest
from gold_rows import CORPUS, OPENING, REFUSAL, absent, answer, failed, question, reply
from junitparser import JUnitXml

from eval import report
from eval.baseline import measured
from eval.gate import SliceChange
from eval.manifest import Manifest
from eval.report import Compared, moves, worst_first
from eval.scoring import score

MANIFEST = Manifest(
    "as-is", "now", "abc123", "d", "c", "i", "p", "1", None, {"strictness": "0.4"}, {}, 1, 0
)  # fmt: skip
NASTY = '</script><img src=x onerror="document.title=1">'
QUESTIONS = [
    question("right"),
    question("partly", question=NASTY, must_pass=True),
    question("error"),
    absent("refused"),
    absent("invented"),
]
REPLIES = [
    reply("right"),
    reply("partly", answer(NASTY + OPENING * 9)),
    failed("error"),
    reply("refused", REFUSAL),
    reply("invented"),
]
SCORES = score(QUESTIONS, REPLIES, CORPUS)
CURVE = [
    {"threshold": t, "wrongly_refused": t / 2, "rightly_refused": t, "answerable": 3, "unanswerable": 2}
    for t in (0.2, 0.4, 0.8)
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    changes = [SliceChange("kind number, answers", 3, 0, 1, 0.5)]
    compared = Compared("the baseline", {"right": 0, "partly": -1, "error": 0}, changes)
    report.write(folder, SCORES, MANIFEST, CORPUS, {}, compared=compared, curve=CURVE)
    return folder


def test_the_json_holds_the_figures_the_curve_and_what_was_lost(folder):
    data = json.loads((folder / "report.json").read_text("utf-8"))
    assert data["summary"]["rates"]["answers right"]["n"] == 3
    assert data["compared"]["lost"] == ["partly"] and data["curve"] == CURVE
    assert data["worst"][0]["id"] == "partly"


def test_the_spreadsheet_has_a_byte_order_mark_and_every_row(folder):
    raw = (folder / "questions.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(raw.decode("utf-8-sig").splitlines()))
    assert {row["id"]: row["verdict"] for row in rows} == {
        "right": "right", "partly": "partly", "error": "error", "refused": "right", "invented": "invented",
    }  # fmt: skip


def test_build_servers_see_failures_and_errors(folder):
    xml = JUnitXml.fromfile(str(folder / "junit.xml"))
    assert (xml.tests, xml.failures, xml.errors) == (5, 2, 1)


def test_the_text_for_a_pull_request_has_tables(folder):
    text = (folder / "report.md").read_text("utf-8")
    assert "| answers right | 33.3% |" in text and "Lost: partly." in text


def test_lost_questions_come_first_then_the_worst():
    order = [s.question.id for s in worst_first(SCORES, Compared("x", {"partly": -1}, []))]
    assert order[:3] == ["partly", "error", "invented"]


def test_moves_are_won_lost_and_same():
    assert moves({"a": 1, "b": 0, "c": 1}, {"a": 0.5, "b": 1, "c": 1}) == {"a": -1, "b": 1, "c": 0}
    assert measured(SCORES)["right"]["answers"] == 1.0


def test_a_run_that_is_all_right_or_all_errors_can_be_reported(tmp_path):
    for name, replies in (("good", [reply("right")]), ("bad", [failed("right")])):
        (tmp_path / name).mkdir()
        scores = score([question("right")], replies, CORPUS)
        page = report.write(tmp_path / name, scores, MANIFEST, CORPUS, {})
        assert "</html>" in page.read_text("utf-8")


@pytest.mark.slow
def test_a_browser_opens_it_offline_and_lights_up_what_was_cited(folder, browser):
    with browser.new_page() as page:
        asked, broken = [], []
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: broken.append(str(error)))
        page.goto((folder / "report.html").as_uri())
        assert page.locator("#questions tr[tabindex]:not([hidden])").count() == 3
        page.locator("#bad").uncheck()
        page.locator("#q-right-0").focus()
        page.keyboard.press("Enter")
        assert page.locator("#page mark.both").inner_text() == OPENING
        page.locator("#find").fill("absent")
        assert page.locator("#questions tr[tabindex]:not([hidden])").count() == 2
        assert page.locator("svg").count() == 4
        assert "Wenbao" in page.title()
        assert [url for url in asked if not url.startswith("file:")] == [] and broken == []
