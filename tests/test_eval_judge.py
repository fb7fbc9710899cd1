"""The model as judge: through a real endpoint, unscored where it cannot be read, and calibrated."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import openai
import pytest
from gold_rows import CORPUS, MONEY, NAME, REFUSAL, absent, answer, question, reply

from eval.errors import BadData
from eval.judge import Endpoint, Opinion, agreement, opinions, prompt, read, read_labels
from eval.scoring import score


@pytest.fixture
def endpoint():
    """A chat-completions server that says what `says` makes of the prompt."""

    class Handler(BaseHTTPRequestHandler):
        says = staticmethod(lambda text: "{}")
        asked: ClassVar[list] = []

        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self.asked.append(body)
            text = type(self).says(body["messages"][0]["content"])
            told = json.dumps(
                {
                    "id": "x", "object": "chat.completion", "created": 0, "model": body["model"],
                    "choices": [{"index": 0, "finish_reason": "stop",
                                 "message": {"role": "assistant", "content": text}}],
                }
            ).encode()  # fmt: skip
            self.send_response(200 if text is not None else 500)
            self.send_header("Content-Length", str(len(told)))
            self.end_headers()
            self.wfile.write(told)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    base = f"http://127.0.0.1:{server.server_port}/v1"
    client = openai.OpenAI(base_url=base, api_key="none", max_retries=0)
    yield Endpoint("judging-model", client), Handler
    server.shutdown()
    server.server_close()


SCORES = score(
    [question("good"), question("bad"), question("odd"), question("silent"), absent("none")],
    [
        reply("good"), reply("bad", answer("总投资42亿元。")), reply("odd", answer("怪")),
        reply("silent", REFUSAL), reply("none", REFUSAL),
    ],
    CORPUS,
)  # fmt: skip


def test_what_was_answered_is_judged_and_what_cannot_be_read_is_unscored(endpoint):
    chat, handler = endpoint
    handler.says = staticmethod(
        lambda text: "我不知道" if "怪" in text else json.dumps({"right": "答案：总投资42亿元" not in text})
    )
    found = opinions(SCORES, chat)
    assert found == [Opinion("good", True), Opinion("bad", False), Opinion("odd", None)]
    assert {body["model"] for body in handler.asked} == {"judging-model"}
    told = agreement(found, {s.question.id: s.right for s in SCORES})
    assert (told.rows, told.unscored, told.kappa) == (2, 1, 1.0)


def test_a_judge_that_fails_leaves_rows_unscored(endpoint):
    chat, handler = endpoint
    handler.says = staticmethod(lambda text: None)
    assert {opinion.right for opinion in opinions(SCORES, chat)} == {None}


@pytest.mark.parametrize(
    ("said", "expected"),
    [('{"right": true}', True), ('```json\n{"right":false}```', False), ("是。", True), ("No", False), ("大概对", None), ("", None)],
)
def test_a_reply_is_read_or_it_is_nothing(said, expected):
    assert read(said) is expected


def test_the_prompt_holds_what_is_needed_and_nothing_is_replaced_twice():
    made = prompt(question(facts=[NAME, MONEY], question="谁写的FACTS？"), ["周远山", "24亿元"], "QUESTION")
    assert "谁写的FACTS？" in made and "周远山；24亿元" in made and "答案：QUESTION" in made


def test_agreement_is_kappa_with_an_interval_and_a_one_sided_judge_has_none():
    labels = {f"q{n}": n % 2 == 0 for n in range(40)}
    judged = [Opinion(id, right if n % 10 else not right) for n, (id, right) in enumerate(labels.items())]
    told = agreement(judged, labels)
    assert told.kappa == pytest.approx(0.8) and told.low < 0.8 < told.high
    assert not told.trusted and "advisory" in str(told)
    assert agreement([Opinion(id, True) for id in labels], labels).kappa is None


def test_enough_rows_and_agreement_make_it_readable():
    labels = {f"q{n}": n % 2 == 0 for n in range(200)}
    assert agreement([Opinion(id, right) for id, right in labels.items()], labels).trusted


def test_labels_are_rows_with_id_and_right(tmp_path):
    path = tmp_path / "labels.jsonl"
    path.write_text('{"id": "a", "right": true}\n', "utf-8")
    assert read_labels(path) == {"a": True}
    path.write_text('{"id": "a"}\n', "utf-8")
    with pytest.raises(BadData, match="right"):
        read_labels(path)
