"""The baseline: moved with a reason, bound to what it was made on, sealed."""

import json

import pytest
from gold_rows import CORPUS, REFUSAL, absent, failed, question, reply

from eval.baseline import accept, belongs_to, check_belongs, read_baseline
from eval.errors import BadData, WrongBaseline
from eval.manifest import Manifest
from eval.scoring import score

MANIFEST = Manifest("as-is", "now", "abc123", "data", "corpus", "i", "p", "1", None, {}, {}, 1, 0)
SCORES = score([question("a"), absent("b")], [reply("a"), reply("b", REFUSAL)], CORPUS)
BELONGS = belongs_to(MANIFEST, "thresholds")


@pytest.fixture
def path(tmp_path):
    accept(tmp_path / "baseline.json", SCORES, BELONGS, MANIFEST, "the first release")
    return tmp_path / "baseline.json"


def test_an_accepted_run_is_read_back_with_its_reason(path):
    read = read_baseline(path)
    assert read.values == {
        "a": {
            "answers": 1.0, "evidence": 1.0, "retrieval": 1.0, "dense": 0.0, "lexical": 0.0,
            "written": 0.0,
        },
        "b": {"refusals": 1.0},
    }  # fmt: skip
    assert read.moves[-1]["reason"] == "the first release"
    assert read.moves[-1]["figures"]["answers right"] == 1.0


def test_every_move_is_kept(path):
    accept(path, SCORES, BELONGS, MANIFEST, "the second one")
    assert [move["reason"] for move in read_baseline(path).moves] == ["the first release", "the second one"]


def test_a_helping_hand_is_seen(path):
    data = json.loads(path.read_text("utf-8"))
    data["values"]["a"]["answers"] = 0.0
    path.write_text(json.dumps(data), "utf-8")
    with pytest.raises(WrongBaseline, match="changed after") as caught:
        read_baseline(path)
    assert caught.value.status == 5


@pytest.mark.parametrize("name", ["data", "corpus", "metric", "thresholds"])
def test_what_it_does_not_belong_to_is_named(path, name):
    with pytest.raises(WrongBaseline, match=f"other {name};"):
        check_belongs(read_baseline(path), BELONGS | {name: "another"}, path)


@pytest.mark.parametrize(
    ("scores", "manifest", "reason", "told"),
    [
        (SCORES, MANIFEST, "  ", "reason"),
        (score([question("a")], [failed("a")], CORPUS), MANIFEST, "why", "errors"),
        (SCORES, Manifest("echo", *("x",) * 7, None, {}, {}, 1, 0), "why", "variant echo"),
    ],
)
def test_not_every_run_can_be_accepted(tmp_path, scores, manifest, reason, told):
    with pytest.raises(BadData, match=told):
        accept(tmp_path / "baseline.json", scores, BELONGS, manifest, reason)
    assert not (tmp_path / "baseline.json").exists()


def test_no_baseline_says_how_to_make_one(tmp_path):
    with pytest.raises(BadData, match="python -m eval accept"):
        read_baseline(tmp_path / "none.json")
