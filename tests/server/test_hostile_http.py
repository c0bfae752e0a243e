"""What is no HTTP, or too much or too slow of it, is refused or cut off, and nobody else notices.

The smaller cases are tests of core/server/tcp_server_test.cc; here the whole server meets one of
each kind.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from served import PATIENCE_S, Peer, Server, serving

HOST = b"Host: localhost\r\n"
GOOD = b"GET /api/v1/projects HTTP/1.1\r\n" + HOST + b"\r\n"
POST = b"POST /api/v1/gc HTTP/1.1\r\n" + HOST
MEMORY_BYTES_MAX = 64 << 20  # more than one body of 16 MiB in its pieces, far less than 2 GiB


def say_until_cut_off(peer: Peer, text: bytes) -> int:
    """Says `text` again and again until the server has enough of it; how many bytes that took."""
    deadline = time.monotonic() + PATIENCE_S
    said = 0
    with contextlib.suppress(ConnectionError):
        while time.monotonic() < deadline:
            peer.socket.sendall(text)
            said += len(text)
    assert time.monotonic() < deadline, "nobody stopped us"
    return said


@pytest.fixture(autouse=True)
def serves_on(shared: Server) -> Iterator[None]:
    """After each test the server is the process it was, and answers."""
    pid = shared.pid
    yield
    assert shared.call("GET /projects").status == 200
    assert shared.call("GET /health").json()["pid"] == pid


NO_REQUESTS = {
    "no method": b" / HTTP/1.1\r\n" + HOST + b"\r\n",
    "no target": b"GET\r\n\r\n",
    "no version": b"GET /\r\n\r\n",
    "two spaces": b"GET  / HTTP/1.1\r\n\r\n",
    "a version that is none": b"GET / HTTP/9.9\r\n\r\n",
    "words behind the version": b"GET / HTTP/1.1 x\r\n\r\n",
    "a method of strange characters": b"G\xffT / HTTP/1.1\r\n" + HOST + b"\r\n",
    "the preface of HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a TLS greeting": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(64),
    "zeros": bytes(256),
    "a NUL in the target": b"GET /\0 HTTP/1.1\r\n" + HOST + b"\r\n",
    "a NUL in a name": b"GET / HTTP/1.1\r\n" + HOST + b"X\0: y\r\n\r\n",
    "a NUL in a value": b"GET / HTTP/1.1\r\n" + HOST + b"X: \0\r\n\r\n",
    "a space before a colon": b"GET / HTTP/1.1\r\nHost : localhost\r\n\r\n",
    "a header without colon": b"GET / HTTP/1.1\r\n" + HOST + b"nonsense\r\n\r\n",
    "a lone line feed": b"GET / HTTP/1.1\nHost: localhost\n\n",
    "no host": b"GET / HTTP/1.1\r\n\r\n",
    "two hosts": b"GET / HTTP/1.1\r\n" + HOST + b"Host: evil.example\r\n\r\n",
    "a length that is negative": POST + b"Content-Length: -1\r\n\r\n",
    "a length that is none": POST + b"Content-Length: 0x10\r\n\r\n",
    "a length beyond 64 bits": POST + b"Content-Length: 99999999999999999999\r\n\r\n",
    "two lengths": POST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n{}",
    "a list of lengths": POST + b"Content-Length: 2, 3\r\n\r\n{}",
    "a length and chunks": POST
    + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "another encoding": POST + b"Transfer-Encoding: gzip\r\n\r\n0\r\n\r\n",
    "an encoding behind chunks": POST + b"Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n",
    "a chunk of no size": POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
    "a chunk beyond 64 bits": POST
    + b"Transfer-Encoding: chunked\r\n\r\n11111111111111111\r\n{}\r\n0\r\n\r\n",
    "a chunk longer than it says": POST + b"Transfer-Encoding: chunked\r\n\r\n1\r\n{}\r\n0\r\n\r\n",
    "the form of proxies": b"GET http://localhost/api/v1/projects HTTP/1.1\r\n" + HOST + b"\r\n",
    "an asterisk": b"OPTIONS * HTTP/1.1\r\n" + HOST + b"\r\n",
    "a tunnel": b"CONNECT evil.example:443 HTTP/1.1\r\n" + HOST + b"\r\n",
    "half an escape": b"GET /api/v1/runs/%2 HTTP/1.1\r\n" + HOST + b"\r\n",
    "an escape of no digits": b"GET /api/v1/projects?limit=%zz HTTP/1.1\r\n" + HOST + b"\r\n",
}


@pytest.mark.parametrize("text", NO_REQUESTS.values(), ids=NO_REQUESTS.keys())
def test_what_is_no_request_is_refused_with_a_sentence(shared: Server, text: bytes) -> None:
    answer = shared.say(text)
    assert answer.status == 400, answer
    assert answer.message.startswith("expected")
    assert answer.content_type == "application/json"


@pytest.mark.parametrize("method", ["TRACE", "PROPFIND", "GETS", "get"])
def test_a_method_that_is_none_of_ours_is_refused(shared: Server, method: str) -> None:
    answer = shared.call(f"{method} /projects")
    assert answer.status == 405
    assert answer.header("Allow") == "GET"


@pytest.mark.parametrize(
    "text",
    [
        b"GET /" + b"a" * (1 << 17) + b" HTTP/1.1\r\n" + HOST + b"\r\n",
        b"GET / HTTP/1.1\r\n" + HOST + b"X: " + b"a" * (1 << 17) + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + HOST + b"X: y\r\n" * (1 << 14) + b"\r\n",
    ],
    ids=["target", "value", "number"],
)
def test_a_head_that_is_huge_is_refused(shared: Server, text: bytes) -> None:
    answer = shared.say(text)
    assert answer.status == 413
    assert "65536 bytes" in answer.message


def test_a_head_without_end_is_refused_at_its_limit(shared: Server) -> None:
    with shared.peer() as peer:
        peer.say(b"GET / HTTP/1.1\r\n")
        assert say_until_cut_off(peer, b"X: y\r\n" * 1024) > 1 << 16
    assert shared.resident_bytes() < MEMORY_BYTES_MAX


def test_requests_may_come_together_and_a_bad_one_ends_them(shared: Server) -> None:
    with shared.peer() as peer:
        peer.say(GOOD * 3 + b"nonsense\r\n\r\n" + GOOD)
        assert [peer.hear().status for _ in range(4)] == [200, 200, 200, 400]
        assert peer.is_over()


def test_a_request_inside_a_body_is_a_body(shared: Server) -> None:
    inner = b"POST /api/v1/doctor HTTP/1.1\r\n" + HOST + b"\r\n"
    with shared.peer() as peer:
        peer.say(POST + b"Content-Length: %d\r\n\r\n" % len(inner) + inner + GOOD)
        assert peer.hear().status == 400
        assert "projects" in peer.hear().json()


def test_a_body_of_2_gib_is_refused_before_it_is_read(shared: Server) -> None:
    before = shared.resident_bytes()
    for line in ("POST /gc", f"PUT /blobs/{'0' * 64}?bytes={2 << 30}"):
        answer = shared.call(line, headers={"Content-Length": str(2 << 30)})
        assert answer.status == 413
        assert "expected a body of at most" in answer.message
    assert shared.resident_bytes() - before < 16 << 20


def test_chunks_of_2_gib_are_counted_and_refused(shared: Server) -> None:
    chunk = b"100000\r\n" + bytes(1 << 20) + b"\r\n"
    with shared.peer() as peer:
        peer.say(POST + b"Transfer-Encoding: chunked\r\n\r\n" + chunk * 20)
        assert peer.hear().status == 413
    with shared.peer() as peer:
        peer.say(POST + b"Transfer-Encoding: chunked\r\n\r\n")
        assert say_until_cut_off(peer, chunk) > 16 << 20
    assert shared.resident_bytes() < 2 * MEMORY_BYTES_MAX


def test_many_who_say_nothing_or_half_block_nobody(shared: Server) -> None:
    with contextlib.ExitStack() as until:
        for number in range(400):
            peer = until.enter_context(Peer(shared.host, shared.port))
            peer.say((b"", b"G", GOOD[:-2], POST + b"Content-Length: 9\r\n\r\n")[number % 4])
        assert [shared.call("GET /projects").status for _ in range(20)] == [200] * 20
    assert shared.resident_bytes() < 2 * MEMORY_BYTES_MAX


def test_strangers_who_begin_to_log_in_take_no_room_from_others(shared: Server) -> None:
    line = b"POST /api/v1/login HTTP/1.1\r\n" + HOST
    with contextlib.ExitStack() as until:
        for number in range(100):
            length = (b"Transfer-Encoding: chunked", b"Content-Length: 60000")[number % 2]
            until.enter_context(shared.peer()).say(line + length + b"\r\n\r\n")
        assert shared.call("POST /gc", {"dry_run": True}).status == 200
    assert shared.call("POST /login", b" " * 100_000).status == 413


def test_what_a_peer_that_hangs_up_asked_for_disturbs_nobody(shared: Server) -> None:
    for length in range(0, len(GOOD), 7):
        shared.peer().say(GOOD[:length]).close()
    for _ in range(50):
        shared.peer().say(GOOD * 10).close()


def test_an_access_log_that_strangers_write_has_a_line_for_each(tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    with serving(tmp_path / "store", access_log=str(log)) as server:
        server.call("GET /runs/a%0d%0aforged", headers={"User-Agent": 'x" "y\t\x1b[31m'})
        server.call("GET /projects")
        server.stop()
    lines = log.read_bytes().splitlines()
    assert len(lines) == 2
    assert all(byte >= 0x20 for line in lines for byte in line)
