"""The page's own settings: one frozen record from `WENBAO_*` and `.env`, beside `rag.Config`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from rag import ConfigError


class PageSettings(BaseSettings):
    """Who may come in, who may change the archive, and how much may be sent at once.

    Raises ConfigError for a value out of range. Names that no setting has are `Config`'s to find.
    """

    model_config = SettingsConfigDict(
        env_prefix="WENBAO_", env_file=".env", extra="ignore", frozen=True, env_ignore_empty=True,
    )

    users: str = Field(
        "", description="who may log in: name:hash, …; make a hash with: python -m ui --hash-password"
    )
    archive_editors: str = Field(
        "loopback", description="who may change the archive: all, none, loopback, or user names"
    )
    hosts: str = Field(
        "", description="further host names under which a proxy on this machine serves the page"
    )
    upload_bytes: int = Field(10_000_000, ge=1, description="largest file that is taken, bytes")
    upload_files: int = Field(20, ge=1, description="most files taken at once")
    queue_size: int = Field(40, ge=1, description="most questions waiting for their turn")
    report_dir: Path = Field(Path("eval/report"), description="where the evaluation leaves reports")

    def __init__(self, **values: Any) -> None:  # noqa: ANN401 - pydantic checks them
        try:
            super().__init__(**values)
        except ValidationError as exc:
            faults = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in exc.errors())
            raise ConfigError(f"{faults}; correct it in the call, the environment or .env") from exc


def names(text: str) -> tuple[str, ...]:
    """The entries of a list set apart by commas, white space stripped."""
    return tuple(part.strip() for part in text.split(",") if part.strip())
