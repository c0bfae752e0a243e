"""Media: what is stored is what was given."""

from __future__ import annotations

import io
import json
import wave
from pathlib import Path
from typing import Any

import cairn
import numpy as np
import pytest
from cairn.media import encode_png, to_pixels
from PIL import Image as PilImage


class Tensor:
    """Looks like a tensor of another library: channels first, on a device."""

    def __init__(self, array: Any) -> None:
        self.array = np.asarray(array)
        self.shape = self.array.shape

    def detach(self) -> Tensor:
        return self

    def cpu(self) -> Any:
        return self.array


def decoded(png: bytes) -> Any:
    return np.asarray(PilImage.open(io.BytesIO(png)))


@pytest.mark.parametrize("shape", [(1, 1), (5, 7), (5, 7, 3), (5, 7, 4), (64, 1)])
def test_a_png_decodes_to_its_pixels(shape: tuple[int, ...]) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    assert (decoded(encode_png(pixels)) == pixels).all()


@pytest.mark.parametrize(
    ("values", "pixels"),
    [
        ([[0.0, 0.5, 1.0]], [[0, 127, 255]]),
        ([[-1.0, 0.0, 1.0]], [[0, 127, 255]]),
        ([[0.0, 100.0, 300.0]], [[0, 100, 255]]),
        ([[True, False, True]], [[255, 0, 255]]),
        ([[np.nan, 0.0, 1.0]], [[0, 0, 255]]),
        ([[-2, -2, -2]], [[0, 0, 0]]),
    ],
)
def test_numbers_become_pixels(values: Any, pixels: Any) -> None:
    assert to_pixels(np.array(values)).tolist() == pixels


def test_without_normalize_numbers_are_cut() -> None:
    assert to_pixels(np.array([[-5.0, 0.7, 300.0]]), normalize=False).tolist() == [[0, 0, 255]]


def test_tensors_have_their_channels_first_and_batches_become_a_grid() -> None:
    assert to_pixels(Tensor(np.zeros((3, 5, 7)))).shape == (5, 7, 3)
    assert to_pixels(Tensor(np.zeros((5, 1, 4, 6)))).shape == (8, 18)


@pytest.mark.parametrize("array", [np.zeros(4), np.zeros((2, 2, 2)), np.zeros((0, 4))])
def test_what_is_no_picture_is_refused(array: Any) -> None:
    with pytest.raises(cairn.InvalidError, match="expected an image"):
        cairn.Image(array)


def test_an_image_is_taken_when_it_is_made() -> None:
    pixels = np.zeros((2, 2), dtype=np.uint8)
    image = cairn.Image(pixels)
    pixels[:] = 255
    assert isinstance(image.content, bytes)
    assert decoded(image.content).max() == 0


def test_a_histogram_counts_what_is_finite() -> None:
    histogram = cairn.Histogram([0, 1, 1, 2, np.nan, np.inf], num_bins=2)
    assert histogram.histogram == [1, 3]
    assert histogram.facts["not_finite"] == 2
    ready = cairn.Histogram(np_histogram=([1, 2], [0, 1, 2]))
    assert (ready.histogram, ready.bins) == ([1, 2], [0, 1, 2])
    with pytest.raises(cairn.InvalidError, match="one bin edge more"):
        cairn.Histogram(np_histogram=([1], [0]))


def test_audio_is_wav() -> None:
    audio = cairn.Audio(np.sin(np.linspace(0, 100, 800)), sample_rate=8000)
    assert isinstance(audio.content, bytes)
    with wave.open(io.BytesIO(audio.content)) as file:
        assert (file.getframerate(), file.getnframes(), file.getnchannels()) == (8000, 800, 1)


def test_a_table_has_one_cell_for_each_column() -> None:
    table = cairn.Table(columns=["a", "b"], data=np.arange(4).reshape(2, 2))
    table.add_data(1, cairn.Image(np.zeros((2, 2))))
    table.add_column("c", [1, 2, 3])
    assert table.get_column("a") == [0, 2, 1]
    with pytest.raises(cairn.InvalidError, match="expected 3 cells, found 1"):
        table.add_data(1)


def test_every_kind_of_media_is_read_back(read: Any, tmp_path: Path) -> None:
    (tmp_path / "film.mp4").write_bytes(b"film")
    (tmp_path / "shape.obj").write_text("v 0 0 0")
    pixels = np.random.default_rng(1).integers(0, 256, (8, 9, 3), dtype=np.uint8)
    run = cairn.init()
    run.log(
        {
            "image": cairn.Image(pixels, caption="noise"),
            "pil": PilImage.fromarray(pixels),
            "images": [cairn.Image(pixels), cairn.Image(pixels)],
            "table": cairn.Table(columns=["x", "i"], data=[[1, cairn.Image(pixels)]]),
            "histogram": cairn.Histogram([1, 2, 3]),
            "array": np.arange(10),
            "audio": cairn.Audio(np.zeros(10), sample_rate=8000),
            "video": cairn.Video("film.mp4", fps=4),
            "gif": cairn.Video(np.zeros((2, 3, 8, 8), dtype=np.uint8)),
            "html": cairn.Html("<p>hi</p>"),
            "shape": cairn.Object3D("shape.obj"),
            "points": cairn.Object3D(np.zeros((4, 3))),
            "molecule": cairn.Molecule("ATOM", file_type="pdb"),
            "plotly": cairn.Plotly({"data": [], "layout": {}}),
            "chart": cairn.plot.confusion_matrix(y_true=[0, 1, 1], preds=[0, 1, 0]),
            "text": "hello",
            "list": [1, "two", None],
        }
    )
    run.finish()
    record = read(run)
    assert record.losses == {}
    found = {r["key"]: r["record"] for r in record.records()}
    assert {key: r["type"] for key, r in found.items()} == {
        "image": "image",
        "pil": "image",
        "images": "list",
        "table": "table",
        "histogram": "histogram",
        "array": "histogram",
        "audio": "audio",
        "video": "video",
        "gif": "video",
        "html": "html",
        "shape": "object3d",
        "points": "object3d",
        "molecule": "molecule",
        "plotly": "plotly",
        "chart": "table",
        "text": "text",
        "list": "json",
    }
    assert (decoded(record.content(found["image"])) == pixels).all()
    assert found["image"]["caption"] == "noise"
    assert found["images"]["items"][0]["sha256"] == found["image"]["sha256"]
    table = json.loads(record.content(found["table"]))
    assert table["columns"] == ["x", "i"]
    assert table["data"][0][1]["sha256"] == found["image"]["sha256"]
    assert record.content(found["video"]) == b"film"
    assert found["list"]["value"] == [1, "two", None]


def test_a_figure_is_logged_as_it_looks() -> None:
    class Figure:
        def savefig(self, buffer: Any, format: str) -> None:
            buffer.write(encode_png(np.zeros((2, 2), dtype=np.uint8)))

    Figure.__module__ = "matplotlib.figure"
    run = cairn.init()
    run.log({"figure": Figure()})
    assert run.losses() == {}


def test_watch_logs_gradients_as_histograms(read: Any) -> None:
    class Parameter(Tensor):
        requires_grad = True
        hooks: list[Any]

        def register_hook(self, hook: Any) -> Any:
            self.hooks = [hook]
            parameter = self

            class Handle:
                def remove(self) -> None:
                    parameter.hooks = []

            return Handle()

    weight = Parameter([1.0, 2.0])

    class Model:
        def named_parameters(self) -> Any:
            return [("weight", weight)]

    run = cairn.init()
    run.watch(Model(), log="all", log_freq=2)
    for _ in range(4):
        for hook in weight.hooks:
            hook(Tensor([0.5, 0.25]))
        run.log({"loss": 1})
    run.unwatch()
    assert weight.hooks == []
    found = [(r["key"], r["step"]) for r in read(run).records(key="gradients/weight")]
    assert found == [("gradients/weight", 1), ("gradients/weight", 3)]
