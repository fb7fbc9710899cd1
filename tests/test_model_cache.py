"""Folders made once per user: whole, or not there."""

import json
from pathlib import Path

import pytest

from rag.model_cache import cached_folder, is_whole


class Builder:
    """Fills a folder, counting; fails as often as it is told to, half done."""

    def __init__(self, failures: int = 0) -> None:
        self.calls, self.failures = 0, failures

    def __call__(self, folder: Path) -> None:
        self.calls += 1
        (folder / "a.bin").write_bytes(b"x" * 1000)
        if self.calls <= self.failures:
            raise OSError("disk full")
        (folder / "b.json").write_text("{}")


def test_a_failed_build_leaves_nothing(tmp_path):
    build = Builder(failures=1)
    with pytest.raises(OSError, match="disk full"):
        cached_folder(tmp_path, "m", build)
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == []
    assert is_whole(cached_folder(tmp_path, "m", build))


def test_the_rests_of_a_killed_build_are_cleared(tmp_path):
    (tmp_path / ".m.killed").mkdir()
    (tmp_path / ".m.killed" / "a.bin").write_bytes(b"half")
    cached_folder(tmp_path, "m", Builder())
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_dir()) == ["m"]


def _damage_size(folder):
    (folder / "a.bin").write_bytes(b"x" * 999)


def _damage_content(folder):
    (folder / "a.bin").write_bytes(b"y" * 1000)


def _lose_file(folder):
    (folder / "b.json").unlink()


def _tear_manifest(folder):
    (folder / "manifest.json").write_text('{"a.bin": {"size"')


def _empty_manifest(folder):
    (folder / "manifest.json").write_text("{}")


def _odd_manifest(folder):
    (folder / "manifest.json").write_text(json.dumps(["a.bin"]))


@pytest.mark.parametrize(
    "damage",
    [_damage_size, _damage_content, _lose_file, _tear_manifest, _empty_manifest, _odd_manifest],
)
def test_every_damage_leads_to_a_new_build(tmp_path, damage):
    build = Builder()
    folder = cached_folder(tmp_path, "m", build)
    damage(folder)
    assert not is_whole(folder)
    assert is_whole(cached_folder(tmp_path, "m", build))
    assert build.calls == 2


def test_a_copied_cache_is_taken_after_its_content_was_checked(tmp_path):
    build = Builder()
    folder = cached_folder(tmp_path, "m", build)
    (folder / "a.bin").write_bytes(b"x" * 1000)
    cached_folder(tmp_path, "m", build)
    assert build.calls == 1
