"""The source holds neither a sentence, nor a name, nor a number of any city: those are data and wording."""

import ast
import csv
import re
from collections.abc import Callable, Iterator
from functools import cache, partial

import pytest

from tests.repository.tree import ROOT, Module, module, obey

HAN = re.compile(r"[\u3400-\u9fff]")
SENTENCE = 6
NAMED = {"city", "award", "event"}
# Numbers that stand for something in mathematics, colour or calendars, whatever a city counts.
GENERIC = {255.0, 365.0, 366.0, 365.25, 1024.0, 6371.0}


def texts(source: Module) -> Iterator[tuple[int, str]]:
    for node in source.nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value


def sentences(source: Module) -> list[str]:
    """Return the strings, documentation included, with as much Chinese as a sentence has."""
    return [
        f"{source.file}:{line} holds the sentence '{text.strip()[:40]}'"
        for line, text in texts(source)
        if len(HAN.findall(text)) >= SENTENCE
    ]


def names(source: Module, pattern: re.Pattern[str]) -> list[str]:
    """Return the strings in which a name stands."""
    return [
        f"{source.file}:{line} names '{found.group()}'"
        for line, text in texts(source)
        if (found := pattern.search(text))
    ]


def numbers(source: Module, values: frozenset[float]) -> list[str]:
    """Return the numbers in the code that are values of the workspace."""
    return [
        f"{source.file}:{node.lineno} holds the number {node.value:g}"
        for node in source.nodes
        if isinstance(node, ast.Constant) and isinstance(node.value, int | float)
        if telling(abs(node.value)) in values
    ]


def telling(value: float) -> float:
    """Return a number that betrays where it is from: above 100, of three digits or more, not a generic one; else 0."""
    digits = f"{value:.10g}".replace(".", "").strip("0")
    return float(value) if value > 100 and len(digits) >= 3 and value not in GENERIC else 0.0


def any_of(words: set[str]) -> re.Pattern[str]:
    """Return what finds a name as a word of its own, in Chinese of two characters or more, else of four letters."""
    long = sorted(word for word in words if len(word) >= (2 if HAN.search(word) else 4))
    parts = [re.escape(word) if HAN.search(word) else rf"\b{re.escape(word)}\b" for word in long]
    return re.compile("|".join(parts) or r"(?!)")


def table(name: str) -> list[dict[str, str]]:
    with (ROOT / "data" / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@cache
def workspace_names() -> re.Pattern[str]:
    rows = [row for row in table("names.csv") if row["kind"] in NAMED]
    columns = {"id", *(column for column in rows[0] if re.fullmatch(r"[a-z]{2}(_short)?", column))}
    return any_of({row[column] for row in rows for column in columns if row[column]})


@cache
def workspace_numbers() -> frozenset[float]:
    plain = (row["value"] for row in table("series.csv") if re.fullmatch(r"-?\d+(\.\d+)?", row["value"]))
    return frozenset(telling(abs(float(value))) for value in plain) - {0.0}


def test_no_sentence_of_chinese_is_in_the_source() -> None:
    obey(sentences)


@pytest.mark.slow
def test_no_name_of_the_workspace_is_in_the_source() -> None:
    obey(partial(names, pattern=workspace_names()))


def test_no_number_of_the_workspace_is_in_the_source() -> None:
    assert workspace_numbers()
    obey(partial(numbers, values=workspace_numbers()))


@pytest.mark.parametrize(
    ("law", "text"),
    [
        (sentences, "X = '大洋洲仅有两个城市'"),
        (sentences, "X = f'{n}个国际友好城市中'"),
        (partial(names, pattern=any_of({"Nantes", "南特"})), "X = 'the city of Nantes'"),
        (partial(names, pattern=any_of({"Nantes", "南特"})), "X = {'南特市': 1}"),
        (partial(numbers, values=frozenset({1635.0})), "X = 1_635"),
        (partial(numbers, values=frozenset({223e8 + 1})), "X = -22_300_000_001"),
    ],
)
def test_a_city_in_the_source_is_found(law: Callable[[Module], list[str]], text: str) -> None:
    assert len(law(module(text))) == 1


@pytest.mark.parametrize("text", ["X = '第{}届，，；；：：'", "X = 'Nantesian'", "X = 255", "X = 10_000", "X = 99.5"])
def test_the_trade_s_own_words_and_numbers_may_stay(text: str) -> None:
    values = frozenset(map(telling, (255, 10_000, 99.5)))
    laws = (sentences, partial(names, pattern=any_of({"Nantes"})), partial(numbers, values=values - {0.0}))
    assert [breach for law in laws for breach in law(module(text))] == []
