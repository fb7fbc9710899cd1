"""A real HTTP server that speaks chat completions from a script: the model of the tests.

    with ScriptedServer() as server:
        server.script = ["总投资24亿元[1]。"]             # one reply for each call, the last for all
        server.script = [Reply("…", status=429, headers={"Retry-After": "1"}), "…"]
        server.script = [lambda request: f"…[{number_of(request, '24亿元')}]。"]

Replies are streamed in pieces of odd sizes, cut anywhere, also within a character's bytes.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from rag.text import squash


@dataclass(frozen=True)
class Reply:
    """How one call is answered. `ends`: "stop", "length", "silence" (no finish reason), "cut" (the
    connection dies), "garbage" (no JSON). `wait`: seconds before the first piece, `pause` between
    pieces, `stall` before the end."""

    text: str = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    ends: str = "stop"
    wait: float = 0.0
    pause: float = 0.0
    stall: float = 0.0
    sizes: Sequence[int] = (1, 2, 7, 3, 1, 11)


Scripted = str | Reply | Callable[[dict[str, Any]], "str | Reply"]


class ScriptedServer:
    """Listens on a free port; `asked` holds the bodies of the requests, `times` when they came."""

    def __init__(self) -> None:
        self.script: list[Scripted] = [""]
        self.asked: list[dict[str, Any]] = []
        self.times: list[float] = []
        self.sent: list[float] = []  # when the first piece of each reply went out
        self._lock = threading.Lock()
        self._http = _QuietServer(("127.0.0.1", 0), _Handler)
        self._http.scripted = self
        threading.Thread(target=self._http.serve_forever, daemon=True).start()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}/v1"

    def __enter__(self) -> ScriptedServer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()

    def reset(self, *script: Scripted) -> None:
        self.script, self.asked, self.times, self.sent = list(script) or [""], [], [], []

    def _next(self, body: dict[str, Any]) -> Reply:
        with self._lock:
            scripted = self.script[min(len(self.asked), len(self.script) - 1)]
            self.asked.append(body)
            self.times.append(time.monotonic())
        made = scripted(body) if callable(scripted) else scripted
        return made if isinstance(made, Reply) else Reply(made)


class _Handler(BaseHTTPRequestHandler):
    server: _QuietServer
    protocol_version = "HTTP/1.1"
    # Many small writes: held back for the client's delayed acknowledgement, each would take 40 ms.
    disable_nagle_algorithm = True

    def log_message(self, *_: object) -> None:
        pass

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        reply = self.server.scripted._next(body)
        try:
            time.sleep(reply.wait)
            if reply.status != 200:
                self._refuse(reply)
            else:
                self._stream(reply, body)
        except OSError:  # the client has gone
            self.close_connection = True

    def _refuse(self, reply: Reply) -> None:
        body = json.dumps({"error": {"message": reply.text or "scripted"}}).encode()
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _stream(self, reply: Reply, body: dict[str, Any]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for number, piece in enumerate(_pieces(reply)):
            if number:
                time.sleep(reply.pause)
            else:
                self.server.scripted.sent.append(time.monotonic())
            self._event(_delta({"content": piece}))
        time.sleep(reply.stall)
        if reply.ends == "cut":
            self.connection.close()
            raise ConnectionAbortedError
        if reply.ends == "garbage":
            self._write(b"data: {not json at all\n\n")
        elif reply.ends != "silence":
            self._event(_delta({}, finish=reply.ends))
            usage = {"prompt_tokens": 100, "completion_tokens": len(reply.text), "total_tokens": 0}
            if body.get("stream_options", {}).get("include_usage"):
                self._event({**_delta({}), "choices": [], "usage": usage})
        self._write(b"data: [DONE]\n\n")
        self.wfile.write(b"0\r\n\r\n")

    def _event(self, data: dict[str, Any]) -> None:
        line = f"data: {json.dumps(data, ensure_ascii=False)}\n\n".encode()
        half = len(line) // 2  # a border of the transfer within an event and a character
        self._write(line[:half])
        self._write(line[half:])

    def _write(self, data: bytes) -> None:
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()


class _QuietServer(ThreadingHTTPServer):
    daemon_threads = True
    scripted: ScriptedServer

    def handle_error(self, *_: object) -> None:
        """A client that goes away in the middle is part of the script."""


def _pieces(reply: Reply) -> list[str]:
    pieces, place, turn = [], 0, 0
    while place < len(reply.text):
        size = reply.sizes[turn % len(reply.sizes)]
        pieces.append(reply.text[place : place + size])
        place, turn = place + size, turn + 1
    return pieces


def _delta(delta: dict[str, str], finish: str | None = None) -> dict[str, Any]:
    return {
        "id": "x", "object": "chat.completion.chunk", "created": 0, "model": "scripted",
        "choices": [{"index": 0, "delta": {"role": "assistant", **delta}, "finish_reason": finish}],
    }  # fmt: skip


def prompt_of(request: dict[str, Any]) -> str:
    """All that a request says to the model."""
    if "prompt" in request:
        return str(request["prompt"])
    return "\n".join(str(message["content"]) for message in request["messages"])


def numbered(request: dict[str, Any]) -> dict[int, str]:
    """The numbered sentences that a request shows."""
    lines = re.findall(r"^\[(\d+)\] (.*)$", prompt_of(request), re.M)
    return {int(number): text for number, text in lines}


def number_of(request: dict[str, Any], quote: str) -> int:
    """The number under which a request shows the sentence with these words; explained dates are
    passed over."""
    plain = {n: squash(re.sub(r"（约?\d[^）]*）", "", text)) for n, text in numbered(request).items()}
    found = [n for n, text in plain.items() if squash(quote) in text]
    assert found, f"{quote!r} is not shown to the model"
    return found[0]
