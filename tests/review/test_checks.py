"""Every point of the checklist is met by a good brief, and lost by one that is spoilt in just that."""

# ruff: noqa: E501 (prose)

from collections.abc import Callable
from dataclasses import replace

import pytest

from jianbao.brief.model import Block, Brief, EvidenceVolume, Reference, Section
from jianbao.core.messages import tr
from jianbao.render.pdf.ink import InkFault
from jianbao.review.quality.checklist import GROUPS
from jianbao.review.quality.document_view import DocumentView, Flag
from jianbao.review.quality.model import Outcome, Point
from jianbao.review.quality.pdf_reader import PdfText
from jianbao.text.render import Statement
from tests.review.finished_brief import chatter, good, line, paragraph, picture, statement, table

POINTS: dict[int, Point] = {point.number: point for group in GROUPS for point in group.points}
BY_EYE = {6, 12, 34, 41}
Change = Callable[[Brief], Brief]


def of(number: int, view: DocumentView) -> Outcome:
    return POINTS[number].check(view)


def languages(number: int) -> tuple[str, ...]:
    return (POINTS[number].only_in,) if POINTS[number].only_in else ("zh", "en")


@pytest.mark.parametrize("number", sorted(set(POINTS) - BY_EYE))
def test_a_good_brief_meets_every_point(number: int) -> None:
    for language in languages(number):
        finding = of(number, good(language))
        assert finding.score == 2, (language, finding)


@pytest.mark.parametrize("number", sorted(BY_EYE))
def test_what_needs_an_eye_is_left_to_it_with_the_pages(number: int) -> None:
    for language in languages(number):
        finding = of(number, good(language))
        assert finding.score is None and finding.flags and all(flag.page for flag in finding.flags)


# How a brief is spoilt


def section(at: int, **changed: object) -> Change:
    """Change a section by its place."""

    def change(brief: Brief) -> Brief:
        sections = list(brief.sections)
        sections[at] = replace(sections[at], **changed)  # type: ignore[arg-type]
        return replace(brief, sections=tuple(sections))

    return change


def titled(at: int, zh: str, en: str) -> Change:
    def change(brief: Brief) -> Brief:
        made = section(at, title=statement(zh, en))(brief)
        return replace(made, title=made.sections[0].title)

    return change


def with_block(at: int, block: Block) -> Change:
    return lambda brief: section(at, blocks=(*brief.sections[at].blocks, block))(brief)


def with_text(zh: str, en: str, **printed: tuple[str, str]) -> Change:
    return with_block(1, paragraph(statement(zh, en, **printed)))


def without(at: int, kind: str) -> Change:
    return lambda brief: section(at, blocks=tuple(b for b in brief.sections[at].blocks if b.kind != kind))(brief)


def one_language(**texts: str) -> Statement:
    """Return a statement whose languages do not say the same."""
    return statement(texts["zh"], texts["en"])


def with_cards(change: Callable[[tuple[Block, ...]], tuple[Block, ...]]) -> Change:
    def spoil(brief: Brief) -> Brief:
        blocks = brief.sections[3].blocks
        cards = tuple(block for block in blocks if block.kind == "measure")
        return section(3, blocks=(*change(cards), *(block for block in blocks if block not in cards)))(brief)

    return spoil


def with_picture(**changed: object) -> Change:
    made = picture(statement("往来增多", "Contacts grow"))
    assert made.figure
    return with_block(1, replace(made, figure=replace(made.figure, **changed)))  # type: ignore[arg-type]


def drawn(svg: str, alt: str = "7 ties") -> Change:
    made = picture(statement("往来增多", "Contacts grow")).figure
    assert made
    pictures = {key: replace(each, svg=svg.encode(), alt=alt) for key, each in made.pictures.items()}
    return with_picture(pictures=pictures)


LONG = "两城往来" * 20
WORDY = "The two cities met " + "and met again " * 14 + "."
SPOILT: tuple[tuple[int, Change], ...] = (
    (1, titled(0, "年度报告", "Annual report on contacts")),
    (1, titled(0, "往来增多" * 6, "Contacts grow " * 8)),
    (2, without(0, "box")),
    (2, lambda brief: section(0, blocks=(Block(kind="heading", id="h", statements=(statement("背景", "Background"),)), *brief.sections[0].blocks))(brief)),
    (3, without(0, "measures")),
    (3, with_cards(lambda cards: cards[::-1])),
    (4, without(0, "headline")),
    (4, without(0, "aside")),
    (5, lambda brief: replace(brief, masthead={key: text for key, text in brief.masthead.items() if key != "issuer_line"})),
    (7, titled(1, "现状", "Overview")),
    (8, with_block(1, paragraph(*(statement(f"{word}城来访。", f"{word} came.") for word in "甲乙丙丁戊")))),
    (8, with_text(f"{LONG}。", WORDY)),
    (9, with_block(1, paragraph(statement("往来增多。", "Contacts grow."), references=()))),
    (10, with_text("往来水平高于过去。".replace("于", "位领先"), "Contacts are higher.")),
    (11, with_text("交流导致增长。", "Exchange led to growth.")),
    (13, section(3, blocks=())),
    (14, with_text("友城38个。", "There are 38 ties.")),
    (15, with_block(2, paragraph(statement("有7个。", "There are 7.", ties__old=("7", "7"))))),
    (15, with_text("邻港有7个。", "A port has 7.", ties__old=("7", "7"))),
    (16, with_text("海港占25%。", "Sea ports are 25%.", ties__share=("25%", "25%"))),
    (17, with_text("海港占比提高5%。", "The share of ports rose by 5%.")),
    (17, with_text("往来下降-3.2%。", "Contacts fell by -3.2%.")),
    (18, with_text("列第3位。", "It ranks 3rd.", ties__rank=("3", "3rd"))),
    (19, with_text("置信区间较宽。", "The confidence interval is wide.")),
    (21, titled(1, "往来增多。", "Contacts grow")),
    (21, titled(1, "友城之间的往来在这一年里继续增多", "Contacts grow")),
    (22, with_text("城市(港口)往来增多。", "Contacts grow.")),
    (22, with_text("近年来往来增多。", "Contacts grow.")),
    (23, with_text(f"{LONG}。", "Contacts grow.")),
    (23, with_text("友城的代表的来访的次数的统计已有。", "Contacts grow.")),
    (24, with_text("沿线国家往来增多。", "Contacts grow.")),
    (24, with_text("中国和香港往来增多。", "Contacts grow.")),
    (25, with_text("往来增多。", WORDY)),
    (26, with_text("加强往来。", "Strengthen contacts.")),
    (27, with_text("往来增多。", "The city vigorously grasps foreign affairs work.")),
    (28, with_text("往来增多。", "On June 30, 2031 the organisation met.")),
    (28, with_text("往来增多。", "7 cities met.", ties__old=("7", "7"))),
    (29, with_block(1, paragraph(one_language(zh="友城8个。", en="There are 9 ties.")))),
    (31, with_text("办公室必须建账。", "The office could keep a register.")),
    (32, with_block(4, paragraph(statement("往来增多。" * 40, "Contacts.")))),
    (33, with_picture(title=statement("友城概况", "Ties"))),
    (33, with_picture(subtitle=statement("友城", "Ties"))),
    (35, drawn('<svg><text style="font-size: 5px; fill: #1f1f1f" x="1">7</text></svg>')),
    (35, drawn('<svg><text style="font-size: 8px; fill: #1f1f1f" x="1" transform="rotate(90 1 1)">7</text></svg>')),
    (36, drawn('<svg><path style="fill: #0b5f85"/><text style="font-size: 8px; fill: #d9d9d9" x="1">7</text></svg>')),
    (36, drawn('<svg><path style="fill: #c00000"/><path style="fill: #00c000"/></svg>')),
    (37, with_picture(evidence=())),
    (37, drawn("<svg/>", "image of ties")),
    (39, with_cards(lambda cards: cards[:2])),
    (40, with_cards(lambda cards: tuple(replace(each, parts=each.parts[1:]) for each in cards))),
    (42, lambda brief: section(4, blocks=brief.sections[4].blocks[:1])(brief)),
    (43, lambda brief: replace(brief, references=(Reference(1, "x", {"zh": "年鉴", "en": "Almanac"}),))),
    (43, with_text("OECD有此说法。", "The OECD says so.")),
    (44, section(4, blocks=())),
    (45, section(2, blocks=())),
    (45, with_text("这一句话在正文里原样出现了两次。" * 2, "This sentence stands in the text of the brief twice as it is now. " * 2)),
)  # fmt: skip


@pytest.mark.parametrize(("number", "change"), SPOILT, ids=lambda value: str(value) if isinstance(value, int) else "")
def test_a_spoilt_brief_loses_the_point(number: int, change: Change) -> None:
    for language in languages(number):
        finding = of(number, good(language, change))
        assert finding.score in (0, 1), (language, finding)
        assert POINTS[number].stop is False or finding.score == 0 or number in (9, 37)


def test_every_point_that_a_program_decides_has_been_spoilt() -> None:
    tested = {number for number, _ in SPOILT} | {20, 30, 38}  # these three below
    assert set(POINTS) - BY_EYE == tested


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_heading_that_is_not_in_print_is_missed(language: str) -> None:
    view = good(language)
    short = PdfText(view.printed.pages[:2], view.printed.language)
    assert of(30, replace(view, printed=short)).score != 2


def test_headings_without_their_numbers_are_seen() -> None:
    view = good("zh")
    assert of(20, replace(view, printed=good("en").printed)).score == 0


@pytest.mark.parametrize("language", ["zh", "en"])
def test_findings_without_evidence_stop_a_brief(language: str) -> None:
    bare = tuple(paragraph(statement(f"{word}城来访。", f"{word} came."), references=()) for word in "甲乙丙丁戊")
    assert of(9, good(language, section(1, blocks=bare))).score == 0


@pytest.mark.parametrize("language", ["zh", "en"])
def test_an_empty_cell_and_too_many_columns_are_seen(language: str) -> None:
    grid = table().table
    assert grid
    wide = replace(grid, columns=grid.columns * 4, rows=tuple(row * 4 for row in grid.rows))
    empty = replace(grid, rows=((statement("总体", "Overall"), statement("", "")),))
    for spoilt in (wide, empty):
        assert of(38, good(language, with_block(1, Block(kind="table", id="t", table=spoilt)))).score == 1


@pytest.mark.parametrize("words", ["{{ ties }}", "得分为nan", "\N{REPLACEMENT CHARACTER}"])
def test_left_overs_in_print_stop_a_brief(words: str) -> None:
    view = good("zh")
    first = view.printed.pages[0]
    spoilt = replace(first, lines=(*first.lines, line(words)))
    pages = (spoilt, *view.printed.pages[1:])
    finding = of(45, replace(view, printed=PdfText(pages, "zh-CN")))
    assert finding.score == 0 and finding.flags[0].page == 1


def test_a_text_that_is_struck_through_by_a_rule_stops_a_brief() -> None:
    view = good("zh")
    struck = InkFault(1, "潮城", tr("runs into a rule by {points} pt", points="1.6"))
    finding = of(45, replace(view, printed=replace(view.printed, faults=(struck,))))
    assert finding.score == 0 and finding.flags == (Flag("潮城", 1, struck.matter),)


def test_a_print_that_claims_another_language_stops_a_brief() -> None:
    view = good("zh")
    assert of(45, replace(view, printed=PdfText(view.printed.pages, "en-GB"))).score == 0
    assert of(45, replace(view, beside=2, printed=PdfText(view.printed.pages, "en-GB"))).score == 2


def test_two_languages_side_by_side_have_two_pages_for_what_one_has_on_its_first() -> None:
    view = good("zh")
    second = replace(view, printed=PdfText((replace(view.printed.pages[0], bare=""), *view.printed.pages), "zh-CN"))
    assert of(3, second).score == 0
    assert of(3, replace(second, beside=2)).score == of(3, view).score == 2


def test_a_method_of_many_pages_is_too_long() -> None:
    talk = (block for number in range(4) for block in chatter(number))
    change: Change = lambda brief: section(4, blocks=(*brief.sections[4].blocks, *talk))(brief)  # noqa: E731
    assert of(44, good("en", change)).score == 1


@pytest.mark.parametrize("number", [19, 44])
def test_a_brief_with_a_volume_of_evidence_may_leave_its_method_there(number: int) -> None:
    bare: Change = lambda brief: section(4, blocks=())(brief)  # noqa: E731
    leaning: Change = lambda brief: replace(bare(brief), volume=EvidenceVolume({"pdf": "evidence.en.pdf"}, ()))  # noqa: E731
    assert of(number, good("en", bare)).score in (0, 1)
    assert of(number, good("en", leaning)).score == 2


def test_no_section_names_point_twice() -> None:
    numbers = [point.number for group in GROUPS for point in group.points]
    assert numbers == sorted(set(numbers)) == list(range(1, 46))
    assert isinstance(good("zh").summary, Section)
