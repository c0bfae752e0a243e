"""Every operation of docs/openapi.json, asked of a running server: it answers what the file says,
in success and in each error that the file names."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from string import Template
from types import MappingProxyType
from typing import Any, NamedTuple

import jsonschema
import pytest
from served import Answer
from world import PASSWORD, SWEEP, World

SPEC: dict[str, Any] = json.loads(
    (Path(__file__).resolve().parents[2] / "docs/openapi.json").read_text()
)
METHODS = ("get", "head", "put", "post", "patch", "delete")
Operation = tuple[str, str]  # ("GET", "/projects/{project}/runs")
OPERATIONS: dict[Operation, dict[str, Any]] = {
    (method.upper(), path): about
    for path, methods in SPEC["paths"].items()
    for method, about in methods.items()
}
WATCHED = {  # an energy record
    "machine": {"cpu_model": "Intel Xeon Gold 6148", "sockets": 1, "threads": 40},
    "began_ns": 1_000_000_000,
    "ended_ns": 3_000_000_000,
    **{"watched_s": 2, "lost_s": 0, "cpu_s": 40, "share_s": 1, "even_s": 2, "load_s": 1},
    "sensors": [],
    "unmeasured": [],
}
BLOB = b"some bytes that nobody has"
NEW_BLOB = hashlib.sha256(BLOB).hexdigest()
NO_BLOB = "0" * 64
# A full disk is arranged in test_disaster.py, where the answer is checked against the file too.
ASKED_ELSEWHERE = {
    ("PUT", "/blobs/{sha256}", 507),
    ("PUT", "/projects/{project}/journals/{journal}", 507),
}


def find_operation(line: str) -> Operation:
    """That of "METHOD /path?query"."""
    method, _, target = line.partition(" ")
    parts = target.partition("?")[0].split("/")
    for known in OPERATIONS:
        pattern = known[1].split("/")
        fits = all(p.startswith("{") or p == part for p, part in zip(pattern, parts))
        if known[0] == method and len(pattern) == len(parts) and fits:
            return known
    raise LookupError(line)


def resolve(about: dict[str, Any]) -> dict[str, Any]:
    """What a $ref stands for."""
    while "$ref" in about:
        found: Any = SPEC
        for name in about["$ref"].removeprefix("#/").split("/"):
            found = found[name]
        about = found
    return about


def validate(value: object, schema: dict[str, Any]) -> None:
    """Fails where `value` is not as the schema says."""
    whole = {"components": SPEC["components"], **schema}
    jsonschema.Draft202012Validator(whole).validate(value)


def check_answer(operation: Operation, answer: Answer) -> None:
    """Fails where the file does not say that this may be answered."""
    responses = OPERATIONS[operation]["responses"]
    assert str(answer.status) in responses, f"{answer.status} is not documented: {answer.body!r}"
    response = resolve(responses[str(answer.status)])
    assert answer.header("X-Content-Type-Options") == "nosniff"
    for name in response.get("headers", {}):
        assert answer.header(name)
    if operation[0] == "HEAD":
        return
    content = response.get("content", {})
    assert answer.content_type in content, answer.body
    if answer.content_type == "application/json":
        validate(answer.json(), content["application/json"]["schema"])


class Case(NamedTuple):
    """One request, and the status it is answered with."""

    line: str
    status: int = 200
    body: Any = None
    scope: str = "admin"
    headers: Mapping[str, str] = MappingProxyType({})

    def __str__(self) -> str:
        return f"{self.line} {self.status}"


R = "/projects/digits/runs/$first"
SERIES = {"runs": ["$first"], "keys": ["loss"]}
BANDS = {"groups": [{"name": "all", "runs": ["$first", "$second"]}], "keys": ["loss"]}
MANIFEST = {
    "name": "made",
    "type": "model",
    "sha256": "$digest",
    "bytes": 7,
    "files": [{"path": "model.bin", "sha256": "$blob", "bytes": 7}],
}
NEW_SWEEP = {"project": "digits", "name": "new", "definition": SWEEP}
SWEEPS = "/sweeps/$sweep"
JOURNALS = "/projects/digits/journals"
JOURNAL = f"{JOURNALS}/r1~1~w1.clog"

CASES = [
    Case("GET /health"),
    Case("GET /projects"),
    Case("GET /projects?limit=x", 400),
    Case("GET /projects/digits/runs"),
    Case("GET /projects/digits/runs?columns=name,config.lr,summary.loss,tags,created&archived=0"),
    Case("GET /projects/digits/runs?filter=config.lr+%3E", 400),
    Case("GET /projects/none/runs", 404),
    Case("GET /projects/digits/columns"),
    Case("GET /projects/digits/columns?search=(", 400),
    Case("GET /projects/none/columns", 404),
    Case(f"GET {R}"),
    Case("GET /projects/digits/runs/$alive"),
    Case("GET /projects/digits/runs/none", 404),
    Case(f"PATCH {R}", body={"notes": "seen", "tags": ["x", "y"], "archived": False}),
    Case(f"PATCH {R}", 400, {"config": {}}),
    Case("PATCH /projects/digits/runs/none", 404, {"notes": ""}),
    Case("DELETE /projects/digits/runs/$alive", 409),
    Case("DELETE /projects/digits/runs/none", 404),
    Case(f"DELETE {R}?force=maybe", 400),
    Case("DELETE /projects/letters/runs/$other"),
    Case(f"GET {R}/keys"),
    Case(f"GET {R}/keys?cursor=x", 400),
    Case("GET /projects/digits/runs/none/keys", 404),
    Case(f"GET {R}/console"),
    Case(f"GET {R}/console?tail=1"),
    Case(f"GET {R}/console?tail=1&first=0", 400),
    Case("GET /projects/digits/runs/none/console", 404),
    Case(f"GET {R}/records"),
    Case(f"GET {R}/records?limit=-1", 400),
    Case("GET /projects/digits/runs/none/records", 404),
    Case(f"GET {R}/artifacts"),
    Case(f"GET {R}/artifacts?limit=x", 400),
    Case("GET /projects/digits/runs/none/artifacts", 404),
    Case(f"POST {R}/artifacts", body=MANIFEST),
    Case(f"POST {R}/artifacts", 400, {**MANIFEST, "name": "../x"}),
    Case(f"POST {R}/artifacts", 400, b"{"),
    Case("POST /projects/digits/runs/none/artifacts", 404, MANIFEST),
    Case(f"GET {R}/lineage"),
    Case("GET /projects/digits/runs/$second/lineage"),
    Case("GET /projects/digits/runs/none/lineage", 404),
    Case(f"GET {R}/relatives"),
    Case("GET /projects/digits/runs/none/relatives", 404),
    Case(f"GET {R}/export"),
    Case(f"GET {R}/export?format=jsonl&keys=loss"),
    Case(f"GET {R}/export?format=xml", 400),
    Case("GET /projects/digits/runs/none/export", 404),
    Case("GET /projects/digits/artifacts"),
    Case("GET /projects/digits/artifacts?limit=x", 400),
    Case("GET /projects/none/artifacts", 404),
    Case("GET /projects/digits/artifacts/net"),
    Case("GET /projects/digits/artifacts/net:latest"),
    Case("GET /projects/digits/artifacts/..", 400),
    Case("GET /projects/digits/artifacts/none", 404),
    Case("PATCH /projects/digits/artifacts/net:v0", body={"aliases": ["best"]}),
    Case("PATCH /projects/digits/artifacts/net:v0", 400, {"aliases": ["a:b"]}),
    Case("PATCH /projects/digits/artifacts/net:v9", 404, {"aliases": []}),
    Case("POST /projects/digits/series", body=SERIES),
    Case("POST /projects/digits/series", body={**SERIES, "buckets": 10, "axis": "relative"}),
    Case("POST /projects/digits/series", 400, {**SERIES, "axis": "up"}),
    Case("POST /projects/digits/series", 404, {**SERIES, "runs": ["none"]}),
    Case("POST /projects/digits/bands", body={**BANDS, "band": "std"}),
    Case("POST /projects/digits/bands", 400, {**BANDS, "band": "wide"}),
    Case("POST /projects/none/bands", 404, BANDS),
    Case("GET /projects/digits/groups?by=group,config.opt.name&columns=loss,acc"),
    Case("GET /projects/digits/groups?by=a,b,c,d", 400),
    Case("GET /projects/none/groups?by=group", 404),
    Case("GET /projects/digits/keys"),
    Case("GET /projects/digits/keys?stream=up", 400),
    Case("GET /projects/none/keys", 404),
    Case("PUT /projects/digits/views/mine", body={"state": "x=step"}),
    Case("PUT /projects/digits/views/gone", body={"state": ""}),
    Case("PUT /projects/digits/views/yours", body={"state": ""}),
    Case("PUT /projects/digits/views/mine", 400, {"state": 1}),
    Case("PUT /projects/none/views/mine", 404, {"state": ""}),
    Case("GET /projects/digits/views"),
    Case("GET /projects/digits/views?limit=x", 400),
    Case("GET /projects/none/views", 404),
    Case("DELETE /projects/digits/views/gone"),
    Case("DELETE /projects/digits/views/none", 404),
    Case("GET /runs/$first"),
    Case("GET /runs/none", 404),
    Case(f"GET /recall/runs?key=P:{'0' * 32}&key=entry:train.py&limit=10"),
    Case("GET /recall/runs?key=P:12", 400),
    Case("POST /leases/r1", body={"holder": "anna", "ttl_s": 600, "detail": {"share": 0.5}}),
    Case("POST /leases/r1", body={"holder": "bob", "ttl_s": 600}),
    Case("POST /leases/r1", 400, {"holder": "anna"}),
    Case("GET /leases/r1"),
    Case("GET /leases/a%20b", 400),
    Case("GET /leases/none", 404),
    Case("DELETE /leases/r1", 400),
    Case("DELETE /leases/r1?holder=bob", 409),
    Case("DELETE /leases/r1?holder=anna"),
    Case("POST /sweeps", 201, NEW_SWEEP),
    Case("POST /sweeps", 200, {**NEW_SWEEP, "load_if_exists": True}),
    Case("POST /sweeps", 400, {"project": "digits", "definition": {"method": "magic"}}),
    Case("GET /sweeps?project=digits&name=new"),
    Case("GET /sweeps?limit=x", 400),
    Case(f"GET {SWEEPS}"),
    Case("GET /sweeps/none", 404),
    Case(f"PATCH {SWEEPS}", body={"definition": {"budget": {"trials": 100}}}),
    Case(f"PATCH {SWEEPS}", 400, {"state": "asleep"}),
    Case("PATCH /sweeps/none", 404, {"state": "paused"}),
    Case("DELETE /sweeps/$spare"),
    Case("DELETE /sweeps/none", 404),
    Case(f"POST {SWEEPS}/ask", body={"worker": "bob", "count": 2, "lease_s": 600}),
    Case(f"POST {SWEEPS}/ask", 400, {"count": 2}),
    Case("POST /sweeps/none/ask", 404, {"worker": "bob"}),
    Case(f"GET {SWEEPS}/trials"),
    Case(f"GET {SWEEPS}/trials?state=asleep", 400),
    Case("GET /sweeps/none/trials", 404),
    Case(f"POST {SWEEPS}/trials", body={"trials": [{"params": {"lr": 0.5, "depth": 3}}]}),
    Case(f"POST {SWEEPS}/trials", 400, {"trials": [{"params": {"lr": 7, "depth": 3}}]}),
    Case("POST /sweeps/none/trials", 404, {"trials": []}),
    Case(f"GET {SWEEPS}/trials/0"),
    Case(f"GET {SWEEPS}/trials/first", 400),
    Case(f"GET {SWEEPS}/trials/99", 404),
    Case(
        f"POST {SWEEPS}/trials/3/heartbeat",
        body={"worker": "anna", "run": "digits/r", "checkpoint": 3},
    ),
    Case(f"POST {SWEEPS}/trials/3/heartbeat", 400, {"worker": "anna", "lease_s": 0}),
    Case(f"POST {SWEEPS}/trials/99/heartbeat", 404, {"worker": "anna"}),
    Case(f"POST {SWEEPS}/trials/3/report", body={"step": 1, "values": {"loss": 0.5}}),
    Case(f"POST {SWEEPS}/trials/3/report", 400, {"values": [0.5]}),
    Case(f"POST {SWEEPS}/trials/99/report", 404, {"step": 1, "values": [0.5]}),
    Case(f"POST {SWEEPS}/trials/3/tell", body={"values": [0.5], "cost": {"kwh": 0.1}}),
    Case(f"POST {SWEEPS}/trials/3/tell", 400, {"values": 3}),
    Case(f"POST {SWEEPS}/trials/99/tell", 404, {"values": [1]}),
    Case(f"GET {SWEEPS}/belief?x=lr&y=depth&places=4"),
    Case(f"GET {SWEEPS}/belief", 400),
    Case(f"GET {SWEEPS}/belief?x=none", 404),
    Case(f"GET {SWEEPS}/importance"),
    Case("GET /sweeps/none/importance", 404),
    Case(f"GET {SWEEPS}/transcript"),
    Case(f"GET {SWEEPS}/transcript?limit=x", 400),
    Case("GET /sweeps/none/transcript", 404),
    Case("GET /blobs/$blob"),
    Case("GET /blobs/$blob?as=html"),
    Case("GET /blobs/$blob?as=pdf", 400),
    Case("GET /blobs/$blob", 206, headers={"Range": "bytes=2-"}),
    Case("GET /blobs/$blob", 416, headers={"Range": "bytes=99-"}),
    Case("GET /blobs/short", 400),
    Case(f"GET /blobs/{NO_BLOB}", 404),
    Case("HEAD /blobs/$blob"),
    Case("HEAD /blobs/$blob", scope="upload"),
    Case("HEAD /blobs/short", 400),
    Case(f"HEAD /blobs/{NO_BLOB}", 404),
    Case(f"PUT /blobs/{NEW_BLOB}?from=0&bytes={len(BLOB)}", 200, BLOB[:5], "upload"),
    Case(f"PUT /blobs/{NEW_BLOB}?from=5&bytes={len(BLOB)}", 200, BLOB[5:], "upload"),
    Case(f"PUT /blobs/{NO_BLOB}?from=0&bytes=3", 400, b"abc", "upload"),
    Case("POST /doctor", body={}),
    Case("POST /doctor", 400, b"[]"),
    Case("POST /gc", body={"dry_run": True}),
    Case("POST /gc", 400, {"grace_s": -1}),
    Case(f"GET {JOURNALS}?run=$first", scope="upload"),
    Case(f"GET {JOURNALS}?run=none", scope="upload"),
    Case(f"GET {JOURNALS}?run=..", 400, scope="upload"),
    Case(f"GET {JOURNAL}", scope="upload"),
    Case(f"GET {JOURNALS}/none", 400, scope="upload"),
    Case(f"PUT {JOURNAL}?from=0", 200, b"", "upload"),
    Case(f"PUT {JOURNAL}?from=0", 400, b"x" * 200, "upload"),
    Case(f"PUT {JOURNAL}?from=1000", 409, b"abc", "upload"),
    Case("POST /projects/digits/live", body={"runs": ["$first"], "keys": ["loss"]}),
    Case("POST /projects/digits/live", 400, {"runs": "x"}),
    Case("POST /projects/none/live", 404, {}),
    Case("POST /login", 200, {"user": "bob", "password": PASSWORD}, ""),
    Case("POST /login", 400, {"user": "bob"}, ""),
    Case("POST /login", 401, {"user": "nobody", "password": PASSWORD}, ""),
    Case(
        "POST /login", 403, {"user": "bob", "password": ""}, "", {"Origin": "http://evil.example"}
    ),
    Case("POST /logout", 400),
    Case("GET /me"),
    Case("GET /users"),
    Case("GET /users?limit=x", 400),
    Case("POST /users", 200, {"name": "eve", "password": PASSWORD, "scopes": ["read"]}),
    Case("POST /users", 400, {"name": "", "password": PASSWORD, "scopes": ["read"]}),
    Case("POST /users", 409, {"name": "bob", "password": PASSWORD, "scopes": ["read"]}),
    Case("PUT /users/bob/password", body={"password": PASSWORD}),
    Case("PUT /users/bob/password", 400, {"password": "short"}),
    Case("PUT /users/bob/password", 403, {"password": PASSWORD}, "write"),
    Case("PUT /users/none/password", 404, {"password": PASSWORD}),
    Case("DELETE /users/eve"),
    Case("DELETE /users/none", 404),
    Case("GET /keys"),
    Case("GET /keys?limit=x", 400),
    Case("POST /keys", body={"scopes": ["read"], "name": "new", "projects": ["digits"]}),
    Case("POST /keys", 400, {"scopes": ["fly"]}),
    Case("POST /keys", 404, {"scopes": ["read"], "user": "none"}),
    Case("DELETE /keys/none", 404),
    Case("GET /audit"),
    Case("GET /audit?limit=0", 400),
    Case("GET /projects/digits/report?metric=loss&direction=minimize"),
    Case("GET /projects/digits/report?format=html&zone=FR"),
    Case("GET /projects/digits/report?metric=loss&format=tex"),
    Case("GET /projects/digits/report?metric=loss&format=md&figures=figs/"),
    Case("GET /projects/digits/report?metric=loss&format=svg&figure=best_so_far"),
    Case("GET /projects/digits/report?metric=loss&format=csv&figure=best_so_far"),
    Case("GET /projects/digits/report?metric=loss&format=document"),
    Case("GET /projects/digits/report?format=docx", 400),
    Case("GET /projects/digits/report?format=svg&figure=trend", 404),
    Case("GET /projects/none/report", 404),
    Case("GET /projects/digits/report/sensitivity?metric=loss&target=top:50%25"),
    Case("GET /projects/digits/report/sensitivity?metric=loss&scale=linear", 400),
    Case("GET /projects/none/report/sensitivity", 404),
    Case("GET /projects/digits/report/expected?metric=loss&direction=minimize"),
    Case("GET /projects/digits/report/expected?metric=loss&confidence=2", 400),
    Case("GET /projects/digits/report/expected?metric=loss&sweep=none", 404),
    Case("GET /projects/digits/report/design?metric=loss&runs=8"),
    Case("GET /projects/digits/report/design?metric=loss&runs=1", 400),
    Case("GET /projects/none/report/design?runs=8", 404),
    Case("GET /projects/digits/report/replay?metric=loss&direction=minimize&policy=nan,median"),
    Case("GET /projects/digits/report/replay?metric=loss&direction=minimize&policy=medain", 400),
    Case("GET /projects/none/report/replay", 404),
    Case("GET /projects/digits/report/compare_search?metric=loss&samplers=tpe"),
    Case("GET /projects/digits/report/compare_search?metric=loss&seeds=3", 400),
    Case("GET /projects/digits/report/compare_search?metric=loss&sweep=none", 404),
    Case("GET /waste?by=user,project&since=90d&project=digits"),
    Case("GET /waste?by=day", 400),
    Case("GET /waste?project=none", 404),
    Case("GET /footprint?by=user,day&since=90d&zone=FR"),
    Case("GET /footprint?by=name", 400),
    Case("GET /footprint/export?format=codecarbon"),
    Case("GET /footprint/export?format=latex"),
    Case("GET /footprint/export?format=word", 400),
    Case("GET /footprint/export?format=latex&since=2261-01-01", 404),
    Case("GET /footprint/break_even?model=digits"),
    Case("GET /footprint/break_even", 400),
    Case("GET /footprint/break_even?model=none", 404),
    Case("GET /projects/digits/footprint?by=device&filter=config.lr+%3E+0"),
    Case("GET /projects/digits/footprint?since=soon", 400),
    Case("GET /projects/none/footprint", 404),
    Case("GET /projects/digits/footprint/export?format=markdown"),
    Case("GET /projects/digits/footprint/export?zone=none", 400),
    Case("GET /projects/none/footprint/export", 404),
    Case(f"GET {R}/footprint?zone=FR"),
    Case(f"GET {R}/footprint?pue=0", 400),
    Case("GET /projects/digits/runs/none/footprint", 404),
    Case(f"GET {R}/footprint/alternatives?zone=FR&zones=SE,PL"),
    Case(f"GET {R}/footprint/alternatives?reach_h=-1", 400),
    Case("GET /projects/digits/runs/none/footprint/alternatives", 404),
    Case(f"POST {R}/footprint/calibration", body={"wall_kwh": 5}),
    Case(f"POST {R}/footprint/calibration", 400, {"wall_kwh": 0}),
    Case("POST /projects/digits/runs/none/footprint/calibration", 404, {"wall_kwh": 5}),
    Case("GET /footprint/estimate?gpus=8xV100&hours=40&zone=FR&year=2022"),
    Case("GET /footprint/estimate?scenario=essay-2019"),
    Case("GET /footprint/estimate?presets=1"),
    Case("GET /footprint/estimate?gpus=8xV1000", 400),
    Case("POST /footprint/assess", body={"records": [], "place": {"zone": "FR"}}),
    Case("POST /footprint/assess", 400, {"records": {}}),
    Case(
        "POST /footprint/inference",
        body={
            "meter": [[1, 0.0], [2_000_000_001, 50.0]],
            "requests": [{"began_ns": 5, "ended_ns": 1_000_000_000, "tokens_out": 7}],
        },
    ),
    Case(
        "POST /footprint/inference",
        body={
            "record": WATCHED,
            "readings": [
                [1_000_000_000, {}],
                [3_000_000_000, {"energy.share_s": 1, "energy.even_s": 2, "energy.load_s": 1}],
            ],
            "place": {"zone": "FR"},
            "requests": [{"began_ns": 1_000_000_000, "ended_ns": 2_000_000_000}],
        },
    ),
    Case("POST /footprint/inference", 400, {"meter": []}),
    Case("POST /footprint/inference", 400, {"readings": [], "requests": []}),
    Case("GET /tables"),
    Case("POST /tables", body={"text": "datetime,g_per_kwh\n2025-01-01,50\n", "zone": "FR"}),
    Case("POST /tables", 400, {"text": ""}),
]


def fill_in(value: Any, names: dict[str, str]) -> Any:
    """`value` with what stands for each $name."""
    if isinstance(value, str):
        return Template(value).substitute(names)
    if isinstance(value, list):
        return [fill_in(item, names) for item in value]
    if isinstance(value, dict):
        return {name: fill_in(member, names) for name, member in value.items()}
    return value


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_request_is_answered_as_the_file_says(world: World, case: Case) -> None:
    operation = find_operation(case.line)
    body = fill_in(case.body, world.names)
    answer = world.ask(fill_in(case.line, world.names), body, case.scope, **case.headers)
    assert answer.status == case.status, answer.body
    check_answer(operation, answer)
    if case.status < 300 and isinstance(body, dict):
        asked = OPERATIONS[operation]["requestBody"]["content"]["application/json"]
        validate(body, asked["schema"])


def needs(operation: Operation) -> str:
    return str(OPERATIONS[operation]["x-scope"])


def lines(kind: str) -> list[str]:
    """A request for each operation that is open to whoever is known, asks for a scope, or has a
    body."""
    wanted: Callable[[Operation], bool] = {
        "known": lambda o: needs(o) != "public",
        "scoped": lambda o: needs(o) not in ("public", "any"),
        "body": lambda o: "requestBody" in OPERATIONS[o],
    }[kind]
    return [f"{method} {path}" for method, path in OPERATIONS if wanted((method, path))]


def concrete(line: str) -> str:
    for name in re.findall(r"{(\w+)}", line):
        line = line.replace(f"{{{name}}}", "digits")
    return line


@pytest.mark.parametrize("line", lines("known"))
def test_whoever_shows_nothing_is_not_known(world: World, line: str) -> None:
    operation: Operation = tuple(line.split())  # type: ignore[assignment]
    answer = world.ask(concrete(line), scope="")
    assert answer.status == 401
    check_answer(operation, answer)
    assert answer.header("WWW-Authenticate").startswith("Bearer")


@pytest.mark.parametrize("line", lines("scoped"))
def test_whoever_lacks_the_scope_is_told_which(world: World, line: str) -> None:
    operation: Operation = tuple(line.split())  # type: ignore[assignment]
    if needs(operation) == "read or upload":  # every key has one: a page of another site then
        answer = world.ask(concrete(line), scope="", Cookie=world.cookie, Origin="http://evil")
    else:
        lesser = {"read": "upload", "upload": "read", "write": "upload", "admin": "write"}
        answer = world.ask(concrete(line), scope=lesser[needs(operation)])
        if operation[0] != "HEAD":
            assert f"expected the scope {needs(operation)}" in answer.message
    assert answer.status == 403
    check_answer(operation, answer)


@pytest.mark.parametrize("line", lines("body"))
def test_a_body_beyond_the_limit_is_refused_before_it_comes(world: World, line: str) -> None:
    operation: Operation = tuple(line.split())  # type: ignore[assignment]
    answer = world.ask(concrete(line), Content_Length=str(1 << 31))
    assert answer.status == 413
    check_answer(operation, answer)


def test_a_session_that_is_no_page_of_ours_ends_nothing(world: World) -> None:
    answer = world.ask("POST /logout", scope="", Cookie=world.cookie)
    assert answer.status == 403
    assert "X-Cairn-CSRF" in answer.message
    check_answer(("POST", "/logout"), answer)
    assert world.ask("GET /me", scope="", Cookie=world.cookie).json()["user"] == "ada"


def test_a_log_in_ends_with_its_cookie(world: World) -> None:
    answer = world.ask("POST /login", {"user": "bob", "password": PASSWORD}, scope="")
    about = {"Cookie": answer.header("Set-Cookie"), "X_Cairn_CSRF": answer.json()["csrf"]}
    answer = world.ask("POST /logout", scope="", **about)
    assert answer.status == 200
    check_answer(("POST", "/logout"), answer)
    assert world.ask("GET /me", scope="", **about).status == 401


def test_a_key_is_gone_when_it_is_revoked(world: World) -> None:
    made = world.ask("POST /keys", {"scopes": ["read"]}).json()
    answer = world.ask(f"DELETE /keys/{made['id']}")
    assert answer.status == 200
    check_answer(("DELETE", "/keys/{key}"), answer)
    assert world.server.call("GET /me", key=made["text"]).status == 401


def named_in_the_file() -> Iterator[tuple[str, str, int]]:
    for (method, path), about in OPERATIONS.items():
        yield from ((method, path, int(s)) for s in about["responses"] if s != "default")


def test_every_answer_of_the_file_is_asked_for() -> None:
    asked = {(*find_operation(case.line), case.status) for case in CASES} | ASKED_ELSEWHERE
    for kind, status in (("known", 401), ("scoped", 403), ("body", 413)):
        asked |= {(*find_operation(line), status) for line in lines(kind)}
    asked |= {("POST", "/logout", 200), ("POST", "/logout", 403), ("DELETE", "/keys/{key}", 200)}
    asked |= {("POST", "/login", 429), ("PUT", "/users/{user}/password", 429)}
    assert set(named_in_the_file()) - asked == set()


def lists() -> Iterator[tuple[str, str]]:
    """(path, name of the list) for what GET answers as a list of things."""
    for (method, path), about in OPERATIONS.items():
        content = about["responses"]["200"].get("content", {}).get("application/json")
        if method != "GET" or not content:
            continue
        for name, schema in resolve(content["schema"]).get("properties", {}).items():
            items = [s.get("items", {}) for s in (schema, *schema.get("anyOf", []))]
            if any(resolve(item).get("type") == "object" for item in items):
                yield path, name


# Lines have numbers, and a page that scrolls through a million of them asks by these; what a run
# made and used are two lists, of what one program touched. What is recalled is the newest or the
# closest of many; what a sweep aims at, how a trial was judged, parameters and tables are few;
# of the groups of a footprint those that used most are wanted.
NOT_BY_CURSOR = {
    ("/recall/runs", "runs"),
    ("/projects/{project}/runs/{run}/relatives", "relatives"),
    ("/projects/{project}/runs/{run}/console", "lines"),
    ("/projects/{project}/runs/{run}/lineage", "made"),
    ("/projects/{project}/runs/{run}/lineage", "used"),
    ("/footprint", "groups"),
    ("/footprint", "equivalents"),
    ("/projects/{project}/footprint", "groups"),
    ("/projects/{project}/footprint", "equivalents"),
    ("/waste", "classes"),
    ("/waste", "groups"),
    ("/waste", "top"),
    ("/waste", "constants"),
    ("/projects/{project}/runs/{run}/footprint", "parts"),
    ("/projects/{project}/runs/{run}/footprint/alternatives", "alternatives"),
    ("/projects/{project}/report/sensitivity", "parameters"),
    ("/projects/{project}/report/sensitivity", "pairs"),
    ("/projects/{project}/report/sensitivity", "ablation"),
    ("/projects/{project}/report/expected", "curve"),
    ("/projects/{project}/report", "checklist"),
    ("/projects/{project}/report/replay", "searches"),
    ("/projects/{project}/report/replay", "policies"),
    ("/projects/{project}/report/replay", "checks"),
    ("/projects/{project}/report/compare_search", "searches"),
    ("/projects/{project}/report/compare_search", "samplers"),
    ("/projects/{project}/report/compare_search", "parameters"),
    ("/tables", "tables"),
    ("/tables", "hourly"),
    ("/sweeps/{sweep}", "objectives"),
    ("/sweeps/{sweep}/importance", "parameters"),
    ("/sweeps/{sweep}/trials/{trial}", "decisions"),
}


@pytest.mark.parametrize(("path", "name"), sorted(set(lists()) - NOT_BY_CURSOR))
def test_a_list_walked_one_by_one_is_the_whole(world: World, path: str, name: str) -> None:
    names = {**world.names, "project": "digits", "run": world.names["first"], "artifact": "net"}
    target = path
    for part, value in names.items():
        target = target.replace(f"{{{part}}}", value)
    query = "by=name" if path.endswith("/groups") else "archived="
    whole = world.ask(f"GET {target}?{query}").json()
    walked: list[Any] = []
    cursor: str | None = ""
    while cursor is not None:
        answer = world.ask(f"GET {target}?{query}&limit=1&cursor={cursor}")
        check_answer(("GET", path), answer)
        page = answer.json()
        assert len(page[name]) == 1
        assert page.get("total", len(whole[name])) == len(whole[name])
        walked += page[name]
        cursor = page["next_cursor"]
        assert len(walked) <= len(whole[name])
    assert len(walked) >= 2, "a list of one shows nothing"
    moving = {"duration_s": 0, "updated_ns": 0, "last_used_ns": 0}
    assert [{**item, **moving} for item in walked] == [{**item, **moving} for item in whole[name]]
    assert whole["next_cursor"] is None
    after = world.ask(f"GET {target}?{query}&limit=1&cursor=999999")
    assert after.json()["next_cursor"] is None or path == "/audit"


def test_lines_walked_one_by_one_are_the_whole(world: World) -> None:
    target = f"GET /projects/digits/runs/{world.names['first']}/console"
    whole = world.ask(target).json()
    walked = [
        line
        for first in range(whole["count"])
        for line in world.ask(f"{target}?first={first}&limit=1").json()["lines"]
    ]
    assert walked == whole["lines"] != []


def test_a_method_that_a_path_has_not_is_told_those_it_has(world: World) -> None:
    answer = world.ask("DELETE /projects")
    assert answer.status == 405
    assert answer.header("Allow") == "GET"
    validate(answer.json(), SPEC["components"]["schemas"]["Error"])


def test_guessing_is_slowed_down(world: World) -> None:
    # The last test of this world: nobody of this machine can log in for a minute.
    for line, body, about in (
        ("POST /login", {"user": "carl", "password": "a wrong password"}, {}),
        (
            "PUT /users/ada/password",
            {"password": PASSWORD, "present": "a wrong password"},
            {"Cookie": world.cookie, "X_Cairn_CSRF": world.csrf},
        ),
    ):
        answer = Answer()
        for _ in range(30):
            answer = world.ask(line, body, scope="", **about)
            if answer.status != 401:
                break
        assert answer.status == 429
        assert int(answer.header("Retry-After")) > 0
        check_answer(find_operation(line), answer)
