"""`python -m ui`: open the chat page (`wenbao chat` does the same).

Exit status: 0 stopped, 1 an error that the message explains, 2 the command line is wrong.
"""

from __future__ import annotations

import argparse
import getpass
import sys
from collections.abc import Sequence
from pathlib import Path

from rag import Config, WenbaoError
from ui.access import check_binding, hash_password, parse_users
from ui.settings import PageSettings


def main(argv: Sequence[str] | None = None) -> int:
    """Serve the page until interrupted; returns the exit status."""
    arguments = _parser().parse_args(argv)
    try:
        if arguments.hash_password:
            return _print_hash()
        return _serve(arguments)
    except WenbaoError as exc:
        print(f"wenbao: {exc}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="wenbao chat", description="Open the chat page.")
    parser.add_argument("--host", default="127.0.0.1", help="another address demands WENBAO_USERS")
    parser.add_argument("--port", type=int, default=7860)
    parser.add_argument("--data-dir", type=Path, help="folder of the index (WENBAO_DATA_DIR)")
    parser.add_argument(
        "--hash-password", action="store_true", help="ask for a password, print an entry and stop"
    )
    return parser


def _serve(arguments: argparse.Namespace) -> int:
    config = Config(data_dir=arguments.data_dir) if arguments.data_dir else Config()
    settings = PageSettings()
    check_binding(arguments.host, parse_users(settings.users))  # before anything takes time
    # These take five seconds: LlamaIndex and Gradio.
    from rag import Assistant
    from ui.app import serve

    with (
        Assistant.open(config) as assistant,
        serve(assistant, settings, host=arguments.host, port=arguments.port) as page,
    ):
        print(f"问报已打开 · Wenbao is open: {page.url}", flush=True)
        page.wait()
    return 0


def _print_hash() -> int:
    """One entry of WENBAO_USERS; from a pipe the first line is the name, the second the password."""
    if sys.stdin.isatty():
        name, password = input("name: "), getpass.getpass("password: ")
    else:
        name, password = (sys.stdin.readline().rstrip("\n") for _ in range(2))
    if not name or not password or set(name) & set(":,"):
        print("wenbao: a name without : and , and a password are needed", file=sys.stderr)
        return 1
    print(f"WENBAO_USERS={name}:{hash_password(password)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
