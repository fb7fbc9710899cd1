"""Counting tokens: right numbers, and never a network."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from rag.tokens import count_tokens

COUNT_WITHOUT_SOCKETS = """
import os, socket

class Unusable(socket.socket):
    def connect(self, *_): raise OSError("no network in this test")
    def connect_ex(self, *_): raise OSError("no network in this test")

socket.socket = Unusable
before = dict(os.environ)
from rag.tokens import count_tokens
print(count_tokens("hello world"), dict(os.environ) == before)
"""
NOWHERE = "http://127.0.0.1:9"


def count_offline(folder: Path, **given: str) -> str:
    """What the script prints in a fresh process without proxy, cache or home."""
    kept = {k: v for k, v in os.environ.items() if not k.upper().endswith("CACHE_DIR")}
    proxies = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), NOWHERE)
    environment = {**kept, **proxies, "TMPDIR": str(folder), "HOME": str(folder), **given}
    done = subprocess.run(
        [sys.executable, "-c", COUNT_WITHOUT_SOCKETS],
        env=environment, cwd=Path(__file__).parents[1], capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_tokens_are_counted_without_a_network(tmp_path):
    assert count_offline(tmp_path) == "2 True"


@pytest.mark.parametrize("folder", ["", "empty"])
def test_a_cache_folder_without_the_table_is_no_reason_to_download(tmp_path, folder):
    named = str(tmp_path / folder) if folder else ""
    assert count_offline(tmp_path, TIKTOKEN_CACHE_DIR=named) == "2 True"


@pytest.mark.parametrize(
    ("text", "tokens"), [("", 0), ("hello world", 2), ("一", 1), ("<|endoftext|>", 7), ("\ud800", 1)]
)
def test_tokens_are_those_of_o200k_base(text, tokens):
    assert count_tokens(text) == tokens


def test_chinese_text_costs_about_a_token_for_a_character_and_not_three():
    text = "全省交通基础设施计划投资一千四百亿元以上"
    assert len(text) / 3 < count_tokens(text) <= len(text)
