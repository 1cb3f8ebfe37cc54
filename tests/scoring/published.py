"""The published cases that the tests compare with; each folder's PROVENANCE.md says where its numbers come from."""

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np

CASES = Path(__file__).parents[1] / "cases"


def table(path: str) -> dict[str, list[str]]:
    """Read a case's CSV as columns of text."""
    with (CASES / path).open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    return {name: [row[place] for row in rows[1:]] for place, name in enumerate(rows[0])}


def numbers(path: str, skip: int = 1) -> np.ndarray:
    """Read a case's CSV as numbers, leaving out the first columns."""
    columns = list(table(path).values())[skip:]
    return np.array([[float(cell or "nan") for cell in column] for column in columns]).T


def column(path: str, name: str) -> np.ndarray:
    """Read one column of numbers; an empty cell is NaN."""
    return np.array([float(cell or "nan") for cell in table(path)[name]])


def vectors() -> list[dict[str, Any]]:
    """Read COINr's vectors."""
    return list(json.loads((CASES / "coinr_unit_vectors/expected/vectors.json").read_text(encoding="utf-8")))
