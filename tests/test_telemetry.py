"""Each answer is reported once: a log line, or a span where somebody collects spans."""

import json
import logging
import subprocess
import sys

import pytest
from llama_index.core.instrumentation import get_dispatcher
from llama_index.core.instrumentation.event_handlers import BaseEventHandler

from rag import Assistant, Config
from rag.telemetry import AnswerEvent, AnswerHandler

QUESTION = "三全食品董事长是谁？"


@pytest.fixture
def lines(caplog):
    caplog.set_level(logging.INFO, "wenbao.answers")
    return lambda: [json.loads(r.getMessage()) for r in caplog.records if r.name == "wenbao.answers"]


def test_an_answer_leaves_one_line_without_the_question(seed, lines):
    seed.ask(QUESTION)
    (line,) = lines()
    assert line["mode"] == "extractive" and line["grounding"] == "grounded"
    assert line["citations"] >= 1 and line["milliseconds"]["total"] > 0
    assert (line["calls"], line["tokens_in"], line["tokens_out"], line["dropped"]) == (0, 0, 0, 0)
    assert "question" not in line and QUESTION not in json.dumps(line, ensure_ascii=False)


def test_the_question_is_logged_where_that_is_wanted(seed_index, embedder, lines):
    with Assistant.open(Config(data_dir=seed_index, log_questions=True), embedder=embedder) as assistant:
        assistant.ask(QUESTION)
    assert lines()[0]["question"] == QUESTION


@pytest.mark.parametrize("question", ["你好", "写一首诗", "武汉房价多少？"])
def test_every_kind_of_answer_is_reported(seed, lines, question):
    seed.ask(question)
    assert [line["grounding"] for line in lines()] in (["chat"], ["refused"])


def test_one_handler_serves_all_assistants(seed):
    seed.ask(QUESTION)
    seed.ask(QUESTION)
    handlers = get_dispatcher("wenbao").event_handlers
    assert sum(isinstance(handler, AnswerHandler) for handler in handlers) == 1


def test_an_application_sees_the_event_through_llamaindex(seed):
    class Collecting(BaseEventHandler):
        seen: list = []  # noqa: RUF012 - a field of a pydantic model

        def handle(self, event, **kwargs):
            self.seen.append(event)

    handler = Collecting()
    get_dispatcher("wenbao").add_event_handler(handler)
    try:
        seed.ask(QUESTION)
    finally:
        get_dispatcher("wenbao").event_handlers.remove(handler)
    events = [event for event in handler.seen if isinstance(event, AnswerEvent)]
    assert len(events) == 1 and events[0].model is None


SPANS = """
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from rag.records import Answer
from rag.telemetry import report_answer

kept = InMemorySpanExporter()
provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(kept))
trace.set_tracer_provider(provider)
answer = Answer("问", "答。", (), (), (), "grounded", "model", "m", {"prompt_tokens": 7, "calls": 1},
                {"retrieve": 0.01, "model": 0.2, "total": 0.25}, prompt="abc")
report_answer(answer, log_question=False)
spans = {span.name: span for span in kept.get_finished_spans()}
whole = spans["wenbao.answer"]
print(sorted(spans), whole.attributes["gen_ai.usage.input_tokens"], whole.attributes["wenbao.prompt"],
      "wenbao.question" in whole.attributes, spans["wenbao.model"].parent.span_id == whole.context.span_id,
      round((whole.end_time - whole.start_time) / 1e9, 2))
"""


def test_spans_go_to_whoever_collects_them():
    """In a process of its own: a tracer provider is set once for all."""
    done = subprocess.run([sys.executable, "-c", SPANS], capture_output=True, text=True, timeout=120)
    assert done.stdout.strip() == (
        "['wenbao.answer', 'wenbao.model', 'wenbao.retrieve'] 7 abc False True 0.25"
    ), done.stderr
