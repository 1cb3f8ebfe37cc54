"""What a workspace may hold without breaking a page: many cities, one, long and short names, no data, a first year."""

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.reading import pages
from tests.whole import amend, run

FIRST = 2012
MM = 72 / 25.4
SIDE = 18.0  # mm of margin on A4
LETTERS = "ABCDEFGHIJKLMNOPQRST"


def with_cities(folder: Path, number: int, chinese: Callable[[int], str], english: Callable[[int], str]) -> None:
    """Give a workspace so many partner cities of these names in place of its examples."""
    days = (f"{FIRST + i % 14}-{i % 12 + 1:02}-{i % 28 + 1:02}" for i in range(number))
    rows = (f"P{i},{'North' if i % 3 else 'South'},{day},example,stated\n" for i, day in enumerate(days))
    table, names = folder / "data" / "partners.csv", folder / "data" / "names.csv"
    table.write_text(table.read_text("utf-8").partition("\n")[0] + "\n" + "".join(rows), "utf-8")
    kept = [line for line in names.read_text("utf-8").splitlines(True) if not line.startswith("Example City")]
    named = (f"P{i},city,{chinese(i)},{english(i)},,,\n" for i in range(number))
    names.write_text("".join((*kept, *named)), "utf-8")


def many(folder: Path) -> None:
    with_cities(folder, 200, lambda i: f"{chr(0x5100 + i)}{chr(0x6200 + 2 * i)}城", lambda i: spelled(i))


def spelled(number: int) -> str:
    """Return a different word for each number."""
    return "City" + LETTERS[number // 20] + LETTERS[number % 20].lower()


def one(folder: Path) -> None:
    with_cities(folder, 1, lambda _: "甲", lambda _: "A")


def longest(folder: Path) -> None:
    with_cities(
        folder,
        6,
        lambda i: "圣克鲁斯德拉斯埃尔马纳斯德尔里奥格兰德市" + "甲乙丙丁戊己"[i],
        lambda i: f"Santa Cruz de las Hermanas del Rio Grande de la Frontera {LETTERS[i]}",
    )
    body = "General Office of the Leading Group for the Coordination of International Friendship and Co-operation"
    amend(
        folder,
        "data/names.csv",
        "示例办公室,Example Office,",
        f"对外友好交往与国际合作事务综合协调领导小组办公室,{body},",
    )
    amend(
        folder,
        "data/names.csv",
        ",北部,North,",
        ",北部及东北部沿海诸岛地区,the northern and north-eastern coastal islands,",
    )


def shortest(folder: Path) -> None:
    with_cities(folder, 6, lambda i: "甲乙丙丁戊己"[i], lambda i: LETTERS[i])
    amend(folder, "data/names.csv", "示例办公室,Example Office,", "办,B,")


def silent(folder: Path) -> None:
    """Leave one of the two levels without any data."""
    table = folder / "data" / "visits.csv"
    table.write_text(table.read_text("utf-8").partition("\n")[0] + "\n", "utf-8")


def first(folder: Path) -> None:
    amend(folder, "data/editions.yml", "as_of: 2025-12-31", "as_of: 2022-12-31")


@pytest.fixture(
    scope="module", params=[many, one, longest, shortest, silent, first], ids=lambda change: change.__name__
)
def edition(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the edition of a new workspace with one thing changed."""
    folder = tmp_path_factory.mktemp("variant") / "new"
    assert run("new", folder).code == 0
    request.param(folder)
    done = run("build", folder)
    assert done.code == 0, done.err
    return folder / "output" / "2025"


@pytest.mark.slow
@pytest.mark.validators
def test_every_page_lays_out_within_its_margins(edition: Path) -> None:
    made = sorted(edition.glob("*.pdf"))
    assert len(made) == 3
    for file in made:
        printed = subprocess.run(["pdftotext", "-bbox", file, "-"], capture_output=True, text=True, check=True).stdout
        words = re.findall(r'xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)">(.*?)</word>', printed)
        assert len(words) > 300
        outside = [
            word[4]
            for word in words
            if float(word[0]) < (SIDE - 1) * MM or float(word[2]) > (210 - SIDE + 1) * MM or float(word[3]) > 297 * MM
        ]
        assert outside == [], file.name


@pytest.mark.slow
def test_the_first_page_and_the_body_keep_their_length(edition: Path) -> None:
    for file in edition.glob("*.pdf"):
        said = pages(file)
        assert len(said) <= 7
        assert not re.search(r"Contents|目录", said[0]) and re.search(r"Contents|目录", said[1])


@pytest.mark.slow
def test_nothing_is_announced_that_does_not_come(tmp_path: Path) -> None:
    plain, enough = tmp_path / "plain", tmp_path / "enough"
    for folder in (plain, enough):
        assert run("new", folder).code == 0
    many(enough)
    for folder in (plain, enough):
        assert run("build", folder, "--lang", "en").code == 0
    advised, content = (pages(folder / "output" / "2025" / "brief.en.pdf") for folder in (plain, enough))
    assert "What to do" in advised[0] and "not put forward" not in "".join(advised)
    assert "What to do" not in content[0] and "No recommendation is due" in "".join(content)
    assert "not put forward" in "".join(content)
