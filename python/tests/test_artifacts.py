"""Artifacts and saved files: kept once, found by name, written back as they were."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cairn
import pytest


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "model.pt"
    path.write_bytes(b"weights")
    return path


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


def test_an_artifact_has_files_folders_references_and_tables(model: Path, read: Any) -> None:
    (model.parent / "data" / "sub").mkdir(parents=True)
    (model.parent / "data" / "sub" / "x.txt").write_text("x")
    run = cairn.init()
    artifact = cairn.Artifact("all", "dataset", metadata={"rows": 3})
    artifact.add_file(str(model))
    artifact.add_dir("data", name="d")
    artifact.add_reference("s3://bucket/key.bin")
    artifact.add(cairn.Table(columns=["a"], data=[[1]]), "table")
    with artifact.new_file("notes.txt") as file:
        file.write("notes")
    run.log_artifact(artifact).wait()
    run.finish()
    (found,) = read(run).artifacts()
    names = [entry.path for entry in found.files()]
    assert names == ["d/sub/x.txt", "key.bin", "model.pt", "notes.txt", "table.table.json"]
    assert found.get_entry("key.bin").ref == "s3://bucket/key.bin"
    assert found.metadata == {"rows": 3}


@pytest.mark.parametrize("name", ["../up", "/abs", "a//b", "a/../b", ""])
def test_no_file_of_an_artifact_leaves_its_folder(model: Path, name: str) -> None:
    artifact = cairn.Artifact("a", "t")
    if name:
        with pytest.raises(cairn.InvalidError, match="inside the artifact"):
            artifact.add_file(model, name)
    with pytest.raises(cairn.InvalidError):
        cairn.Artifact(name, "t").add_file(model, name or "..")


def test_an_artifact_is_found_by_name_alias_and_version(model: Path, read: Any) -> None:
    with cairn.init() as run:
        first = run.log_artifact(model, "net", "model", aliases=["old"])
    model.write_bytes(b"better")
    with cairn.init() as run:
        run.log_artifact(model, "net", "model")
    with cairn.init() as run:
        assert Path(run.use_artifact("net:latest").file("out")).read_bytes() == b"better"
        assert run.use_artifact("net:old").digest == first.digest
        assert run.use_artifact(f"net:{first.version}").digest == first.digest
        assert Path(run.use_model("net")).read_bytes() == b"better"
        with pytest.raises(cairn.NotFoundError, match="none named 'net:no'"):
            run.use_artifact("net:no")
    assert set(read(run).meta.used_artifacts) == {"net"}


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
