"""The page's functions for programs: gradio_client and plain HTTP, with the JSON of the command."""

import json
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from browser import ScriptedAssistant, free_port, serve_at_any_port
from conftest import PAGE, ROOT
from gradio_client import Client, handle_file

from rag import Answer, Assistant, Config, Event
from ui.access import hash_password

pytestmark = pytest.mark.slow
QUESTION = "去年6月的对接活动签约了多少个项目？"


@pytest.fixture(scope="module")
def served(seed):
    with serve_at_any_port(seed) as page:
        yield page


def post(url: str, name: str, body: dict, **options) -> tuple[str, object]:
    """The last event of a call over plain HTTP, as `curl` sees it."""
    address = f"{url}gradio_api/call/{name}"
    started = httpx.post(address, json=body, timeout=60, **options)
    started.raise_for_status()
    address = f"{url}gradio_api/call/{name.removeprefix('v2/')}/{started.json()['event_id']}"
    blocks = httpx.get(address, timeout=60, **options).text.strip().split("\n\n")
    event, data = blocks[-1].split("\n")
    return event.removeprefix("event: "), json.loads(data.removeprefix("data: "))


def without_timings(answer: dict) -> dict:
    return {name: value for name, value in answer.items() if name != "timings"}


def test_ask_gives_the_one_json_of_an_answer(served, seed):
    expected = without_timings(json.loads(json.dumps(seed.ask(QUESTION).to_dict())))
    client = Client(served.url, verbose=False)
    assert without_timings(client.predict(QUESTION, api_name="/ask")) == expected
    event, (answer,) = post(served.url, "v2/ask", {"question": QUESTION})
    assert event == "complete" and without_timings(answer) == expected


def test_the_filters_and_the_history_are_taken(served):
    client = Client(served.url, verbose=False)
    assert client.predict(QUESTION, since="2025-01-01", api_name="/ask")["grounding"] == "refused"
    history = [{"role": "user", "content": "三全食品航空港工业园区项目总投资多少？"}]
    answer = client.predict("它建成后年产能多少？", history=history, api_name="/ask")
    assert "50万吨" in answer["text"]


def test_search_and_sources_give_what_the_command_gives(served, seed):
    client = Client(served.url, verbose=False)
    hits = client.predict("世界传感器大会", limit=2, api_name="/search")
    assert hits == [hit.to_dict() for hit in seed.search("世界传感器大会", limit=2)]
    (source,) = client.predict(api_name="/sources")
    assert (source["id"], source["articles"], source["inferred"]) == (PAGE, 7, True)


def test_only_the_four_functions_are_told_to_programs(served):
    told = Client(served.url, verbose=False).view_api(return_format="dict")["named_endpoints"]
    assert sorted(told) == ["/ask", "/ingest", "/search", "/sources"]


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ({"question": ""}, "nothing_asked"),
        ({"question": "   "}, "nothing_asked"),
        ({"question": "问" * 2001}, "question_too_long"),
        ({"question": 7}, "bad_request"),
        ({"question": ["a"]}, "bad_request"),
        ({"question": "问", "since": "昨天"}, "bad_request"),
        ({"question": "问", "history": "说过"}, "bad_request"),
        ({"question": "问", "history": [{"role": "system", "content": "x"}]}, "bad_request"),
        ({"question": "问", "history": [{"role": "user", "content": "x"}] * 41}, "bad_request"),
    ],
)
def test_a_bad_request_is_answered_with_its_fault(served, request_, code):
    event, fault = post(served.url, "v2/ask", request_)
    assert (event, fault["title"]) == ("error", code)
    assert "question" in fault["error"] or "since" in fault["error"] or "history" in fault["error"]


def test_ingest_reports_as_the_command_does(tmp_path, embedder):
    good, bad = tmp_path / "灯塔.txt", tmp_path / "空.txt"
    good.write_text("灯塔重新点亮\n\n沙河渡口灯塔昨晚重新点亮，修缮耗资860万元。\n", "utf-8")
    bad.write_text("", "utf-8")
    with (
        Assistant.open(Config(data_dir=tmp_path / "index"), embedder=embedder) as assistant,
        serve_at_any_port(assistant, upload_files=2, upload_bytes=1000) as page,
    ):
        event, fault = post(page.url, "v2/ask", {"question": "灯塔修缮耗资多少？"})
        assert (event, fault["title"]) == ("error", "IndexEmpty")
        client = Client(page.url, verbose=False)
        report = client.predict([handle_file(str(good)), handle_file(str(bad))], api_name="/ingest")
        assert report["added"] == ["灯塔.txt"]
        assert [failure["file"] for failure in report["failed"]] == ["空.txt"]
        assert "860万元" in client.predict("灯塔修缮耗资多少？", api_name="/ask")["text"]
        with pytest.raises(Exception, match="at most 2"):
            client.predict([handle_file(str(good))] * 3, api_name="/ingest")
        large = httpx.post(f"{page.url}gradio_api/upload", files={"files": ("大.txt", b"x" * 5000)})
        assert large.status_code == 413
        event, _ = post(page.url, "ingest", {"data": [[{"path": "/etc/hostname", "meta": {"_type": "gradio.FileData"}}]]})
        assert event == "error" and len(assistant.sources()) == 1


def test_twenty_questions_at_once_get_twenty_right_answers(served, seed):
    subjects = (QUESTION, "三全食品董事长是谁？", "2026年世界杯决赛在哪里举行？", "世界传感器大会在哪里开幕？")
    questions = [subjects[n % 4] + "？" * n for n in range(20)]
    with ThreadPoolExecutor(20) as pool:
        results = list(pool.map(lambda q: post(served.url, "v2/ask", {"question": q}), questions))
    assert [event for event, _ in results] == ["complete"] * 20
    assert [answer["question"] for _, (answer,) in results] == questions
    assert [answer["text"] for _, (answer,) in results] == [seed.ask(q).text for q in questions]


def test_a_full_queue_is_said_to_be_full(seed):
    gate = threading.Semaphore(0)
    answer = Answer("问", "答", (), (), (), "chat")
    slow = ScriptedAssistant(seed, Event("text", "答"), Event("answer", "答", answer))
    slow.pause = lambda: gate.acquire(timeout=30)
    with serve_at_any_port(slow, queue_size=2) as page:
        address = f"{page.url}gradio_api/call/stream"
        body = {"data": ["问", None, None, None, None, None]}
        codes = [httpx.post(address, json=body).status_code for _ in range(10)]
        gate.release(100)
    assert codes[:4] == [200] * 4
    assert codes[-1] == 503


def test_a_login_is_asked_for_and_users_are_told_apart(seed):
    users = f"主编:{hash_password('灯塔')}, reporter:{hash_password('tower')}"
    with serve_at_any_port(seed, users=users, archive_editors="reporter") as page:
        call = f"{page.url}gradio_api/call/sources"
        assert httpx.post(call, json={"data": []}).status_code == 401
        assert httpx.post(f"{page.url}gradio_api/upload", files={"files": ("a.txt", b"x")}).status_code == 401
        assert httpx.get(f"{page.url}config").status_code == 401
        wrong = httpx.post(f"{page.url}login", data={"username": "reporter", "password": "灯塔"})
        assert wrong.status_code == 400
        about = {}
        for name, password in (("主编", "灯塔"), ("reporter", "tower")):
            with httpx.Client() as visitor:
                visitor.post(f"{page.url}login", data={"username": name, "password": password}).raise_for_status()
                cookies = {cookie.name: cookie.value for cookie in visitor.cookies.jar}
            _, (about[name],) = post(page.url, "about", {"data": []}, cookies=cookies)
            event, _ = post(page.url, "remove", {"data": [[]]}, cookies=cookies)
            assert (event == "error") == (name == "主编")
        assert about["主编"]["user"] == "主编" and not about["主编"]["may_edit"]
        assert about["reporter"]["may_edit"]


def test_whoever_may_not_edit_cannot_ingest_remove_or_reindex(seed):
    with serve_at_any_port(seed, archive_editors="none") as page:
        for name, data in (("ingest", [[]]), ("remove", [[PAGE]]), ("reindex", [])):
            event, fault = post(page.url, name, {"data": data})
            assert (event, fault["title"]) == ("error", "may_not_edit")
    assert len(seed.sources()) == 1


def test_requests_for_another_name_or_from_another_site_are_turned_away(served):
    assert httpx.get(served.url, headers={"host": "evil.invalid"}).status_code == 403
    sent = httpx.post(f"{served.url}gradio_api/upload", files={"files": ("a.txt", b"x")}, headers={"origin": "http://evil.invalid"})
    assert sent.status_code == 403
    assert "default-src 'self'" in httpx.get(served.url).headers["content-security-policy"]


@pytest.mark.parametrize(
    "path",
    ["gradio_api/file=/etc/hostname", "wenbao/../app.py", "wenbao/%2e%2e/app.py", "gradio_api/runs", "monitoring"],
)
def test_files_of_the_machine_and_records_of_visitors_are_not_given_out(served, path):
    assert httpx.get(served.url + path).status_code in (403, 404)


def command(*arguments: str, given: str = "", **environment: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "ui", *arguments], input=given, capture_output=True, text=True,
        cwd=ROOT, env={**os.environ, **environment}, timeout=60,
    )  # fmt: skip


def test_the_command_refuses_to_open_the_page_to_others_without_a_login(tmp_path):
    done = command("--host", "0.0.0.0", "--port", str(free_port()), "--data-dir", str(tmp_path))
    assert done.returncode == 1
    assert "WENBAO_USERS" in done.stderr and "127.0.0.1" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_command_makes_an_entry_for_the_list_of_users():
    done = command("--hash-password", given="主编\n灯塔\n")
    assert done.stdout.startswith("WENBAO_USERS=主编:scrypt.") and "灯塔" not in done.stdout
    assert command("--hash-password", given="a:b\nx\n").returncode == 1
