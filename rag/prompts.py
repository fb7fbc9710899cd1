"""Prompt files -> texts: named variables checked both ways, and a digest for every answer.

The files are prompts/*.txt, or those of a folder of one's own; `$name` is a variable. The digest is
over all of them, because one answer may take several.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from string import Template

from rag.errors import ConfigError

# What a model is told to answer, alone, where the material does not say.
ABSENT = "材料未载"


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt file; `name` is the file's name without its ending."""

    name: str
    text: str

    @classmethod
    def load(cls, name: str, folder: Traversable | None = None) -> Prompt:
        """The prompt of this name. Raises ConfigError when there is none."""
        file = (folder or files("prompts")) / f"{name}.txt"
        try:
            return cls(name, file.read_text(encoding="utf-8").rstrip("\n"))
        except (OSError, UnicodeDecodeError) as exc:
            raise ConfigError(f"prompt {name}.txt cannot be read ({exc}); install Wenbao again, or correct WENBAO_PROMPTS") from exc

    @property
    def variables(self) -> frozenset[str]:
        return frozenset(Template(self.text).get_identifiers())

    def fill(self, **values: str) -> str:
        """The text with its variables replaced, once: a `$name` inside a value stays as it is.

        Raises ConfigError unless exactly the variables of the file are given.
        """
        template = Template(self.text)
        if wrong := self.variables ^ set(values):
            raise ConfigError(_disagree(self.name, wrong))
        if not template.is_valid():
            raise ConfigError(f"prompt {self.name}.txt has a lone $; write $$ for the sign itself")
        return template.substitute(values)


class Prompts:
    """All prompts of an assistant: the shipped ones, or those in `folder`, which must take the same
    variables. Raises ConfigError where they do not, or where one is missing."""

    def __init__(self, folder: Path | None = None) -> None:
        names = [f.name.removesuffix(".txt") for f in files("prompts").iterdir() if f.name.endswith(".txt")]
        self._prompts = {name: Prompt.load(name, folder) for name in names}
        for name, own in self._prompts.items():
            if wrong := own.variables ^ prompt(name).variables:
                raise ConfigError(_disagree(name, wrong))
        self.digest = digest_of(folder or files("prompts"))

    def fill(self, name: str, **values: str) -> str:
        return self._prompts[name].fill(**values)


def _disagree(name: str, wrong: Iterable[str]) -> str:
    return (
        f"prompt {name}.txt and the program disagree about {', '.join(sorted(wrong))}; "
        "name exactly the variables of the file that came with Wenbao"
    )


@lru_cache(maxsize=32)
def prompt(name: str) -> Prompt:
    """A shipped prompt, read once."""
    return Prompt.load(name)


@lru_cache(maxsize=1)
def prompts_digest() -> str:
    """Twelve hexadecimal digits that change with any of the shipped prompts."""
    return digest_of(files("prompts"))


def digest_of(folder: Traversable) -> str:
    """The same for the prompt files of a folder: names and texts, in the order of the names."""
    found = sorted((f for f in folder.iterdir() if f.name.endswith(".txt")), key=lambda f: f.name)
    whole = hashlib.sha256()
    for file in found:
        whole.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return whole.hexdigest()[:12]
