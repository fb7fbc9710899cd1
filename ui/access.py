"""Who may open the page, who may change the archive, and what no request may do.

    passwords   scrypt, compared in constant time
    binding     loopback, or else a login
    Guard       every HTTP request: the host it asks for, the site it comes from, what its answer
                may load (nothing from another host)
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import ipaddress
import secrets
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from rag import ConfigError
from ui.settings import names

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_N, _R, _P = 2**14, 8, 1  # scrypt: 16 MB and about 50 ms for each try
_LOOPBACK_NAMES = frozenset(("localhost", "127.0.0.1", "::1"))
# Gradio compiles its templates in the page and sets styles inline; everything else stays here.
_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
    "connect-src 'self'; worker-src 'self' blob:; object-src 'none'; base-uri 'self'; "
    "form-action 'self'; frame-ancestors 'none'"
)
_HEADERS = {
    b"content-security-policy": _POLICY.encode(),
    b"referrer-policy": b"no-referrer",
    b"x-content-type-options": b"nosniff",
    b"cross-origin-resource-policy": b"same-origin",
}


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who asks: the name logged in with, if there is a login, and the address it comes from."""

    user: str | None
    address: str


def hash_password(password: str) -> str:
    """What WENBAO_USERS holds in place of a password: `scrypt.N.r.p.salt.key`."""
    salt = secrets.token_bytes(16)
    return f"scrypt.{_N}.{_R}.{_P}.{_text(salt)}.{_text(_key(password, salt, _N, _R, _P))}"


def password_matches(password: str, hashed: str) -> bool:
    """Takes the same time whether it matches or not."""
    n, r, p, salt, key = _parts(hashed)
    return hmac.compare_digest(_key(password, salt, n, r, p), key)


def parse_users(text: str) -> dict[str, str]:
    """`name:hash, name:hash` -> hashes by name. Raises ConfigError."""
    users: dict[str, str] = {}
    for entry in names(text):
        name, _, hashed = entry.partition(":")
        try:
            _parts(hashed)
        except ValueError as exc:
            raise ConfigError(
                f"WENBAO_USERS: the entry of {name[:40]!r} is not name:hash; "
                "make the hash with: python -m ui --hash-password"
            ) from exc
        users[name.strip()] = hashed
    return users


class Login:
    """Checks names and passwords; an unknown name costs as much time as a wrong password."""

    def __init__(self, users: Mapping[str, str]) -> None:
        self._users = dict(users)
        self._nobody = hash_password(secrets.token_hex())

    def __call__(self, name: str, password: str) -> bool:
        hashed = self._users.get(name, self._nobody)
        return password_matches(password, hashed) and name in self._users


def check_binding(host: str, users: Mapping[str, str]) -> None:
    """Raise ConfigError where the page would be open to other machines without a login."""
    if not is_loopback(host) and not users:
        raise ConfigError(
            f"{host} can be reached from other machines, and nobody would have to log in. "
            "Set WENBAO_USERS (python -m ui --hash-password makes an entry), or bind 127.0.0.1."
        )


def is_loopback(address: str) -> bool:
    """Whether an address or host name means this machine alone."""
    bare = address.strip("[]")
    if bare == "localhost":
        return True
    try:
        return ipaddress.ip_address(bare).is_loopback
    except ValueError:
        return False


def may_edit(editors: str, visitor: Visitor) -> bool:
    """Whether a visitor may add to, remove from and re-index the archive."""
    allowed = names(editors)
    return (
        "all" in allowed
        or ("loopback" in allowed and is_loopback(visitor.address))
        or (visitor.user is not None and visitor.user in allowed)
    )


class Guard:
    """Turns away requests for another host's name (a name that was made to point here) and those
    sent by another site's page; forbids every answer to load anything from elsewhere.

    `hosts` are the names the page is known under; None takes any, which is for pages with a login.
    """

    def __init__(self, app: App, hosts: Iterable[str] | None) -> None:
        self._app = app
        self._proxied = frozenset(hosts or ())
        self._names = None if hosts is None else self._proxied | _LOOPBACK_NAMES

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        if fault := self._fault(scope["method"], headers):
            await _refuse(send, fault)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                kept = [(k, v) for k, v in message["headers"] if k.lower() not in _HEADERS]
                if scope["path"].startswith("/wenbao/"):  # a new version must be seen at once
                    kept.append((b"cache-control", b"no-cache"))
                message["headers"] = [*kept, *_HEADERS.items()]
            await send(message)

        await self._app(scope, receive, with_headers)

    def _fault(self, method: str, headers: Mapping[bytes, str]) -> str:
        host = headers.get(b"host", "")
        name = urlsplit(f"//{host}").hostname or ""
        if self._names is not None and name not in self._names:
            return f"{name} is not a name of this page; if a proxy serves it so, set WENBAO_HOSTS."
        origin = headers.get(b"origin")
        if method in ("GET", "HEAD", "OPTIONS") or origin is None:
            return ""
        if urlsplit(origin).netloc == host or urlsplit(origin).hostname in self._proxied:
            return ""
        return "Requests sent from another site's page are not taken."


async def _refuse(send: Send, fault: str) -> None:
    plain = [(b"content-type", b"text/plain; charset=utf-8"), *_HEADERS.items()]
    await send({"type": "http.response.start", "status": 403, "headers": plain})
    await send({"type": "http.response.body", "body": fault.encode()})


def _key(password: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    return hashlib.scrypt(
        password.encode(), salt=salt, n=n, r=r, p=p, maxmem=256 * 1024 * 1024, dklen=32
    )


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _parts(hashed: str) -> tuple[int, int, int, bytes, bytes]:
    kind, n, r, p, salt, key = hashed.strip().split(".")  # ValueError when they are not six
    if kind != "scrypt" or not key:
        raise ValueError("not a hash made by this program")
    return int(n), int(r), int(p), _bytes(salt), _bytes(key)
