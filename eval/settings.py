"""eval/gate.toml: which questions and pages are measured, and what the gate asks of them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from eval.corpus import Corpus, digest, read_corpus
from eval.errors import BadData
from eval.questions import Question, load

ROOT = Path(__file__).parent.parent
SETTINGS = ROOT / "eval" / "gate.toml"
BASELINE = ROOT / "eval" / "baseline.json"
REPORTS = ROOT / "eval" / "report"
Measure = Literal["answers", "refusals", "evidence", "retrieval", "dense", "lexical", "written"]


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Data(_Table):
    """Paths below the project's root. `issued`: page -> day, month or year of issue."""

    gold: tuple[str, ...] = Field(min_length=1)
    corpus: str
    issued: Mapping[str, str] = {}


class Balance(_Table):
    """The least that a set must have: questions, and the share of each article among the
    answerable ones, as a part of an even share."""

    answerable: int = Field(ge=0)
    unanswerable: int = Field(ge=0)
    kinds: Mapping[str, int] = {}
    even: float = Field(ge=0, le=1)


class Thresholds(_Table):
    """`margin`: a measure may be worse by so much and still pass, if that is all but certain;
    `least_loss`: a smaller loss never fails; `alpha`: how rarely a release that is no worse may
    fail, over all measures together; `slice_alpha`: the same for a slice to be called doubtful.
    """

    margin: float = Field(gt=0, lt=1)
    least_loss: float = Field(ge=0, lt=1)
    alpha: float = Field(gt=0, lt=1)
    confidence: float = Field(gt=0.5, lt=1)
    slice_alpha: float = Field(gt=0, lt=1)
    most_errors: float = Field(ge=0, lt=1)
    measures: tuple[Measure, ...] = Field(min_length=1)
    resamples: int = Field(ge=1000)
    seed: int


class Price(_Table):
    """Of a million tokens, in any one currency."""

    prompt: float = Field(ge=0)
    completion: float = Field(ge=0)


class Settings(_Table):
    data: Data
    balance: Balance
    gate: Thresholds
    floors: Mapping[Measure | Literal["located"], float] = {}
    prices: Mapping[str, Price] = {}

    def questions(self) -> list[Question]:
        return load(ROOT / path for path in self.data.gold)

    def corpus(self) -> Corpus:
        return read_corpus(ROOT / self.data.corpus, self.data.issued)

    def digest(self) -> str:
        """Of what the gate decides by; prices and paths have no part in it."""
        return digest([self.gate.model_dump_json(), str(sorted(self.floors.items()))])


def read_settings(path: Path = SETTINGS) -> Settings:
    """Raises BadData that names every setting at fault."""
    try:
        return Settings.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, tomllib.TOMLDecodeError) as exc:
        raise BadData(f"{path} cannot be read: {exc}") from exc
    except ValidationError as exc:
        faults = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in exc.errors())
        raise BadData(f"{path}: {faults}") from exc
