"""What can go wrong at an OpenAI-compatible endpoint, told in our words."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Literal

from rag.errors import ModelUnavailable

Fault = Literal["timeout", "key", "missing", "busy", "status", "connection", "other"]
_log = logging.getLogger("wenbao.endpoint")


def translated(exc: Exception, name: str, said: Mapping[Fault, str]) -> ModelUnavailable:
    """The message of `said` for what went wrong; it may use {name}, {status} and {kind}. The cause
    itself is logged, for it may hold addresses."""
    _log.warning("%s failed: %s: %s", name, type(exc).__name__, exc)
    status = getattr(exc, "status_code", None)
    return ModelUnavailable(said[fault_of(exc)].format(name=name, status=status, kind=type(exc).__name__))


def fault_of(exc: Exception) -> Fault:
    # Here, because the client takes a second to import; by now it has been, or is not used at all.
    import httpx
    import openai

    kinds: list[tuple[Fault, tuple[type[Exception], ...]]] = [
        ("timeout", (openai.APITimeoutError, httpx.TimeoutException, TimeoutError)),
        ("key", (openai.AuthenticationError, openai.PermissionDeniedError)),
        ("missing", (openai.NotFoundError,)),
        ("busy", (openai.RateLimitError,)),
        ("status", (openai.APIStatusError,)),
        ("connection", (openai.APIConnectionError, httpx.HTTPError, ConnectionError)),
    ]
    return next((fault for fault, types in kinds if isinstance(exc, types)), "other")
