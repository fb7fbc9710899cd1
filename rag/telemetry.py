"""What an answer took -> LlamaIndex's instrumentation, and from there OpenTelemetry or a log line.

Each answer is one `AnswerEvent` of the dispatcher "wenbao"; handlers of the application's own see it
there or at the root. Wenbao's handler makes it an OpenTelemetry span, with a child for each stage,
where the application has set up a tracer provider of the SDK (or OTEL_EXPORTER_OTLP_ENDPOINT names
a collector), and otherwise one line of JSON for the logger "wenbao.answers". What was asked is left
out unless WENBAO_LOG_QUESTIONS says otherwise.
"""

from __future__ import annotations

import json
import logging
import os
import threading
import time
from typing import TYPE_CHECKING, Any

from llama_index.core.instrumentation import get_dispatcher
from llama_index.core.instrumentation.event_handlers import BaseEventHandler
from llama_index.core.instrumentation.events import BaseEvent

from rag.records import Answer

if TYPE_CHECKING:
    from opentelemetry.trace import Tracer

_log = logging.getLogger("wenbao.answers")
_setting_up = threading.Lock()
_STAGES = ("retrieve", "read", "model", "check")  # in this order; "model" counts repairs too


class AnswerEvent(BaseEvent):
    """One answer: how it was come by and what it took; `milliseconds` by stage, "total" for all.
    `question` is None unless questions are to be logged."""

    mode: str
    grounding: str
    model: str | None
    prompt: str | None
    statements: int
    dropped: int
    citations: int
    notice: str | None
    tokens_in: int
    tokens_out: int
    calls: int
    milliseconds: dict[str, float]
    question: str | None = None

    @classmethod
    def class_name(cls) -> str:
        return "AnswerEvent"


class AnswerHandler(BaseEventHandler):
    """Exports AnswerEvents; other events are none of its business."""

    @classmethod
    def class_name(cls) -> str:
        return "AnswerHandler"

    def handle(self, event: BaseEvent, **kwargs: object) -> None:
        if not isinstance(event, AnswerEvent):
            return
        if (tracer := _tracer()) is not None:
            _export(tracer, event)
        else:
            _log.info("%s", json.dumps(_fields(event), ensure_ascii=False))


def report_answer(answer: Answer, *, log_question: bool) -> None:
    """Tell whoever listens what an answer took."""
    dispatcher = get_dispatcher("wenbao")
    with _setting_up:
        if not any(isinstance(handler, AnswerHandler) for handler in dispatcher.event_handlers):
            dispatcher.add_event_handler(AnswerHandler())
    dispatcher.event(
        AnswerEvent(
            mode=answer.mode, grounding=answer.grounding, model=answer.model, prompt=answer.prompt,
            statements=len(answer.statements), citations=len(answer.citations),
            dropped=sum(bool(statement.faults) for statement in answer.statements),
            notice=answer.notice, tokens_in=answer.usage.get("prompt_tokens", 0),
            tokens_out=answer.usage.get("completion_tokens", 0), calls=answer.usage.get("calls", 0),
            milliseconds={name: round(1000 * s, 1) for name, s in answer.timings.items()},
            question=answer.question if log_question else None,
        )
    )  # fmt: skip


def _fields(event: AnswerEvent) -> dict[str, Any]:
    told = event.model_dump(exclude={"id_", "span_id", "tags", "timestamp"})
    told.pop("class_name", None)
    return {"time": event.timestamp.isoformat(), **{k: v for k, v in told.items() if v is not None}}


def _tracer() -> Tracer | None:
    """The tracer, where spans go anywhere at all."""
    try:
        # Here, because the exporter takes a while to import and most have set up none.
        from opentelemetry import trace
        from opentelemetry.sdk.trace import TracerProvider
    except ImportError:
        return None
    if not isinstance(trace.get_tracer_provider(), TracerProvider) and not _set_up():
        return None
    return trace.get_tracer("wenbao")


def _set_up() -> bool:
    """A provider of our own where the environment names a collector."""
    if not os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"):
        return False
    try:
        # As above: only who names a collector needs them.
        from opentelemetry import trace
        from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        return False
    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    return True


def _export(tracer: Tracer, event: AnswerEvent) -> None:
    """A span that ends now and began when the question came, its stages one after the other."""
    from opentelemetry.trace import set_span_in_context  # optional, as above

    end = time.time_ns()
    start = end - int(1e6 * event.milliseconds.get("total", 0.0))
    span = tracer.start_span("wenbao.answer", start_time=start, attributes=_attributes(event))
    place = start
    for stage in _STAGES:
        if milliseconds := event.milliseconds.get(stage):
            child = tracer.start_span(f"wenbao.{stage}", context=set_span_in_context(span), start_time=place)
            place = min(end, place + int(1e6 * milliseconds))
            child.end(end_time=place)
    span.end(end_time=end)


def _attributes(event: AnswerEvent) -> dict[str, Any]:
    names = {
        "gen_ai.request.model": event.model, "gen_ai.usage.input_tokens": event.tokens_in,
        "gen_ai.usage.output_tokens": event.tokens_out, "wenbao.mode": event.mode,
        "wenbao.grounding": event.grounding, "wenbao.prompt": event.prompt, "wenbao.calls": event.calls,
        "wenbao.statements": event.statements, "wenbao.dropped": event.dropped,
        "wenbao.citations": event.citations, "wenbao.notice": event.notice,
        "wenbao.question": event.question,
    }  # fmt: skip
    return {name: value for name, value in names.items() if value is not None}
