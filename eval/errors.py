"""Errors of the evaluation, each with the exit status that tells a caller what went wrong."""

from __future__ import annotations

from rag import WenbaoError


class EvalError(WenbaoError):
    """The root; `status` is what the command exits with."""

    status = 2


class BadData(EvalError):
    """Gold questions, answers, settings or a data set cannot be used as they are."""


class WrongBaseline(EvalError):
    """The baseline was made on other questions, pages, metric or thresholds, or was tampered with."""

    status = 5
