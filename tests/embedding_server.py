"""A real HTTP server that speaks OpenAI's embeddings: vectors from the character pairs of a text.

    with EmbeddingServer() as server:
        server.script = [(429, {"Retry-After": "0.1"})]   # the first calls; the rest succeed
"""

from __future__ import annotations

import json
import threading
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from typing import Any

import numpy as np


class EmbeddingServer:
    """`asked` holds the bodies of the requests. `shape` changes each reply's rows on their way."""

    def __init__(self, dimension: int = 96) -> None:
        self.dimension = dimension
        self.script: list[tuple[int, dict[str, str]]] = []
        self.asked: list[dict[str, Any]] = []
        self.shape = lambda rows: rows
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._http.daemon_threads = True
        self._http.embeddings = self
        threading.Thread(target=self._http.serve_forever, daemon=True).start()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}/v1"

    @property
    def texts(self) -> list[str]:
        return [text for body in self.asked for text in body["input"]]

    def __enter__(self) -> EmbeddingServer:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()

    def vector(self, text: str) -> list[float]:
        counts = np.full(self.dimension, 0.01)
        for a, b in pairwise(text.replace("query: ", "").replace("passage: ", "")):
            counts[zlib.crc32((a + b).encode()) % self.dimension] += 1
        return (3 * counts).tolist()  # not of unit length


class _Handler(BaseHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass

    def do_POST(self) -> None:
        server = self.server.embeddings
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        server.asked.append(body)
        status, headers = server.script.pop(0) if server.script else (200, {})
        rows = [
            {"object": "embedding", "index": n, "embedding": server.vector(text)}
            for n, text in enumerate(body["input"])
        ]
        rows.reverse()  # the protocol promises no order, only `index`
        reply = {"object": "list", "model": body["model"], "data": server.shape(rows), "usage": {"prompt_tokens": 1, "total_tokens": 1}}
        data = json.dumps(reply if status == 200 else {"error": {"message": "scripted"}}).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
