"""Media: images, audio, video, histograms and the like, ready to be logged.

A media object takes its content when it is made (a path is read when it is logged), so what is
changed afterwards does not change what is logged. Content that cannot be used raises TypeError or
InvalidError where the object is made.
"""

from __future__ import annotations

import io
import json
import os
import struct
import zlib
from pathlib import Path
from typing import Any, ClassVar, Protocol, Union

from cairn.errors import InvalidError

__all__ = [
    "Audio",
    "Histogram",
    "Html",
    "Image",
    "Media",
    "Molecule",
    "Object3D",
    "Plotly",
    "Video",
]

Content = Union[bytes, Path]


class BlobStore(Protocol):
    """Where content goes; both answer {"sha256", "bytes"}."""

    def _put_file(self, path: str) -> dict[str, Any]: ...
    def _put_bytes(self, content: bytes) -> dict[str, Any]: ...


class Media:
    """Content in a blob, and a few facts beside it."""

    kind: ClassVar[str] = "file"

    def __init__(self, content: Content, format: str, **facts: Any) -> None:
        self.content = content
        self.format = format
        self.facts = {name: fact for name, fact in facts.items() if fact is not None}

    def record(self, store: BlobStore) -> dict[str, Any]:
        """Stores the content and answers the record: {"type", "format", "sha256", "bytes", ...}."""
        return {"type": self.kind, "format": self.format, **self.facts, **self._store(store)}

    def _store(self, store: BlobStore) -> dict[str, Any]:
        if isinstance(self.content, Path):
            return store._put_file(str(self.content))
        return store._put_bytes(self.content)


class Inline(Media):
    """A record without a blob: its facts are all there is."""

    def __init__(self, kind: str, **facts: Any) -> None:
        super().__init__(b"", "json", **facts)
        self._inline_kind = kind

    def record(self, store: BlobStore) -> dict[str, Any]:
        """{"type": kind, and the facts}."""
        return {"type": self._inline_kind, **self.facts}


class Image(Media):
    """A picture: an array, a PIL image, a matplotlib figure or the path of an image file.

    Arrays have shape (height, width), (height, width, channels) or, for PyTorch tensors, (channels,
    height, width) and (n, channels, height, width), which becomes a grid; 1, 3 or 4 channels. uint8
    is taken as it is. With `normalize` other numbers from 0 to 1 are stretched to 0..255, and
    arrays with negative numbers are shifted to 0..1 first; without it they are cut to 0..255. NaN
    becomes 0.
    """

    kind = "image"

    def __init__(
        self,
        data_or_path: Any,
        mode: str | None = None,
        caption: str | None = None,
        grouping: int | None = None,
        classes: Any = None,
        boxes: Any = None,
        masks: Any = None,
        file_type: str | None = None,
        normalize: bool = True,
    ) -> None:
        facts: dict[str, Any] = {"caption": caption, "grouping": grouping, "boxes": boxes}
        content: Content
        if isinstance(data_or_path, Image):
            content, format = data_or_path.content, data_or_path.format
            facts = {**data_or_path.facts, **{k: v for k, v in facts.items() if v is not None}}
        elif isinstance(data_or_path, (str, os.PathLike)):
            content, format = _path_and_format(data_or_path)
        elif hasattr(data_or_path, "savefig") or hasattr(data_or_path, "gcf"):
            content, format = _figure_png(data_or_path), "png"
        elif hasattr(data_or_path, "save") and hasattr(data_or_path, "mode"):
            image = data_or_path.convert(mode) if mode else data_or_path
            facts["width"], facts["height"] = image.size
            format = (file_type or "png").lower()
            content = _pil_bytes(image, format)
        else:
            pixels = to_pixels(data_or_path, normalize)
            facts["height"], facts["width"] = pixels.shape[:2]
            content, format = encode_png(pixels), "png"
        super().__init__(content, format, **facts)


class Histogram(Inline):
    """How numbers are distributed: `num_bins` (up to 512) equal bins, or ready-made ones.

    `sequence`: numbers of any shape; NaN and infinities are counted apart. `np_histogram`: (counts,
    bin edges), one edge more than counts. Stored inline, as {"counts", "bins"}.
    """

    kind = "histogram"
    BINS_MAX = 512

    def __init__(self, sequence: Any = None, np_histogram: Any = None, num_bins: int = 64) -> None:
        import numpy as np

        not_finite = 0
        if np_histogram is not None:
            counts, edges = (np.asarray(part) for part in np_histogram)
            if len(edges) != len(counts) + 1:
                found = f"{len(counts)} counts and {len(edges)} edges"
                raise InvalidError(f"expected one bin edge more than counts, found {found}")
        else:
            numbers = to_array([] if sequence is None else sequence).astype(np.float64).ravel()
            finite = numbers[np.isfinite(numbers)]
            not_finite = int(numbers.size - finite.size)
            counts, edges = np.histogram(finite, bins=max(1, min(int(num_bins), self.BINS_MAX)))
        self.histogram: list[float] = counts.tolist()
        self.bins: list[float] = edges.tolist()
        super().__init__(
            self.kind, counts=self.histogram, bins=self.bins, not_finite=not_finite or None
        )


class Audio(Media):
    """Sound: numbers of shape (frames,) or (frames, channels), or the path of a sound file.

    Floats are from -1 to 1, integers are 16-bit samples; `sample_rate` in Hz is needed for numbers,
    which are stored as WAV.
    """

    kind = "audio"

    def __init__(
        self, data_or_path: Any, sample_rate: int | None = None, caption: str | None = None
    ) -> None:
        content: Content
        if isinstance(data_or_path, (str, os.PathLike)):
            content, format = _path_and_format(data_or_path)
        else:
            if sample_rate is None:
                raise InvalidError("expected sample_rate (Hz) with audio samples, found none")
            content, format = _wav(data_or_path, int(sample_rate)), "wav"
        super().__init__(content, format, caption=caption, sample_rate=sample_rate)


class Video(Media):
    """A film: a path, bytes or a binary file object with `format`, or frames as uint8.

    Frames have shape (time, channels, height, width) and become an animated GIF of `fps` frames a
    second, for which Pillow is needed.
    """

    kind = "video"

    def __init__(
        self,
        data_or_path: Any,
        caption: str | None = None,
        fps: int | None = None,
        format: str | None = None,
    ) -> None:
        content: Content
        if isinstance(data_or_path, (str, os.PathLike)):
            content, found = _path_and_format(data_or_path)
        elif (raw := _bytes_of(data_or_path)) is not None:
            content, found = raw, "mp4"
        else:
            content, found, format = _gif(data_or_path, fps or 4), "gif", None
        super().__init__(content, format or found, caption=caption, fps=fps)


class Html(Media):
    """A page: its text, a text file object, or the path of an .html file."""

    kind = "html"

    def __init__(self, data: Any, inject: bool = True, data_is_not_path: bool = False) -> None:
        content: Content
        if hasattr(data, "read"):
            data = data.read()
        text = data if isinstance(data, str) else None
        is_path = isinstance(data, os.PathLike) or (text or "").endswith((".html", ".htm"))
        if is_path and not data_is_not_path:
            content = _path_and_format(data)[0]
        elif text is not None:
            content = text.encode("utf-8", "backslashreplace")
        else:
            raise TypeError(f"expected as HTML text or a path, found {type(data).__name__}")
        super().__init__(content, "html")


class Object3D(Media):
    """A 3-D scene: a path (.obj, .gltf, .glb, .stl), a file object, or points.

    Points have shape (n, 3) for x, y, z, (n, 4) with a category, or (n, 6) with r, g, b.
    """

    kind = "object3d"

    def __init__(self, data_or_path: Any, caption: str | None = None, **facts: Any) -> None:
        content: Content
        if isinstance(data_or_path, (str, os.PathLike)):
            content, format = _path_and_format(data_or_path)
        elif (raw := _bytes_of(data_or_path)) is not None:
            content, format = raw, str(facts.pop("file_type", "obj"))
        elif isinstance(data_or_path, dict):
            from cairn.plain import plain

            content, format = json.dumps(data_or_path, default=plain).encode(), "json"
        else:
            points = to_array(data_or_path)
            if points.ndim != 2 or points.shape[1] not in (3, 4, 6):
                raise InvalidError(
                    f"expected points of shape (n, 3), (n, 4) or (n, 6), found {points.shape}"
                )
            content, format = json.dumps({"points": points.tolist()}).encode(), "json"
        super().__init__(content, format, caption=caption)


class Molecule(Media):
    """A molecule: a path (.pdb, .sdf, .mol2 ...), or a file object or text with `file_type`."""

    kind = "molecule"

    def __init__(
        self, data_or_path: Any, caption: str | None = None, file_type: str | None = None
    ) -> None:
        content: Content
        if hasattr(data_or_path, "read"):
            text = data_or_path.read()
            content = text.encode() if isinstance(text, str) else bytes(text)
            format = file_type or "pdb"
        elif file_type is not None and isinstance(data_or_path, str):
            content, format = data_or_path.encode(), file_type
        else:
            content, format = _path_and_format(data_or_path)
        super().__init__(content, format, caption=caption)


class Plotly(Media):
    """A plotly figure, its dict, or the path of its JSON."""

    kind = "plotly"

    def __init__(self, figure: Any, caption: str | None = None) -> None:
        content: Content
        if isinstance(figure, (str, os.PathLike)):
            content = _path_and_format(figure)[0]
        elif hasattr(figure, "to_json"):
            content = str(figure.to_json()).encode()
        else:
            from cairn.plain import plain

            content = json.dumps(figure, default=plain).encode()
        super().__init__(content, "json", caption=caption)


def to_array(values: Any) -> Any:
    """A NumPy array of numbers: of arrays, tensors on any device, and sequences of them."""
    import numpy as np

    for step in ("detach", "cpu"):
        if hasattr(values, step):
            values = getattr(values, step)()
    if isinstance(values, (list, tuple)) and any(hasattr(value, "detach") for value in values):
        values = [to_array(value) for value in values]
    try:
        array = np.asarray(values)
    except TypeError:  # bfloat16 tensors have no NumPy type
        array = np.asarray(values.float())
    if array.dtype.kind not in "biuf":
        raise TypeError(f"expected numbers, found {type(values).__name__} of {array.dtype}")
    return array


def to_pixels(data: Any, normalize: bool = True) -> Any:
    """uint8 pixels of shape (height, width) or (height, width, 3 or 4)."""
    import numpy as np

    channels_first = hasattr(data, "detach")
    array = to_array(data)
    if channels_first and array.ndim == 4:
        array = _grid(array)
    if channels_first and array.ndim == 3:
        array = array.transpose(1, 2, 0)
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[:, :, 0]
    good = array.ndim == 2 or (array.ndim == 3 and array.shape[2] in (3, 4))
    if not good or array.size == 0:
        raise InvalidError(
            f"expected an image of shape (height, width) or (height, width, 1, 3 or 4), "
            f"found {array.shape}"
        )
    if array.dtype == np.uint8:
        return array
    if array.dtype == np.bool_:
        return array.astype(np.uint8) * 255
    array = np.nan_to_num(array.astype(np.float64), nan=0.0)
    if normalize:
        low, high = float(array.min()), float(array.max())
        if low < 0:
            array = (array - low) / ((high - low) or 1.0)
        if float(array.max()) <= 1.0:
            array = array * 255
    return array.clip(0, 255).astype(np.uint8)


def encode_png(pixels: Any) -> bytes:
    """A PNG of uint8 pixels: (height, width), or (height, width, 3 or 4)."""
    import numpy as np

    height, width = pixels.shape[:2]
    depth = 1 if pixels.ndim == 2 else pixels.shape[2]
    rows = np.ascontiguousarray(pixels).reshape(height, width * depth)
    # Filter 2: each row as its difference from the one above, which packs pictures well.
    filtered = np.full((height, width * depth + 1), 2, dtype=np.uint8)
    filtered[0, 1:] = rows[0]
    filtered[1:, 1:] = rows[1:] - rows[:-1]
    color_type = {1: 0, 3: 2, 4: 6}[depth]
    header = struct.pack(">IIBBBBB", width, height, 8, color_type, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(filtered.tobytes(), 6)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in chunks
    )


def _grid(batch: Any) -> Any:
    """(n, channels, height, width) as one picture, filled row by row."""
    import numpy as np

    count, channels, height, width = batch.shape
    columns = int(np.ceil(np.sqrt(count)))
    lines = -(-count // columns)
    grid = np.zeros((channels, lines * height, columns * width), dtype=batch.dtype)
    for index, image in enumerate(batch):
        top, left = index // columns * height, index % columns * width
        grid[:, top : top + height, left : left + width] = image
    return grid


def _path_and_format(path: str | os.PathLike[str]) -> tuple[Path, str]:
    found = Path(path).absolute()
    if not found.is_file():
        raise InvalidError(f"expected a file, found none ({found})")
    return found, found.suffix.lstrip(".").lower() or "bin"


def _bytes_of(data: Any) -> bytes | None:
    if isinstance(data, (bytes, bytearray, memoryview)):
        return bytes(data)
    if hasattr(data, "read"):
        text = data.read()
        return text.encode() if isinstance(text, str) else bytes(text)
    return None


def _pil_bytes(image: Any, format: str) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format="jpeg" if format == "jpg" else format)
    return buffer.getvalue()


def _figure_png(figure: Any) -> bytes:
    if hasattr(figure, "gcf"):  # matplotlib.pyplot itself
        figure = figure.gcf()
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    return buffer.getvalue()


def _wav(data: Any, sample_rate_hz: int) -> bytes:
    import wave

    import numpy as np

    samples = to_array(data)
    if samples.ndim not in (1, 2) or samples.size == 0:
        raise InvalidError(
            f"expected samples of shape (frames,) or (frames, channels), found {samples.shape}"
        )
    if samples.dtype.kind == "f":
        samples = (np.nan_to_num(samples).clip(-1, 1) * 32767).round()
    samples = samples.clip(-32768, 32767).astype("<i2")
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1 if samples.ndim == 1 else samples.shape[1])
        file.setsampwidth(2)
        file.setframerate(sample_rate_hz)
        file.writeframes(samples.tobytes())
    return buffer.getvalue()


def _gif(data: Any, fps: int) -> bytes:
    import importlib

    frames = to_array(data)
    if frames.ndim != 4 or frames.shape[1] not in (1, 3):
        raise InvalidError(
            f"expected frames of shape (time, 1 or 3, height, width), found {frames.shape}"
        )
    pil = importlib.import_module("PIL.Image")
    images = [pil.fromarray(to_pixels(frame.transpose(1, 2, 0))) for frame in frames]
    buffer = io.BytesIO()
    images[0].save(
        buffer, format="gif", save_all=True, append_images=images[1:], duration=1000 // fps, loop=0
    )
    return buffer.getvalue()
