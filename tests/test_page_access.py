"""Who may open the page and change the archive, and which requests are turned away."""

import asyncio
import time

import pytest

from rag import ConfigError
from ui.access import (
    Guard,
    Login,
    Visitor,
    check_binding,
    hash_password,
    is_loopback,
    may_edit,
    parse_users,
    password_matches,
)
from ui.settings import PageSettings


def test_a_password_matches_its_own_hash_and_no_other():
    hashed = hash_password("灯塔27.5")
    assert password_matches("灯塔27.5", hashed)
    assert not password_matches("灯塔27.6", hashed)
    assert hashed != hash_password("灯塔27.5")
    assert "灯塔" not in hashed and "," not in hashed and ":" not in hashed


def test_users_are_read_from_a_list():
    a, b = hash_password("a"), hash_password("b")
    users = parse_users(f" 主编:{a}, night desk:{b} ,")
    assert users == {"主编": a, "night desk": b}
    assert parse_users("") == {}


@pytest.mark.parametrize("entry", ["主编", "主编:secret", "主编:scrypt.1.2.3", "主编:scrypt.x.8.1.AA.AA", "主编:scrypt.16.8.1.AA."])
def test_an_entry_that_is_no_hash_is_named_with_what_to_do_and_without_the_password(entry):
    with pytest.raises(ConfigError, match="--hash-password") as caught:
        parse_users(entry)
    assert "主编" in str(caught.value) and "secret" not in str(caught.value)


def test_an_unknown_name_takes_as_long_as_a_wrong_password():
    login = Login({"主编": hash_password("a")})
    assert login("主编", "a")

    def seconds(name: str) -> float:
        started = time.perf_counter()
        assert not login(name, "b")
        return time.perf_counter() - started

    known, unknown = (min(seconds(name) for _ in range(4)) for name in ("主编", "nobody"))
    assert 0.5 < known / unknown < 2


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "[::1]", "127.9.9.9"])
def test_the_machine_itself_needs_no_login(host):
    assert is_loopback(host)
    check_binding(host, {})


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.4", "press.example", ""])
def test_any_other_address_demands_a_login(host):
    with pytest.raises(ConfigError, match="WENBAO_USERS"):
        check_binding(host, {})
    check_binding(host, {"主编": "hash"})


@pytest.mark.parametrize(
    ("editors", "visitor", "allowed"),
    [
        ("all", Visitor(None, "192.168.1.4"), True),
        ("none", Visitor("主编", "127.0.0.1"), False),
        ("loopback", Visitor(None, "127.0.0.1"), True),
        ("loopback", Visitor("主编", "192.168.1.4"), False),
        ("主编, 夜班", Visitor("夜班", "192.168.1.4"), True),
        ("主编", Visitor("记者", "127.0.0.1"), False),
        ("主编", Visitor(None, "127.0.0.1"), False),
    ],
)
def test_the_setting_decides_who_may_change_the_archive(editors, visitor, allowed):
    assert may_edit(editors, visitor) is allowed


def test_a_setting_out_of_range_is_named():
    with pytest.raises(ConfigError, match="upload_files"):
        PageSettings(upload_files=0)


def status(method: str, hosts, **headers) -> tuple[int, dict[bytes, bytes]]:
    """What a request comes to behind the guard, and the headers of its answer."""
    sent: list = []

    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": [(b"X-Content-Type-Options", b"no")]})

    async def send(message):
        sent.append(message)

    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": method, "path": "/", "headers": raw}
    asyncio.run(Guard(app, hosts)(scope, None, send))
    return sent[0]["status"], dict(sent[0]["headers"])


@pytest.mark.parametrize(
    ("method", "hosts", "headers", "expected"),
    [
        ("GET", [], {"host": "127.0.0.1:7860"}, 200),
        ("GET", [], {"host": "localhost:7860"}, 200),
        ("GET", [], {"host": "[::1]:7860"}, 200),
        ("GET", [], {"host": "evil.invalid:7860"}, 403),
        ("GET", [], {}, 403),
        ("GET", ["press.example"], {"host": "press.example"}, 200),
        ("GET", None, {"host": "press.example"}, 200),
        ("POST", [], {"host": "127.0.0.1:7860", "origin": "http://127.0.0.1:7860"}, 200),
        ("POST", [], {"host": "127.0.0.1:7860"}, 200),
        ("POST", [], {"host": "127.0.0.1:7860", "origin": "http://evil.invalid"}, 403),
        ("POST", [], {"host": "127.0.0.1:7860", "origin": "http://127.0.0.1:9999"}, 403),
        ("POST", [], {"host": "127.0.0.1:7860", "origin": "null"}, 403),
        ("POST", None, {"host": "press.example", "origin": "http://evil.invalid"}, 403),
        ("POST", ["press.example"], {"host": "127.0.0.1:1", "origin": "https://press.example"}, 200),
    ],
)
def test_requests_for_other_names_and_from_other_sites_are_turned_away(method, hosts, headers, expected):
    assert status(method, hosts, **headers)[0] == expected


def test_no_answer_may_load_anything_from_another_host():
    for hosts in ([], ["x"]):
        _, headers = status("GET", hosts, host="127.0.0.1")
        policy = headers[b"content-security-policy"].decode()
        assert "default-src 'self'" in policy and "http:" not in policy and "https:" not in policy
        assert headers[b"x-content-type-options"] == b"nosniff"
