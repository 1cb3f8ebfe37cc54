"""Every figure, in both languages and every column, whatever the data: nothing cut, nothing on top of another."""

import re

import pytest

from jianbao.charts.charts import CHARTS, arrange, draw
from jianbao.charts.shapes import Plot, TextShape
from jianbao.charts.spec import KINDS, Size, label_keys
from jianbao.charts.style import Palette
from jianbao.charts.svg import check_chart_text
from jianbao.charts.text_metrics import FontMetricsList
from jianbao.core.errors import Place
from jianbao.data.facts import Ledger
from tests.charts.sample_facts import NAMES, Speaker, figure, flat, ledger, world

WIDTHS = {"zh": (166.0, 78.0), "en": (166.0, 95.0)}
COLUMNS = [(language, width) for language, widths in WIDTHS.items() for width in widths]
WORLDS = {"plain": world(), "crowded": world(200, 9), "single": world(1, 1), "flat": flat(), "empty": ledger([])}
PALETTE = Palette()


def arranged(name: str, data: Ledger, renderer: Speaker, width: float, faces: dict[str, FontMetricsList]) -> Plot:
    return arrange(
        spec=figure(name),
        ledger=data,
        words=renderer,
        size=Size(width),
        faces=faces[renderer.language],
        palette=PALETTE,
    )


def faults(plot: Plot, faces: FontMetricsList) -> list[str]:
    return [problem.what for problem in check_chart_text(plot, faces, Place("figures.yml"))]


@pytest.mark.parametrize("data", WORLDS)
@pytest.mark.parametrize(("language", "width"), COLUMNS)
@pytest.mark.parametrize("name", NAMES)
def test_no_label_is_cut_or_overlaps(
    name: str, language: str, width: float, data: str, faces: dict[str, FontMetricsList]
) -> None:
    plot = arranged(name, WORLDS[data], Speaker(language), width, faces)
    assert faults(plot, faces[language]) == []
    assert plot.height <= 247


@pytest.mark.parametrize("data", ["plain", "crowded"])
@pytest.mark.parametrize(("language", "width"), COLUMNS)
@pytest.mark.parametrize("name", NAMES)
def test_the_longest_names_fit(
    name: str, language: str, width: float, data: str, faces: dict[str, FontMetricsList]
) -> None:
    plot = arranged(name, WORLDS[data], Speaker(language, long=True), width, faces)
    assert faults(plot, faces[language]) == []


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
    assert asked <= set(label_keys(figure(name)))


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
    assert "<text" in svg and "市" in svg
    assert "<metadata>" not in svg


def test_every_kind_has_a_chart() -> None:
    assert set(CHARTS) == set(KINDS)
