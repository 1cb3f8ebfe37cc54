"""One grammar: legible greys, one strong colour, honest scales."""

import pytest

from jianbao.charts.shapes import Frame, LineShape, TextShape, contrast, glazed
from jianbao.charts.style import AxisScale, Palette, hatched, thinned, ticks
from jianbao.charts.text_metrics import FontMetricsList

PALETTE = Palette()


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_text_can_be_read_on_paper() -> None:
    assert all(contrast(colour, PALETTE.paper) >= 4.5 for colour in (PALETTE.ink, PALETTE.muted, PALETTE.highlight))


def test_marks_stand_out_from_paper() -> None:
    assert contrast(PALETTE.mark, PALETTE.paper) >= 3


def test_the_highlight_is_darker_than_other_marks_so_that_grey_print_keeps_it() -> None:
    assert contrast(PALETTE.highlight, PALETTE.paper) > 1.8 * contrast(PALETTE.mark, PALETTE.paper)


@pytest.mark.parametrize(("low", "high"), [(0, 38), (0, 19116), (0, 0), (-0.4, 4.1), (0, 0.45), (0, 1), (1979, 2025)])
def test_ticks_are_round_enclose_the_data_and_are_few(low: float, high: float) -> None:
    marks = ticks(low, high, 4)
    assert marks[0] <= low and marks[-1] >= high
    assert 2 <= len(marks) <= 7


def test_a_scale_is_linear() -> None:
    scale = AxisScale(0, 100, 20, 70)
    assert (scale(0), scale(50), scale(100)) == (20, 45, 70)


def test_crowded_ticks_are_thinned_but_the_ends_stay(faces: dict[str, FontMetricsList]) -> None:
    texts = [TextShape(x=2.0 * place, y=5, text=f"{1980 + place}", size=8, colour="#000000") for place in range(20)]
    kept = thinned(texts, faces["en"])
    assert {"1980", "1999"} <= {text.text for text in kept}
    assert len(kept) < 10


def test_hatching_stays_in_its_box() -> None:
    frame = Frame(10, 10, 14, 12)
    for mark in hatched(frame, "#000000"):
        for x, y in mark.points if isinstance(mark, LineShape) else ():
            assert frame.left <= x <= frame.right + 1e-9
            assert frame.top - 1e-9 <= y <= frame.bottom + 1e-9


def test_a_half_transparent_colour_is_seen_as_the_one_it_stands_for() -> None:
    assert glazed("#eef4f7", "#ffffff") == "#dde9ef"
    assert glazed("#202020", "#ffffff") == "#000000"
