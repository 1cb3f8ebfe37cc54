"""Every figure, in every language and column, whatever the data: nothing cut, nothing on top of another."""

import re
from functools import cache
from itertools import combinations, pairwise, product

import pytest

from jianbao.charts.charts import CHARTS, arrange, check_chart_text, draw
from jianbao.charts.label_placement import crosses
from jianbao.charts.shapes import BoxShape, Dot, LineShape, Plot, TextShape, bounds
from jianbao.charts.spec import KINDS, Size, extra_keys, label_keys
from jianbao.charts.style import HAIR, Palette
from jianbao.charts.text_metrics import BESIDE, FontMetricsList
from jianbao.core.errors import Place
from jianbao.data.facts import Fact, Ledger
from tests.charts.sample_facts import (
    DECLARED,
    LANGUAGES,
    NAMES,
    Speaker,
    TwoSpeakers,
    figure,
    flat,
    ledger,
    speaker,
    world,
)

pytestmark = pytest.mark.slow

# Half a page of each edition and a telephone, a screen, and a whole page of the old and the new measure.
WIDTHS = (78.0, 84.0, 95.0, 140.0, 166.0, 174.0)
# English and the two languages of a brief side by side; the others are deep.
SPOKEN = [pytest.param(each, marks=() if each in ("en", "zh-en") else pytest.mark.deep) for each in LANGUAGES]
WORLDS = {"plain": world(), "crowded": world(200, 9), "single": world(1, 1), "flat": flat(), "empty": ledger([])}
PALETTE = Palette()
CLEAR = 0.2  # mm between any two labels
TALLEST = {"zh-en": 400}  # in two languages a narrow column is one of a web page
WITHOUT_NAMES = ("alone",)  # a line that stands alone is named by its title
Words = Speaker | TwoSpeakers
AMOUNTS = ("lines",)  # kinds that show amounts of money in a new workspace
COUNTED = ("award", "bars", "lines", "peers")  # kinds that show counts of tables, which may be only about so
CLEAR_OF_MARKS = tuple(
    name
    for name, spec in DECLARED.items()
    if spec.kind in ("award", "bars", "lines", "trend", "change", "peers", "matrix", "timeline")
)


@cache  # several tests look at the same plot
def spoken(name: str, data: str, language: str, long: bool, width: float, faces: FontMetricsList) -> Plot:
    """Return a figure of one of the worlds with the words of a language, its short names or the longest."""
    return arranged(name, WORLDS[data], speaker(language, long), width, {language: faces})


def arranged(name: str, data: Ledger, words: Words, width: float, faces: dict[str, FontMetricsList]) -> Plot:
    return arrange(
        spec=figure(name), ledger=data, words=words, size=Size(width), faces=faces[words.language], palette=PALETTE
    )


def faults(plot: Plot, faces: FontMetricsList) -> list[str]:
    """Return what is wrong with the labels of a plot, those that come too close to each other too."""
    texts = [(mark.text, mark.frame(faces)) for mark in plot.marks if isinstance(mark, TextShape)]
    close = [f"{one} | {two}" for (one, a), (two, b) in combinations(texts, 2) if a.meets(b, CLEAR)]
    return [*(problem.what for problem in check_chart_text(plot, faces, Place("figures.yml"))), *close]


@pytest.mark.parametrize("language", SPOKEN)
@pytest.mark.parametrize("name", NAMES)
def test_no_label_is_cut_or_touches_another(name: str, language: str, faces: dict[str, FontMetricsList]) -> None:
    for data, width in product(WORLDS, WIDTHS):
        plot = spoken(name, data, language, False, width, faces[language])
        assert faults(plot, faces[language]) == [], (data, width)
        assert plot.height <= TALLEST.get(language, 247), (data, width)


def covered(plot: Plot, faces: FontMetricsList) -> list[str]:
    """Return the labels that lie on a line other than a hairline, on a dot, or on the edge of a box."""
    found = []
    for text in (mark for mark in plot.marks if isinstance(mark, TextShape)):
        frame = text.frame(faces)
        for mark in plot.marks:
            struck = isinstance(mark, LineShape) and mark.width > HAIR and mark.colour != PALETTE.grid
            crossed = struck and any(crosses(pair, frame) for pair in pairwise(getattr(mark, "points", ())))
            dotted = isinstance(mark, Dot) and frame.meets(bounds(mark))
            cut = isinstance(mark, BoxShape) and frame.meets(mark.frame) and not frame.inside(mark.frame)
            found += [text.text] if crossed or dotted or cut else []
    return found


@pytest.mark.parametrize("language", SPOKEN)
@pytest.mark.parametrize("name", CLEAR_OF_MARKS)
def test_no_label_lies_on_what_is_drawn(name: str, language: str, faces: dict[str, FontMetricsList]) -> None:
    for data, width, long in product(WORLDS, WIDTHS, (False, True)):
        plot = spoken(name, data, language, long, width, faces[language])
        assert covered(plot, faces[language]) == [], (data, width, long)


@pytest.mark.parametrize("language", SPOKEN)
@pytest.mark.parametrize("name", NAMES)
def test_the_longest_names_fit(name: str, language: str, faces: dict[str, FontMetricsList]) -> None:
    for data, width in product(("plain", "crowded"), WIDTHS):
        plot = spoken(name, data, language, True, width, faces[language])
        assert faults(plot, faces[language]) == [], (data, width)


class AboutSpeaker(TwoSpeakers):
    """Words in two languages that say of every number that it is more than that, as `>120` is said."""

    def number(self, fact: Fact) -> str:
        number = self.first.number(fact)
        return f"超过{number}{BESIDE}more than {number}"


@pytest.mark.parametrize("name", [name for name, spec in DECLARED.items() if spec.kind in COUNTED])
def test_numbers_that_are_only_about_so_fit(name: str, faces: dict[str, FontMetricsList]) -> None:
    words = AboutSpeaker(Speaker("zh"), Speaker("en"))
    for data, width in product(("plain", "crowded", "single"), WIDTHS):
        plot = arranged(name, WORLDS[data], words, width, faces)
        assert faults(plot, faces["zh-en"]) == [], (data, width)
        assert covered(plot, faces["zh-en"]) == [], (data, width)


class AmountSpeaker(TwoSpeakers):
    """Words in two languages that write every amount with long units, each in its own, as French and Spanish do."""

    def number(self, fact: Fact) -> str:
        number = f"{fact.number:.0f}"
        return f"{number} milliards d’euros{BESIDE}{number}.000 millones de euros"

    def tick(self, value: float, unit: str) -> str:
        return super().tick(value, unit) if unit or not value else f"{value:g} milliards{BESIDE}{value:g}.000 millones"


@pytest.mark.parametrize("name", [name for name, spec in DECLARED.items() if spec.kind in AMOUNTS])
def test_amounts_with_long_units_in_two_languages_fit(name: str, faces: dict[str, FontMetricsList]) -> None:
    for data, width, long in product(("plain", "single"), (84.0, 140.0), (False, True)):
        words = AmountSpeaker(Speaker("fr", long), Speaker("es", long), "fr-es")
        plot = arranged(name, WORLDS[data], words, width, {"fr-es": faces["fr"]})
        assert faults(plot, faces["fr"]) == [], (data, width, long)
        assert covered(plot, faces["fr"]) == [], (data, width, long)


def test_a_first_number_that_would_be_beside_other_points_is_left_out(faces: dict[str, FontMetricsList]) -> None:
    words = AmountSpeaker(Speaker("fr"), Speaker("es"), "fr-es")
    known = ledger(
        [Fact(id=f"prize.towns.n{year}", value=year - 1980.0, as_of=str(year)) for year in range(2020, 2027)]
    )
    plot = arranged("lines", known, words, 140.0, {"fr-es": faces["fr"]})
    said = [mark.text for mark in plot.marks if isinstance(mark, TextShape)]
    assert "46 milliards d’euros" in said and not [each for each in said if each.startswith("40 milliards d’euros")]


@pytest.mark.parametrize("name", NAMES)
def test_no_text_is_smaller_than_seven_points(name: str, faces: dict[str, FontMetricsList]) -> None:
    plot = arranged(name, WORLDS["plain"], Speaker("en"), 78.0, faces)
    assert min(mark.size for mark in plot.marks if isinstance(mark, TextShape)) >= 7


@pytest.mark.parametrize("name", NAMES)
def test_a_figure_without_data_says_so(name: str, faces: dict[str, FontMetricsList]) -> None:
    renderer = Speaker("en", labels={"no_data": "No data yet"})
    plot = arranged(name, WORLDS["empty"], renderer, 95.0, faces)
    assert [mark.text for mark in plot.marks if isinstance(mark, TextShape)] == ["No data yet"]


@pytest.mark.parametrize("name", NAMES)
def test_a_figure_names_the_facts_it_shows(name: str, faces: dict[str, FontMetricsList]) -> None:
    plot = arranged(name, WORLDS["plain"], Speaker("en"), 166.0, faces)
    assert plot.facts
    assert set(plot.facts) <= set(WORLDS["plain"])
    assert len(set(plot.facts)) == len(plot.facts)


@pytest.mark.parametrize("name", NAMES)
def test_a_figure_asks_for_no_label_that_it_does_not_declare(name: str, faces: dict[str, FontMetricsList]) -> None:
    asked = set[str]()

    class Listening(Speaker):
        def label(self, key: str) -> str:
            asked.add(key)
            return super().label(key)

    for data in WORLDS.values():
        arranged(name, data, Listening("en"), 166.0, faces)
    notes = {f"{role}_note" for role in figure(name).roles} if figure(name).kind == "peers" else set()
    assert asked <= {*label_keys(figure(name)), *extra_keys(figure(name)), *notes}


@pytest.mark.parametrize("name", NAMES)
def test_the_svg_has_the_size_of_the_column_and_real_text(name: str, faces: dict[str, FontMetricsList]) -> None:
    drawing = draw(
        spec=figure(name),
        ledger=WORLDS["plain"],
        words=Speaker("zh"),
        size=Size(78.0),
        faces=faces["zh"],
        palette=PALETTE,
    )
    svg = drawing.svg.decode()
    assert drawing.width_mm == 78.0
    width = re.search(r'<svg [^>]*width="([\d.]+)pt"', svg)
    assert width and float(width.group(1)) == pytest.approx(78 / 25.4 * 72, abs=0.01)
    assert "<text" in svg and ("市" in svg or name in WITHOUT_NAMES)
    assert "<metadata>" not in svg


def test_every_kind_has_a_chart() -> None:
    assert set(CHARTS) == set(KINDS)
