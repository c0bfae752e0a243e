"""Requests that mean ill: names that climb out of folders, script in names, pages of other sites,
forged and spent credentials, SQL. Refused in clear words; nothing is executed, nothing is lost."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from fill_store import EVIL
from served import Answer, Server
from world import PASSWORD, World

SECRET = "what nobody may read"
CLIMBING = [
    "..",
    "%2e%2e",
    "..%2f..%2fsecret.txt",
    "%2e%2e%2f%2e%2e%2fsecret.txt",
    "%252e%252e%252fsecret.txt",
    "..%5c..%5csecret.txt",
    "..%c0%af..%c0%afsecret.txt",
    "%ef%bc%8e%ef%bc%8e%ef%bc%8fsecret.txt",
    "%2fetc%2fpasswd",
    "../../secret.txt",
    "secret.txt%00.clog",
    "%00",
    "",
    "CON",
    "a" * 5000,
]
PLACES = [
    "GET /api/v1/projects/{}/runs",
    "GET /api/v1/projects/digits/runs/{}",
    "GET /api/v1/projects/digits/artifacts/{}",
    "GET /api/v1/projects/digits/artifacts/net:{}",
    "GET /api/v1/projects/{}/journals?run=r1",
    "GET /api/v1/projects/digits/journals?run={}",
    "GET /api/v1/projects/digits/journals/{}",
    "GET /api/v1/projects/digits/journals/{}~1~w.clog",
    "PUT /api/v1/projects/{}/journals/r1~1~w.clog",
    "PUT /api/v1/projects/digits/journals/{}~1~w.clog",
    "PUT /api/v1/projects/{}/views/mine",
    "DELETE /api/v1/projects/digits/runs/{}",
    "DELETE /api/v1/projects/digits/views/{}",
    "GET /api/v1/runs/{}",
    "GET /api/v1/blobs/{}",
    "PUT /api/v1/blobs/{}?bytes=0",
    "GET /api/v1/recall/runs?key=entry:{}",
    "DELETE /api/v1/leases/{}?holder=a",
    "DELETE /api/v1/users/{}",
    "DELETE /api/v1/keys/{}",
    "GET /assets/{}",
    "GET /{}",
]


def look_at(folder: Path) -> dict[str, int]:
    """What lies in a folder, and how long it is; what a server writes by itself is not counted."""
    own = ("/auth/", "/index", "server.json")
    files = {str(p): p.stat().st_size for p in folder.rglob("*") if p.is_file()}
    return {path: size for path, size in files.items() if not any(name in path for name in own)}


@pytest.mark.parametrize("place", PLACES)
def test_a_name_never_leaves_its_folder(world: World, place: str) -> None:
    root = world.server.folder.parent
    (root / "secret.txt").write_text(SECRET)
    before = look_at(root)
    for name in CLIMBING:
        target = place.format(name)
        text = f"{target} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n"
        text += f"Authorization: Bearer {world.keys['admin']}\r\n\r\n"
        answer = world.server.say(text.encode())
        is_page = place.startswith("GET /{") and answer.content_type == "text/html"
        is_nothing = answer.status == 200 and answer.content_type == "application/json"
        assert is_page or is_nothing or 400 <= answer.status < 500, (target, answer)
        assert SECRET.encode() not in answer.body
        assert b"root:" not in answer.body
    assert look_at(root) == before


EVIL_QUOTED = quote(EVIL, safe="")


@pytest.mark.parametrize(
    ("line", "body"),
    [
        (f"GET /projects/{EVIL_QUOTED}/runs", None),
        (f"GET /projects/digits/runs/{EVIL_QUOTED}", None),
        (f"GET /projects/digits/runs?filter={EVIL_QUOTED}", None),
        (f"GET /projects/digits/runs?sort={EVIL_QUOTED}", None),
        (f"GET /projects/digits/runs?limit={EVIL_QUOTED}", None),
        (f"GET /{EVIL_QUOTED}", None),
        ("GET /projects/digits/runs", None),
        (f"PUT /projects/digits/views/{EVIL_QUOTED}", {"state": EVIL}),
        ("POST /login", {"user": EVIL, "password": EVIL}),
        ("PATCH /projects/digits/runs/$", {EVIL: EVIL}),
    ],
)
def test_script_is_answered_as_data(world: World, line: str, body: Any) -> None:
    answer = world.ask(line.replace("$", world.names["first"]), body)
    assert answer.content_type == "application/json"
    assert answer.header("X-Content-Type-Options") == "nosniff"
    assert "default-src 'self'" in answer.header("Content-Security-Policy")
    assert "unsafe" not in answer.header("Content-Security-Policy")
    answer.json()


def test_a_run_may_be_called_anything_and_is_found_by_it(world: World) -> None:
    alive = world.ask(f"GET /projects/digits/runs/{world.names['alive']}").json()
    assert alive["name"] == EVIL
    found = world.ask(f"GET /projects/digits/runs?filter={quote(f'name = {json.dumps(EVIL)}')}")
    assert [run["id"] for run in found.json()["runs"]] == [world.names["alive"]]


def test_what_was_logged_is_a_download_or_in_a_sandbox(world: World) -> None:
    records = world.ask(f"GET /projects/digits/runs/{world.names['first']}/records").json()
    page = next(r["record"] for r in records["records"] if r["key"] == "page")
    target = f"GET /blobs/{page['sha256']}"
    answer = world.ask(target)
    assert EVIL.encode() in answer.body
    assert answer.content_type == "application/octet-stream"
    assert answer.header("Content-Disposition") == "attachment"
    assert answer.header("X-Content-Type-Options") == "nosniff"
    policy = world.ask(f"{target}?as=html").header("Content-Security-Policy")
    assert policy.startswith("sandbox; default-src 'none'")
    assert "allow-" not in policy
    assert "script" not in policy


def changes(world: World) -> str:
    """Something that a page of another site would like to do."""
    return f"PATCH /projects/digits/runs/{world.names['second']}"


CROSS_SITE = [
    {"Origin": "http://evil.example"},
    {"Origin": "null"},
    {"Origin": "https://localhost.evil.example"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site", "Origin": "http://127.0.0.1:1"},
]


@pytest.mark.parametrize("headers", CROSS_SITE)
@pytest.mark.parametrize("shows", ["a cookie", "nothing"])
def test_a_page_of_another_site_gets_nothing(
    world: World, server: Server, headers: dict[str, str], shows: str
) -> None:
    if shows == "a cookie":
        about = {**headers, "Cookie": world.cookie, "X-Cairn-CSRF": world.csrf}
        answers = [
            world.server.call(changes(world), {"notes": "hacked"}, headers=about),
            world.server.call("GET /projects", headers=about),
        ]
    else:  # on one's own machine nothing has to be shown
        answers = [
            server.call("POST /gc", {}, headers=headers),
            server.call("GET /projects", headers=headers),
        ]
    for answer in answers:
        assert answer.status == 403
        assert "Cairn's own page" in answer.message
        assert not answer.header("Access-Control-Allow-Origin")


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost@evil", ""])
def test_another_name_of_this_machine_is_refused(server: Server, host: str) -> None:
    for line in ("GET /projects", "POST /gc"):
        answer = server.call(line, headers={"Host": host})
        assert answer.status == 403
        assert "as the Host" in answer.message
    assert server.call("GET /projects", headers={"Host": "localhost:1"}).status == 200


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "text/plain"])
def test_a_form_of_another_page_changes_nothing(world: World, kind: str) -> None:
    about = {"Content-Type": kind, "Cookie": world.cookie}
    answer = world.server.call(changes(world), b'{"notes": "hacked"}', headers=about)
    assert answer.status == 403
    assert "X-Cairn-CSRF" in answer.message
    form = f"user=ada&password={PASSWORD}".encode()
    assert world.server.call("POST /login", form, headers={"Content-Type": kind}).status == 400
    notes = world.ask(f"GET {changes(world).split()[1]}").json()["notes"]
    assert "hacked" not in notes


@pytest.mark.parametrize("csrf", ["", "x", "A" * 43])
def test_a_cookie_without_its_token_changes_nothing(world: World, csrf: str) -> None:
    about = {"Cookie": world.cookie, **({"X-Cairn-CSRF": csrf} if csrf else {})}
    answer = world.server.call(changes(world), {"notes": "hacked"}, headers=about)
    assert answer.status == 403
    about["X-Cairn-CSRF"] = world.csrf
    assert world.server.call(changes(world), {"notes": ""}, headers=about).status == 200


FORGERIES: list[Callable[[str], str]] = [
    lambda token: "",
    lambda token: "A" * 43,
    lambda token: token[:-1] + ("A" if token[-1] != "A" else "B"),
    lambda token: token[1:],
    lambda token: token + token,
    lambda token: "' OR '1'='1",
    lambda token: "../" * 10,
    lambda token: "A" * 30_000,
]


@pytest.mark.parametrize("forge", FORGERIES)
def test_a_forged_credential_is_nobodys(world: World, forge: Callable[[str], str]) -> None:
    name, _, token = world.cookie.partition("=")
    key_id, secret = world.keys["admin"].rsplit("_", 1)
    for about in (
        {"Cookie": f"{name}={forge(token)}"},
        {"Authorization": f"Bearer {key_id}_{forge(secret)}"},
        {"Authorization": f"Bearer {forge(world.keys['admin'])}"},
        {"Authorization": f"Basic {forge(token)}"},
    ):
        answer = world.server.call("GET /projects", headers=about)
        assert answer.status == 401, about
        assert "digits" not in answer.message


def spend(world: World, kind: str, member: str) -> None:
    """Makes the key or log-in that was made last one of long ago."""
    path = world.server.folder / "auth/access.json"
    access = json.loads(path.read_text())
    newest = max(access[kind], key=lambda one: one["created_ns"])
    newest[member] = time.time_ns() - 15 * 24 * 3600 * 10**9
    written = path.with_suffix(".new")
    written.write_text(json.dumps(access))
    written.chmod(0o600)
    written.replace(path)


def ask_until_refused(ask: Callable[[], Answer]) -> Answer:
    """A change by another process counts within a moment."""
    deadline = time.monotonic() + 10
    answer = ask()
    while answer.status == 200 and time.monotonic() < deadline:
        answer = ask()
    return answer


def test_a_key_that_has_expired_is_refused_in_words(world: World) -> None:
    body = {"scopes": ["read"], "expires_ns": time.time_ns() + 10**12}
    key = world.ask("POST /keys", body).json()["text"]
    assert world.server.call("GET /projects", key=key).status == 200
    spend(world, "keys", "expires_ns")
    answer = ask_until_refused(lambda: world.server.call("GET /projects", key=key))
    assert answer.status == 401
    assert "expired" in answer.message


def test_a_log_in_that_was_not_used_for_long_is_over(world: World) -> None:
    body = {"user": "bob", "password": PASSWORD}
    cookie = world.ask("POST /login", body, scope="").header("Set-Cookie").partition(";")[0]
    spend(world, "sessions", "used_ns")
    answer = ask_until_refused(lambda: world.server.call("GET /me", headers={"Cookie": cookie}))
    assert answer.status == 401
    assert "log in" in answer.message


@pytest.mark.parametrize(
    "line",
    [
        "GET /projects/digits/runs",
        "GET /projects/digits/runs/$first",
        "GET /projects/digits/columns",
        "GET /projects/digits/keys",
        "GET /projects/digits/groups?by=name",
        "POST /projects/digits/series",
        "POST /projects/digits/live",
        "PATCH /projects/digits/runs/$first",
        "DELETE /projects/digits/runs/$first",
        "PUT /projects/digits/journals/r1~1~w.clog",
        "GET /runs/$first",
        "POST /projects/letters/series",
        "GET /projects/letters/runs/$first",
        "GET /users",
        "POST /gc",
    ],
)
def test_a_key_of_another_project_sees_nothing(world: World, line: str) -> None:
    body = {"runs": [world.names["first"]], "keys": ["loss"]} if "series" in line else {}
    answer = world.ask(line.replace("$first", world.names["first"]), body, "letters")
    assert answer.status in (403, 404)
    assert "0.1" not in answer.message
    listed = world.ask("GET /projects", scope="letters").json()["projects"]
    assert {project["name"] for project in listed} <= {"letters"}


@pytest.mark.parametrize(
    "line",
    [
        "GET /projects",
        "GET /projects/digits/runs",
        "GET /runs/$first",
        "GET /blobs/$blob",
        "GET /projects/digits/runs/$first/export",
        "POST /projects/digits/series",
        "POST /projects/digits/live",
        "PATCH /projects/digits/runs/$first",
        "DELETE /projects/digits/runs/$first",
        "GET /audit",
    ],
)
def test_a_key_for_uploads_reads_and_removes_nothing(world: World, line: str) -> None:
    for name, value in world.names.items():
        line = line.replace(f"${name}", value)
    answer = world.ask(line, scope="upload")
    assert answer.status == 403
    assert "found upload" in answer.message


def test_metrics_are_not_for_strangers(world: World) -> None:
    text = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n"
    assert world.server.say(text + b"\r\n").status == 401
    key = f"Authorization: Bearer {world.keys['read']}\r\n\r\n".encode()
    assert world.server.say(text + key).status == 200


SQL = [
    "'; DROP TABLE runs; --",
    "name = 'x' OR 1=1; DELETE FROM runs",
    "1) UNION SELECT sql FROM sqlite_master --",
    '"; ATTACH DATABASE "/tmp/x" AS x; --',
    "name' OR '1'='1",
    "\0' OR 1=1",
    "%'; PRAGMA writable_schema=1; --",
    "(SELECT load_extension('x'))",
]
SQL_PLACES = [
    "/projects/digits/runs?filter={}",
    "/projects/digits/runs?sort={}",
    "/projects/digits/runs?columns={}",
    "/projects/digits/runs?cursor={}",
    "/projects/digits/columns?search={}",
    "/projects/digits/keys?search={}",
    "/projects/digits/groups?by={}",
    "/projects/digits/groups?by=name&columns={0}&sort=mean:{0}",
    "/projects/digits/artifacts?type={}",
    "/projects/{}/runs",
    "/projects/digits/runs/{}",
    "/runs/{}",
    "/projects/digits/runs/$first/export?keys={}",
    "/projects/digits/runs/$first/records?key={}",
]


@pytest.mark.parametrize("place", SQL_PLACES)
def test_sql_is_a_word_like_any_other(world: World, place: str) -> None:
    everything = "GET /projects/digits/runs?columns=id,name,config.lr&sort=id"
    before = world.ask(everything).json()
    for text in SQL:
        target = place.replace("$first", world.names["first"]).format(quote(text, safe=""))
        answer = world.ask(f"GET {target}")
        assert answer.status in (200, 400, 404), answer.body
        assert answer.status == 200 or answer.message
    assert world.ask(everything).json() == before


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 1_000_000,
        b'{"a":' * 100_000,
        b'{"runs": ["' + b"\xff\xfe" + b'"], "keys": []}',
        b'{"runs": [], "keys": [], "min": 1e999}',
        b'{"runs": [], "keys": [], "buckets": 99999999999999999999}',
        b'{"runs": ["a"], "keys": [1]}',
        b'{"runs": {}, "keys": []} trailing',
        b"\0",
        b"null",
        b"\x1f\x8b\x08\0",
    ],
)
def test_a_body_that_is_none_is_refused(world: World, body: bytes) -> None:
    answer = world.ask("POST /projects/digits/series", body)
    assert answer.status in (400, 413)
    assert answer.message.startswith("expected")


@pytest.mark.parametrize(
    "search", ["(a*)*$", "(x{1000}){1000}", "(" * 10_000, "\\", "[", "a" * 50_000]
)
def test_an_expression_that_explodes_elsewhere_is_harmless(world: World, search: str) -> None:
    target = f"GET /projects/digits/keys?search={quote(search)}"
    assert world.ask(target).status in (200, 400)
    filters = f"GET /projects/digits/runs?filter={quote('name ~ ' + json.dumps(search))}"
    assert world.ask(filters).status in (200, 400, 413)


def test_nothing_was_damaged_by_all_of_this(world: World) -> None:
    assert world.ask("POST /doctor", {}).json()["damage"] == []
    runs = world.ask("GET /projects/digits/runs?columns=id").json()
    assert runs["total"] == 4
