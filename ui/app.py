"""The page on the web: Gradio carries the requests, the queue, the uploads and the login.

    /                       the page: one shell in a gr.HTML; ui/assets fills and drives it
    /wenbao/…               its style sheet and scripts
    /gradio_api/call/ask    (and search, ingest, sources, …) the functions of ui.endpoints
"""

from __future__ import annotations

import asyncio
import functools
import inspect
import os
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

# Gradio reports to its makers otherwise, and reads this when it is imported.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"

import gradio as gr
from gradio.events import api
from starlette.middleware import Middleware
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from rag import Assistant, WenbaoError
from ui.access import Guard, Login, Visitor, check_binding, parse_users
from ui.endpoints import Endpoints, RequestError
from ui.settings import PageSettings, names

ASSETS = Path(str(files("ui") / "assets"))
_HEAD = """
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<meta name="color-scheme" content="light dark">
<link rel="stylesheet" href="wenbao/page.css">
<script type="module" src="wenbao/main.js"></script>
"""
_JSON = dict[str, Any]
_ANSWERING = 4  # questions worked on at once; the others wait in the queue
_SESSIONS = 200  # each call is one to Gradio, which would remember ten thousand of them
_HOUR = 3600


# For the login, which is Gradio's own form and is shown without the style sheet of the page:
# paper, sheet, ink, soft, rule, accent, and what is written on it.
_LIGHT = ("#f8f3e8", "#fdfaf3", "#211d18", "#655c50", "#d5cab6", "#9c2318", "#fdf8ef")
_DARK = ("#16130f", "#1e1a15", "#ebe4d6", "#aaa08f", "#3b342a", "#f0947c", "#1b140f")
_PAINTED = (
    ("body_background_fill", "panel_background_fill", "input_background_fill", "input_background_fill_focus"),
    ("background_fill_primary", "block_background_fill"),
    ("body_text_color",), ("block_title_text_color", "block_label_text_color"),
    ("border_color_primary", "block_border_color", "input_border_color"),
    ("button_primary_background_fill", "button_primary_background_fill_hover"),
    ("button_primary_text_color",),
)  # fmt: skip
_FONTS = ("Source Han Serif SC", "Noto Serif CJK SC", "Songti SC", "Georgia", "SimSun", "serif")


class Page:
    """A running page; `url` is where. Close it, or use it as a context manager."""

    def __init__(self, blocks: gr.Blocks, url: str) -> None:
        self._blocks = blocks
        self.url = url

    def close(self) -> None:
        self._blocks.close(verbose=False)

    def wait(self) -> None:
        """Until the process is told to stop."""
        self._blocks.block_thread()

    def __enter__(self) -> Page:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def serve(
    assistant: Assistant, settings: PageSettings, *, host: str = "127.0.0.1", port: int = 7860
) -> Page:
    """Open the page at `host:port` and return at once.

    Raises ConfigError where other machines could reach it without a login, and when the port is
    taken, WenbaoError.
    """
    users = parse_users(settings.users)
    check_binding(host, users)
    hosts = None if users else names(settings.hosts)
    blocks = _blocks(Endpoints(assistant, settings))
    blocks.queue(max_size=settings.queue_size, default_concurrency_limit=_ANSWERING)
    try:
        _, url, _ = blocks.launch(
            server_name=host, server_port=port, prevent_thread_lock=True, quiet=True,
            auth=_login(users) if users else None, auth_message="问报 · Wenbao",
            theme=_theme(), head=_HEAD, footer_links=[], run_history=False, enable_monitoring=False, ssr_mode=False,
            share=False, mcp_server=False, pwa=False, inbrowser=False, show_error=False,
            state_session_capacity=_SESSIONS, max_file_size=settings.upload_bytes, favicon_path=ASSETS / "icon.svg",
            app_kwargs={
                "routes": [Mount("/wenbao", StaticFiles(directory=ASSETS))],
                "middleware": [Middleware(Guard, hosts)],
            },
        )  # fmt: skip
    except OSError as exc:
        raise WenbaoError(f"{host}:{port} is taken or may not be used; choose another with --port") from exc
    return Page(blocks, url)


def _theme() -> gr.themes.Base:
    painted = {
        name + suffix: colour
        for suffix, colours in (("", _LIGHT), ("_dark", _DARK))
        for painted_names, colour in zip(_PAINTED, colours, strict=True)
        for name in painted_names
    }
    theme = gr.themes.Base(font=list(_FONTS), radius_size=gr.themes.sizes.radius_sm)
    return theme.set(**painted, block_radius="3px", input_border_width="1px")


def _login(users: dict[str, str]) -> Callable[[str, str], Any]:
    login = Login(users)

    async def check(name: str, password: str) -> bool:
        """In a thread, for a hash takes a while; whoever guesses has to wait for the next try."""
        if await asyncio.to_thread(login, name, password):
            return True
        await asyncio.sleep(1)
        return False

    return check


def _blocks(endpoints: Endpoints) -> gr.Blocks:
    shell = (ASSETS / "page.html").read_text("utf-8")
    blocks = gr.Blocks(
        title="问报 Wenbao", analytics_enabled=False, fill_width=True,
        delete_cache=(_HOUR, _HOUR),  # uploads are moved away at once; this is for the forgotten
    )  # fmt: skip
    with blocks:
        gr.HTML(shell, js_on_load=None, apply_default_css=False, elem_id="wenbao-shell")
        _register(endpoints)
        _register_uploads(endpoints)
    return blocks


def _register(to: Endpoints) -> None:
    """Give every function its address, `/gradio_api/call/<name>`."""

    def about(request: gr.Request) -> _JSON:
        return to.about(_visitor(request))

    def remove(sources: list[str], request: gr.Request) -> list[str]:
        return to.remove(sources, _visitor(request))

    def reindex(request: gr.Request) -> Iterator[_JSON]:
        yield from to.reindex(_visitor(request))

    public: list[Callable[..., Any]] = [to.ask, to.search, to.sources]
    own: list[Callable[..., Any]] = [
        to.stream, to.suggest, to.feedback, to.page, to.articles, to.report, about, remove, reindex
    ]  # fmt: skip
    for function in public:
        api(_translating(function), api_name=function.__name__)
    for function in own:
        api(_translating(function), api_name=function.__name__, api_visibility="undocumented")


def _register_uploads(to: Endpoints) -> None:
    """What takes files, which Gradio hands to components only."""
    chosen = gr.File(visible=False, file_count="multiple", type="filepath", label="files")
    result = gr.JSON(visible=False, label="report")

    def ingest(files: list[str] | None, request: gr.Request) -> _JSON:
        """Read uploaded files into the archive; the report of the ingest."""
        *_, last = to.ingest(files, _visitor(request))
        return dict(last["report"])

    def ingest_stream(files: list[str] | None, request: gr.Request) -> Iterator[_JSON]:
        yield from to.ingest(files, _visitor(request))

    visibilities: list[tuple[Callable[..., Any], Literal["public", "undocumented"]]]
    visibilities = [(ingest, "public"), (ingest_stream, "undocumented")]
    for function, visibility in visibilities:
        gr.Button(visible=False).click(
            _translating(function), [chosen], [result], api_name=function.__name__,
            api_visibility=visibility, show_progress="hidden",
        )  # fmt: skip


def _translating(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, its errors as Gradio's, whose text reaches the caller; the code is the title."""
    if inspect.isgeneratorfunction(function):

        @functools.wraps(function)
        def stream(*values: Any, **named: Any) -> Iterator[Any]:  # noqa: ANN401 - as the function's
            try:
                yield from function(*values, **named)
            except WenbaoError as exc:
                raise _told(exc) from exc

        return stream

    @functools.wraps(function)
    def call(*values: Any, **named: Any) -> Any:  # noqa: ANN401 - as the function's
        try:
            return function(*values, **named)
        except WenbaoError as exc:
            raise _told(exc) from exc

    return call


def _told(error: WenbaoError) -> gr.Error:
    code = error.code if isinstance(error, RequestError) else type(error).__name__
    return gr.Error(str(error), title=code, print_exception=False)


def _visitor(request: gr.Request) -> Visitor:
    return Visitor(request.username, request.client.host if request.client else "")
