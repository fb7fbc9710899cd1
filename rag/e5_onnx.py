"""A folder with an embedding model in ONNX form -> unit vectors, on ONNX Runtime.

The folder holds `model.onnx`, a tokenizer (`tokenizer.json`, or `unigram.npz` in the folder that
Wenbao builds itself) and, if wanted, a `config.json` with any of

    {"name": "…", "query_prefix": "query: ", "passage_prefix": "passage: ",
     "pooling": "mean", "max_tokens": 512}

Other keys are left alone, so the config.json of a Hugging Face export may stay as it is. For
models with "e5" or "bge" in their name the prefixes and the pooling are known without it.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from rag.e5_tokenizer import BOS, EOS, UnigramTokenizer, encodable
from rag.errors import ModelUnavailable

Vectors = NDArray[np.float32]
Tokens = Callable[[str], list[int]]
_T = TypeVar("_T")

_STATES = "last_hidden_state"

_INPUTS = {"input_ids", "attention_mask", "token_type_ids"}
# Fused with the residual Add, ONNX Runtime's layer norm takes twice the time of the two apart.
_SLOW_FUSIONS = ["SkipLayerNormFusion", "BiasSkipLayerNormFusion"]
_MOST_WORKERS = 8  # each holds the activations of one text


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """How a model wants its texts: what goes before them, and which token vectors count.

    `pooling`: "mean" over all tokens, or "cls", the first. `max_tokens` is the window, special
    tokens included. `identity`, if set, is the model's name in an index.
    """

    name: str
    pooling: str
    query_prefix: str = ""
    passage_prefix: str = ""
    max_tokens: int = 512
    identity: str = ""


class OnnxEncoder:
    """Embeds texts with the model of `folder`: float32, L2-normalised, one text per call.

    A vector depends on its text alone, not on the texts beside it or their order: int8 models
    scale their activations by the whole input, so texts are never padded into one. A text longer
    than the model's window is embedded window by window and averaged by length. Safe to share
    between threads. ModelUnavailable if the folder cannot be used.
    """

    def __init__(self, folder: Path, workers: int | None = None) -> None:
        self.settings = read_settings(folder)
        self._workers = workers or min(usable_cores(), _MOST_WORKERS)
        self.tokens, self._head, self._tail = _load_tokenizer(folder)
        self._session = load_session(folder / "model.onnx")
        self._inputs = {node.name for node in self._session.get_inputs()}
        self._output = _output_name(folder, self._session)
        if "input_ids" not in self._inputs or not self._inputs <= _INPUTS:
            raise _unusable(folder, f"model.onnx wants the inputs {sorted(self._inputs)}")

    def encode(self, texts: Sequence[str], *, query: bool) -> Vectors:
        """(len(texts), dimension), in the order of `texts`."""
        prefix = self._prefix(query)
        vectors = self._run_all(
            [prefix + encodable(text) for text in texts],
            lambda text: _unit(self._windows(text, self._pooled)),
        )
        return np.stack(vectors) if vectors else np.empty((0, 0), np.float32)

    def encode_tokens(
        self, texts: Sequence[str], output: str, *, query: bool
    ) -> list[tuple[Vectors, Vectors]]:
        """Each text's vector and what another `output` of the model has for its tokens (tokens,
        width), without those of the prefix and the special ones."""
        prefix = self._prefix(query)
        first = len(self.tokens(prefix.rstrip()))
        outputs = [self._output, output]

        def embed(text: str) -> tuple[Vectors, Vectors]:
            told: list[Vectors] = []

            def pooled(window: list[int]) -> Vectors:
                vector, tokens = (np.asarray(f[0], np.float32) for f in self._run(window, outputs))
                told.append(tokens[len(self._head) : len(tokens) - len(self._tail)])
                return vector

            vector = _unit(self._windows(text, pooled))
            return vector, np.concatenate(told)[first:]

        return self._run_all([prefix + encodable(text) for text in texts], embed)

    def _prefix(self, query: bool) -> str:
        return self.settings.query_prefix if query else self.settings.passage_prefix

    def _run_all(self, texts: list[str], embed: Callable[[str], _T]) -> list[_T]:
        """In the order of the texts; each core takes a text at a time."""
        if len(texts) < 2 or self._workers == 1:
            return [embed(text) for text in texts]
        # The longest first: the cores then finish together.
        order = sorted(range(len(texts)), key=lambda i: -len(texts[i]))
        # ONNX Runtime lets go of the interpreter's lock: two threads that each run a whole text
        # do 1.4 to 1.5 times what two threads do that share each matrix product.
        with ThreadPoolExecutor(self._workers, "embed") as pool:
            done = dict(zip(order, pool.map(embed, [texts[i] for i in order]), strict=True))
        return [done[i] for i in range(len(texts))]

    def _windows(self, text: str, pooled: Callable[[list[int]], Vectors]) -> Vectors:
        ids = self.tokens(text)
        room = self.settings.max_tokens - len(self._head) - len(self._tail)
        windows = [ids[at : at + room] for at in range(0, len(ids), room)] or [[]]
        return np.asarray(sum(max(len(window), 1) * pooled(window) for window in windows), np.float32)

    def _pooled(self, window: list[int]) -> Vectors:
        (found,) = self._run(window, [self._output])
        states: Vectors = np.asarray(found[0], np.float32)
        if states.ndim == 1:
            return states
        pooled: Vectors = states[0] if self.settings.pooling == "cls" else states.mean(axis=0)
        return pooled

    def _run(self, window: list[int], outputs: list[str]) -> list[Vectors]:
        ids = np.array([self._head + window + self._tail], np.int64)
        given = {
            "input_ids": ids,
            "attention_mask": np.ones_like(ids),
            "token_type_ids": np.zeros_like(ids),
        }
        try:
            return list(self._session.run(outputs, {name: given[name] for name in self._inputs}))
        except Exception as exc:  # ONNX Runtime's errors share no base of their own
            raise ModelUnavailable(
                f"{self.settings.name}: ONNX Runtime failed on {ids.size} tokens ({exc}); "
                "export the model again, or use the built-in one"
            ) from exc


def _unit(vector: Vectors) -> Vectors:
    return vector / max(float(np.linalg.norm(vector)), 1e-12)


def read_settings(folder: Path) -> ModelSettings:
    """The settings in the folder's config.json, over those known for its family of models."""
    config = _read_config(folder)
    name = str(config.get("name") or config.get("_name_or_path") or folder.resolve().name)
    known = known_family(name) or known_family(folder.resolve().name) or ModelSettings(name, "")
    given = {key: config[key] for key in asdict(known) if key in config}
    settings = replace(known, **(given | {"name": name}))
    if not all(isinstance(given[key], str) for key in given if key != "max_tokens"):
        raise _unusable(folder, "its config.json has a prefix or name that is not a string")
    if settings.pooling not in ("mean", "cls"):
        raise _unusable(folder, 'its config.json says neither "pooling": "mean" nor "cls"')
    if not (isinstance(settings.max_tokens, int) and settings.max_tokens >= 8):
        raise _unusable(folder, f"max_tokens {settings.max_tokens!r} is no number from 8 up")
    return settings


def known_family(name: str) -> ModelSettings | None:
    """What the makers of the two families ask for on their model cards."""
    if "e5" in name.lower():
        return ModelSettings(name, "mean", "query: ", "passage: ")
    if "bge" in name.lower():
        return ModelSettings(name, "cls")
    return None


def _read_config(folder: Path) -> dict[str, Any]:
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as exc:
        raise _unusable(folder, f"config.json cannot be read: {exc}") from exc
    if not isinstance(config, dict):
        raise _unusable(folder, "config.json holds no object")
    return config


def folder_identity(folder: Path) -> str:
    """The model's name in an index; another export or other settings make another name."""
    settings = read_settings(folder)
    if settings.identity:
        return settings.identity
    try:
        size = (folder / "model.onnx").stat().st_size
    except OSError as exc:
        raise _unusable(folder, "it has no model.onnx") from exc
    facts = json.dumps([size, asdict(settings)], sort_keys=True)
    return f"onnx/{settings.name}/{hashlib.sha256(facts.encode()).hexdigest()[:8]}"


def _load_tokenizer(folder: Path) -> tuple[Tokens, list[int], list[int]]:
    """(text -> ids, the special ids before them, those after)."""
    try:
        if (folder / "unigram.npz").exists():
            return UnigramTokenizer(folder / "unigram.npz").encode, [BOS], [EOS]
        return _load_tokenizer_json(folder / "tokenizer.json")
    except Exception as exc:  # `tokenizers` raises bare Exception; a torn npz several kinds
        raise _unusable(folder, f"its tokenizer cannot be read: {exc}") from exc


def _load_tokenizer_json(file: Path) -> tuple[Tokens, list[int], list[int]]:
    from tokenizers import Tokenizer  # here: our own folder does without its 12 MB

    tokenizer = Tokenizer.from_file(str(file))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    around = tokenizer.encode("").ids
    half = (len(around) + 1) // 2  # <s> </s> or [CLS] [SEP]: one before, one after

    def tokens(text: str) -> list[int]:
        ids: list[int] = tokenizer.encode(text, add_special_tokens=False).ids
        return ids

    return tokens, around[:half], around[half:]


def load_session(file: Path) -> ort.InferenceSession:
    """A model of Wenbao's making or an export, on one thread. ModelUnavailable if it is no model."""
    options = ort.SessionOptions()
    options.log_severity_level = 3
    # One thread a text, several texts at a time; without a pool nothing spins on a busy core.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    try:
        return ort.InferenceSession(
            str(file),
            options,
            providers=["CPUExecutionProvider"],
            disabled_optimizers=_SLOW_FUSIONS,
        )
    except Exception as exc:  # ONNX Runtime's errors share no base of their own
        raise _unusable(file.parent, f"{file.name} cannot be loaded: {exc}") from exc


def _output_name(folder: Path, session: ort.InferenceSession) -> str:
    """A pooled output if there is one, otherwise the token states."""
    names = [node.name for node in session.get_outputs()]
    for name in ("sentence_embedding", _STATES, "token_embeddings"):
        if name in names:
            return name
    if len(names) == 1:
        return str(names[0])
    raise _unusable(folder, f"model.onnx gives {names}, none of them last_hidden_state")


def _unusable(folder: Path, reason: str) -> ModelUnavailable:
    return ModelUnavailable(
        f"the embedding model in {folder} cannot be used: {reason}. Wanted: model.onnx and "
        "tokenizer.json of an e5 or bge export, and config.json for any other model. For the "
        "built-in model name no folder; where Wenbao made this one, delete it to have it made again"
    )


def usable_cores() -> int:
    """The cores this process may use, not those of the machine."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
