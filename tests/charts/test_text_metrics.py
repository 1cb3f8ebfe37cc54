"""Texts are measured with the page's own faces, and break where each script allows it."""

import pytest

from jianbao.charts.text_metrics import SIXTH, FontMetrics, FontMetricsList


def test_a_han_character_is_an_em_wide(faces: dict[str, FontMetricsList]) -> None:
    assert faces["zh"].width("市", 10) == pytest.approx(10 / 72 * 25.4)


def test_a_line_is_as_wide_as_its_characters_together(faces: dict[str, FontMetricsList]) -> None:
    both = faces["en"].width("City", 8) + faces["en"].width("市", 8)
    assert faces["en"].width("City市", 8) == pytest.approx(both)


def test_bold_is_measured_bold(faces: dict[str, FontMetricsList]) -> None:
    assert faces["en"].width("Winners", 8, True) > faces["en"].width("Winners", 8)


def test_the_first_face_that_has_a_character_gives_its_width(faces: dict[str, FontMetricsList]) -> None:
    assert faces["zh"].width("a", 8) != faces["en"].width("a", 8)


def test_a_face_is_used_only_in_its_ranges(faces: dict[str, FontMetricsList]) -> None:
    latin, han = faces["en"].faces
    limited = FontMetricsList(
        (FontMetrics(family=latin.family, regular=latin.regular, bold=latin.bold, ranges=((0x20, 0x7E),)), han)
    )
    assert limited.width("“", 8) == FontMetricsList((han,)).width("“", 8)
    assert limited.width("a", 8) == faces["en"].width("a", 8)


def test_a_character_that_no_face_has_is_named(faces: dict[str, FontMetricsList]) -> None:
    assert faces["en"].lacking("City \U0001f3d9") == "\U0001f3d9"


def test_han_and_figures_are_set_apart_where_a_face_has_the_space(faces: dict[str, FontMetricsList]) -> None:
    assert faces["en"].spaced("共38个") in (f"共{SIXTH}38{SIXTH}个", "共38个")
    assert (SIXTH in faces["en"].spaced("共38个")) == (not faces["en"].lacking(SIXTH))


def test_english_breaks_between_words(faces: dict[str, FontMetricsList]) -> None:
    assert faces["en"].wrap("sister cities abroad", 8, 12) == ("sister", "cities", "abroad")


def test_chinese_breaks_between_characters_but_no_line_starts_with_a_comma(faces: dict[str, FontMetricsList]) -> None:
    lines = faces["zh"].wrap("一二三四，五六七八", 10, 4 * 10 / 72 * 25.4 + 0.1)
    assert "".join(lines) == "一二三四，五六七八"
    assert not any(line.startswith("，") for line in lines)


def test_no_line_ends_with_an_opening_bracket(faces: dict[str, FontMetricsList]) -> None:
    lines = faces["zh"].wrap("一二三（四五六）七", 10, 4 * 10 / 72 * 25.4 + 0.1)
    assert not any(line.endswith("（") for line in lines)


def test_a_number_stays_with_its_unit(faces: dict[str, FontMetricsList]) -> None:
    for room in range(13, 40):
        lines = faces["zh"].wrap(faces["zh"].spaced("友城38个，其中2025年新增6个"), 10, room)
        assert not any(line[-1].isdigit() for line in lines)
    lines = faces["en"].wrap("en hausse de 38\u202f% en un an", 8, 16)
    assert any("38\u202f%" in line for line in lines) and len(lines) > 1
    assert not any(line.startswith(":") for line in faces["en"].wrap("Prix de la ville : pays", 8, 21))


def test_what_two_languages_say_stands_on_lines_of_their_own(faces: dict[str, FontMetricsList]) -> None:
    both = FontMetricsList(faces["zh"].faces, faces["en"].faces)
    assert both.wrap("友城\nSister cities", 8, 60) == ("友城", "Sister cities")
    assert both.balance("友城\nSister cities abroad", 8, 22) == ("友城", "Sister cities", "abroad")
    assert (
        both.width("友城\nSister cities", 8) == both.width("Sister cities", 8) == faces["en"].width("Sister cities", 8)
    )
    assert both.families("友城 8")[0] == "Noto Sans SC" and both.families("8")[0] == "Source Sans 3"


def test_a_word_wider_than_the_room_is_broken_rather_than_cut(faces: dict[str, FontMetricsList]) -> None:
    lines = faces["en"].wrap("Donaudampfschifffahrtsgesellschaft", 8, 15)
    assert "".join(lines) == "Donaudampfschifffahrtsgesellschaft"
    assert all(faces["en"].width(line, 8) <= 15 for line in lines)


def test_balanced_lines_are_no_more_than_needed_and_alike(faces: dict[str, FontMetricsList]) -> None:
    text = "Countries and regions that have ever entered the Award"
    wrapped, balanced = (way(text, 8, 40) for way in (faces["en"].wrap, faces["en"].balance))
    widths = [faces["en"].width(line, 8) for line in balanced]
    assert len(balanced) == len(wrapped)
    assert max(widths) - min(widths) < 12


def test_nothing_is_one_empty_line(faces: dict[str, FontMetricsList]) -> None:
    assert faces["en"].wrap("", 8, 40) == ("",)
