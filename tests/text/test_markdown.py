"""A Markdown text becomes the sections of a document, in all languages at once, or says which line is wrong."""

import pytest

from jianbao.core.documents import Problems
from jianbao.text.markdown import read_document
from jianbao.text.wording import SectionText

HEAD = "---\ntitle: {{ edition.year | year }} in short\nline: A line\n---\n"
BODY = """
It grew to [{{ a_b.total }}, *no* more]{holds="a_b.total > 3" as_of="yes"}
since then [@growth].

- One
- Two

::: figure growth {.half}
:::

## Abroad {#abroad}

::: aside Why now {.ask}
First.

Second.
:::
""".replace("*no*", "no")


def read(*texts: str, problems: Problems | None = None) -> tuple[SectionText, ...]:
    named = {language: (f"brief.{language}.md", text) for language, text in zip(("zh", "en"), texts, strict=False)}
    return read_document("brief", named, [] if problems is None else problems)


def places(*texts: str) -> list[str]:
    problems: Problems = []
    assert read(*texts, problems=problems) == ()
    return [f"{each.where.file}:{each.where.line}" for each in problems]


def test_headings_begin_sections_and_blocks_keep_their_order() -> None:
    first, abroad = read(HEAD + BODY, HEAD + BODY)
    assert (first.id, abroad.id) == ("brief", "abroad")
    assert [block.kind for block in first.blocks] == ["paragraph", "paragraph", "bullets", "figure"]
    figure, aside = first.blocks[-1], abroad.blocks[0]
    assert (figure.ref, figure.width, aside.tone, len(aside.items)) == ("growth", "half", "ask", 2)


def test_a_placeholder_is_no_markup_and_a_citation_is_no_word() -> None:
    paragraph = read(HEAD + BODY)[0].blocks[1]
    (wording,) = paragraph.say
    assert paragraph.cites == ("growth",)
    assert wording.reads == {"a_b.total"}
    assert wording.variants[0].texts["zh"].literal == "It grew to \ufffc, no more since then."


def test_a_claim_keeps_its_expression_words_and_line() -> None:
    (claim,) = read(HEAD + BODY)[0].blocks[1].say[0].claims
    assert (claim.kind, claim.text, claim.as_of) == ("holds", "a_b.total > 3", True)
    assert (claim.words, claim.place.line) == ("{{ a_b.total }}, no more", 6)


def test_other_keys_of_the_front_matter_are_phrases() -> None:
    assert "masthead.series" in read(HEAD.replace("line:", "masthead.series: A series\nline:"))[0].phrases


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("No front matter", 1),
        ("---\ntitle: A\n---\n", 1),
        ("---\ntitle: A\nline: B\n", 1),
        (HEAD + "Some *emphasis*.", 5),
        (HEAD + "\n1. Numbered", 6),
        (HEAD + "A line<br>broken", 5),
        (HEAD + "| a | b |\n|---|---|\n| 1 | 2 |", 5),
        (HEAD + "## No id", 5),
        (HEAD + "# Too high {#a}", 5),
        (HEAD + "::: figre growth\n:::", 5),
        (HEAD + "::: figure growth {.wide}\n:::", 5),
        (HEAD + "::: figure growth\nWords\n:::", 5),
        (HEAD + "::: aside\nWords\n:::", 5),
        (HEAD + "::: box\n:::", 5),
        (HEAD + '[Words]{hold="a > 1"}', 5),
        (HEAD + '[Words]{holds="a > 1" as_of="no"}', 5),
    ],
)
def test_what_a_brief_cannot_print_is_refused_with_its_line(text: str, line: int) -> None:
    assert places(text) == [f"brief.zh.md:{line}"]


@pytest.mark.parametrize(
    ("here", "there", "found"),
    [
        ("- Two\n", "", "brief.en.md:9"),
        (" [@growth]", "", "brief.en.md:6"),
        ("a_b.total > 3", "a_b.total >= 3", "brief.en.md:6"),
        ("{#abroad}", "{#away}", "brief.en.md:15"),
        ("\nSecond.\n", "", "brief.en.md:17"),
    ],
)
def test_a_difference_of_two_languages_is_found_at_its_line(here: str, there: str, found: str) -> None:
    assert places(HEAD + BODY, HEAD + BODY.replace(here, there))[0] == found
