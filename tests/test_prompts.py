"""Prompt files: variables agree both ways, and a digest tells versions apart."""

from importlib.resources import files
from pathlib import Path

import pytest

from rag import ConfigError
from rag.prompts import ABSENT, Prompt, Prompts, digest_of, prompt, prompts_digest

NAMES = {
    "rules": {"absent", "language"},
    "question": {"evidence", "frame", "question"},
    "repair": {"absent", "reasons", "statement"},
    "condense": {"history", "question"},
    "completion": {"absent", "evidence", "question"},
}


@pytest.mark.parametrize(("name", "variables"), NAMES.items())
def test_a_shipped_prompt_has_its_variables(name, variables):
    assert prompt(name).variables == variables
    assert "$" not in prompt(name).fill(**dict.fromkeys(variables, "词"))


def test_every_prompt_file_is_known():
    folder = Path(__file__).parents[1] / "prompts"
    assert {file.stem for file in folder.glob("*.txt")} == set(NAMES)


def test_the_model_is_told_the_agreed_word():
    assert ABSENT in prompt("rules").fill(absent=ABSENT, language="中文")


@pytest.mark.parametrize("values", [{}, {"a": "1"}, {"a": "1", "b": "2", "c": "3"}])
def test_variables_must_agree_both_ways(values):
    with pytest.raises(ConfigError, match="disagree about"):
        Prompt("x", "$a和$b").fill(**values)


def test_a_value_is_not_filled_again():
    assert Prompt("x", "问：$a").fill(a="$b ${a} $$") == "问：$b ${a} $$"


def test_a_lone_dollar_is_an_error():
    with pytest.raises(ConfigError, match=r"lone \$"):
        Prompt("x", "$a 5$ 元").fill(a="1")


def test_a_missing_prompt_is_named(tmp_path):
    with pytest.raises(ConfigError, match="nosuch"):
        Prompt.load("nosuch", tmp_path)


def test_the_digest_changes_with_any_file_and_with_nothing_else(tmp_path):
    (tmp_path / "a.txt").write_text("甲", "utf-8")
    (tmp_path / "b.txt").write_text("乙", "utf-8")
    first = digest_of(tmp_path)
    (tmp_path / "note.md").write_text("x", "utf-8")
    assert digest_of(tmp_path) == first
    (tmp_path / "b.txt").write_text("乙。", "utf-8")
    assert digest_of(tmp_path) != first
    assert len(prompts_digest()) == 12


@pytest.fixture
def own(tmp_path):
    """A folder with copies of the shipped prompts."""
    for file in files("prompts").iterdir():
        if file.name.endswith(".txt"):
            (tmp_path / file.name).write_bytes(file.read_bytes())
    return tmp_path


def test_a_folder_of_ones_own_takes_the_place_of_the_shipped_prompts(own):
    (own / "repair.txt").write_text("再写一遍：$statement（$reasons，$absent）", "utf-8")
    prompts = Prompts(own)
    assert prompts.fill("repair", statement="甲", reasons="乙", absent="丙") == "再写一遍：甲（乙，丙）"
    assert prompts.digest != Prompts().digest == prompts_digest()


def test_a_folder_that_lacks_a_prompt_or_a_variable_is_refused_at_once(own):
    (own / "repair.txt").write_text("再写一遍：$statement", "utf-8")
    with pytest.raises(ConfigError, match=r"repair\.txt .*absent, reasons"):
        Prompts(own)
    (own / "repair.txt").unlink()
    with pytest.raises(ConfigError, match=r"repair\.txt cannot be read"):
        Prompts(own)
