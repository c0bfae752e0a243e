"""Fits a line to the points of points.csv by gradient descent, with nothing but Python."""

import argparse
import csv
import json

from line import gradient, loss

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--lr", type=float, default=0.1)
parser.add_argument("--epochs", type=int, default=200)
arguments = parser.parse_args()

with open("points.csv") as file:
    points = [(float(row["x"]), float(row["y"])) for row in csv.DictReader(file)]
slope = offset = 0.0
for _ in range(arguments.epochs):
    by_slope, by_offset = gradient(points, slope, offset)
    slope -= arguments.lr * by_slope
    offset -= arguments.lr * by_offset
with open("fitted.json", "w") as file:
    json.dump({"slope": slope, "offset": offset}, file)
print(f"y = {slope:.3f} x + {offset:.3f}, loss {loss(points, slope, offset):.4f}")
