"""The squared error of a line, and its gradient."""

Points = list[tuple[float, float]]


def loss(points: Points, slope: float, offset: float) -> float:
    """The mean of the squared errors."""
    return sum((slope * x + offset - y) ** 2 for x, y in points) / len(points)


def gradient(points: Points, slope: float, offset: float) -> tuple[float, float]:
    """By slope and by offset."""
    by_slope = by_offset = 0.0
    for x, y in points:
        error = slope * x + offset - y
        by_slope += 2 * error * x / len(points)
        by_offset += 2 * error / len(points)
    return by_slope, by_offset
