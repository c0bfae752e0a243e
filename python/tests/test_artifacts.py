"""Artifacts and saved files: kept once, numbered, found by name, written back as they were."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import cairn
import pytest
from cairn import artifacts, door
from cairn.download import folder_when_whole, inside


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "model.pt"
    path.write_bytes(b"weights")
    return path


def log(model: Path, content: bytes, *aliases: str, name: str = "net") -> cairn.Artifact:
    """A run that logs one file."""
    model.write_bytes(content)
    with cairn.init(project="digits") as run:
        return run.log_artifact(model, name, "model", aliases=list(aliases))


def test_a_file_is_an_artifact(model: Path, read: Any, tmp_path: Path) -> None:
    run = cairn.init()
    logged = run.log_artifact("model.pt", name="net", type="model", aliases=["best"])
    run.finish()
    (found,) = read(run).artifacts()
    assert (found.name, found.type, found.aliases) == ("net", "model", ["best", "latest"])
    assert found.digest == logged.digest
    folder = found.download(tmp_path / "out")
    assert Path(folder, "model.pt").read_bytes() == b"weights"


def test_the_same_files_have_the_same_digest(model: Path) -> None:
    run = cairn.init()
    assert run.log_artifact(model, "a").digest == run.log_artifact(model, "b").digest


def test_a_digest_is_the_same_in_every_language() -> None:
    files = [
        {"path": "far", "ref": "s3://bucket/key", "checksum": "etag"},
        {"path": "a/b.txt", "sha256": "1" * 64, "bytes": 2},
        {"path": "a.txt", "sha256": "0" * 64, "bytes": 1},
    ]
    assert artifacts._digest_of(files) == (
        "8a9fa52819f1d1a0c674f533accce7da328d7f51c9ae5e348f8a27dbe5e46cf6"
    )


def test_an_artifact_has_files_folders_references_and_media(model: Path, read: Any) -> None:
    (model.parent / "data" / "sub").mkdir(parents=True)
    (model.parent / "data" / "sub" / "x.txt").write_text("x")
    run = cairn.init()
    artifact = cairn.Artifact("all", "dataset", metadata={"rows": 3})
    artifact.add_file(str(model))
    artifact.add_dir("data", name="d")
    artifact.add_reference("s3://bucket/key.bin", checksum="etag")
    artifact.add(cairn.Table(columns=["a"], data=[[1]]), "table")
    artifact.add(cairn.Histogram([1, 2, 3]), "spread")
    with artifact.new_file("notes.txt") as file:
        file.write("notes")
    run.log_artifact(artifact).wait()
    run.finish()
    found = cairn.artifact("all")
    names = [entry.path for entry in found.files()]
    assert names == [
        "d/sub/x.txt",
        "key.bin",
        "model.pt",
        "notes.txt",
        "spread.histogram.json",
        "table.table.json",
    ]
    assert found.get_entry("key.bin").facts == {"ref": "s3://bucket/key.bin", "checksum": "etag"}
    assert found.metadata == {"rows": 3}
    assert sorted(os.listdir(found.download("out"))) == [
        "d",
        "model.pt",
        "notes.txt",
        "spread.histogram.json",
        "table.table.json",
    ]
    found.verify("out")
    Path("out/model.pt").write_bytes(b"changed")
    with pytest.raises(ValueError, match=r"model\.pt"):
        found.verify("out")


def test_references_to_files_have_a_checksum(model: Path, tmp_path: Path) -> None:
    artifact = cairn.Artifact("far", "dataset")
    (entry,) = artifact.add_reference(model.as_uri())
    assert entry.facts["bytes"] == 7
    assert entry.facts["checksum"].startswith("sha256:")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "x").write_text("x")
    added = artifact.add_reference((tmp_path / "data").as_uri(), name="d")
    assert [entry.path for entry in added] == ["d/x"]


@pytest.mark.parametrize(
    "name", ["../up", "/abs", "a//b", "a/../b", "", "a\\b", "a\0b", "a\nb", "x" * 5000]
)
def test_no_file_of_an_artifact_leaves_its_folder(model: Path, name: str) -> None:
    artifact = cairn.Artifact("a", "t")
    if name:
        with pytest.raises(cairn.InvalidError, match="inside the artifact"):
            artifact.add_file(model, name)
        with pytest.raises(cairn.InvalidError), artifact.new_file(name):
            pass
    with pytest.raises(cairn.InvalidError):
        cairn.Artifact(name, "t").add_file(model, name or "..")


def test_a_link_that_leads_out_is_refused_unless_it_is_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    data = tmp_path / "data"
    data.mkdir()
    (data / "real").write_text("real")
    (data / "near").symlink_to("real")
    artifact = cairn.Artifact("a", "t")
    artifact.add_dir(data)
    (data / "out").symlink_to(secret)
    with pytest.raises(cairn.InvalidError, match="follow_links"):
        artifact.add_dir(data)
    artifact.add_dir(data, follow_links=True)
    assert [entry.path for entry in artifact.files()] == ["near", "out", "real"]
    (data / "round").symlink_to(data)
    with pytest.raises(cairn.InvalidError, match="circle"):
        artifact.add_dir(data, follow_links=True)


def test_nothing_is_written_through_a_link(model: Path, read: Any, tmp_path: Path) -> None:
    with cairn.init(project="digits") as run:
        artifact = cairn.Artifact("net", "model")
        artifact.add_file(model, "sub/model.pt")
        run.log_artifact(artifact)
    (tmp_path / "out").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out" / "sub").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(cairn.InvalidError, match="link"):
        cairn.artifact("digits/net").download("out")
    assert os.listdir(tmp_path / "elsewhere") == []
    with pytest.raises(cairn.InvalidError, match="link"):
        inside(tmp_path / "out", "sub/model.pt")


def test_versions_are_numbered_and_the_same_content_is_one(model: Path, read: Any) -> None:
    first = log(model, b"one")
    second = log(model, b"two")
    again = log(model, b"one", "again")
    assert (first.version, second.version, again.version) == ("v0", "v1", "v0")
    latest = cairn.artifact("net", project="digits")
    assert (latest.version, latest.aliases) == ("v0", ["latest", "again"])
    assert latest.qualified_name == "digits/net:v0"
    versions = [about["version"] for about in cairn.list_artifacts("net", "digits")]
    assert versions == ["v1", "v0"]
    (about,) = cairn.list_artifacts(project="digits")
    assert (about["name"], about["versions"], about["latest"]) == ("net", 2, "v0")


def test_an_artifact_is_found_by_name_alias_and_version(model: Path, read: Any) -> None:
    first = log(model, b"weights", "old")
    log(model, b"better")
    with cairn.init(project="digits") as run:
        assert Path(run.use_artifact("net:latest").file("out")).read_bytes() == b"better"
        assert run.use_artifact("net:old").digest == first.digest
        assert run.use_artifact("net:v0").digest == first.digest
        assert run.use_artifact(f"net:{first.digest[:12]}").version == "v0"
        assert run.use_artifact("anyone/digits/net:v1").version == "v1"
        assert Path(run.use_model("net")).read_bytes() == b"better"
        with pytest.raises(cairn.NotFoundError, match="none named 'net:no'"):
            run.use_artifact("net:no")
        with pytest.raises(cairn.NotFoundError, match="of type 'dataset'"):
            run.use_artifact("net", type="dataset")


def test_aliases_are_moved_and_bad_ones_are_counted(model: Path, read: Any) -> None:
    log(model, b"one", "best")
    with cairn.init(project="digits") as run:
        run.log_artifact(model, "net", aliases=["fine", "v7", "a:b"])
        assert run.losses() == {"aliases": 2}
    log(model, b"two")
    one = cairn.artifact("digits/net:v0")
    assert one.aliases == ["best", "fine"]
    two = cairn.artifact("digits/net:latest")
    two.aliases.append("best")
    two.save()
    assert two.aliases == ["latest", "best"]
    assert cairn.artifact("digits/net:v0").aliases == ["fine"]


def test_lineage_is_told_from_both_ends(model: Path, read: Any) -> None:
    with cairn.init(project="digits", name="train") as train:
        train.log_artifact(model, "net", "model")
    with cairn.init(project="digits", name="test") as test:
        test.use_artifact("net")
        test.use_artifact("net:v0")
    found = cairn.artifact("digits/net")
    maker = found.logged_by()
    assert maker is not None
    assert maker.name == "train"
    assert [run.name for run in found.used_by()] == ["test"]
    (used,) = read(test).used_artifacts()
    assert used.version == "v0"
    assert read(train).used_artifacts() == []


def test_what_is_used_before_it_was_logged_is_logged(model: Path, read: Any) -> None:
    data = cairn.Artifact("data", "dataset")
    data.add_file(model)
    with cairn.init() as run:
        run.use_artifact(data)
    assert [a.name for a in read(run).artifacts()] == ["data"]
    assert [a.name for a in read(run).used_artifacts()] == ["data"]


def test_a_download_goes_on_where_it_was(
    model: Path, read: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = os.urandom(3 << 20)
    log(model, content)
    artifact = cairn.artifact("digits/net")
    asked: list[int] = []
    whole = door.Door.read_blob

    def half(self: door.Door, sha256: str, offset: int, sink: Any) -> None:
        asked.append(offset)
        if offset:
            return whole(self, sha256, offset, sink)
        sink(content[: 1 << 20])
        raise cairn.UnavailableError("the network is gone")

    monkeypatch.setattr("cairn.download._PAUSE_S", 0)
    monkeypatch.setattr(door.Door, "read_blob", half)
    artifact.download("out")
    assert asked == [0, 1 << 20]
    assert Path("out/model.pt").read_bytes() == content
    assert sorted(os.listdir(".")) == ["model.pt", "out", "store"]


def test_a_download_that_fails_never_looks_complete(
    model: Path, read: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    log(model, b"weights")
    artifact = cairn.artifact("digits/net")

    def away(*_: Any) -> None:
        raise cairn.UnavailableError("the network is gone")

    monkeypatch.setattr("cairn.download._PAUSE_S", 0)
    monkeypatch.setattr(door.Door, "read_blob", away)
    with pytest.raises(cairn.UnavailableError, match="gone"):
        artifact.download("out")
    assert not Path("out").exists()
    Path("out").mkdir()
    with pytest.raises(cairn.UnavailableError, match="gone"):
        artifact.download("out")
    assert not Path("out/model.pt").exists()


def test_other_content_than_asked_for_is_never_written(
    model: Path, read: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    log(model, b"weights")
    artifact = cairn.artifact("digits/net")
    monkeypatch.setattr(door.Door, "read_blob", lambda _, sha256, offset, sink: sink(b"malware"))
    Path("out").mkdir()
    with pytest.raises(cairn.CorruptError, match="hash"):
        artifact.download("out")
    assert os.listdir("out") == []
    artifact._entries["more"] = artifacts.ArtifactEntry("more", None, {"sha256": "0" * 64})
    with pytest.raises(cairn.CorruptError, match="found others"):
        artifact.download("out")


def test_files_that_are_right_are_left_alone(model: Path, read: Any) -> None:
    log(model, b"weights")
    artifact = cairn.artifact("digits/net")
    folder = Path(artifact.download())
    assert folder == Path("artifacts/net-v0")
    before = (folder / "model.pt").stat().st_mtime_ns
    artifact.download()
    assert (folder / "model.pt").stat().st_mtime_ns == before


def test_a_folder_gets_its_name_when_it_is_whole(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), folder_when_whole(tmp_path / "out") as below:
        (below / "one").write_text("1")
        raise RuntimeError
    assert not (tmp_path / "out").exists()
    with folder_when_whole(tmp_path / "out") as below:
        assert (below / "one").read_text() == "1"
    assert (tmp_path / "out" / "one").read_text() == "1"


def test_saved_files_are_kept_as_they_are_in_the_end(model: Path, read: Any) -> None:
    run = cairn.init()
    assert run.save("*.pt") == [str(model)]
    model.write_bytes(b"later and longer")
    run.finish()
    record = read(run)
    assert record.files() == ["model.pt"]
    target = record.download_file("model.pt", model.parent / "back.pt")
    assert target.read_bytes() == b"later and longer"
    assert record.artifacts() == []
    assert cairn.list_artifacts() == []


def test_files_in_the_folder_of_the_run_are_kept(read: Any) -> None:
    run = cairn.init()
    Path(run.dir, "in_dir.txt").write_text("kept")
    run.finish()
    assert read(run).files() == ["in_dir.txt"]


def test_a_file_that_is_not_there_is_told_and_not_raised(
    capfd: pytest.CaptureFixture[str],
) -> None:
    run = cairn.init()
    run.log_artifact("missing.bin", name="m")
    assert run.save("missing*") == []
    assert run.losses() == {"artifacts": 1}
    cairn.session._native.show_notices()
    assert "expected a file, found none" in capfd.readouterr().err


def test_the_api_of_others_finds_versions(model: Path, read: Any) -> None:
    log(model, b"one", "best")
    log(model, b"two")
    api = cairn.Api()
    assert api.artifact("anyone/digits/net:best").version == "v0"
    assert [a.version for a in api.artifacts("model", "digits/net")] == ["v1", "v0"]
    assert api.artifact_exists("digits/net:v1")
    assert not api.artifact_exists("digits/net:v2")
