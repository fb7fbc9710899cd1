"""Counting tokens with tiktoken, from the tables that llama-index-core ships: no network."""

from __future__ import annotations

import importlib.util
import os
from functools import lru_cache
from pathlib import Path

import tiktoken

ENCODING = "o200k_base"


@lru_cache(maxsize=1)
def _encoding() -> tiktoken.Encoding:
    spec = importlib.util.find_spec("llama_index")
    folders = list(spec.submodule_search_locations or ()) if spec else []
    tables = [Path(f) / "core" / "_static" / "tiktoken_cache" for f in folders]
    kept = os.environ.get("TIKTOKEN_CACHE_DIR")
    bundled = next((str(t) for t in tables if t.is_dir()), None)
    if bundled:  # also where the variable names a folder: one without the table means a download
        os.environ["TIKTOKEN_CACHE_DIR"] = bundled
    try:
        return tiktoken.get_encoding(ENCODING)
    finally:
        if kept is not None:
            os.environ["TIKTOKEN_CACHE_DIR"] = kept
        else:
            os.environ.pop("TIKTOKEN_CACHE_DIR", None)


def count_tokens(text: str) -> int:
    """Tokens of `text` in the o200k_base encoding; special tokens are read as plain text."""
    return len(_encoding().encode_ordinary(text))
