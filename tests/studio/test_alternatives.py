"""A sentence with alternatives: the one that will be printed after the changes is edited, and others are told apart."""

import re
from pathlib import Path

import pytest

from jianbao.studio.pages import brief, changes, given_answers, review, tables
from jianbao.studio.session import StudioSession
from tests.studio.requesting import request, shown, studio_of
from tests.workspaces import amend

pytestmark = pytest.mark.slow

FILE = "templates/wording/harbour.yml"
SENTENCE = "harbour.market:2"
FEW_ZH = "来客{{ visitors.value | counted }}，最多时{{ visitors.best | counted }}。"
MANY = "Guests came as {{ visitors.value | counted }}, which is many."
UNSAID = "This edition does not print these words"


@pytest.fixture
def studio(workspace: Path) -> StudioSession:
    old = (workspace / FILE).read_text("utf-8")
    start, end = old.index("      - zh: 来客"), old.index("  - heading: regatta")
    rest = old[start:end].replace("      - zh", "          - zh").replace("        en", "            en")
    many = f'          - when: {{fact: visitors.value, at_least: 39000}}\n            zh: "{FEW_ZH}"\n'
    added = f'      - either:\n{many}            en: "{MANY}"\n{rest}'
    amend(workspace, FILE, old[start:end], added)
    return studio_of(workspace)


def count_more(studio: StudioSession) -> None:
    form = {"row": "6", "column": "value", "old": "38750", "new": "39990"}
    tables.change_cell(request(studio, path={"table": "tallies"}, form=form, fragment=True))


def say(studio: StudioSession, english: str) -> None:
    brief.write(request(studio, path={"wording": SENTENCE}, form={"text.en": english}))


def test_the_alternative_that_the_changes_make_is_edited_and_printed(studio: StudioSession) -> None:
    count_more(studio)
    page = shown(brief.wording, studio, path={"wording": SENTENCE})
    assert "which is many" in page and "at best" not in page
    say(studio, MANY.replace("many", "a great many"))
    page = shown(changes.changes, studio)
    assert "a great many" in page and UNSAID not in page
    review.apply(request(studio, form={"why": "More came"}))
    assert "which is a great many." in (studio.root / FILE).read_text("utf-8")
    assert "a great many" in shown(brief.wording, studio, path={"wording": SENTENCE})


def test_a_change_of_the_alternative_that_is_printed_no_more_says_so(studio: StudioSession) -> None:
    say(studio, "Guests were {{ visitors.value | counted }}.")
    assert UNSAID not in shown(changes.changes, studio)
    count_more(studio)
    assert UNSAID in shown(changes.changes, studio)
    assert "which is many" in shown(brief.wording, studio, path={"wording": SENTENCE})


def test_the_same_words_in_two_alternatives_are_mended_together(studio: StudioSession) -> None:
    chinese = FEW_ZH.replace("来客", "宾客")
    brief.write(request(studio, path={"wording": SENTENCE}, form={"text.zh": chinese}))
    review.apply(request(studio, form={"why": "Another word"}))
    assert (studio.root / FILE).read_text("utf-8").count("宾客") == 2


@pytest.mark.parametrize(
    ("grade", "said"),
    [
        ("copy", "登记为原发、非转载"),
        ("press", "来源改为《港城日报》2031-02-03，不再是 Invented Press, 2031、塔恩港公报 2031"),
    ],
)
def test_another_source_is_told_in_few_words_as_the_reason_for_another_wording(
    studio: StudioSession, grade: str, said: str
) -> None:
    amend(studio.root, "data/sources.yml", "  kind: M\n", f"  kind: M\n  grade: {grade}\n")
    count_more(studio)
    given = {"title": "来客增加", "title_en": "More visitors", "producer": "港城日报", "producer_en": "Harbour Daily"}
    fields = {
        f"{key}.0": text
        for key, text in {**given, "published": "2031-02-03", "way": "corrected", "sure": "yes"}.items()
    }
    given_answers.answer(request(studio, form={"question": "tallies:6.source", **fields}))
    page = shown(changes.changes, studio, language="zh")
    assert page.count(said) == 1


def test_what_another_wording_no_longer_says_is_told_in_one_line(studio: StudioSession) -> None:
    file = studio.root / FILE
    (kept,) = (
        line for line in file.read_text("utf-8").splitlines() if "            zh: 来客" in line or "- zh: 来客" in line
    )
    amend(studio.root, FILE, kept, kept.replace("。", "（待核）。"))
    assert "不再说" not in shown(changes.changes, studio, language="zh")
    count_more(studio)
    page = shown(changes.changes, studio, language="zh")
    said = page[page.index("不再说") :].partition("因为")[0]
    assert page.count("不再说") == 1
    assert "（待核）" in said and not re.search(r"“[\d,]+”", said), "a number has another in its place"
