"""Settings: from the call, the environment or .env; what is wrong is named."""

from datetime import date
from pathlib import Path

import pytest

from rag import Config, ConfigError


@pytest.fixture(autouse=True)
def empty_folder(tmp_path, monkeypatch):
    """No .env of the developer's plays a part."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WENBAO_DATA_DIR", raising=False)


def test_defaults():
    config = Config()
    assert (config.data_dir, config.today, config.passages) == (Path(".wenbao"), None, 8)


def test_the_environment_is_read(monkeypatch):
    monkeypatch.setenv("WENBAO_DATA_DIR", "/tmp/鹭洲")
    monkeypatch.setenv("WENBAO_TODAY", "1998-08-10")
    assert Config().data_dir == Path("/tmp/鹭洲")
    assert Config().today == date(1998, 8, 10)


def test_the_call_wins_over_the_environment_and_that_over_env(monkeypatch):
    Path(".env").write_text("WENBAO_PASSAGES=3\nWENBAO_SENTENCES=2\nOPENAI_API_KEY=x\n", "utf-8")
    monkeypatch.setenv("WENBAO_PASSAGES", "4")
    config = Config(data_dir="x")
    assert (config.passages, config.sentences) == (4, 2)
    assert Config(passages=5).passages == 5


def test_an_empty_variable_counts_as_none(monkeypatch):
    monkeypatch.setenv("WENBAO_DATA_DIR", "")
    monkeypatch.setenv("WENBAO_TODAY", "")
    assert (Config().data_dir, Config().today) == (Path(".wenbao"), None)


@pytest.mark.parametrize("place", ["environment", "file", "call"])
def test_an_unknown_name_is_an_error_that_lists_the_known(monkeypatch, place):
    if place == "environment":
        monkeypatch.setenv("WENBAO_PASAGES", "3")
    elif place == "file":
        Path(".env").write_text("WENBAO_PASAGES=3\n", "utf-8")
    values = {"pasages": 3} if place == "call" else {}
    with pytest.raises(ConfigError, match=r"(?i)unknown setting .*PASAGES; known: .*PASSAGES"):
        Config(**values)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("passages", "many"),
        ("passages", "0"),
        ("sentences", "11"),
        ("strictness", "1.5"),
        ("today", "2024-02-30"),
        ("lock_timeout", "-1"),
        ("max_bytes", "0"),
    ],
)
def test_a_value_out_of_range_is_named(monkeypatch, name, value):
    with pytest.raises(ConfigError, match=f"^{name}: .*correct it"):
        Config(**{name: value})
    monkeypatch.setenv(f"WENBAO_{name.upper()}", value)
    with pytest.raises(ConfigError, match=f"{name}: "):
        Config()


def test_a_settings_file_that_is_not_utf8_is_named():
    Path(".env").write_bytes(b"WENBAO_PASSAGES=\xff\n")
    with pytest.raises(ConfigError, match=r"\.env cannot be read .*UTF-8"):
        Config()


def test_settings_do_not_change():
    with pytest.raises(ValueError, match="frozen"):
        Config().passages = 3
