"""Typed texts that still have an old number: found where they are about the same thing, and nowhere else."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache

import pytest

from jianbao.app.propose import WorkspaceState, consequences, editable_of, state_of, tables_with_moved_rows
from jianbao.app.workspace import snapshot
from jianbao.review.document_edits import mention_in
from jianbao.review.edits import cell_edits, with_edits
from jianbao.review.old_numbers import OldNumber, old_numbers
from jianbao.review.proposals import Edit, EntryEdit, RowEdit, TextEdit
from jianbao.review.verdicts import ReviewVerdict
from tests.workspaces import ROOT

pytestmark = pytest.mark.slow

TOTAL = "series:34.value=112"
Found = list[OldNumber]
Finder = Callable[..., Found]
Changed = tuple[WorkspaceState, list[Edit]]


@pytest.fixture(scope="module")
def state() -> WorkspaceState:
    return state_of(ROOT, snapshot(ROOT))


@pytest.fixture(scope="module")
def found(state: WorkspaceState) -> Finder:
    """Return what finds the texts that changed cells leave open; the same cells are looked for once."""

    @cache
    def texts(*settings: str, replaced: tuple[str, bytes, bytes] | None = None) -> Found:
        editable = editable_of(state)
        wanted: list[Edit] = [*cell_edits(settings, editable)]
        after = with_edits(wanted, editable)
        if replaced:
            file, old, new = replaced
            after = after.replaced({file: after.content(file).replace(old, new)})
        changed = state_of(ROOT, after, earlier=state)
        return [*old_numbers(wanted, editable_of(changed), [*changed.assessment.project.writers.values()])]

    return texts


def test_a_register_that_rests_on_the_source_of_the_changed_row_is_found_in_each_language(
    found: Finder,
) -> None:
    entries = [each for each in found(TOTAL) if each.place.file == "data/discrepancies.yml"]
    assert [each.sentence for each in entries] == [
        "2025年11月为111个。",
        "San Francisco signed in July 2024, which makes at least 106; November 2025 has 111.",
    ]
    assert all(each.place.line for each in entries) and {each.number for each in entries} == {"111"}


def test_a_register_that_rests_on_the_old_source_is_found_though_the_row_names_another_now(
    found: Finder,
) -> None:
    files = {each.place.file for each in found(TOTAL, "series:34.source=tsnn_111") if not each.is_source}
    assert files == {"data/discrepancies.yml", "data/exchange_cities.csv"}


def test_a_note_of_a_row_with_the_same_source_is_found_with_its_table(found: Finder) -> None:
    notes = [each for each in found(TOTAL) if each.table]
    assert [(each.table, each.place.column) for each in notes] == [("exchange_cities", "note")]


def test_the_same_number_of_other_things_is_not_listed(found: Finder) -> None:
    files = {each.place.file for each in found(TOTAL)}
    assert files == {"data/discrepancies.yml", "data/exchange_cities.csv"}  # not the 111th fair, nor Wuhan's 111 cities


@pytest.mark.parametrize(
    ("new", "is_found"), [(b"111 cities", True), (b"the 2111 cities", False), (b"session 111", False)]
)
def test_a_text_of_another_source_is_found_if_the_unit_is_beside_the_number(
    found: Finder, new: bytes, is_found: bool
) -> None:
    replaced = "data/peers.csv", b"28 sister and 83 exchange cities", new
    assert any(each.table == "peers" for each in found(TOTAL, replaced=replaced)) is is_found


def test_a_text_that_was_mended_too_is_not_listed(found: Finder) -> None:
    replaced = "data/discrepancies.yml", "2025年11月为111个".encode(), "2025年11月为112个".encode()
    assert "2025年11月为111个。" not in [each.sentence for each in found(TOTAL, replaced=replaced)]


def test_a_change_of_words_or_one_that_was_taken_back_replaces_no_number(state: WorkspaceState, found: Finder) -> None:
    assert not found("series:34.note=Read twice")
    editable = editable_of(state)
    assert not old_numbers(cell_edits([TOTAL], editable), editable, [*state.assessment.project.writers.values()])


def test_a_sentence_that_names_a_source_which_the_row_names_no_more_is_listed(found: Finder) -> None:
    named = [each for each in found(TOTAL, "series:34.source=tsnn_111") if each.is_source]
    texts = [each for each in named if each.place.file == "templates/wording/local.yml"]
    assert [(each.number, each.sentence[:6]) for each in texts] == [("中国新闻网", "友好关系总数")]
    assert texts[0].wording and not any(each.table for each in named)
    assert not [each for each in found(TOTAL, "series:34.source=chinanews_sao_paulo_2025") if each.is_source]


# What a text would say instead

PRESS = ("series:34.source=gz_daily_2021_11_25", "series:34.period=2025-12-30")


def test_a_text_of_the_register_is_proposed_with_the_new_number_and_its_day_in_each_language(
    found: Finder,
) -> None:
    proposed = [each.proposed for each in found(TOTAL, *PRESS) if each.entry]
    assert [each.rpartition("；")[2] for each in proposed[:1]] == ["2025年12月为112个。"]
    assert proposed[1].endswith("which makes at least 106; December 2025 has 112.")
    assert proposed[0].startswith("105个为2023年12月数；2024年7月")  # other days and numbers stay


def test_the_day_in_a_text_stays_if_that_of_the_row_does(found: Finder) -> None:
    assert any("2025年11月为112个。" in each.proposed for each in found(TOTAL))


def test_a_sentence_is_proposed_with_the_new_source_in_the_clause_that_names_the_old_one_alone(
    state: WorkspaceState,
    found: Finder,
) -> None:
    (sentence,) = [each for each in found(TOTAL, *PRESS) if each.is_source and each.language == "zh"]
    producer = state.assessment.project.evidence.sources["gz_daily_2021_11_25"].producer
    assert f"友好关系总数，《{producer}》报道；友城" in sentence.proposed
    assert "新华社、中国新闻网等的报道" in sentence.proposed  # a list of sources, of something else


def test_the_note_of_another_row_has_no_proposal_as_it_tells_of_its_own_source(found: Finder) -> None:
    assert [each.proposed for each in found(TOTAL, *PRESS) if each.table] == [""]


def after(state: WorkspaceState, made: Sequence[Edit], before: Sequence[Edit] = ()) -> tuple[WorkspaceState, Found]:
    """Return a state with changes in it, and the typed texts that these and those before them leave open."""
    changed = state_of(ROOT, with_edits(made, editable_of(state)), earlier=state)
    assert isinstance(changed, WorkspaceState)
    return changed, [
        *old_numbers([*before, *made], editable_of(changed), [*changed.assessment.project.writers.values()])
    ]


def mended(texts: Found) -> list[Edit]:
    """Return the changes that take the proposed texts."""
    return [
        EntryEdit(about=each.entry, old=each.text, new=each.proposed)
        if each.entry
        else TextEdit(wording=each.wording, language=each.language, old=each.text, new=each.proposed)
        for each in texts
        if each.proposed
    ]


def row_of(state: WorkspaceState, **cells: str) -> RowEdit:
    editable = editable_of(state)
    old = {key: text for key, text in editable.row("series", 34).items() if text and key != "note"}
    return RowEdit(table="series", cells={**old, **cells})


@pytest.fixture(scope="module")
def changed_once(state: WorkspaceState) -> Changed:
    """Return the workspace after a first change whose texts were mended as proposed, and its changes."""
    row = row_of(state, value="112", period="2025-12", source=PRESS[0][17:])
    changed, texts = after(state, [row])
    texts_mended = mended(texts)
    changed, open_texts = after(changed, texts_mended, [row])
    assert [each.place.file for each in open_texts] == [], "what was mended is not asked about again"
    return changed, [row, *texts_mended]


def test_a_sentence_that_was_mended_before_its_source_changed_is_asked_about(
    state: WorkspaceState, found: Finder
) -> None:
    (sentence,) = [each for each in found(TOTAL, *PRESS) if each.is_source and each.language == "zh"]
    source = [*cell_edits([TOTAL, *PRESS], editable_of(state))]
    read = TextEdit(wording=sentence.wording, language="zh", old="", new=sentence.text)
    changed = after(state, source)[0]
    editable, writers = editable_of(changed), [*changed.assessment.project.writers.values()]
    for made, is_open in (([*source, read], False), ([read, *source], True)):
        left = old_numbers(made, editable, writers)
        assert any(each.wording == sentence.wording and each.language == "zh" for each in left) is is_open


@pytest.mark.parametrize("way", ["a row of its own", "the old number was wrong"])
def test_a_second_change_of_a_number_asks_about_the_texts_that_the_first_one_mended(
    state: WorkspaceState, changed_once: Changed, way: str
) -> None:
    changed, before = changed_once
    editable = editable_of(changed)
    number = editable.sheets["series"].numbers[-1]
    if way == "a row of its own":
        second: list[Edit] = [row_of(state, value="113", period="2025-12-31", source="xinhua_81_cities_2019")]
    else:
        second = [*cell_edits([f"series:{number}.value=113", f"series:{number}.source=dayang_2022"], editable)]
    last, texts = after(changed, second, before)
    entries = [each for each in texts if each.entry]
    named = [each for each in texts if each.wording and each.language == "zh"]
    assert {each.number for each in entries} == {"112"} and len(entries) == 2
    assert [each.number for each in named] == ["广州日报"] and named[0].proposed
    if way == "a row of its own":
        assert entries[0].proposed.endswith("2025年11月为111个；2025年12月为112个；2025年12月31日为113个。")
        assert entries[1].proposed.endswith("and 112 in December 2025 and 113 on 31 December 2025.")
    else:
        assert entries[0].proposed.endswith("2025年11月为111个；2025年12月为113个。")
        assert entries[1].proposed.endswith("there were 111 in November 2025 and 113 in December 2025.")
    assert not after(last, mended(texts), [*before, *second])[1]


# A new row beside the old one


@pytest.fixture(scope="module")
def beside(state: WorkspaceState) -> Found:
    return after(state, [row_of(state, value="112", period="2025-12-30", source=PRESS[0][17:])])[1]


def test_a_row_of_its_own_lists_the_sentences_that_name_the_source_of_the_row_before_it(
    beside: Found, found: Finder
) -> None:
    (sentence,) = [each for each in beside if each.is_source and each.language == "zh"]
    replaced = [each for each in found(TOTAL, *PRESS) if each.is_source and each.language == "zh"]
    assert [sentence.proposed] == [each.proposed for each in replaced] and sentence.proposed


def test_beside_a_row_that_stays_a_text_with_its_number_and_day_is_right_and_notes_of_rows_are_not_asked_about(
    beside: Found, found: Finder
) -> None:
    entries = [each for each in beside if each.entry]
    assert len(entries) == 2 and all(each.is_of_its_day and each.proposed for each in entries)
    assert entries[0].proposed.endswith("2025年11月为111个；2025年12月为112个。")
    assert entries[1].proposed.endswith("; there were 111 in November 2025 and 112 in December 2025.")
    assert not any(each.table for each in beside)
    assert not any(each.is_of_its_day for each in found(TOTAL, *PRESS))


def test_what_a_text_may_call_an_old_source_by_is_a_name_that_the_other_language_does_not_have(
    state: WorkspaceState,
) -> None:
    names = editable_of(state).sheets["names"]
    zh = "主要出处：总数，中国新闻网报道；其余为新华社等的报道。"
    en = "Main sources. Totals: a China News Service report. The rest: Xinhua News Agency and others."
    assert mention_in(en, zh, "中国新闻网", names) == "China News Service"
    assert mention_in(en, zh, "中国新闻网", None) == "China News Service"  # no row of the table knows it
    assert mention_in("Main sources. The rest: the organizers.", zh, "中国新闻网", names) == ""


def test_a_table_whose_numbers_of_sources_move_on_is_not_read_again_unless_somebody_has_approved_it(
    state: WorkspaceState,
) -> None:
    editable, shifted = editable_of(state), "table.framework"
    cells = {key: text for key, text in editable.row("series", 34).items() if text and key != "note"}
    row = RowEdit(table="series", cells={**cells, "value": "112", "period": "2025-12-30", "source": PRESS[0][17:]})
    found = consequences(ROOT, state, with_edits([row], editable))
    assert found.state and shifted not in found.items and "table.evidence" in found.items
    was, now = ({it.item.id: it.item.content for it in each.approval.states} for each in (state, found.state))
    assert was[shifted] != now[shifted], "its content is another one"
    verdict = ReviewVerdict(
        item=shifted, content=was[shifted], verdict="approved", by="Ann", at="2031-03-01T12:00:00Z", words={}
    )
    states = [replace(each, verdict=verdict) for each in found.state.approval.states if each.item.id == shifted]
    judged = replace(found.state, approval=replace(found.state.approval, states=tuple(states)))
    assert tables_with_moved_rows(state, found.state) == {shifted} and not tables_with_moved_rows(state, judged)
