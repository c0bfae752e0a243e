"""Reading from a server by its URL: the same answers, and clear words when it cannot be."""

from __future__ import annotations

import contextlib
import gzip
import http.server
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cairn
import pytest
from cairn import door
from cairn.transport import Remote


class Server(http.server.ThreadingHTTPServer):
    """A server on a free port of this machine: a private child answers, this passes it on."""

    daemon_threads = True

    def __init__(self, store: Path) -> None:
        super().__init__(("127.0.0.1", 0), Passing)
        self.child = door.PrivateChild(str(store))
        self.key = ""
        self.prefix = ""
        self.redirects_to = ""
        self.lacks = ""  # a part of paths that it does not know
        self.hangs_up_after = -1  # bytes of one answer's body, once
        self.drops_idle = False
        self.connections = 0
        self.asked: list[tuple[str, str, dict[str, str]]] = []
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}{self.prefix}"

    def get_request(self) -> Any:
        self.connections += 1
        return super().get_request()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hung up is no trouble."""

    def stop(self) -> None:
        self.shutdown()
        self.server_close()
        self.child.close()


class Passing(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def pass_on(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length") or 0)) or None
        self.server.asked.append((self.command, self.path, headers))
        status, content, about = self.reply(headers, body)
        if status < 300 and "gzip" in headers.get("accept-encoding", ""):
            content, about = gzip.compress(content), {"Content-Encoding": "gzip"}
        self.answer(status, content, about)

    def reply(
        self, headers: dict[str, str], body: bytes | None
    ) -> tuple[int, bytes, dict[str, str]]:
        server = self.server
        if server.redirects_to:
            return 302, b"", {"Location": server.redirects_to}
        if server.key and headers.get("authorization") != f"Bearer {server.key}":
            return 401, b'{"error": {"code": "invalid", "message": "expected an API key"}}', {}
        if server.lacks and server.lacks in self.path:
            message = "no such path in the API (x)"
            return 404, b'{"error": {"code": "not_found", "message": "%s"}}' % message.encode(), {}
        if not self.path.startswith(f"{server.prefix}/api/"):
            return 404, b"<html>not here</html>", {}
        passed = {"Range": headers["range"]} if "range" in headers else {}
        path = self.path[len(server.prefix) :]
        return (*server.child.request(self.command, path, body, passed), {})

    def answer(self, status: int, content: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        limit = self.server.hangs_up_after
        if 0 <= limit < len(content) and status < 300:
            self.server.hangs_up_after = -1
            content = content[:limit]
            self.close_connection = True
        self.wfile.write(content)
        self.close_connection |= self.server.drops_idle

    do_GET = do_POST = do_PATCH = do_DELETE = pass_on  # noqa: N815 - the names http.server calls

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing on stderr."""


@pytest.fixture
def server(read: Any, store: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server of the store that this test's runs are recorded in."""
    serving = Server(store)
    yield serving
    for transport in door._servers.values():
        transport.close()
    door._servers.clear()
    serving.stop()


@pytest.fixture
def run(store: Path) -> str:
    """The id of a run of project "digits" with a loss, a line and an artifact."""
    with cairn.init(project="digits", name="first", config={"lr": 0.1}) as run:
        for step in range(3):
            run.log({"loss": 1.0 / (step + 1)})
        run.write_logs("hello")
        Path("model.pt").write_bytes(b"weights" * 1000)
        run.log_artifact("model.pt", "net", "model")
        return run.id


def read_everything(run: cairn.RunRecord) -> tuple[Any, ...]:
    series = run.series("loss")
    return (
        run.name,
        run.config.lr,
        series.value.tolist(),
        run.console(),
        run.artifacts()[0].download(),
    )


def test_a_server_answers_as_the_folder_does(server: Server, run: str) -> None:
    far = cairn.runs("digits", url=server.url)[0]
    assert read_everything(far) == read_everything(cairn.runs("digits")[0])
    assert cairn.get(run, url=server.url).id == run
    assert cairn.artifact("digits/net", url=server.url).version == "v0"
    assert cairn.export(far, "far.csv").read_bytes() == cairn.export(run, "near.csv").read_bytes()
    assert any("gzip" in headers["accept-encoding"] for _, _, headers in server.asked)


def test_a_run_is_changed_and_removed_by_url(server: Server, run: str) -> None:
    far = cairn.get(run, url=server.url)
    far.update(name="renamed", tags=["x"])
    assert cairn.get(run).name == "renamed"
    far.delete()
    with pytest.raises(cairn.NotFoundError):
        cairn.get(run)


def test_who_is_read_is_said_by_url_then_dir_then_environment(
    server: Server, run: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CAIRN_URL", server.url)
    with pytest.raises(cairn.NotFoundError):
        cairn.get(run, dir=tmp_path / "empty")
    assert server.asked == []
    assert cairn.get(run).id == run
    assert len(server.asked) == 1
    monkeypatch.setenv("CAIRN_URL", "http://127.0.0.1:1")
    assert cairn.get(run, dir=tmp_path / "empty", url=server.url).id == run
    assert cairn.Api({"base_url": server.url}).run(f"digits/{run}").id == run


def test_one_connection_is_kept_and_begun_anew_when_it_died(server: Server, run: str) -> None:
    for _ in range(3):
        cairn.get(run, url=server.url)
    assert server.connections == 1
    server.drops_idle = True
    cairn.get(run, url=server.url)
    cairn.get(run, url=server.url)
    assert server.connections == 2


def test_the_key_is_sent_and_never_follows_a_redirection(
    server: Server, run: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.key = "cairn_secret"
    with pytest.raises(cairn.InvalidError, match="expected an API key"):
        cairn.get(run, url=server.url)
    monkeypatch.setenv("CAIRN_API_KEY", "cairn_secret")
    assert cairn.get(run, url=server.url).id == run
    thief = Server(Path("nowhere"))
    server.redirects_to = thief.url
    with pytest.raises(cairn.UnavailableError, match="redirection"):
        cairn.get(run, url=server.url)
    assert thief.asked == []
    thief.stop()
    monkeypatch.setenv("CAIRN_API_KEY", "two\r\nlines: x")
    with pytest.raises(cairn.InvalidError, match="one line"):
        cairn.get(run, url=server.url)


def test_a_server_behind_a_path_is_asked_there(server: Server, run: str) -> None:
    server.prefix = "/behind/proxy"
    assert cairn.get(run, url=server.url + "/").id == run
    assert server.asked[0][1].startswith("/behind/proxy/api/v1/")


def test_a_blob_that_was_cut_off_goes_on_by_range(server: Server, run: str) -> None:
    artifact = cairn.artifact("digits/net", url=server.url)
    server.hangs_up_after = 1000
    folder = Path(artifact.download("out"))
    assert (folder / "model.pt").read_bytes() == b"weights" * 1000
    ranges = [headers.get("range") for _, path, headers in server.asked if "/blobs/" in path]
    assert ranges == [None, "bytes=1000-"]


def test_a_server_that_is_away_is_told(run: str) -> None:
    with pytest.raises(cairn.UnavailableError, match=r"no answer.*127\.0\.0\.1:1\)"):
        cairn.get(run, url="http://127.0.0.1:1")


def test_a_server_that_is_too_old_is_told_with_its_version(server: Server, run: str) -> None:
    server.lacks = "/artifacts"
    with pytest.raises(cairn.UnavailableError, match=r"asks for, found cairn \d+\.\d+"):
        cairn.artifact("digits/net", url=server.url)


def test_something_else_than_a_server_is_told(server: Server, run: str) -> None:
    elsewhere = door.Door(Remote(f"{server.url}/elsewhere"))
    with (
        contextlib.closing(elsewhere),
        pytest.raises(cairn.UnavailableError, match="found status 404"),
    ):
        elsewhere.get("/projects")


@pytest.mark.parametrize(
    "url", ["localhost:8420", "ftp://host", "http://", "http://h:x", "http://h/?a=1", "http://h/ x"]
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(cairn.InvalidError, match="expected a URL"):
        cairn.runs("digits", url=url)


def test_a_key_in_the_address_is_refused_without_repeating_it() -> None:
    with pytest.raises(cairn.InvalidError, match="CAIRN_API_KEY") as told:
        cairn.runs("digits", url="http://me:secret@host")
    assert "secret" not in str(told.value)


def test_a_forked_child_has_a_connection_of_its_own(server: Server, run: str) -> None:
    cairn.get(run, url=server.url)
    pid = os.fork()
    if pid == 0:
        os._exit(0 if cairn.get(run, url=server.url).id == run else 1)
    assert os.waitpid(pid, 0)[1] == 0
    assert cairn.get(run, url=server.url).id == run
    assert server.connections == 2
