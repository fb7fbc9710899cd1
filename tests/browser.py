"""What the tests of the page share: a headless Chromium, and a reader who uses the page."""

import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Route, sync_playwright

from rag import Assistant, Event
from ui.app import Page as Served
from ui.app import serve
from ui.settings import PageSettings

_ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
)  # fmt: skip
PATIENCE = 20_000  # milliseconds


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless Chromium; where there is none the test is skipped, in CI it fails."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None and os.environ.get("CI"):
        pytest.fail("chromium is not installed; these tests must run here: apt-get install chromium")
    if path is None:
        pytest.skip("chromium is not installed; apt-get install chromium")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=list(_ARGUMENTS))
        yield opened
        opened.close()


class Reader:
    """A person at the page, in a browser profile of their own; remembers every request and error.

    `foreign` holds the addresses asked for at another host; they are cut off.
    """

    def __init__(self, browser: Browser, url: str, *, width: int = 1366, height: int = 768, **context):
        self.url = url
        self.context: BrowserContext = browser.new_context(
            viewport={"width": width, "height": height}, locale="zh-CN", **context
        )
        self.context.set_default_timeout(PATIENCE)
        self.foreign: list[str] = []
        self.errors: list[str] = []
        self.context.route("**/*", self._watch)
        self.page: Page = self.context.new_page()
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", lambda m: m.type == "error" and self.errors.append(m.text))

    def _watch(self, route: Route) -> None:
        if route.request.url.startswith((self.url, "data:", "blob:")):
            route.continue_()
        else:
            self.foreign.append(route.request.url)
            route.abort()

    def open(self, address: str = "") -> "Reader":
        self.page.goto(self.url + address)
        self.page.wait_for_selector("#thread > *", state="attached")
        return self

    def ask(self, question: str) -> Locator:
        """Type a question, press Enter and wait until its answer is there; its turn."""
        self.page.wait_for_selector("#send:enabled")
        before = self.page.locator(".turn").count()
        self.page.fill("#ask", question)
        self.page.press("#ask", "Enter")
        turn = self.page.locator(".turn").nth(before)
        turn.locator(".actions").wait_for()
        return turn

    def open_citation(self, turn: Locator) -> tuple[str, int, int]:
        """Click the first chip; where it says that its words stand."""
        chip = turn.locator(".chip").first
        address = chip.get_attribute("href")
        chip.click()
        self.page.wait_for_selector("#panel mark")
        return place_in(address)

    def lit(self) -> str:
        return "".join(self.page.locator("#panel mark").all_text_contents())

    def close(self) -> None:
        self.context.close()


def place_in(address: str) -> tuple[str, int, int]:
    given = parse_qs(urlsplit(address).query)
    return given["source"][0], int(given["start"][0]), int(given["end"][0])


@contextmanager
def reading(browser: Browser, served: Served, address: str = "", **context) -> Iterator[Reader]:
    """A reader at an open page; afterwards nothing may have failed or gone to another host."""
    reader = Reader(browser, served.url, **context)
    try:
        yield reader.open(address)
        assert reader.foreign == []
        assert reader.errors == [], reader.errors
    finally:
        reader.close()


def serve_at_any_port(assistant: Assistant, **settings) -> Served:
    settings.setdefault("report_dir", "no reports")  # not those that an evaluation left behind
    return serve(assistant, PageSettings(**settings), port=free_port())


def free_port() -> int:
    """Gradio takes no 0 for any port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class ScriptedAssistant:
    """An assistant that says what it is told to, over the archive of a real one; remembers what it
    was asked, and whether a reader who left was noticed."""

    def __init__(self, real: Assistant, *events: Event, model: str | None = "抄写员") -> None:
        self._real = real
        self._events = events
        self.model = model
        self.asked: list[dict] = []
        self.left = 0
        self.pause = None  # called before each event

    def __getattr__(self, name: str):
        return getattr(self._real, name)

    def stream(self, question: str, **options) -> Iterator[Event]:
        self.asked.append({"question": question, **options})
        try:
            for event in self._events:
                if self.pause:
                    self.pause()
                yield event
        except GeneratorExit:
            self.left += 1
            raise
