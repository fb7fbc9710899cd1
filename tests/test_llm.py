"""One call to a model: its pieces, its end in time, retries, and errors in our words."""

import gc
import threading
import time

import httpx
import pytest
from llama_index.llms.openai_like import OpenAILike
from scripted_server import Reply, ScriptedServer

from rag import Config, ModelUnavailable
from rag.llm import Bill, Message, Model, model_name
from rag.prompts import Prompts

ASKED = [Message("system", "规则"), Message("user", "问")]


@pytest.fixture(scope="module")
def server():
    with ScriptedServer() as made:
        yield made


def model(server, **settings) -> Model:
    values = {"model": "scripted", "base_url": server.base_url, "api_key": "k", "model_retries": 2}
    made = Model.open(Config(**(values | settings), _env_file=None))
    assert made is not None
    return made


def reply(server, seconds: float = 10.0, **settings) -> tuple[str, object]:
    stream = model(server, **settings).stream(ASKED, until=time.monotonic() + seconds)
    return "".join(stream), stream


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({}, None),
        ({"api_key": "k"}, "gpt-4o-mini"),
        ({"base_url": "http://127.0.0.1:1/v1"}, None),
        ({"model": "qwen", "base_url": "http://127.0.0.1:1/v1"}, "qwen"),
        ({"model": "local"}, "local"),
    ],
)
def test_the_settings_name_the_model(monkeypatch, values, name):
    for variable in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "WENBAO_MODEL"):
        monkeypatch.delenv(variable, raising=False)
    assert model_name(Config(**values, _env_file=None)) == name


def test_key_and_address_have_their_usual_names(monkeypatch, server):
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
    config = Config(_env_file=None)
    assert config.api_key.get_secret_value() == "secret" and "secret" not in repr(config)
    assert config.base_url == server.base_url


def test_a_known_model_brings_its_window(monkeypatch):
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    made = Model.open(Config(model="gpt-4o-mini", api_key="k", _env_file=None))
    assert made.window == 128_000 and made.chat


def test_pieces_add_up_whatever_their_borders(server):
    server.reset(Reply("总投资24亿元。[1] 𠮷祥🙂", sizes=(1, 3, 2)))
    text, stream = reply(server)
    assert text == "总投资24亿元。[1] 𠮷祥🙂"
    assert stream.usage == {"prompt_tokens": 100, "completion_tokens": len(text), "calls": 1}
    assert not stream.cut and stream.first is not None


def test_tokens_are_counted_here_where_the_server_does_not(server):
    server.reset(Reply("总投资", ends="silence"))
    stream = model(server).stream(ASKED, until=time.monotonic() + 5)
    with pytest.raises(ModelUnavailable, match="half-way"):
        list(stream)
    assert stream.usage["prompt_tokens"] > 0 and stream.usage["completion_tokens"] > 0


def test_the_limit_of_tokens_is_told(server):
    server.reset(Reply("总投资", ends="length"))
    assert reply(server)[1].cut


def test_a_busy_server_is_asked_again_when_it_says(server):
    server.reset(Reply(status=429, headers={"Retry-After": "1"}), "好。")
    assert reply(server)[0] == "好。"
    assert 0.9 < server.times[1] - server.times[0] < 3


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_failing_server_is_asked_again(server, status):
    server.reset(Reply(status=status), "好。")
    assert reply(server)[0] == "好。"


@pytest.mark.parametrize(
    ("status", "calls", "words"),
    [
        (400, 1, "status 400"),
        (401, 1, "OPENAI_API_KEY"),
        (403, 1, "OPENAI_API_KEY"),
        (404, 1, "WENBAO_MODEL"),
        (422, 1, "status 422"),
        (429, 3, "429"),
        (500, 3, "status 500"),
    ],
)
def test_retries_are_bounded_and_none_for_other_errors(server, status, calls, words):
    server.reset(Reply(status=status, headers={"Retry-After": "0.01"}))
    with pytest.raises(ModelUnavailable, match=words):
        reply(server)
    assert len(server.asked) == calls


def test_no_retries_where_none_are_wanted(server):
    server.reset(Reply(status=500))
    with pytest.raises(ModelUnavailable):
        reply(server, model_retries=0)
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (Reply("总投资", ends="cut"), "connection"),
        (Reply("总投资", ends="silence"), "half-way"),
        (Reply("总投资", ends="garbage"), "failed"),
    ],
)
def test_a_stream_that_breaks_is_an_error_after_its_pieces(server, broken, words):
    server.reset(broken)
    pieces = []
    with pytest.raises(ModelUnavailable, match=words):
        pieces += list(model(server).stream(ASKED, until=time.monotonic() + 5))
    assert pieces == []  # the list was never finished; none of it is taken for whole


@pytest.mark.parametrize(
    "slow", [Reply("好。", wait=5), Reply("总投资二十四亿元", pause=0.4), Reply("总", stall=5)]
)
def test_the_end_comes_in_time_however_the_model_dawdles(server, slow):
    server.reset(slow)
    started = time.monotonic()
    with pytest.raises(ModelUnavailable, match="in time"):
        reply(server, seconds=0.8)
    assert time.monotonic() - started < 1.3


def test_a_server_that_is_not_there_is_named():
    gone = ScriptedServer()
    gone.close()
    with pytest.raises(ModelUnavailable, match="wenbao doctor"):
        reply(gone, model_retries=0)


def test_an_llm_s_own_error_becomes_ours():
    from llama_index.core.llms import CustomLLM, LLMMetadata

    class Failing(CustomLLM):
        @property
        def metadata(self):
            return LLMMetadata(model_name="failing")

        def complete(self, prompt, formatted=False, **kwargs):
            raise RuntimeError("no")

        def stream_complete(self, prompt, formatted=False, **kwargs):
            raise RuntimeError("no")

    stream = Model(Failing(), Prompts()).stream(ASKED, until=time.monotonic() + 5)
    with pytest.raises(ModelUnavailable, match="RuntimeError"):
        list(stream)


def test_the_messages_arrive_as_they_are(server):
    server.reset("好。")
    reply(server, max_tokens=77)
    body = server.asked[0]
    assert [(m["role"], m["content"]) for m in body["messages"]] == [("system", "规则"), ("user", "问")]
    assert body["max_tokens"] == 77 and body["stream"] is True and body["temperature"] == 0


def test_a_bill_adds_up(server):
    server.reset("好。", "好的。")
    bill = Bill(5)
    for _ in range(2):
        bill.add(reply(server)[1])
    assert bill.usage == {"prompt_tokens": 200, "completion_tokens": 5, "calls": 2}
    bill.spend("model", time.monotonic() - 1)
    bill.spend("model", time.monotonic() - 1)
    assert bill.timings["model"] == pytest.approx(2, abs=0.2)


@pytest.mark.parametrize("own", [True, False], ids=["from the settings", "handed in"])
def test_a_call_given_up_leaves_nothing_that_python_must_collect(server, own):
    """Collected while a thread holds the lock of the client's pool, it would stop every call."""
    assert left_open_after_giving_up(server, own) == []


def test_nor_does_it_where_python_is_collecting_in_another_thread_already(server):
    begun, go_on = threading.Event(), threading.Event()

    class Slow:
        def __del__(self):
            begun.set()
            go_on.wait(10)

    gc.disable()  # none but the other thread's
    try:
        slow = Slow()
        slow.itself = slow
        del slow
        other = threading.Thread(target=gc.collect)
        other.start()
        assert begun.wait(10) and gc.collect() == 0
        threading.Timer(1.0, go_on.set).start()
        assert left_open_after_giving_up(server, own=False) == []
        other.join(10)
    finally:
        gc.enable()


def left_open_after_giving_up(server, own: bool) -> list[httpx.Response]:
    server.reset(Reply("很长的回答。" * 20, pause=0.01))
    asked = model(server) if own else Model(handed_in(server), Prompts())
    gc.collect()
    before, open_before = set(threading.enumerate()), still_open()
    gc.disable()
    try:
        stream = asked.stream([Message("user", "问")], until=time.monotonic() + 10)
        next(stream)
        (worker,) = (
            t for t in threading.enumerate() if t not in before and t.name == "wenbao-model"
        )
        stream.close()
        worker.join(20)
        assert not worker.is_alive()
        return [response for response in still_open() if response not in open_before]
    finally:
        gc.enable()


def still_open() -> list[httpx.Response]:
    return [o for o in gc.get_objects() if isinstance(o, httpx.Response) and not o.is_closed]


def handed_in(server) -> OpenAILike:
    return OpenAILike(
        model="elsewhere", api_base=server.base_url, api_key="none", is_chat_model=True, timeout=8.0
    )
