"""The command `wenbao` (also `python -m rag`): ingest, ask, search, sources, chat, doctor.

Exit status: 0 done (ingest: at least one source could be read, or nothing was given that failed),
1 an error that the message explains, 2 the command line is wrong, 130 interrupted.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag import Config, WenbaoError, __version__

if TYPE_CHECKING:
    from rag import Answer, Assistant, Event
    from rag.index import SourceEntry


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # Chinese must print whatever the terminal's locale is
            stream.reconfigure(encoding="utf-8", errors="replace")
    arguments = _parser().parse_args(argv)
    try:
        status = int(arguments.run(arguments))
        sys.stdout.flush()  # here, where a reader that has gone can still be dealt with
        return status
    except WenbaoError as exc:
        print(f"wenbao: {exc}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("wenbao: interrupted; what was committed is kept", file=sys.stderr)
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for Python's own last flush
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="wenbao", description="Ask a newspaper's pages: cited, checked answers, or a refusal."
    )
    parser.add_argument("--version", action="version", version=f"wenbao {__version__}")
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--data-dir", type=Path, help="folder of the index (WENBAO_DATA_DIR)")
    days = argparse.ArgumentParser(add_help=False)
    days.add_argument("--since", type=_day, metavar="YYYY-MM-DD", help="pages issued from this day")
    days.add_argument("--until", type=_day, metavar="YYYY-MM-DD", help="pages issued to this day")
    form = argparse.ArgumentParser(add_help=False)
    form.add_argument("--json", action="store_true", help="print JSON")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(
        name: str, run: Callable[[argparse.Namespace], int], help: str,
        *parents: argparse.ArgumentParser,
    ) -> argparse.ArgumentParser:  # fmt: skip
        made = commands.add_parser(name, help=help, description=help, parents=[common, *parents])
        made.set_defaults(run=run)
        return made

    made = command("ingest", _ingest, "read files and folders into the index", form)
    made.add_argument("paths", nargs="+", metavar="PATH")
    made.add_argument("--prune", action="store_true", help="remove sources of PATH that are gone")
    made.add_argument("--rebuild", action="store_true", help="empty the index first")
    made = command("ask", _ask, "answer a question from the indexed pages", form, days)
    made.add_argument("question", type=_typed)
    made = command("search", _search, "find passages", form, days)
    made.add_argument("query", type=_typed)
    made.add_argument("--limit", type=int, default=10)
    command("sources", _sources, "list what is indexed", form)
    made = command("chat", _chat, "open the chat page")
    made.add_argument("--host", default="127.0.0.1")
    made.add_argument("--port", type=int, default=7860)
    command("doctor", _doctor, "check Python, disk, model files and index", form)
    return parser


def _day(value: str) -> date:
    try:
        return date.fromisoformat(value)
    except ValueError as exc:
        raise argparse.ArgumentTypeError(f"{value!r} is not a day; write YYYY-MM-DD") from exc


def _typed(words: str) -> str:
    """Words as typed, where Python has taken the terminal's UTF-8 for another encoding."""
    try:
        return words if words.isascii() else os.fsencode(words).decode("utf-8")
    except UnicodeError:
        return words


def _config(arguments: argparse.Namespace) -> Config:
    return Config(data_dir=arguments.data_dir) if arguments.data_dir else Config()


def _open(arguments: argparse.Namespace) -> Assistant:
    from rag.assistant import Assistant  # takes two seconds: LlamaIndex

    return Assistant.open(_config(arguments))


def _ingest(arguments: argparse.Namespace) -> int:
    from tqdm import tqdm  # this and what follows: only `ingest` needs it

    from rag.pages import count_inputs
    from rag.rebuild import remove_index

    config = _config(arguments)
    files, _ = count_inputs(arguments.paths)
    if arguments.rebuild and files:  # not for the sake of a misspelt path
        remove_index(config.data_dir, config.lock_timeout)
    with _open(arguments) as assistant, tqdm(
        total=files, unit="page", disable=None if not arguments.json else True, file=sys.stderr
    ) as bar:

        def progress(_: str) -> None:
            bar.total = max(bar.total or 0, bar.n + 1)  # a JSONL file holds many pages
            bar.update()

        report = assistant.ingest(arguments.paths, prune=arguments.prune, progress=progress)
    if arguments.json:
        print(json.dumps(report.to_dict(), ensure_ascii=False, indent=2))
    else:
        for path, reason in report.failed:
            print(f"failed: {path}: {reason}", file=sys.stderr)
        print(report.summary() + ("" if report.changed else "; nothing to do"))
    read = report.added or report.updated or report.unchanged or report.removed
    return 0 if read or not report.failed else 1


def _ask(arguments: argparse.Namespace) -> int:
    days = {"since": arguments.since, "until": arguments.until}
    with _open(arguments) as assistant:
        if assistant.model and not arguments.json and sys.stdout.isatty():
            answer = _shown(assistant.stream(arguments.question, **days))
        else:
            answer = assistant.ask(arguments.question, **days)
            if not arguments.json:
                print(answer.text)
    if arguments.json:
        print(json.dumps(answer.to_dict(), ensure_ascii=False, indent=2))
    else:
        _print_citations(answer)
    return 0


def _shown(events: Iterator[Event]) -> Answer:
    """The answer, printed as it is written; once more where the checks changed it."""
    shown, answer = "", None
    for event in events:
        if event.kind == "text":
            print(event.text, end="", flush=True)
            shown += event.text
        answer = event.answer or answer
    assert answer is not None  # every stream ends with its answer
    print()
    if shown.strip() != answer.text.strip():
        print(f"\n—— 核对之后 ——\n{answer.text}")
    return answer


def _print_citations(answer: Answer) -> None:
    if answer.notice:
        print(f"（{answer.notice}）", file=sys.stderr)
    for citation in answer.citations:
        issued = f"，{citation.published}" if citation.published else ""
        inferred = "（推断）" if citation.published and citation.published.inferred else ""
        print(f"\n[{citation.marker}] 《{citation.title}》{issued}{inferred}")
        print(f"    {citation.quote}")
        print(f"    {citation.source.id} {citation.start}–{citation.end}")


def _search(arguments: argparse.Namespace) -> int:
    with _open(arguments) as assistant:
        hits = assistant.search(
            arguments.query, limit=arguments.limit, since=arguments.since, until=arguments.until
        )
    if arguments.json:
        print(json.dumps([hit.to_dict() for hit in hits], ensure_ascii=False, indent=2))
        return 0
    for number, hit in enumerate(hits, 1):
        print(f"{number}. {hit.chunk.article.title or hit.chunk.article.source.id}  {hit.score:.2f}")
        print(f"   {hit.chunk.text[:120]}")
    if not hits:
        print("nothing found")
    return 0


def _sources(arguments: argparse.Namespace) -> int:
    with _open(arguments) as assistant:
        entries = assistant.sources()
    if arguments.json:
        print(json.dumps([_described(entry) for entry in entries], ensure_ascii=False, indent=2))
        return 0
    for entry in entries:
        source = entry.source
        issued = str(source.published) if source.published else "no date"
        inferred = " (inferred)" if source.published and source.published.inferred else ""
        print(
            f"{source.id}  {issued}{inferred}  {entry.articles} articles, {entry.chunks} chunks, "
            f"{entry.characters} characters"
        )
    print(f"{len(entries)} sources")
    return 0


def _described(entry: SourceEntry) -> dict[str, Any]:
    source = entry.source
    return {
        "id": source.id, "path": source.path, "publication": source.publication,
        "published": str(source.published) if source.published else None,
        "inferred": bool(source.published and source.published.inferred), "page": source.page,
        "articles": entry.articles, "chunks": entry.chunks, "characters": entry.characters,
    }  # fmt: skip


def _chat(arguments: argparse.Namespace) -> int:
    """Become `python -m ui`: the page uses this package, so this package cannot import it."""
    command = [sys.executable, "-m", "ui", "--host", arguments.host, "--port", str(arguments.port)]
    if arguments.data_dir:
        command += ["--data-dir", str(arguments.data_dir)]
    sys.stdout.flush()
    os.execv(sys.executable, command)


def _doctor(arguments: argparse.Namespace) -> int:
    from rag.doctor import examine  # loads the embedding model's libraries

    checks = examine(_config(arguments))
    if arguments.json:
        print(json.dumps([check.to_dict() for check in checks], ensure_ascii=False, indent=2))
    else:
        for check in checks:
            print(f"{'ok  ' if check.ok else 'FAIL'} {check.name}: {check.detail}")
    return 0 if all(check.ok for check in checks) else 1


if __name__ == "__main__":
    sys.exit(main())
