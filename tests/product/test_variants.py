"""What a workspace may hold without breaking a page: many cities, one, long and short names, no data, a first year."""

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from time import process_time
from typing import Any

import pytest

from tests.pdf_text import pages
from tests.product.official.conftest import OVERLAY
from tests.render.browser import Browser
from tests.render.test_browser import WIDER
from tests.render.test_word import converted
from tests.workspaces import LAYOUTS, amend, run

FIRST = 2012
MM = 72 / 25.4
SIDES = {"brief": 18.0, "onepage": 14.0, "gongwen": 26.0}  # mm of margin on A4, the narrower one
PRODUCTS = "brief.zh-en.pdf, brief.zh.pdf, brief.en.pdf"
OTHERS = (
    "onepage.zh.pdf, onepage.en.pdf, gongwen.zh.pdf, gongwen.zh.ofd, brief.zh.docx, brief.en.docx, brief.zh-en.html"
)
# The forms that a new workspace does not have, with the words of another workspace about its own facts.
FACTS = {
    "ties.total": "partners.total",
    "ties.grouping.delta": "partners.region.south",
    "figure: friends": "figure: partners",
}
LETTERS = "ABCDEFGHIJKLMNOPQRST"
OFFICE = "示例办公室,Example Office,"


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
    """Have the shortest names too: of the one city, and of the office."""
    with_cities(folder, 1, lambda _: "甲", lambda _: "A")
    amend(folder, "data/names.csv", OFFICE, "办,B,")


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
        OFFICE,
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
    amend(folder, "data/names.csv", OFFICE, "办,B,")


def silent(folder: Path) -> None:
    """Leave one of the two levels without any data."""
    table = folder / "data" / "visits.csv"
    table.write_text(table.read_text("utf-8").partition("\n")[0] + "\n", "utf-8")


def first(folder: Path) -> None:
    """Make the one edition that of 2022, with the rows that there were by then."""
    amend(folder, "data/editions.yml", "as_of: 2025-12-31", "as_of: 2022-12-31")
    amend(folder, "data/partners.csv", "Example City E,North,2024-03-15,example,stated\n", "")
    for row in ("2023,30", "2024,40", "2025,35"):
        amend(folder, "data/visits.csv", f"{row},example,stated\n", "")


def with_every_form(folder: Path) -> None:
    """Let a new workspace make one-page sides, an official document, Word and a page for the web too."""
    amend(folder, "templates/outline.yml", PRODUCTS, f"{PRODUCTS}, {OTHERS}")
    outline = folder / "templates/outline.yml"
    forms = "".join(f"  {form}: [{{section: {form}, role: summary}}]\n" for form in ("onepage", "gongwen"))
    outline.write_text(outline.read_text("utf-8") + forms, "utf-8")
    for form in ("onepage", "gongwen"):
        words = (OVERLAY / f"templates/wording/{form}.yml").read_text("utf-8")
        for theirs, ours in FACTS.items():
            words = words.replace(theirs, ours)
        (folder / f"templates/wording/{form}.yml").write_text(words, "utf-8")


def variants() -> list[Any]:
    """Return each change and the layouts that it is set in: all for the longest names, two where nothing is known."""
    every = (many, one, silent, first, shortest)
    return [
        pytest.param((longest, LAYOUTS), id="longest"),
        pytest.param((silent, ("zh-en", "en")), id="silent"),
        *(pytest.param((change, LAYOUTS), id=f"{change.__name__}-whole", marks=pytest.mark.deep) for change in every),
    ]


@pytest.fixture(scope="module", params=variants())
def edition(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the edition of a new workspace with one thing changed, in some layouts."""
    change, layouts = request.param
    folder = tmp_path_factory.mktemp("variant") / "new"
    assert run("new", folder, "--like", "small").code == 0
    with_every_form(folder)
    change(folder)
    done = run("build", folder, *(word for layout in layouts for word in ("--lang", layout)))
    assert done.code == 0, done.err
    made = {file.name for file in (folder / "output" / "2025").glob("*.*")}
    listed = {name for name in f"{PRODUCTS}, {OTHERS}".split(", ") if name.split(".")[1] in layouts}
    assert made >= listed and len(listed) > 4
    return folder / "output" / "2025"


def words_of(file: Path) -> list[tuple[float, float, float, str]]:
    """Return the words of a PDF, each with its left, right and lower edge in points."""
    printed = subprocess.run(["pdftotext", "-bbox", file, "-"], capture_output=True, text=True, check=True).stdout
    found = re.findall(r'xMin="([\d.]+)" yMin="[\d.]+" xMax="([\d.]+)" yMax="([\d.]+)">(.*?)</word>', printed)
    return [(float(left), float(right), float(foot), text) for left, right, foot, text in found]


def outside(file: Path, side: float) -> list[str]:
    """Return the words of a PDF that stand in its margins."""
    first, last = (side - 1) * MM, (210 - side + 1) * MM
    return [text for left, right, foot, text in words_of(file) if left < first or right > last or foot > 297 * MM]


@pytest.mark.slow
@pytest.mark.validators
def test_every_page_lays_out_within_its_margins(edition: Path) -> None:
    made = sorted(edition.glob("*.pdf"))
    assert len(made) > 2
    for file in made:
        form = file.name.partition(".")[0]
        assert len(words_of(file)) > (300 if form == "brief" else 50)
        assert outside(file, SIDES[form]) == [], file.name


@pytest.mark.slow
@pytest.mark.validators
def test_word_opens_with_everything_within_its_margins(edition: Path, tmp_path: Path) -> None:
    for file in sorted(edition.glob("*.docx")):
        opened = converted(Path(shutil.copy(file, tmp_path)), "pdf")
        assert outside(opened, SIDES["brief"]) == [], file.name


@pytest.mark.slow
@pytest.mark.validators
@pytest.mark.parametrize("width", [320, 1280])
def test_the_page_for_the_web_is_no_wider_than_its_window(edition: Path, seen: Browser, width: int) -> None:
    seen.open(edition / "brief.zh-en.html", width)
    assert seen.ask(WIDER) <= 0


@pytest.mark.slow
def test_the_first_page_and_the_body_keep_their_length(edition: Path) -> None:
    for file in edition.glob("onepage.*.pdf"):
        assert len(pages(file)) == 1
    for file in edition.glob("brief.*.pdf"):
        said = pages(file)
        assert len(said) <= 7
        assert not re.search(r"Contents|目录", said[0]) and re.search(r"Contents|目录", said[1])


@pytest.mark.slow
def test_nothing_is_announced_that_does_not_come(tmp_path: Path) -> None:
    plain, enough = tmp_path / "plain", tmp_path / "enough"
    for folder in (plain, enough):
        assert run("new", folder, "--like", "small").code == 0
    many(enough)
    for folder in (plain, enough):
        assert run("build", folder, "--lang", "en", "--format", "pdf").code == 0
    advised, content = (
        [re.sub(r"\s", "", page) for page in pages(folder / "output" / "2025" / "brief.en.pdf")]
        for folder in (plain, enough)
    )
    assert "Themeasures" in advised[0] and "sononeisproposed" not in "".join(advised)
    assert "Themeasures" not in content[0] and "sononeisproposed" in "".join(content)


@pytest.mark.deep
def test_twenty_thousand_partner_cities_are_a_brief_of_few_pages_in_two_minutes(tmp_path: Path) -> None:
    """A page lists what a reader can read; two minutes of work are twice what was promised, for slow machines."""
    assert run("new", tmp_path / "city", "--like", "small").code == 0
    folder = tmp_path / "city"
    with_cities(folder, 20_000, lambda i: f"{_word(i, 0x5100)}城", lambda i: f"Port{_letters(i)}")
    started = process_time()
    done = run("build", folder, "--template", "brief", "--lang", "en", "--format", "pdf")
    assert done.code == 0, done.err[-2000:]
    assert process_time() - started < 120
    (made,) = folder.glob("output/*/brief.en.pdf")
    assert len(pages(made)) < 40


def _word(number: int, first: int) -> str:
    return chr(first + number // 200) + chr(first + 0x300 + number % 200)


def _letters(number: int) -> str:
    return "".join(chr(97 + number // 26**place % 26) for place in range(3, -1, -1))
