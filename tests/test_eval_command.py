"""`python -m eval` as its user meets it: stages, exit statuses, messages."""

import json
import shutil

import pytest

from eval import settings, stages
from eval.__main__ import main
from eval.errors import BadData
from eval.report import Compared


@pytest.fixture(scope="module")
def gold(tmp_path_factory):
    """Twelve of the gold questions in a file of their own."""
    path = tmp_path_factory.mktemp("gold") / "gold.jsonl"
    rows = settings.read_settings().questions()
    some = [q for q in rows if q.answerable][:8] + [q for q in rows if not q.answerable][:4]
    path.write_text("".join(q.model_dump_json() + "\n" for q in some), "utf-8")
    return path


@pytest.fixture(scope="module")
def made(gold, tmp_path_factory):
    """A run over them, asked once."""
    folder = tmp_path_factory.mktemp("runs") / "whole"
    assert main(["run", str(gold), "--out", str(folder)]) == 0
    return folder


def test_validate_says_what_the_set_holds(capsys):
    assert main(["validate"]) == 0
    assert capsys.readouterr().out.startswith("sound: ")


def test_validate_exits_2_and_lists_faults(tmp_path, gold, capsys):
    path = tmp_path / "gold.jsonl"
    path.write_text(gold.read_text("utf-8").replace('"start":', '"start":1', 1), "utf-8")
    assert main(["validate", str(path)]) == 2
    assert "1 faults in the gold set" in capsys.readouterr().err


@pytest.mark.slow
def test_a_run_leaves_everything_that_is_needed_to_judge_it_again(made, gold, capsys):
    files = {path.name for path in made.iterdir()}
    assert {"answers.jsonl", "manifest.json", "gold.jsonl", "report.html", "report.json"} <= files
    manifest = json.loads((made / "manifest.json").read_text("utf-8"))
    assert manifest["variant"] == "as-is" and manifest["versions"]["python"]
    assert main(["score", str(made)]) == 0
    assert "answers right" in capsys.readouterr().out
    before = (made / "answers.jsonl").read_bytes()
    assert main(["run", str(gold), "--out", str(made)]) == 0
    assert (made / "answers.jsonl").read_bytes() == before  # nothing was asked again


@pytest.mark.slow
def test_gate_judges_against_the_baseline_it_belongs_to(made, tmp_path, capsys):
    rules = settings.read_settings()
    path = tmp_path / "baseline.json"
    with pytest.raises(BadData, match="did not ask the questions"):
        stages.accept(rules, made, path, "a part of the set")
    scored = stages.rescore(rules, made)
    belongs = stages.baselines.belongs_to(scored.manifest, rules.digest())
    stages.baselines.accept(path, scored.scores, belongs, scored.manifest, "for this test")
    status = main(["gate", str(made), "--baseline", str(path)])
    told = capsys.readouterr().out
    assert status in (0, 1)  # a floor may be broken on twelve questions; nothing may be lost
    assert "lost 0 of" in told and "INCONCLUSIVE" not in told
    assert json.loads((made / "report.json").read_text("utf-8"))["gate"]["status"] == status
    data = json.loads(path.read_text("utf-8"))
    data["belongs"]["data"] = "other"
    path.write_text(json.dumps(data), "utf-8")
    assert main(["gate", str(made), "--baseline", str(path)]) == 5


@pytest.mark.slow
def test_a_run_with_a_lost_reply_is_bad_data(made, tmp_path, capsys):
    part = shutil.copytree(made, tmp_path / "part")
    lines = (part / "answers.jsonl").read_text("utf-8").splitlines(keepends=True)
    (part / "answers.jsonl").write_text("".join(lines[1:]), "utf-8")
    assert main(["score", str(part)]) == 2
    assert "1 of 12 replies are missing" in capsys.readouterr().err


@pytest.mark.slow
def test_compare_tells_what_was_won_and_lost(made, gold, tmp_path, capsys):
    other = tmp_path / "silent"
    assert main(["run", str(gold), "--variant", "silent", "--out", str(other)]) == 0
    capsys.readouterr()
    assert main(["compare", str(made), str(other)]) == 0
    told = capsys.readouterr().out
    right = sum(s.right for s in stages.rescore(settings.read_settings(), made).scores if s.question.answerable)
    assert f"won 0, lost {right} of 8" in told
    compared = json.loads((other / "report.json").read_text("utf-8"))["compared"]
    assert compared["with"] == "whole" and len(compared["lost"]) == right
    assert Compared(compared["with"], {}, []).verdict is None


def test_no_run_and_no_baseline_say_what_to_do(tmp_path, capsys):
    assert main(["gate", str(tmp_path)]) == 2
    assert "python -m eval run" in capsys.readouterr().err


def test_an_unknown_variant_is_told(gold, tmp_path, capsys):
    assert main(["run", str(gold), "--variant", "honest", "--out", str(tmp_path / "x")]) == 2
    assert "as-is" in capsys.readouterr().err


def test_a_public_set_that_is_not_there_is_skipped_with_a_message(tmp_path, capsys):
    assert main(["external", "cmrc", str(tmp_path / "none.json")]) == 2
    assert "skipped" in capsys.readouterr().err
