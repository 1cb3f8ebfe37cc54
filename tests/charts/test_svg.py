"""A plot becomes the same SVG every time, with real text; a faulty one is refused with every fault named."""

import subprocess
import sys
from pathlib import Path

import pytest

from jianbao.charts.charts import check_chart_text, draw, export
from jianbao.charts.shapes import BoxShape, Dot, Frame, LineShape, Mark, Plot, Ring, TextShape
from jianbao.charts.spec import Size
from jianbao.charts.style import Palette
from jianbao.charts.text_metrics import FontMetricsList
from jianbao.core.errors import RenderError
from tests.charts.sample_facts import NAMES, Speaker, figure, world

ROOT = Path(__file__).parents[2]
TWICE = """
from hashlib import sha256
from jianbao.charts.charts import draw
from jianbao.charts.text_metrics import FontMetrics, FontMetricsList
from jianbao.charts.spec import Size
from jianbao.charts.style import Palette
from jianbao.render.fonts.build import prepare_fonts
from tests.charts.conftest import ORDER
from tests.charts.sample_facts import NAMES, Speaker, figure, world
fonts = prepare_fonts()
faces = FontMetricsList(
    tuple(FontMetrics(family=name, regular=fonts.path(name), bold=fonts.path(name, 700)) for name in ORDER["zh"])
)
made = (
    draw(spec=figure(name), ledger=world(), words=Speaker("zh"), size=Size(78.0), faces=faces, palette=Palette()).svg
    for name in NAMES
)
print(sha256(b"".join(made)).hexdigest())
"""


def plot(*marks: Mark) -> Plot:
    return Plot(marks, 60.0, 20.0, ())


def faults(faces: dict[str, FontMetricsList], *marks: Mark) -> list[str]:
    return [problem.what for problem in check_chart_text(plot(*marks), faces["en"], figure("growth").place)]


@pytest.mark.slow
def test_two_processes_make_the_same_bytes(faces: dict[str, FontMetricsList]) -> None:
    command = [sys.executable, "-c", TWICE]
    environments = ({"PYTHONHASHSEED": "1"}, {"PYTHONHASHSEED": "2"})
    made = {
        subprocess.run(
            command,
            cwd=ROOT,
            env={"PYTHONPATH": "src:.", "PATH": "/usr/bin:/bin", "HOME": str(Path.home()), **each},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for each in environments
    }
    assert len(made) == 1


@pytest.mark.parametrize("name", NAMES)
def test_one_process_makes_the_same_bytes_again(name: str, faces: dict[str, FontMetricsList]) -> None:
    one, two = (
        draw(
            spec=figure(name),
            ledger=world(),
            words=Speaker("en"),
            size=Size(166.0),
            faces=faces["en"],
            palette=Palette(),
        )
        for _ in range(2)
    )
    assert one == two


def test_text_stays_text_in_the_families_of_the_page(faces: dict[str, FontMetricsList]) -> None:
    text = TextShape(x=5, y=10, text="City 市", size=8, colour="#1f1f1f", bold=True, anchor="middle")
    svg = export(plot(text), faces["zh"]).svg.decode()
    assert ">City 市</text>" in svg
    assert "font-family: 'Noto Sans SC', 'Source Sans 3'" in svg
    assert "font-size: 8px" in svg and "font-weight: 700" in svg and "text-anchor: middle" in svg


def test_a_place_in_mm_is_that_place_on_paper(faces: dict[str, FontMetricsList]) -> None:
    svg = export(plot(TextShape(x=25.4, y=12.7, text="here", size=8, colour="#1f1f1f")), faces["en"]).svg.decode()
    assert 'x="72" y="36"' in svg


def test_the_svg_tells_neither_date_nor_maker(faces: dict[str, FontMetricsList]) -> None:
    svg = export(plot(TextShape(x=5, y=10, text="x", size=8, colour="#000000")), faces["en"]).svg.decode()
    assert "dc:date" not in svg and "Matplotlib" not in svg


def test_every_mark_is_drawn(faces: dict[str, FontMetricsList]) -> None:
    marks = (
        LineShape(((1, 1), (5, 5)), "#010203", 1.0, (2.0, 1.0)),
        BoxShape(Frame(1, 1, 4, 4), "#040506"),
        Dot(x=5, y=5, size=2, fill="#070809"),
        Ring(x=9, y=9, radius=3, colour="#0a0b0c"),
    )
    svg = export(plot(*marks), faces["en"]).svg.decode()
    assert all(colour in svg for colour in ("#010203", "#040506", "#070809", "#0a0b0c"))
    assert "stroke-dasharray: 2,1" in svg


def test_a_cut_label_is_named(faces: dict[str, FontMetricsList]) -> None:
    assert faults(faces, TextShape(x=55, y=10, text="far too long", size=8, colour="#000000")) == [
        "the label 'far too long' runs off the figure"
    ]


def test_labels_on_top_of_each_other_are_named(faces: dict[str, FontMetricsList]) -> None:
    two = (
        TextShape(x=5, y=10, text="one", size=8, colour="#000000"),
        TextShape(x=6, y=11, text="two", size=8, colour="#000000"),
    )
    assert faults(faces, *two) == ["the labels 'one' and 'two' overlap"]


def test_a_character_without_a_glyph_is_named(faces: dict[str, FontMetricsList]) -> None:
    city = "\U0001f3d9"
    assert faults(faces, TextShape(x=5, y=10, text=city, size=8, colour="#000000")) == [
        f"no font has '{city}' of the label '{city}'"
    ]


def test_a_faulty_figure_is_refused_with_its_name_and_language(faces: dict[str, FontMetricsList]) -> None:
    renderer = Speaker("en", labels={"effect": "Effect \U0001f3d9"})
    with pytest.raises(RenderError) as raised:
        draw(figure("leverage"), world(), renderer, Size(95.0), faces["en"])
    assert "leverage (en, 95 mm): no font has" in str(raised.value)
