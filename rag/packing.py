"""Records <-> JSON: a record becomes the array of its fields, in their order.

What a field holds is read off its annotation, so a new field of a record needs nothing here.
`shape` names what a packed record looks like; the index keeps it and refuses another one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import fields, is_dataclass
from datetime import date
from types import UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

_R = TypeVar("_R")
_Codec = tuple[Callable[[Any], Any], Callable[[Any], Any]] | None  # None: JSON has it as it is

_known: dict[type[Any], tuple[tuple[str, _Codec], ...]] = {}


def dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def pack(record: object, *, without: str = "") -> list[Any]:
    """The fields of a record, one of them left out if need be, as JSON values."""
    return [
        codec[0](getattr(record, name)) if codec else getattr(record, name)
        for name, codec in _fields(type(record))
        if name != without
    ]


def unpack(kind: type[_R], values: Sequence[Any], **given: object) -> _R:
    """The record that was packed; `given` supplies the field that was left out."""
    named = [(name, codec) for name, codec in _fields(kind) if name not in given]
    read = {
        name: codec[1](value) if codec else value
        for (name, codec), value in zip(named, values, strict=True)
    }
    return kind(**read, **given)


def shape(*kinds: type) -> str:
    """The names of the packed fields, to compare with those of an older release."""
    return ";".join(f"{kind.__name__}:{','.join(n for n, _ in _fields(kind))}" for kind in kinds)


def _fields(kind: type[Any]) -> tuple[tuple[str, _Codec], ...]:
    if kind not in _known:
        hints = get_type_hints(kind)
        _known[kind] = tuple((field.name, _codec(hints[field.name])) for field in fields(kind))
    return _known[kind]


def _codec(hint: object) -> _Codec:
    origin, inner = get_origin(hint), get_args(hint)
    if hint is date:
        return date.isoformat, date.fromisoformat
    if isinstance(hint, type) and is_dataclass(hint):
        return pack, lambda values: unpack(hint, values)
    if origin in (Union, UnionType):
        (kind,) = (k for k in inner if k is not type(None))
        return _optional(_codec(kind))
    if origin is tuple:
        return _many(_codec(inner[0]))
    if hint in (str, int, float, bool) or origin is Literal:
        return None
    raise TypeError(f"records may not hold {hint}: say here how it is kept")


def _optional(codec: _Codec) -> _Codec:
    if codec is None:
        return None
    there, back = codec
    return (lambda v: None if v is None else there(v)), (lambda v: None if v is None else back(v))


def _many(codec: _Codec) -> _Codec:
    if codec is None:
        return list, tuple
    there, back = codec
    return (lambda vs: [there(v) for v in vs]), (lambda vs: tuple(back(v) for v in vs))
