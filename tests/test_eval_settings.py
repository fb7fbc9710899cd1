"""gate.toml: read whole, or told what is wrong with it."""

import pytest

from eval.errors import BadData
from eval.settings import SETTINGS, read_settings


def test_the_settings_of_this_project_are_sound():
    rules = read_settings()
    assert rules.floors["located"] == 1.0
    assert set(rules.corpus().issued) == set(rules.corpus().texts)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("margin = 0.02", "margin = 2", "gate.margin"),
        ("alpha = 0.01", "alfa = 0.01", "gate.alfa"),
        ('"refusals", ', '"happiness", ', "gate.measures"),
        ("[gate]", "[gate", "cannot be read"),
    ],
)
def test_a_fault_is_named(tmp_path, old, new, told):
    text = SETTINGS.read_text("utf-8")
    assert old in text
    (tmp_path / "gate.toml").write_text(text.replace(old, new), "utf-8")
    with pytest.raises(BadData, match=told):
        read_settings(tmp_path / "gate.toml")


def test_a_moved_threshold_moves_the_digest_and_a_price_does_not():
    rules = read_settings()
    moved = rules.model_copy(update={"floors": {"located": 0.5}})
    priced = rules.model_copy(update={"prices": {"m": {"prompt": 1, "completion": 1}}})
    assert moved.digest() != rules.digest() == priced.digest()
