"""Settings: one frozen record from the environment (`WENBAO_*`) and a `.env` file.

What is passed to `Config(...)` wins over the environment, the environment over `.env`.
"""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path
from typing import Any

from dotenv import dotenv_values
from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from rag.errors import ConfigError

PREFIX = "WENBAO_"


class Config(BaseSettings):
    """How an assistant is set up; every field can be given as `WENBAO_<NAME>` too.

    Raises ConfigError for an unknown `WENBAO_` name or a value out of range.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=".env", extra="ignore", frozen=True, validate_default=True,
        env_ignore_empty=True,
    )

    data_dir: Path = Field(Path(".wenbao"), description="folder of the index")
    today: date | None = Field(
        None, description="the day that 去年 in a question counts from; default: newest issue"
    )
    passages: int = Field(8, ge=1, le=50, description="passages read for an answer")
    sentences: int = Field(3, ge=1, le=10, description="sentences in an extractive answer")
    strictness: float = Field(
        0.4, ge=0.0, le=1.0, description="least fitted probability at which an answer is given"
    )
    max_bytes: int = Field(50_000_000, ge=1, description="largest file or row that is read, bytes")
    lock_timeout: float = Field(60.0, ge=0, description="seconds to wait for another writer")

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
    known = {PREFIX + name.upper() for name in Config.model_fields}
    wrong = sorted(n for n in names if n.upper().startswith(PREFIX) and n.upper() not in known)
    if wrong:
        raise ConfigError(f"unknown setting {', '.join(wrong)}; known: {', '.join(sorted(known))}")
