"""The way of a correction invites no wrong turn: what is read first, and what is said before somebody runs into it."""

import re
from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any
from urllib.parse import quote
from zipfile import ZipFile

import pytest
from starlette.responses import HTMLResponse

from jianbao.app.approval import edition_inputs
from jianbao.app.propose import WorkspaceState
from jianbao.core.edition_folder import manifest
from jianbao.core.encoding import count_han
from jianbao.core.errors import Place, Problem, UsageError
from jianbao.core.messages import NO_TEXT, Translatable, tr
from jianbao.data.facts import Fact, difference_of
from jianbao.review.document_edits import REGISTER
from jianbao.review.proposals import CellEdit, KeepEdit, Proposal, RowEdit
from jianbao.review.published import by_meaning, moved_facts, one_sentence
from jianbao.studio import session
from jianbao.studio.jobs import Command, JobState, percent
from jianbao.studio.page_requests import PageRequest
from jianbao.studio.pages import (
    brief,
    changes,
    compare,
    given_answers,
    hand_over,
    help_pages,
    home,
    names,
    review,
    tables,
)
from jianbao.studio.pages.answers import number_moves
from jianbao.studio.pages.names import UNRANKED, cell_words, fact_called, item_labels, read_first, without_ids
from jianbao.studio.session import StudioSession
from jianbao.text.render import Piece
from tests.studio.requesting import NOON, json_of, keep_records, request, shown, studio_of, words
from tests.studio.test_correction import corrected, finished, office, written
from tests.workspaces import amend

FIRST, REST = "summary.key.1:1", "harbour.market:2"  # sentences that the number of visitors moves
LACKING = "This machine lacks fonts: no page can be built or shown. Ask the administrator."


@pytest.fixture
def studio(workspace: Path) -> StudioSession:
    return studio_of(workspace)


@pytest.fixture
def hindered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the machine lack fonts."""
    monkeypatch.setattr(session, "build_obstacle", lambda _: tr("fonts"))


@pytest.fixture(autouse=True)
def _whole_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(_: Path) -> Translatable:
        return NO_TEXT

    monkeypatch.setattr(session, "build_obstacle", nothing)


def opened(page: str, at: int) -> bool:
    """Return whether what stands at a place of a page is in nothing that is folded."""
    return page.count("<details", 0, at) == page.count("</details>", 0, at)


# What is read first


@pytest.mark.slow
def test_sentences_of_the_first_page_come_first_and_open_with_both_languages_side_by_side(
    studio: StudioSession,
) -> None:
    finished(studio)
    corrected(studio)
    given_answers.answer(request(studio, form={"question": "tallies:6.source", "way.0": "same"}))
    page = bytes(changes.changes(request(studio, language="zh")).body).decode()
    first, rest = (page.index(f'title="{each}"') for each in (FIRST, REST))
    assert opened(page, first) and first < rest
    both = page[first : page.index("</tr>", first)]
    assert both.count("<td lang=") == 2 and "<details" not in both
    review.apply(request(studio, form={"why": "The almanac counts more"}))
    page = bytes(review.review(request(studio, name="Ben", query={"state": "changed"})).body).decode()
    first, rest = (page.index(f'id="item-{each}"') for each in (FIRST, REST))
    assert opened(page, first) and opened(page, rest) and first < rest


def test_what_states_much_the_same_facts_is_read_together_and_all_else_in_its_order() -> None:
    facts = {"a": frozenset("xy"), "b": frozenset("z"), "c": frozenset("xyz"), "d": frozenset("xy"), "e": frozenset()}
    assert by_meaning("abcde", facts) == ["a", "d", "c", "b", "e"]


def test_an_item_is_one_row_only_if_a_sentence_is_all_that_has_moved_in_it() -> None:
    redline = {"en": (Piece("new", "12"),)}
    moved = {"sentences": [redline], "facts": [], "sources": (), "reworded": False, "shifted": False, "new": False}
    assert one_sentence(moved, "statement") == redline
    others = [{**moved, "shifted": True}, {**moved, "sentences": [redline, redline]}, {**moved, "new": True}]
    assert not any(one_sentence(each, "statement") for each in others) and not one_sentence(moved, "figure")


def test_what_stands_on_no_first_page_has_no_rank(studio: StudioSession) -> None:
    asked = request(studio)
    ranks = {each: read_first(asked, each) for each in (FIRST, "summary.standing:1", REST, "nothing.of:1")}
    assert ranks == {FIRST: 0, "summary.standing:1": 0, REST: UNRANKED, "nothing.of:1": UNRANKED}


def test_numbers_that_move_alike_are_all_named(studio: StudioSession) -> None:
    corrected(studio)
    page = shown(changes.changes, studio, language="zh")
    assert "及另" not in page and "变动的数" in page


def test_a_number_that_is_taken_as_it_is_has_everywhere_the_name_that_its_table_shows(
    studio: StudioSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(names, "cell_words", lambda *_: {"tally": {"visitors": "来客人数"}})
    state, asked = studio.state(), request(studio, language="zh")
    assert isinstance(state, WorkspaceState)
    called = {each: fact_called(asked, state, each) for each in ("visitors.value", "visitors.best")}
    assert called["visitors.value"] == "来客人数" != called["visitors.best"], "the best of several is another number"
    corrected(studio)
    assert "来客人数" in shown(changes.changes, studio, language="zh")


def test_a_number_of_one_row_that_several_facts_take_is_named_once() -> None:
    row, other = {"was": "111", "now": "112", "effect": 0.0, "row": ("tallies", 6)}, {"row": ("tallies", 7)}
    facts = [{**row, "name": "来客人数"}, {**row, "name": "历年来客：2031"}, {**row, **other, "name": "另一数"}]
    assert [each["names"] for each in number_moves(facts)] == [["来客人数", "另一数"]]


def test_a_difference_is_told_with_the_numbers_of_which_it_is_one() -> None:
    whole, named, left = (
        Fact(id=name, value=value, how=how, parents=parents)
        for name, value, how, parents in (
            ("a", 112.0, "latest: tallies", ()),
            ("b", 77.0, "count: ties", ()),
            ("c", 35.0, "difference: [a, b]", ("a", "b")),
        )
    )
    facts = {"a": whole, "b": named}
    assert difference_of(facts, left) == (whole, named) and difference_of(facts, whole) == ()
    assert difference_of({**facts, "b": replace(named, value=78.0)}, left) == (), "these are not its numbers"
    assert difference_of({"a": whole}, left) == difference_of(facts, None) == ()


def test_what_stands_side_by_side_is_joined_with_the_marks_of_the_readers_language(studio: StudioSession) -> None:
    row = RowEdit(table="tallies", cells={"tally": "visitors", "value": "39990", "source": "almanac;gazette"})
    asked = request(studio, language="zh")
    assert names.row_key(asked, "tallies", ["visitors", "2030"]) == "visitors（时间 2030）"
    said = names.row_in_words(asked, row)
    assert said.startswith("visitors、39990、") and "；塔恩港公报" in said and not re.search("[,;] ", said)
    assert names.row_in_words(request(studio), row).startswith("visitors, 39990, ")


def test_a_refusal_names_what_a_table_quotes_in_words(studio: StudioSession) -> None:
    asked = request(studio, language="zh")
    table, words = next((name, found) for name in asked.editable.sheets if (found := cell_words(asked, name)))
    column, known = next((key, each) for key, each in words.items() if each)
    value, word = next((value, word) for value, word in known.items() if value.isidentifier())
    cause = {"file": asked.editable.sheets[table].file, "what": f"“{value}, x”：{value}"}
    assert without_ids(asked, cause)["what"] == f"“{word}, x”：{value}", column


def test_a_part_of_the_register_that_stays_is_shown_with_all_that_the_register_says_there(
    studio: StudioSession,
) -> None:
    amend(studio.root, REGISTER, "名单中有一个未经证实", "甲为1个；乙为2个")
    studio.change_drafts(lambda _: (KeepEdit(place=REGISTER, text="乙为2个", why="So it was"),))
    assert "left as it is: 甲为1个；乙为2个" in shown(changes.changes, studio)


def test_a_sentence_beside_the_text_is_called_by_the_label_that_it_stands_below(studio: StudioSession) -> None:
    called = item_labels(request(studio))
    assert called["summary.asked:1"] == "First page of the brief · To decide · item 1"
    assert called["summary.asked.label:1"] == "First page of the brief · To decide · heading"
    assert called["summary.key.1:1"] == "First page of the brief · item 2"


# What is said beforehand


@pytest.mark.slow
@pytest.mark.usefixtures("hindered")
def test_what_the_machine_lacks_is_said_on_home_and_beside_each_button_that_would_fail(workspace: Path) -> None:
    studio, people = office(workspace)
    finished(studio)
    page = shown(home.home, studio)
    assert page.index("Problems 1") < page.index(LACKING) < page.index("does not succeed as long as that is missing")
    assert "本机缺字体，简报生成不了，也不能预览。请找管理员。" in shown(home.home, studio, language="zh")
    assert LACKING in shown(brief.brief, studio)
    written(studio)
    done = approved(studio, people[1].name)
    said = words(review.review(replace(done, account=people[1])))
    assert LACKING in said and "The edition can be built now" not in said and "Build the edition" not in said


def approved(studio: StudioSession, name: str) -> PageRequest:
    """Approve what has changed, and return a request for the page that says so."""
    page = bytes(review.review(request(studio, name=name, query={"state": "changed"})).body).decode()
    whole = page[page.index('class="decide"') :]
    fields = {field: re.findall(rf'name="{field}" value="([^"]*)"', whole) for field in ("item", "content")}
    review.decide(request(studio, name=name, form={**fields, "verdict": "approve", "back": "/review?state=changed"}))
    count = len(fields["item"])
    return request(studio, name=name, query={"state": "changed", "done": fields["item"][0], "count": str(count)})


@pytest.mark.slow
def test_a_machine_that_lacks_nothing_says_nothing(studio: StudioSession) -> None:
    pages = [shown(each, studio) for each in (home.home, brief.brief)]
    assert not [each for each in pages if "lacks" in each.replace("What this machine lacks", "")]


@pytest.mark.usefixtures("hindered")
def test_a_build_that_fails_for_want_of_fonts_says_whom_to_ask_and_folds_what_the_program_says(
    studio: StudioSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = JobState(number=1, words=("build",), lines=("/cache/fonts: not prepared",), code=1, cancelled=False)
    monkeypatch.setattr(studio.jobs, "state", lambda: failed)
    page = bytes(home.job(request(studio)).body).decode()
    assert page.index(LACKING) < page.index("/cache/fonts: not prepared")
    assert not opened(page, page.index("/cache/fonts: not prepared")) and "<details open" not in page


def test_a_build_that_fails_for_another_reason_shows_what_the_program_says(
    studio: StudioSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = JobState(number=1, words=("build",), lines=("it is wrong",), code=1, cancelled=False)
    monkeypatch.setattr(studio.jobs, "state", lambda: failed)
    assert "<details open" in bytes(home.job(request(studio)).body).decode()


def test_a_command_that_runs_says_what_it_does_now_and_how_long_it_took_before_and_folds_the_rest(
    studio: StudioSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = ("saving the scores", "rendering brief.en.pdf (3 of 16)")
    running = JobState(
        number=1,
        words=("build",),
        lines=said,
        code=None,
        cancelled=False,
        seconds=9,
        usual=34,
        percent=30,
        says=said[1],
    )
    monkeypatch.setattr(studio.jobs, "state", lambda: running)
    page = bytes(home.job(request(studio)).body).decode()
    assert "for 9 s; it usually takes about 34 s" in page and 'max="100" value="30"' in page
    assert "<p>rendering Brief (English) · PDF (3 of 16)</p>" in page and "<details open" not in page
    monkeypatch.setattr(studio.jobs, "state", lambda: replace(running, says=""))
    assert "<p>rendering" not in bytes(home.job(request(studio)).body).decode(), "that was the command before"
    monkeypatch.setattr(studio.jobs, "state", lambda: replace(running, usual=0))
    assert "usually" not in words(home.job(request(studio)))


def test_how_long_a_command_took_is_kept_in_the_log_and_told_when_it_is_started_again(
    studio: StudioSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[tuple[Any, ...]] = []
    monkeypatch.setattr(studio.jobs, "start", lambda *given: started.append(given))
    for seconds in (30, 40):
        home.run(request(studio), "build")
        started[-1][0].ended(0, seconds)
    home.run(request(studio), "build")
    assert [each.usual for each, *_ in started] == [0, 30, 35]
    started[-1][0].ended(1, 3)
    assert [each.result for each in studio.audit.entries()] == ["done: 30 s", "done: 40 s", "failed: 1"]


def test_a_page_that_cannot_be_made_says_why_in_its_place(
    studio: StudioSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = studio.root / "templates/wording/harbour.yml"
    file.write_text(file.read_text("utf-8").replace("最后结好的是", "第7个结好的是"), "utf-8")
    asked = request(studio, path={"product": "brief.zh-en"})
    page = words(brief.shown(asked))
    assert "The page cannot be shown" in page and "第7个" not in page.partition("shown")[0]
    assert len(page) > len("The page cannot be shown") * 2, "it says what is wrong"
    monkeypatch.setattr(session, "build_obstacle", lambda _: tr("fonts"))
    assert LACKING in words(brief.shown(asked))


# Titles that say the truth


def test_a_draft_is_packed_by_whoever_may_build_it_and_a_final_one_by_who_is_named_first(workspace: Path) -> None:
    studio, people = office(workspace)
    pages = {each.role: words(hand_over.hand_over(replace(request(studio), account=each))) for each in people}
    assert (
        "To be settled before it is issued" in pages["head"] and "Pack the draft, which is not issued" in pages["head"]
    )
    first = "Hand over edition midsummer Next: Hu Lan signs in, and packs it under “Hand over”."
    assert first in pages["desk"] and "Pack the" not in pages["desk"]
    amend(studio.root, "data/editions.yml", "draft: no", "draft: yes")
    for each in people:
        page = bytes(hand_over.hand_over(replace(request(studio), account=each)).body).decode()
        assert "Hand over edition midsummer A draft can be packed without passing Drafted, Issued." in words_of(page)
        assert page.index("Pack the draft, which is not issued") < page.index("The workspace is a draft")
        assert not opened(page, page.index("The workspace is a draft"))


def words_of(page: str) -> str:
    """Return what a page says, on one line."""
    return words(HTMLResponse(page))


def test_after_a_draft_is_packed_what_is_left_for_the_issue_is_folded(studio: StudioSession) -> None:
    amend(studio.root, "data/editions.yml", "draft: no", "draft: yes")
    label = studio.state().assessment.issue.label  # type: ignore[union-attr]
    folder = studio.root / "output" / label
    folder.mkdir(parents=True)
    (folder / "brief.en.html").write_bytes(b"<p>")
    inputs = edition_inputs(studio.state().snapshot, label)
    made = manifest(label, {"brief.en.html": b"<p>"}, inputs=inputs, fonts={}, versions={})
    (folder / "manifest.json").write_bytes(made)
    page = bytes(hand_over.hand_over(request(studio)).body).decode()
    assert opened(page, page.index("A draft can be packed as it is."))
    with ZipFile(f"{folder}.zip", "w") as package:
        package.write(folder / "manifest.json", "edition/manifest.json")
    page = bytes(hand_over.hand_over(request(studio)).body).decode()
    assert opened(page, page.index("The draft is packed and can be handed over."))
    assert 'title="edition/brief.en.html" target="_blank" rel="noopener">Brief (English) · HTML</a>' in page
    assert "What is in the package" in page and "1 document:" in page and "目录.txt" in page
    assert "Nothing is sent from here, since no recipients are entered" in page
    assert "draft that is not issued" not in page, "the line above says that it is a draft"
    left = page.index("The workspace is a draft")
    assert not opened(page, left) and 'class="later"' in page[:left]


def test_who_packs_is_told_last_and_plainly_that_remarks_go_out_and_which_are_new(
    studio: StudioSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    amend(studio.root, "data/names.csv", "Ostmere,town,奥湖,Ostmere,,,", "Ostmere,town,奥湖,Ostmere,,,只见于一处")
    monkeypatch.setattr(hand_over, "finished_files", lambda *_: ("brief.en.pdf",))
    monkeypatch.setattr(hand_over, "since_built", lambda *_: (False, []))
    page = words(hand_over.hand_over(request(studio)))
    assert "row 9 : 只见于一处" in page and "row 8 : The city of this workspace" in page
    assert page.index("Nothing is sent from here") < page.index(
        "go out with the package; the changes made here have added none"
    )
    assert "随包送出；本次改动没有新增" in words(hand_over.hand_over(request(studio, language="zh")))
    edit = CellEdit(table="names", row=9, column="note", key=("Ostmere",), old="", new="只见于一处")
    monkeypatch.setattr(
        StudioSession, "written", lambda _: (Proposal(by="A", at=NOON, why="", edits=(edit,), applied=f"A, {NOON}"),)
    )
    assert "随包送出；本次改动新增 1 条 只见于一处" in words(hand_over.hand_over(request(studio, language="zh")))
    monkeypatch.setattr(hand_over, "since_built", lambda *_: (True, []))
    assert "emarks of the tables" not in words(hand_over.hand_over(request(studio))), "of files that cannot be packed"


def test_what_is_in_a_package_names_letters_that_can_be_opened_and_counts_tables_and_records(
    studio: StudioSession,
) -> None:
    package = studio.root / "output" / "midsummer.zip"
    package.parent.mkdir(exist_ok=True)
    names = (
        "letter.en.pdf",
        "letter.zh.pdf",
        "data/ties.csv",
        "data/names.csv",
        "edition/ledger.json",
        "manifest.json",
    )
    with ZipFile(package, "w") as archive:
        for name in names:
            archive.writestr(name, name)
    found = home.package_view(request(studio, language="zh"), "midsummer", current=True)
    assert found and list(found["letters"].items()) == [("letter.zh.pdf", "中文"), ("letter.en.pdf", "英文")]
    assert (found["tables"], found["records"], found["outdated"]) == (2, 2, True)
    assert home.packed_letter(request(studio, path={"name": "letter.zh.pdf"})).body == b"letter.zh.pdf"
    for name in ("edition/ledger.json", "letter.fr.pdf"):
        with pytest.raises(UsageError):
            home.packed_letter(request(studio, path={"name": name}))


def test_a_draft_is_packed_once_it_is_built_and_a_final_is_not(
    studio: StudioSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[tuple[Any, ...]] = []
    monkeypatch.setattr(studio.jobs, "start", lambda *given: started.append(given))
    home.run(request(studio), "build")
    amend(studio.root, "data/editions.yml", "draft: no", "draft: yes")
    home.run(request(studio), "build")
    home.run(request(studio), "check")
    assert [then and then.words for *_, then in started] == [None, ("package", "midsummer"), None]


def test_a_packing_that_fails_leaves_the_build_as_it_is_and_both_ends_are_told(studio: StudioSession) -> None:
    ends: list[tuple[str, int]] = []
    over = Event()

    def ended(name: str, last: bool, code: int, _: int) -> None:
        ends.append((name, code))
        if last or code:
            over.set()

    right, wrong = ("build", "--help"), ("package", "no-such-edition")
    commands = [Command(words=each, ended=partial(ended, each[0], each is wrong)) for each in (right, wrong)]
    studio.jobs.start(commands[0], "en", commands[1])
    with pytest.raises(UsageError, match="another command runs"):
        studio.jobs.start(commands[0], "en")
    over.wait()
    state = studio.jobs.state()
    assert [name for name, _ in ends] == ["build", "package"] and ends[0][1] == 0 != ends[1][1]
    assert state and not state.running and state.words == wrong and state.number == 2 and state.code == ends[1][1]
    over.clear()
    studio.jobs.start(Command(words=("build", "--no-such"), ended=partial(ended, "build", False)), "en", commands[0])
    over.wait()
    assert len(ends) == 3 and ends[2][1] != 0, "nothing is packed after a build that failed"


def test_how_far_a_build_is_grows_with_its_products_and_never_goes_back() -> None:
    build, said, seen = Command(words=("build",), usual=34), list[str](), list[int]()
    for line in ("reading the workspace", "rendering brief.en.pdf (1 of 4)", "排版 brief.zh.pdf（第 3 份，共 4 份）"):
        said.append(line)
        seen.append(percent(build, said, 9))
    assert seen == [20, 20, 60] and percent(build, [*said, "saving"], 40) == 60
    assert percent(Command(words=("package",), usual=10), ["packing"], 40) == 95


def test_a_right_that_no_account_has_is_said_with_whom_to_ask(workspace: Path) -> None:
    studio, people = office(workspace, ("Li Wen", "desk"))
    asked = replace(request(studio, language="zh"), account=people[0])
    for page in (words(hand_over.hand_over(asked)), words(help_pages.help_page(asked))):
        assert "尚未给负责人开户，请找管理员。" in page and "可办理的是" not in page


def test_the_help_page_is_the_same_for_who_drafts_and_for_who_approves(workspace: Path) -> None:
    studio, people = office(workspace)
    pages = [words(help_pages.help_page(replace(request(studio, name=each.name), account=each))) for each in people]
    steps = [re.sub(r"(Li Wen|Hu Lan) \([^)]*\) Sign out", "", each) for each in pages]
    assert steps[0] == steps[1] and "Write it, and send it to Hu Lan for approval" in steps[0]
    assert "In the yellow bar at the top of the page, press “Next: say where it comes from”" in steps[0]
    assert (
        "Hu Lan signs in, presses “Review what has changed” on Home (on the same machine: comes there at once)"
        in steps[0]
    )


def test_the_way_on_the_help_page_is_read_in_twelve_seconds_and_its_seven_steps_are_folded(workspace: Path) -> None:
    studio, people = office(workspace)
    page = bytes(help_pages.help_page(replace(request(studio, language="zh"), account=people[0])).body).decode()
    way = page[(first := page.index("<ol>")) : page.index("</ol>")]
    assert way.count("<li>") == 4 and count_han(way) <= 84 and opened(page, first)
    assert "Hu Lan登录" in way.replace(" 登录", "登录"), "it says who does what"
    steps = page[(begin := page.index('<ol class="steps">')) : page.index("</ol>", begin)]
    assert steps.count("<li>") == 7 and count_han(steps) <= 115 and not opened(page, begin)


@pytest.mark.slow
def test_who_approves_is_told_which_stations_a_draft_does_not_need_and_sees_no_button_of_one(workspace: Path) -> None:
    studio, people = office(workspace)
    finished(studio)
    written(studio)
    note = "A draft can be packed without passing Drafted, Issued."
    asked = request(studio, name="Hu Lan", query={"state": "changed"})
    page = bytes(review.review(replace(asked, account=people[1])).body).decode()
    assert "A draft can be packed without passing Issued." in page
    assert note not in page and not opened(page, page.index("Stations of the edition"))
    after = words(review.review(replace(approved(studio, "Hu Lan"), account=people[1])))
    assert "The edition can be built now." in after
    assert after.index("Stations of the edition") < after.index("A draft can be packed without passing Issued.")


def test_home_tells_the_draft_from_the_edition_in_the_archive(studio: StudioSession) -> None:
    said = "What is here is the draft after the last archived edition"
    assert said not in shown(home.home, studio)
    label = studio.state().assessment.issue.label  # type: ignore[union-attr]
    folder = studio.root / "output" / "archive" / label
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text("{}", "utf-8")
    assert f"{said} {label}, which stays as it is." in shown(home.home, studio)


@pytest.mark.slow
def test_a_title_that_moves_is_shown_with_its_number_and_no_title_is_struck_out(studio: StudioSession) -> None:
    title = "table.years: {zh: 历年得分, en: Scores by year}"
    number = "{{ visitors.value | counted }}"
    counted = f"table.years: {{zh: '得分与{number}', en: 'Scores and {number}'}}"
    amend(studio.root, "templates/wording/furniture.yml", title, counted)
    corrected(studio)
    page = shown(changes.changes, studio)
    assert re.search(r"\d tables besides, moving with it", page)
    both = r"\d+ Table \d+, its title 得分与 3.875万 → 3.999万 人 Scores and 38,750 → 39,990 visitors"
    assert re.search(both, page), "it stands among the sentences, with a number of its own, in both languages"
    finished(studio)
    form = {"text.en": "Friends of {{ visitors.value | counted }}", "text.zh": "友城与{{ visitors.value | counted }}"}
    brief.write(request(studio, path={"wording": "friends.title"}, form=form))
    page = bytes(changes.changes(request(studio)).body).decode()
    figure = page.partition('id="item-friends.title"')[2].partition("</tr>")[0]
    assert 'href="/brief/wording/friends.title"' in figure
    assert re.search(r"sentences, 1 figure, \d tables", page), "figures and tables are counted apart"
    assert re.search(r"句话、1 幅图、\d 个表", shown(changes.changes, studio, language="zh"))
    review.apply(request(studio, form={"why": "The almanac counts more"}))
    page = bytes(review.review(request(studio, name="Ben", query={"state": "changed"})).body).decode()
    for title in ("figure.friends", "table.years"):
        row = page.partition(f'id="item-{title}.title"')[2].partition("</tr>")[0]
        assert 'name="verdict" value="return"' in row and f'name="item" value="{title}"' in row
        assert ('href="/brief/wording/friends.title"' in row) == (title == "figure.friends")


def test_a_number_has_not_moved_if_another_machine_made_its_last_digits() -> None:
    was, now = (
        {key: Fact(id=key, value=value) for key, value in (("score", score), ("ties", ties))}
        for score, ties in ((67.47029134066364, 111.0), (67.47029134066365, 112.0))
    )
    assert moved_facts(was, now) == {"ties"}, "no page is marked for what it prints as before"


def test_what_is_to_be_approved_is_numbered_as_far_as_its_count_also_where_it_is_folded(studio: StudioSession) -> None:
    corrected(studio)
    page = bytes(changes.changes(request(studio)).body).decode()
    count = re.search(r"(\d+) items are to be read and approved", page)
    folded = re.search(r'<summary><span class="serial">(\d+)(?:–(\d+))?</span> \d+ [ft]', page)
    rows = [int(each) for each in re.findall(r'<span class="serial">(\d+)</span> [^\d]', page)]
    assert count and folded and int(folded[2] or folded[1]) == int(count[1])
    assert rows == [*range(1, int(folded[1]))]


def test_the_button_behind_a_changed_number_is_blue_and_says_that_its_source_is_asked_for(
    studio: StudioSession,
) -> None:
    def bar() -> str:
        there = replace(request(studio, path={"table": "tallies"}), address="/data/tallies")
        page = bytes(tables.table(there).body).decode()
        return page[page.index('id="draft-next"') : page.index("</section>", page.index('id="draft-next"'))]

    assert 'class="button main"' in bar() and ">See what they move</a>" in bar()
    form = {"row": "6", "column": "value", "old": "38750", "new": "39990"}
    assert json_of(tables.change_cell(request(studio, path={"table": "tallies"}, form=form, fragment=True)))["asks"]
    assert ">Next: say where it comes from</a>" in bar()


def test_after_a_change_is_written_the_blue_button_lets_the_next_person_sign_in_to_its_review(workspace: Path) -> None:
    studio, people = office(workspace)
    corrected(studio)
    asked = replace(request(studio, name="Li Wen", form={"why": "The almanac counts more"}), account=people[0])
    review.apply(asked)
    there = replace(request(studio, name="Li Wen", query={"state": "changed", "written": "yes"}), account=people[0])
    page = bytes(review.review(there).body).decode()
    assert re.findall(r'class="(?:button )?main"[^>]*>([^<]+)<', page) == [
        "On this machine: sign out, so that Hu Lan can sign in"
    ]
    assert '<input type="hidden" name="to" value="/review?state=changed">' in page


# From approving to the package


def test_one_button_approves_and_starts_the_same_build_and_home_says_first_how_it_runs(
    studio: StudioSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    finished(studio)
    written(studio)
    started: list[tuple[str, ...]] = []
    monkeypatch.setattr(studio.jobs, "start", lambda command, *_: started.append(command.words))
    page = bytes(review.review(request(studio, name="Ben", query={"state": "changed"})).body).decode()
    whole = page[page.index('class="decide"') :]
    assert 'name="verdict" value="approve_build">Approve what is shown here, and build' in whole
    fields = {field: re.findall(rf'name="{field}" value="([^"]*)"', whole) for field in ("item", "content")}
    form = {**fields, "verdict": "approve_build", "back": "/review?state=changed"}
    answer = review.decide(request(studio, name="Ben", form=form))
    assert answer.headers["location"] == "/" and [each[0] for each in started] == ["build"]
    assert "Content changed (0)" in shown(review.review, studio)


def test_what_is_approved_stays_so_if_another_command_keeps_the_build_from_starting(
    studio: StudioSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: object) -> None:
        raise UsageError(Problem(Place("studio"), tr("another command runs: jianbao {words}", words="check")))

    finished(studio)
    written(studio)
    monkeypatch.setattr(studio.jobs, "start", busy)
    state = studio.state()
    assert isinstance(state, WorkspaceState)
    item = next(each.item for each in state.approval.states if each.item.id == FIRST)
    form = {"item": item.id, "content": f"{item.id}={item.content}", "verdict": "approve_build"}
    answer = review.decide(request(studio, name="Ben", form=form | {"back": "/review?state=changed"}))
    assert answer.headers["location"] == f"/review?state=changed&done={FIRST.replace(':', '%3A')}&count=1"


def test_the_result_of_a_build_is_read_before_anything_else_and_after_a_restart_it_is_asked_for(
    studio: StudioSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    label = archived(studio)
    (studio.root / "output" / label).mkdir()
    (studio.root / "output" / label / "brief.en.html").write_bytes(b"<p>")
    monkeypatch.setattr(home, "since_built", lambda *_: (False, []))
    page = shown(home.home, studio)
    assert page.index("What to do") < page.index("The edition is built.") and "Next: hand over" in page
    assert "Compare it, and list the pages with changes" in page and "Compared with" not in page
    asked = shown(home.home, studio, query={"built": "yes"})
    built = JobState(number=1, words=("build",), lines=(), code=0, cancelled=False)
    monkeypatch.setattr(studio.jobs, "state", lambda: built)
    for page in (asked, shown(home.home, studio)):
        first = page.index("The edition is built.")
        assert first < page.index(f"Compared with {label}, as last archived") < page.index("What to do")
        assert "Next: hand over" in page
    monkeypatch.setattr(home, "since_built", lambda *_: (True, []))
    assert "The edition is built." not in shown(home.home, studio)


ROW_AND_FOLD = (('<p class="commands">', "</p>"), ("<details>", "</details>"))


def test_home_folds_where_the_changes_are_and_has_one_pdf_of_all_languages_the_readers_own_first(
    studio: StudioSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    def view(name: str, called: str, *pages: int) -> dict[str, object]:
        own, places = ".en." in name, [(page, ["The first sentence"]) for page in pages]
        said = {"name": name, "called": f"{called} · PDF", "own": own, "pages": places}
        return said | {
            "document": "Brief",
            "marks": {page: [()] for page in pages},
            "repeated": False,
            "barred": True,
            "spoken": own,
        }

    label = archived(studio)
    (studio.root / "output" / label).mkdir()
    (studio.root / "output" / label / "brief.en.html").write_bytes(b"<p>")
    monkeypatch.setattr(home, "since_built", lambda *_: (False, []))
    views = [view("brief.en.pdf", "Brief (English)", 1, 3), view("brief.zh.pdf", "Brief (Chinese)", 2)]
    monkeypatch.setattr(home, "pages_with_changes", lambda *_: views)
    page = bytes(home.home(request(studio, query={"built": "yes"})).body).decode()
    row, fold = (page.partition(begin)[2].partition(end)[0] for begin, end in ROW_AND_FOLD)
    said = "The 3 pages with changes, marked (PDF): 2 in English or both, 1 in Chinese"
    assert (
        said in row
        and "where something is left out: a yellow bar" in row
        and 'href="/compare"' not in row
        and row.count("/changed/en/") == 1
    )
    assert (
        "Which pages have changes (the PDF marked in yellow has them all)" in fold
        and "page 3" in fold
        and "page 2" in fold
    )
    page = bytes(home.home(request(studio, language="zh", name="Ben", query={"built": "yes"})).body).decode()
    assert quote("版改动各页（标黄）.pdf") in page and 'href="/changed/zh/' in page
    assert 'data-once="Ann ' in row and 'data-once="Ben ' in page, "what one has looked at, the next has still to see"


def archived(studio: StudioSession) -> str:
    """Keep the records of the edition as those of an archived one, and return its label."""
    label = studio.state().assessment.issue.label  # type: ignore[union-attr]
    folder = studio.root / "output" / "archive" / str(label)
    keep_records(studio, folder)
    (folder / "manifest.json").write_text("{}", "utf-8")
    return str(label)


def test_what_moves_beside_the_sentences_and_in_the_data_alone_is_named_with_its_numbers(studio: StudioSession) -> None:
    period = 'masthead.period: {zh: "{{ edition.year | year }}年", en: "{{ edition.year | year }}"}'
    counted = 'masthead.period: {zh: "来客{{ visitors.value }}人", en: "{{ visitors.value | counted }} visitors"}'
    amend(studio.root, "templates/wording/summary.yml", period, counted)
    with (studio.root / "templates/wording/facts.yml").open("a", encoding="utf-8") as file:
        file.write("  visitors.newest: {zh: 最新来客人数, en: Newest number of guests}\n")
    with (studio.root / "data/measures.yml").open("a", encoding="utf-8") as file:
        file.write("visitors.newest: {latest: tallies, where: {tally: visitors}, carry: 2}\n")
    archived(studio)
    written(studio)
    approved(studio, "Ben")
    said = shown(compare.compare, studio)
    assert " items approved, 1 more place reads otherwise: Brief · masthead, labels: 38,750 → 39,990 ." in said
    assert "Nothing else differs in the documents" in said and "cannot be compared" not in said
    alone = "1 more number moves in the data files of the package alone, in no document"
    assert f"{alone} 38,750 (2030) → 39,990 (2030) Newest" in said


def test_the_button_for_the_package_is_there_while_it_is_being_packed_and_cannot_be_pressed_yet(
    studio: StudioSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    amend(studio.root, "data/editions.yml", "draft: no", "draft: yes")
    running = JobState(number=2, words=("package",), lines=(), code=None, cancelled=False, seconds=3, usual=28)
    monkeypatch.setattr(studio.jobs, "state", lambda: running)
    monkeypatch.setattr(home, "finished_files", lambda *_: ("brief.en.pdf",))
    monkeypatch.setattr(home, "since_built", lambda *_: (False, []))
    page = bytes(home.home(request(studio)).body).decode()
    assert '<button type="button" data-then disabled>Download the draft package (not issued)</button>' in page
    assert "being packed, about 28 seconds" in page and "Next: hand over" not in page
    monkeypatch.setattr(studio.jobs, "state", lambda: replace(running, code=0))
    package: dict[str, Any] = {"outdated": False, "letters": {}, "tables": 0, "records": 0}
    monkeypatch.setattr(home, "package_view", lambda *_: package)
    page = bytes(home.home(request(studio)).body).decode()
    assert "download>Download the draft package (not issued)</a>" in page and "being packed" not in page
    folder, label = studio.root / "output", studio.state().assessment.issue.label  # type: ignore[union-attr]
    folder.mkdir()
    (folder / f"{label}.zip").write_bytes(b"PK")
    sent = home.finished(request(studio, path={"name": f"{label}.zip"}, query={"draft": "yes"}))
    named = re.search(r'data-file="([^"]+)"[^>]* download', page)
    assert named and quote(named[1]) in sent.headers["content-disposition"], "the page names the file as it is saved"
