"""The language model: which one is meant, and one call as a stream of text that ends in time.

The only file that knows LlamaIndex's LLM interface, the `openai` client behind it, and the ways in
which the two fail.
"""

from __future__ import annotations

import contextvars
import gc
import queue
import threading
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Self

from rag.config import Config
from rag.endpoint_errors import Fault, translated
from rag.errors import ModelUnavailable
from rag.local_model import LocalServer, is_local
from rag.prompts import Prompts
from rag.tokens import count_tokens

if TYPE_CHECKING:
    import httpx
    from llama_index.core.base.llms.types import ChatResponse, CompletionResponse
    from llama_index.core.llms import LLM

DEFAULT_MODEL = "gpt-4o-mini"  # where a key is set and no model is named
_STOPS = ["\n\n", "\n材料", "\n问题", "\n回答"]  # a base model would go on with examples of its own
# The o200k table counts Chinese short of what other models' tokenizers make of it.
_FOREIGN = 1.4
_SAID: dict[Fault, str] = {
    "timeout": "{name} did not answer in time; raise WENBAO_MODEL_TIMEOUT",
    "key": "{name} refused the key; correct OPENAI_API_KEY",
    "missing": "the endpoint has no {name}; correct WENBAO_MODEL or OPENAI_BASE_URL",
    "busy": "{name} takes no more questions for now (429); ask again later",
    "status": "{name} answered with status {status}; see the log",
    "connection": "the connection to {name} failed; run: wenbao doctor",
    "other": "{name} failed ({kind}); see the log",
}
_call = threading.local()  # `responses`: those that the call made in this thread has opened

Role = Literal["system", "user", "assistant"]


@dataclass(frozen=True, slots=True)
class Message:
    role: Role
    content: str


def model_name(config: Config) -> str | None:
    """The model that the settings name; None for extractive answers."""
    return config.model or (DEFAULT_MODEL if config.api_key else None)


class Model:
    """A LlamaIndex LLM as Wenbao calls it. `chat` is False for one that only completes text."""

    def __init__(
        self, llm: LLM, prompts: Prompts, *, name: str | None = None, server: LocalServer | None = None
    ) -> None:
        self._llm = llm
        self.prompts = prompts
        self._server = server
        metadata = llm.metadata
        self.name = name or metadata.model_name
        self.chat = metadata.is_chat_model
        self.window = metadata.context_window
        self._factor = 1.0 if self.name.startswith(("gpt-4o", "gpt-4.1", "gpt-5", "o1", "o3", "o4")) else _FOREIGN

    @classmethod
    def open(cls, config: Config, llm: LLM | None = None) -> Self | None:
        """The model that is handed in or that the settings name, or None. Nothing is sent yet; a
        local one is loaded. Raises ModelUnavailable when that cannot be done, ConfigError where a
        prompt does not fit."""
        name = model_name(config)
        if llm is None and name is None:
            return None
        prompts = Prompts(config.prompts)
        if llm is not None or name is None:
            return cls(llm, prompts) if llm is not None else None
        if not is_local(name):
            key = config.api_key.get_secret_value() if config.api_key else "none"
            return cls(_client(config, name, config.base_url, key, chat=True), prompts, name=name)
        server = LocalServer(name, context_window=config.context_window)
        llm = _client(config, server.name, server.address, "none", chat=server.chat)
        return cls(llm, prompts, name=server.name, server=server)

    def close(self) -> None:
        if self._server is not None:
            self._server.close()

    def tokens(self, text: str) -> int:
        """How many tokens a text takes at the most, roughly."""
        return int(count_tokens(text) * self._factor) + 1

    def stream(self, messages: Sequence[Message], *, until: float) -> Stream:
        """One call, to be over by `until` (as `time.monotonic` counts). Nothing is raised before
        the stream is read."""
        return Stream(self._llm, messages, self.name, until)


class Stream(Iterator[str]):
    """The pieces of one reply. Raises ModelUnavailable when it fails, breaks off or takes too long.

    The call runs in a thread of its own: the end comes in time whatever LLM was handed in, and a
    reader who goes away (`close`) frees the server. `prompt_tokens` and `completion_tokens` are
    known at the end: the server's own count, else ours. `cut`: it ran into `max_tokens`.
    """

    def __init__(self, llm: LLM, messages: Sequence[Message], name: str, until: float) -> None:
        self.cut = False
        self.first: float | None = None  # when the first text came, as `time.monotonic` counts
        self._llm, self._messages, self._name, self._until = llm, messages, name, until
        self._usage: tuple[int, int] | None = None
        self._pieces: list[str] = []
        self._queue: queue.SimpleQueue[str | Exception | None] = queue.SimpleQueue()
        self._gone = threading.Event()
        self._finished: str | None = None
        self._told = False  # whether the server says how a stream ended
        work = contextvars.copy_context().run
        threading.Thread(target=work, args=(self._pump,), name="wenbao-model", daemon=True).start()

    @property
    def text(self) -> str:
        return "".join(self._pieces)

    @property
    def usage(self) -> dict[str, int]:
        prompt, completion = self._usage or (
            sum(count_tokens(m.content) for m in self._messages), count_tokens(self.text)
        )  # fmt: skip
        return {"prompt_tokens": prompt, "completion_tokens": completion, "calls": 1}

    def __next__(self) -> str:
        left = self._until - time.monotonic()
        try:
            item = self._queue.get(timeout=max(0.0, left)) if left > 0 else self._queue.get_nowait()
        except queue.Empty:
            self.close()
            raise ModelUnavailable(f"{self._name} did not answer in time; raise WENBAO_MODEL_TIMEOUT") from None
        if isinstance(item, Exception):
            raise translated(item, self._name, _SAID) from item
        if item is None:
            self._check_end()
            raise StopIteration
        self.first = self.first or time.monotonic()
        self._pieces.append(item)
        return item

    def close(self) -> None:
        """Give the call up; the thread ends with the next piece or the client's own time limit."""
        self._gone.set()

    def _check_end(self) -> None:
        if self._told and self._finished is None:
            raise ModelUnavailable(f"{self._name} broke off half-way; ask again")
        self.cut = self._finished == "length"

    def _pump(self) -> None:
        try:
            with closing(self._responses()) as responses:
                for response in responses:
                    if self._gone.is_set():
                        return
                    self._note(response.raw)
                    if response.delta:
                        self._queue.put(response.delta)
            self._queue.put(None)
        except Exception as exc:  # whatever the LLM that was handed in raises: `translated` sorts it
            self._queue.put(exc)
        finally:
            if not _close_responses() and self._gone.is_set():
                _collect()  # an LLM that was handed in has a client of its own: see there

    def _responses(self) -> Generator[ChatResponse | CompletionResponse]:
        # Takes half a second to import, and only who has a model needs it.
        from llama_index.core.base.llms.types import ChatMessage

        if self._llm.metadata.is_chat_model:
            messages = [ChatMessage(role=m.role, content=m.content) for m in self._messages]
            yield from self._llm.stream_chat(messages)
        else:
            prompt = "\n\n".join(m.content for m in self._messages)
            yield from self._llm.stream_complete(prompt, formatted=True)

    def _note(self, raw: object) -> None:
        """What the server tells beside the text: how the stream ended, and the tokens."""
        choices = getattr(raw, "choices", None)
        if choices is not None:
            self._told = True
            self._finished = (choices and choices[0].finish_reason) or self._finished
        if usage := getattr(raw, "usage", None):
            self._usage = (usage.prompt_tokens, usage.completion_tokens)


def _remember(response: httpx.Response) -> None:
    """Called by the client with each response, in the thread of the call."""
    _call.responses = [*getattr(_call, "responses", ()), response]


def _close_responses() -> bool:
    """Close what the call in this thread has opened; whether there was anything.

    A stream of the `openai` client that is given up half-way holds on to itself until Python
    collects it. That may happen in any thread, also in one that has just locked the client's pool
    of connections; closing the stream wants the same lock, and no call ever ends again.
    """
    responses: Sequence[httpx.Response] = getattr(_call, "responses", ())
    for response in responses:
        response.close()
    return bool(responses)


def _collect() -> None:
    """Two whole collections, begun after now: what the first one finalises may still hold on to the
    rest. `gc.collect` does nothing, and says 0, while another thread is at it; the knot made here is
    found by each that is really done."""
    done = 0
    for _ in range(200):
        knot: list[object] = []
        knot.append(knot)
        del knot
        done += gc.collect() > 0
        if done == 2:
            return
        time.sleep(0.05)


class Bill:
    """What the calls for one answer took: tokens and calls, seconds by stage, and `until` when (as
    `time.monotonic` counts) the model may take: `seconds` from now."""

    def __init__(self, seconds: float) -> None:
        self.until = time.monotonic() + seconds
        self.usage: dict[str, int] = {}
        self.timings: dict[str, float] = {}

    def add(self, stream: Stream) -> None:
        for name, count in stream.usage.items():
            self.usage[name] = self.usage.get(name, 0) + count

    def spend(self, stage: str, since: float) -> None:
        self.timings[stage] = self.timings.get(stage, 0.0) + time.monotonic() - since


def _client(config: Config, name: str, base: str | None, key: str, *, chat: bool) -> LLM:
    # Half a second to import, for those who have a model.
    from llama_index.llms.openai import OpenAI
    from llama_index.llms.openai_like import OpenAILike
    from openai import DefaultHttpxClient

    options: dict[str, Any] = {
        "model": name, "api_key": key, "api_base": base, "temperature": 0.0,
        "max_tokens": config.max_tokens, "timeout": config.model_timeout,
        # For streams the `openai` client alone retries (429, 5xx, lost connections; it honours
        # Retry-After); LlamaIndex's own retries on top would multiply them for other calls.
        "max_retries": config.model_retries,
        "additional_kwargs": {"stream_options": {"include_usage": True}},
        "http_client": DefaultHttpxClient(event_hooks={"response": [_remember]}),
    }  # fmt: skip
    if base is None:
        try:
            known = OpenAI(**options)
            if known.metadata.is_chat_model:
                return known
        except ValueError:  # a name that LlamaIndex does not know yet
            pass
    if not chat:
        options["additional_kwargs"]["stop"] = _STOPS
    return OpenAILike(**options, is_chat_model=chat, context_window=config.context_window)
