"""Settings: one frozen record from the environment (`WENBAO_*`) and a `.env` file.

What is passed to `Config(...)` wins over the environment, the environment over `.env`. The two
settings that other programs know too keep their usual names, OPENAI_API_KEY and OPENAI_BASE_URL.
"""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path
from typing import Any, Literal

from dotenv import dotenv_values
from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from rag.errors import ConfigError

PREFIX = "WENBAO_"
# Settings of the chat page, which reads them itself (ui.settings).
PAGE_SETTINGS = (
    "users", "archive_editors", "hosts", "upload_bytes", "upload_files", "queue_size", "report_dir",
)  # fmt: skip


class Config(BaseSettings):
    """How an assistant is set up; every field can be given as `WENBAO_<NAME>` too.

    Raises ConfigError for an unknown `WENBAO_` name or a value out of range.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=".env", extra="ignore", frozen=True, validate_default=True,
        env_ignore_empty=True, populate_by_name=True,
    )  # fmt: skip

    data_dir: Path = Field(Path(".wenbao"), description="folder of the index")
    today: date | None = Field(
        None, description="the day that 去年 in a question counts from; default: newest issue"
    )
    passages: int = Field(8, ge=1, le=50, description="passages read for an answer")
    legs: Literal["both", "dense", "lexical"] = Field(
        "both", description="search by meaning (dense), by words (lexical), or by both"
    )
    search_reads: int = Field(
        2, ge=0, le=120, description="sentences that a search reads closely; more of them find "
        "more, and take longer",
    )  # fmt: skip
    sentences: int = Field(3, ge=1, le=10, description="sentences in an extractive answer")
    strictness: float = Field(
        0.23, ge=0.0, le=1.0, description="least fitted probability at which an answer is given"
    )
    strictness_given: float = Field(
        0.25, ge=0.0, le=1.0, description="the same for texts that are handed over (`read`): picked "
        "for the question, they more often speak beside it",
    )  # fmt: skip
    max_bytes: int = Field(50_000_000, ge=1, description="largest file or row that is read, bytes")
    lock_timeout: float = Field(60.0, ge=0, description="seconds to wait for another writer")

    model: str | None = Field(
        None, description="the model that writes answers: its name at the endpoint, `local`, or a "
        ".gguf file; default: none, or gpt-4o-mini where OPENAI_API_KEY is set",
    )  # fmt: skip
    api_key: SecretStr | None = Field(
        None, validation_alias="OPENAI_API_KEY", description="key of the endpoint"
    )
    base_url: str | None = Field(
        None, validation_alias="OPENAI_BASE_URL", description="address of the endpoint, up to /v1"
    )
    model_timeout: float = Field(
        60.0, gt=0, description="seconds that the model may take over one answer, all calls counted"
    )
    model_retries: int = Field(
        2, ge=0, le=10, description="further tries after 429, 5xx or a lost connection"
    )
    max_tokens: int = Field(600, ge=16, description="most tokens of a written answer")
    context_window: int = Field(
        8192, ge=1024, description="tokens that the model takes in and gives out together"
    )
    evidence_tokens: int = Field(
        2400, ge=200, description="most tokens of printed sentences shown to the model"
    )
    history_tokens: int = Field(600, ge=50, description="most tokens of a conversation looked at")
    prompts: Path | None = Field(
        None, description="folder of prompt files to use in place of those that came with Wenbao"
    )
    log_questions: bool = Field(False, description="write questions into the log line of an answer")

    embedding: str | None = Field(
        None, description="the model that texts are searched with: a folder with model.onnx, or a "
        "name at the endpoint; default: the built-in multilingual-e5-small",
    )  # fmt: skip
    embedding_url: str | None = Field(
        None, description="address of the endpoint that embeds; default: OPENAI_BASE_URL"
    )
    embedding_key: SecretStr | None = Field(None, description="its key; default: OPENAI_API_KEY")
    embedding_batch: int = Field(32, ge=1, le=2048, description="texts embedded in one call")
    embedding_timeout: float = Field(60.0, gt=0, description="seconds for one such call")

    def __init__(self, **values: Any) -> None:  # noqa: ANN401 - pydantic checks them
        unknown = sorted(set(values) - set(type(self).model_fields) - {"_env_file"})
        if unknown:
            raise ConfigError(f"unknown setting {', '.join(unknown)}; known: {_known()}")
        check_names(values.get("_env_file", ".env"))
        try:
            super().__init__(**values)
        except ValidationError as exc:
            faults = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in exc.errors())
            raise ConfigError(f"{faults}; correct it in the call, the environment or .env") from exc


def _known() -> str:
    return ", ".join(sorted(Config.model_fields))


def check_names(env_file: str | Path | None) -> None:
    """Raise ConfigError for a `WENBAO_` name that no setting has."""
    names = set(os.environ)
    if env_file and Path(env_file).is_file():
        try:
            names |= set(dotenv_values(env_file))
        except (OSError, ValueError) as exc:
            raise ConfigError(f"{env_file} cannot be read ({exc}); save it as UTF-8") from exc
    fields = Config.model_fields.items()
    own = [name for name, field in fields if field.validation_alias is None]
    known = [PREFIX + name.upper() for name in (*own, *PAGE_SETTINGS)]
    wrong = sorted(n for n in names if n.upper().startswith(PREFIX) and n.upper() not in known)
    if wrong:
        raise ConfigError(f"unknown setting {', '.join(wrong)}; known: {', '.join(known)}")
