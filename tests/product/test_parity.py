"""Both languages say the same: read back from the finished PDFs, and compared fact by fact and number by number."""

import re
from itertools import pairwise
from pathlib import Path

import pytest

from jianbao.brief.model import Block
from jianbao.render.html.page import ASIDE, in_rows
from jianbao.text.render import Sentence
from tests.pdf_text import Piece, alternatives, bare, read, spoken
from tests.workspaces import LANGUAGES, LAYOUTS, QUOTING, Edition, everything, sections, statements_of, with_parts
from tests.written_numbers import disagreement, figures, words_as_numbers

BOTH = ["miniature", "guangzhou"]
UNREAD = (
    "/H1",
    "/H2",
    "/H3",
    "/H4",
    "/Figure",
)  # heads are counted in each language's way, scales have their own marks


@pytest.fixture(scope="module", params=BOTH)
def edition(request: pytest.FixtureRequest) -> Edition:
    found: Edition = request.getfixturevalue(request.param)
    return found


def tag(edition: Edition, language: str) -> str:
    return edition.brief.languages[language]


# In the brief


def test_every_block_states_the_same_facts_in_both_languages(edition: Edition) -> None:
    for _, blocks in sections(edition.brief):
        for block in blocks:
            for statement in statements_of(block):
                stated = [{each.fact for each in statement.sentences[language].stated} for language in LANGUAGES]
                assert stated[0] == stated[1], f"{block.id}: {statement.id}"


def test_every_block_states_its_facts_in_the_same_order_up_to_the_grammar_of_a_sentence(edition: Edition) -> None:
    for _, blocks in sections(edition.brief):
        for block in blocks:
            orders = [
                [
                    frozenset(each.fact for each in statement.sentences[language].stated)
                    for statement in statements_of(block)
                ]
                for language in LANGUAGES
            ]
            assert orders[0] == orders[1], block.id


def test_every_printed_form_stands_in_its_sentence_in_the_order_in_which_it_is_recorded(edition: Edition) -> None:
    for statement in everything(edition.brief):
        for sentence in statement.sentences.values():
            assert in_order(sentence), f"{statement.id}: {sentence}"


def is_aside(block: Block) -> bool:
    return block.kind == ASIDE


def in_order(sentence: Sentence) -> bool:
    at = 0
    for said in sentence.stated:
        at = sentence.text.find(said.printed, at)
        if at < 0:
            return False
        at += len(said.printed)
    return True


def test_figures_show_the_same_facts_and_say_so_in_both_languages(edition: Edition) -> None:
    shown = [block.figure for block in edition.brief.blocks() if block.figure]
    assert shown
    for figure in shown:
        assert set(figure.pictures) == set(LANGUAGES) and figure.facts
        chinese, english = (figure.pictures[language].alt for language in LANGUAGES)
        assert chinese and english and disagreement(chinese, english) == ({}, {}), figure.id


# In the finished PDFs


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_said_stands_in_the_pdf_of_its_language_in_order(edition: Edition, language: str) -> None:
    text = "".join(bare(piece.text) for piece in read(edition.pdf(language)))
    assert missing_from(edition, language, text, once=False, alone=True) == ""


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_said_stands_in_the_parallel_pdf_in_order_on_its_own_side(edition: Edition, language: str) -> None:
    text = spoken(read(edition.pdf("zh-en")), tag(edition, language))
    # What reads the same in both languages is printed once, as of the last one.
    assert missing_from(edition, language, text, once=language != LANGUAGES[-1]) == ""


def missing_from(edition: Edition, language: str, text: str, once: bool, alone: bool = False) -> str:
    """Return the first statement that does not follow those before it, and the one before; `once`: see above.

    The text and what floats in it, figures, are two sequences: a figure may be set later than it is called for. A
    language `alone` has a margin, and what stands in it comes after the texts of its row.
    """
    rows = (row for section in edition.brief.sections for row in in_rows(section.blocks, language))
    blocks = [block for row in rows for block in (sorted(row, key=is_aside) if alone else row)]
    for sequence in ([block for block in blocks if block.figure], [block for block in blocks if not block.figure]):
        at, before = 0, ""
        for statement in (each for block in sequence for each in with_parts(block)):
            said = statement.text(language)
            if once and len({statement.text(each) for each in LANGUAGES}) == 1:
                continue
            found = text.find(bare(said), at)
            if found < 0:
                return f"{statement.id}, {said!r}, does not follow {before!r}"
            at, before = found + len(bare(said)), said
    return ""


@pytest.mark.parametrize("layout", LAYOUTS)
def test_no_character_of_a_pdf_is_lost_to_a_reader(edition: Edition, layout: str) -> None:
    assert "\ufffd" not in "".join(piece.text for piece in read(edition.pdf(layout)))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_picture_of_a_pdf_is_described_in_the_languages_of_its_labels(edition: Edition, layout: str) -> None:
    languages = layout.split("-")
    wanted = [
        (tag(edition, languages[0]), "\n".join(block.figure.pictures[language].alt for language in languages))
        for block in edition.brief.blocks()
        if block.figure
    ]
    assert alternatives(edition.pdf(layout)) == wanted


def test_both_languages_of_the_pdfs_state_the_same_numbers_section_by_section(edition: Edition) -> None:
    compared = 0
    texts = {language: by_section(edition, language, edition.pdf(language)) for language in LANGUAGES}
    for section in edition.brief.sections:
        quotes = any(block.table and block.table.id in QUOTING for block in section.blocks)
        if section.role == "summary" or quotes:
            continue
        chinese, english = (texts[language][section.id] for language in LANGUAGES)
        assert disagreement(chinese, english) == ({}, {}), section.id
        compared += sum(figures(chinese).values())
    assert compared > 50


def by_section(edition: Edition, language: str, path: Path) -> dict[str, str]:
    """Return the text under the head of each section, without the names that stand in lists and without heads."""
    pieces = read(path)
    heads = {section.id: head_of(pieces, bare(section.title.text(language))) for section in edition.brief.sections}
    starts = {section: start for section, start in heads.items() if start is not None}
    stops = sorted({*starts.values(), *(at for at, piece in enumerate(pieces) if piece.tag == "/H2"), len(pieces)})
    following = dict(pairwise(stops))
    listed = names_printed(edition, language)
    texts = [(piece.tag, joined(piece.text, language)) for piece in pieces]
    return {
        section: without(listed, [text for tagged, text in texts[start : following[start]] if tagged not in UNREAD])
        for section, start in starts.items()
    }


def head_of(pieces: tuple[Piece, ...], title: str) -> int | None:
    found = [at for at, piece in enumerate(pieces) if piece.tag == "/H2" and bare(piece.text).endswith(title)]
    return found[0] if found else None


def names_printed(edition: Edition, language: str) -> list[str]:
    ledger = edition.assessment.ledger
    printed = {
        said.printed
        for statement in everything(edition.brief)
        for said in statement.sentences[language].stated
        if said.fact in ledger and ledger[said.fact].kind in ("names", "name")
    }
    return sorted((joined(text, language) for text in printed), key=len, reverse=True)


def without(listed: list[str], texts: list[str]) -> str:
    text = "\n".join(texts)
    for names in listed:
        text = text.replace(names, " ")
    return text


def joined(text: str, language: str) -> str:
    """Return a text without its line breaks, as its language joins lines."""
    if language == "zh":
        return re.sub("(?<!,)[\\s\u2060]+", "", re.sub(r",\s+", ", ", text))  # a list is no number with commas
    return re.sub(r"\s+", " ", re.sub("[\u2010\u00ad]\n|\u2060", "", text)).strip()


# The comparison itself


@pytest.mark.parametrize(
    ("chinese", "english"),
    [
        ("成交2.35亿元", "a turnover of 235 million yuan"),
        ("223亿美元", "US$22.3 billion"),
        ("3.2万亿元，占63%", "3.2 trillion yuan, or 63%"),
        ("38个中的2个", "two of 38"),
        ("2026年11月24日", "24 November 2026"),
        ("三个城市，友城38个", "Thirty-eight sister cities of three kinds"),
        ("3.875万人[1, 2, E3]", "38,750 visitors [1, 2, E3]"),
        ("得分58.1～66.9分，第5～9位", "a score of 58.1 to 66.9, 5th to 9th"),
        ("290万至540万元", "2.9 to 5.4 million yuan"),
        ("第七届广州奖", "the 7th Guangzhou Award"),
        ("2倍", "twice"),
        ("市长论坛", "the Mayors' Forum"),
    ],
)
def test_one_number_in_two_languages_is_one_number(chinese: str, english: str) -> None:
    assert disagreement(chinese, english) == ({}, {})


@pytest.mark.parametrize(
    ("chinese", "english"),
    [
        ("成交2.35亿元", "a turnover of 23.5 million yuan"),
        ("友城2个", "there are 3 sister cities"),
        ("友城2个", "there are sister cities"),
        ("2024年5月", "June 2024"),
        ("比2023年多3个", "three more"),
    ],
)
def test_two_numbers_are_not_one(chinese: str, english: str) -> None:
    assert disagreement(chinese, english) != ({}, {})


def test_numbers_are_read_with_their_scale() -> None:
    assert figures("3.2万亿元和1,635个") == {3.2e12: 1, 1635.0: 1}
    assert words_as_numbers("Twenty-one of twelve") == {21.0: 1, 12.0: 1}
