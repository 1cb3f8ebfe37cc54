"""The path of one correction, read once: what still says the old number, how much waits, and what is not to be read."""

import json
import re
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from threading import Event
from urllib.parse import quote

import pikepdf
import pytest
from jinja2 import FunctionLoader

from jianbao.app.propose import WorkspaceState
from jianbao.core.encoding import is_short_for
from jianbao.render.html.templates import built_in_text
from jianbao.review.compare.comparison import FactChange, Growth, growth
from jianbao.studio import page_requests
from jianbao.studio.accounts import Account
from jianbao.studio.jobs import Command, JobState
from jianbao.studio.pages import (
    brief,
    changed_pages,
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
from jianbao.studio.pages.names import fact_views
from jianbao.studio.session import StudioSession
from jianbao.text.render import Piece
from tests.studio.requesting import keep_records, request, shown, studio_of, words
from tests.studio.test_people import ROLES
from tests.workspaces import amend, run

pytestmark = pytest.mark.slow

OLD_NUMBER = "公报写了38750人"


@pytest.fixture
def studio(workspace: Path) -> StudioSession:
    amend(workspace, "data/discrepancies.yml", "名单中有一个未经证实", OLD_NUMBER)
    return studio_of(workspace)


def corrected(studio: StudioSession) -> None:
    """Take another number of visitors among the draft changes."""
    form = {"row": "6", "column": "value", "old": "38750", "new": "39990"}
    tables.change_cell(request(studio, path={"table": "tallies"}, form=form, fragment=True))


# What still says the old number


def test_a_typed_text_with_the_old_number_is_told_before_and_after_the_change_is_written(studio: StudioSession) -> None:
    keep_records(studio, studio.root / "output" / studio.state().assessment.issue.label)  # type: ignore[union-attr]
    corrected(studio)
    given_answers.answer(request(studio, form={"question": "tallies:6.source", "way.0": "same"}))
    page = shown(changes.changes, studio, language="zh")
    assert (
        "1 处旧文，改法已拟好" in page and "公报写了 38750 → 39990 人" in page and "资料不一致登记（见证据卷）" in page
    )
    review.apply(request(studio, form={"why": "The almanac counts more"}))
    for page in (shown(review.review, studio, query={"state": "changed"}), shown(hand_over.hand_over, studio)):
        assert f"still says the old number: {OLD_NUMBER}" in page


def test_a_change_of_no_number_asks_for_no_such_look(studio: StudioSession) -> None:
    form = {"row": "2", "column": "victor", "old": "Ostmere", "new": "Saltern"}
    tables.change_cell(request(studio, path={"table": "regattas"}, form=form, fragment=True))
    assert "the old number" not in shown(changes.changes, studio)


def test_the_command_tells_it_as_the_page_does(studio: StudioSession) -> None:
    said = run("propose", studio.root, "--set", "tallies:6.value=39990").out
    assert "Places that still have the old number: 1" in said and f"data/discrepancies.yml:6: {OLD_NUMBER}" in said


# How much waits


def office(root: Path, *people: tuple[str, str]) -> tuple[StudioSession, tuple[Account, ...]]:
    """Return a session on a workspace with stations, and its accounts."""
    (root / "data/roles.yml").write_text(ROLES, "utf-8")
    wanted = people or (("Li Wen", "desk"), ("Hu Lan", "head"))
    found = tuple(Account(name=name, role=role, password="") for name, role in wanted)
    return replace(studio_of(root), accounts=lambda: found), found


def finished(studio: StudioSession) -> None:
    """Keep the records of the edition as it is, so that what changes after is known."""
    keep_records(studio, studio.root / "output" / studio.state().assessment.issue.label)  # type: ignore[union-attr]


def written(studio: StudioSession) -> None:
    corrected(studio)
    review.apply(request(studio, form={"why": "The almanac counts more"}))


def test_the_page_of_a_change_review_and_home_count_the_same_items(studio: StudioSession) -> None:
    finished(studio)
    corrected(studio)
    found = re.search(r"(\d+) items are to be read and approved", shown(changes.changes, studio))
    assert found
    review.apply(request(studio, form={"why": "The almanac counts more"}))
    assert f"Content changed ({found[1]})" in shown(review.review, studio, query={"state": "changed"})
    page = bytes(home.home(request(studio)).body).decode()
    assert re.search(rf"Changed, to be approved {found[1]} ", words(home.home(request(studio))))
    assert 'class="button main" href="/review?state=changed"' in page


def test_what_is_not_approved_has_one_count_and_one_wording_on_every_page(studio: StudioSession) -> None:
    finished(studio)
    written(studio)
    state = studio.state()
    assert isinstance(state, WorkspaceState)
    changed, items = len(compare.to_be_read(request(studio), state)["changed"]), len(state.approval.states)
    assert 0 < changed < items
    page = shown(review.review, studio)
    tabs = f"Content changed ({changed}) The rest, not approved one by one ({items - changed}) Approved (0)"
    assert tabs in page and f"({items})" not in page, "what has changed is shown without a choice"
    said = f"The rest, not approved one by one: {items - changed} items, which have not changed."
    asks = (home.home, hand_over.hand_over)
    assert all(said in shown(each, studio) for each in asks) and str(items) not in shown(hand_over.hand_over, studio)
    assert f"Changed, to be approved: {changed} items." in shown(hand_over.hand_over, studio)
    rest = bytes(review.review(request(studio, query={"state": "pending"})).body).decode()
    assert rest.count('<article class="item') == items - changed


def test_filters_with_the_same_items_are_one(studio: StudioSession) -> None:
    page = shown(review.review, studio)
    assert "not approved one by one (" in page and "Returned (" not in page
    item = next(each.item for each in studio.state().approval.states)  # type: ignore[union-attr]
    form = {"item": item.id, "content": f"{item.id}={item.content}", "verdict": "return", "comment": "Say more"}
    review.decide(request(studio, form=form))
    page = shown(review.review, studio)
    assert "Returned (1)" in page and "not approved one by one (" in page


# What is not read twice


def test_a_sentence_that_was_mended_comes_first_and_the_rest_is_folded(studio: StudioSession) -> None:
    corrected(studio)
    form = {"text.en": "Newest is {{ ties.latest | name }}, on {{ ties.latest_on | date }}."}
    answer = brief.write(request(studio, path={"wording": "harbour.ties:2"}, form=form))
    assert answer.headers["location"] == "/changes?mended=harbour.ties%3A2"
    page = bytes(changes.changes(request(studio, query={"mended": "harbour.ties:2"})).body).decode()
    again, rest = page.index("The sentence that you have just changed"), page.index("The rest, as it was shown before")
    assert again < page.index("Newest", again) < page.index("Reason for the change") < rest < page.index(" that move")


def test_the_languages_of_a_mended_sentence_are_one_change_without_placeholders(studio: StudioSession) -> None:
    texts = {"text.en": "The last to join was {{ ties.latest | name }}, in {{ ties.latest_on | month }}."}
    brief.write(request(studio, path={"wording": "harbour.ties:2"}, form=texts))
    page = bytes(changes.changes(request(studio)).body).decode()
    listed = page[page.index('<ul class="rows edits">') : page.index("</ul>", page.index('<ul class="rows edits">'))]
    assert "<del>" in listed and "{{" not in listed and listed.count("<li>") == 1


def test_who_wrote_a_change_has_it_folded_and_who_approves_it_has_not(workspace: Path) -> None:
    studio, people = office(workspace)
    finished(studio)
    written(studio)
    asked = request(studio, query={"state": "changed", "written": "yes"})
    pages = {each.role: bytes(review.review(replace(asked, account=each)).body).decode() for each in people}
    assert re.search(r"<details><summary>\d+ changes wait for another person</summary>", pages["desk"])
    assert "Your account may not" not in pages["desk"]
    assert "wait for another person" not in pages["head"] and "Approve all" in pages["head"]


def test_a_station_that_nobody_can_pass_is_told_once_and_what_waits_is_no_button(workspace: Path) -> None:
    studio, people = office(workspace, ("Li Wen", "desk"))
    page = bytes(review.review(replace(request(studio), account=people[0])).body).decode()
    assert page.count("Nobody has an account for Issued yet") == 1
    assert "<button disabled>" not in page and "Who passes the later ones" not in page


def test_no_column_of_points_stands_where_the_index_does_not_move(studio: StudioSession) -> None:
    corrected(studio)
    assert "Points of the index" in shown(changes.changes, studio)
    studio.change_drafts(lambda _: ())
    form = {"row": "4", "column": "victor", "old": "Saltern", "new": "Ostmere"}
    tables.change_cell(request(studio, path={"table": "regattas"}, form=form, fragment=True))
    assert "Points of the index" not in shown(changes.changes, studio)


# What is done with one button


def test_whoever_may_pass_the_first_station_passes_it_with_the_button_that_writes(workspace: Path) -> None:
    studio, people = office(workspace)
    finished(studio)
    corrected(studio)
    drafter = replace(request(studio, name="Li Wen"), account=people[0])
    page = bytes(changes.changes(drafter).body).decode()
    assert 'name="station" value="drafted"' in page and "Write it, and send it to Hu Lan for approval" in page
    assert (
        'name="station"'
        not in bytes(changes.changes(replace(request(studio, name="Hu Lan"), account=people[1])).body).decode()
    )
    form = {"why": ["The almanac counts more"], "station": ["drafted"]}
    answer = review.apply(replace(drafter, form=form))
    assert answer.headers["location"] == "/review?state=changed&written=yes&passed=drafted"
    page = words(review.review(replace(request(studio, name="Hu Lan"), account=people[1])))
    assert "Drafted passed Li Wen" in page and "To be passed now: Issued (may be passed by Hu Lan)." in page


def test_at_the_first_station_nothing_is_returned_to_nobody(workspace: Path) -> None:
    studio, people = office(workspace)
    page = bytes(review.review(replace(request(studio, name="Li Wen"), account=people[0])).body).decode()
    assert 'value="drafted"' in page and 'value="pass"' in page and 'name="verdict" value="return"' not in page


def test_the_edition_is_built_from_where_the_last_change_was_approved(workspace: Path) -> None:
    studio, people = office(workspace)
    finished(studio)
    written(studio)
    page = bytes(review.review(request(studio, name="Ben", query={"state": "changed"})).body).decode()
    whole = page[page.index('class="decide"') :]
    fields = {name: re.findall(rf'name="{name}" value="([^"]*)"', whole) for name in ("item", "content")}
    review.decide(request(studio, name="Ben", form={**fields, "verdict": "approve", "back": "/review?state=changed"}))
    query = {"state": "changed", "done": fields["item"][0], "count": str(len(fields["item"]))}
    answer = review.review(replace(request(studio, query=query), account=people[1]))
    assert (
        f"{len(fields['item'])} items that the changes made here have moved are approved. The edition can be built now."
        in words(answer)
    )
    assert '<button class="main" name="command" value="build">' in bytes(answer.body).decode()


def test_a_sentence_that_is_gone_is_struck_out_for_who_approves(studio: StudioSession) -> None:
    finished(studio)
    as_recorded(studio, "harbour.ties:99", zh="此句与今年各句都不同。", en="Nothing of today is like it, word by word.")
    page = shown(review.review, studio, query={"state": "changed"})
    assert "left out in this edition Nothing of today" in page or "此句与今年各句都不同" in page
    assert page.count("left out in this edition") == 1 + page.count("is left out in this edition")


def test_a_sentence_that_is_left_out_is_sent_back_with_an_item_beside_it(studio: StudioSession) -> None:
    finished(studio)
    as_recorded(studio, "harbour.ties:99", zh="此句与今年各句都不同。", en="Nothing of today is like it, word by word.")
    page = bytes(review.review(request(studio, query={"state": "changed"})).body).decode()
    form = page[page.index("<del>Nothing of today") :].partition("</article>")[0]
    item, content, comment = (
        re.search(f'name="{each}" value="([^"]*)"', form) for each in ("item", "content", "comment")
    )
    assert item and content and comment and comment[1].startswith("Left out: “Nothing of today")
    fields = {"item": item[1], "content": content[1], "comment": comment[1], "verdict": "return"}
    review.decide(request(studio, form=fields))
    state = studio.state()
    assert [each.item.id for each in state.approval.states if each.state == "returned"] == [item[1]]  # type: ignore[union-attr]


def as_recorded(studio: StudioSession, new: str, **texts: str) -> None:
    """Put another id, and perhaps other texts, in place of those that the records have of harbour.ties:2."""
    file = studio.root / "output" / studio.state().assessment.issue.label / "approvals.json"  # type: ignore[union-attr]
    log = json.loads(file.read_text("utf-8"))
    (entry,) = [each for each in log["standings"] if each["item"] == "harbour.ties:2"]
    entry |= {"item": new, "texts": texts or entry["texts"]}
    file.write_text(json.dumps(log), "utf-8")


def test_a_sentence_with_another_id_stands_beside_its_old_words(studio: StudioSession) -> None:
    finished(studio)
    as_recorded(studio, "harbour.ties:99")
    amend(studio.root, "templates/wording/harbour.yml", "The latest to join was", "The last to join was")
    page = bytes(review.review(request(studio, query={"state": "changed"})).body).decode()
    assert "<del>latest</del> → <ins>last</ins>" in page and "left out in this edition" not in page


def test_a_sentence_without_old_words_is_open_and_called_new(studio: StudioSession) -> None:
    finished(studio)
    as_recorded(studio, "harbour.ties:99", zh="此句与今年各句都不同。", en="Nothing of today is like it, word by word.")
    page = bytes(review.review(request(studio, query={"state": "changed"})).body).decode()
    start = page.index('id="item-harbour.ties:2"')
    assert "new: the records have nothing like it" in page[start : start + 600]
    assert page.count("<details", 0, start) == page.count("</details>", 0, start)
    assert "nothing but the number" not in page


def test_what_differed_before_the_change_is_folded_counted_and_approved_apart(studio: StudioSession) -> None:
    finished(studio)
    amend(studio.root, "templates/wording/harbour.yml", "The latest to join was", "The last to join was")
    corrected(studio)
    found = re.search(r"(\d+) items are to be read and approved", shown(changes.changes, studio))
    assert found
    review.apply(request(studio, form={"why": "The almanac counts more"}))
    page = bytes(review.review(request(studio, name="Ben", query={"state": "changed"})).body).decode()
    whole = page[page.index('class="decide"') :]
    items = re.findall(r'name="item" value="([^"]*)"', whole)
    assert f"{found[1]} items read otherwise because of it" in page and len(items) == int(found[1])
    assert "harbour.ties:2" not in items and "1 item differs from the records, but not by the changes" in page
    fields = {name: re.findall(rf'name="{name}" value="([^"]*)"', whole) for name in ("item", "content")}
    review.decide(request(studio, name="Ben", form={**fields, "verdict": "approve", "back": "/review?state=changed"}))
    rest = shown(review.review, studio, language="zh", query={"state": "differs"})
    assert "与上次存档不同，不因本次改动" in rest and "核准此处所列的 1 项" in rest
    query = {"state": "changed", "done": items[0], "count": str(len(items))}
    said = shown(review.review, studio, language="zh", query=query)
    assert f"本次改动涉及的 {len(items)} 项已核准。" in said and "另有 1 项与上次存档不同" in said


def test_all_that_a_row_of_its_own_moves_is_one_group_as_before_it_was_written(studio: StudioSession) -> None:
    finished(studio)
    corrected(studio)
    answer = {"question": "tallies:6.source", "way.0": "added", "title.0": "A new count", "on.0": "2031-01"}
    given_answers.answer(request(studio, form=answer))
    found = re.search(r"(\d+) items are to be read and approved", shown(changes.changes, studio))
    assert found
    before = studio.editable().snapshot.hashes()
    review.apply(request(studio, form={"why": "A new count"}))
    page = shown(review.review, studio, query={"state": "changed"})
    assert f"{found[1]} items read otherwise because of it" in page and "but not by the changes" not in page
    undone = studio.without_changes(studio.state())  # type: ignore[arg-type]
    assert undone and {**undone.snapshot.hashes()} == {**before}


# Finding a row


def test_a_longer_word_finds_the_rows_that_have_most_of_its_parts_and_the_rows_are_listed(
    studio: StudioSession,
) -> None:
    page = shown(tables.tables, studio, language="zh", query={"find": "塔恩港市"})
    assert "没有完全含“塔恩港市”的行" in page and "第 8 行" in page
    assert "没有完全含" not in shown(tables.tables, studio, language="zh", query={"find": "塔恩港"})


def test_a_row_is_found_by_the_words_of_the_sentence_that_says_its_number(studio: StudioSession) -> None:
    page = shown(tables.tables, studio, language="zh", query={"find": "来客总数 38750"})
    assert "第 6 行" in page and "没有完全含" not in page and "没有找到" not in page
    assert "38750" in shown(tables.table, studio, path={"table": "tallies"}, query={"find": "来客 38750"})


def test_a_row_is_found_by_a_longer_compound_that_ends_in_the_word_of_its_sentence(studio: StudioSession) -> None:
    page = shown(tables.tables, studio, language="zh", query={"find": "海外来客总数 38750"})
    assert "以下各行含其大部分" in page and "第 6 行" in page


def test_an_old_row_is_found_by_the_words_of_the_sentence_that_says_the_newer_number(studio: StudioSession) -> None:
    tallies = studio.root / "data/tallies.csv"
    tallies.write_text(tallies.read_text("utf-8") + "visitors,39990,visitor,=,2031-01,almanac,stated\n", "utf-8")
    page = shown(tables.tables, studio, language="zh", query={"find": "来客总数 38750"})
    assert "第 6 行" in page and "没有完全含" not in page


def test_a_number_in_a_note_comes_after_the_same_number_as_a_value(studio: StudioSession) -> None:
    amend(
        studio.root,
        "data/names.csv",
        "Highlands,grouping,高地,Highlands,,,",
        "Highlands,grouping,高地,Highlands,,,来客 38750",
    )
    page = shown(tables.tables, studio, language="zh", query={"find": "来客 38750"})
    assert page.index("第 6 行") < page.index("第 2 行")


def test_where_no_row_has_the_words_those_with_the_number_are_listed(studio: StudioSession) -> None:
    page = shown(tables.tables, studio, language="zh", query={"find": "斑马 38750"})
    assert "没有完全含“斑马 38750”的行；含 38750 的有 1 行" in page and "第 6 行" in page


def test_of_rows_that_are_as_like_the_newest_stand_first(studio: StudioSession) -> None:
    page = shown(tables.tables, studio, query={"find": "visitors"})
    assert page.index("row 6") < page.index("row 5")
    page = bytes(tables.table(request(studio, path={"table": "tallies"}, query={"find": "visitors"})).body).decode()
    assert page.index('id="row-6"') < page.index('id="row-5"')


def test_a_short_form_of_two_characters_finds_the_names_that_it_stands_for() -> None:
    assert is_short_for("友城", "建立友好关系的城市数") and is_short_for("友城", "国际友好城市数")
    for word, name in (("友城", "友城"), ("友城", "城市之友"), ("友好城", "友好的城市"), ("ab", "a b")):
        assert not is_short_for(word, name), (word, name)


def test_of_the_rows_of_a_number_the_one_that_the_brief_uses_now_is_marked_and_the_others_are_grey(
    studio: StudioSession,
) -> None:
    page = bytes(tables.tables(request(studio, query={"find": "market"})).body).decode()
    rows = re.findall(r"<li( class=\"same\")?><a href=\"/data/\w+\?find=market&amp;row=(.*?)</li>", page)
    assert [("used by the brief now" in said) for grey, said in rows].count(True) == 1 and rows[1:]
    assert all(bool(grey) != ("used by the brief now" in said) for grey, said in rows)


def test_nothing_found_advises_and_shows_no_empty_table(studio: StudioSession) -> None:
    page = bytes(tables.tables(request(studio, query={"find": "zebra"})).body).decode()
    assert "Try a shorter word, or the number that is there now." in page and "<table>" not in page


def test_the_rows_that_are_shown_are_counted(studio: StudioSession) -> None:
    page = shown(tables.table, studio, path={"table": "ties"}, query={"find": "quillon"})
    assert "1 of 7 rows" in page


# Help, and what is finished


def test_help_says_who_packs_and_that_a_draft_is_packed_without_the_later_stations(workspace: Path) -> None:
    studio, people = office(workspace)
    page = words(help_pages.help_page(replace(request(studio, language="zh"), account=people[0])))
    assert "负责人（Hu Lan）" in page and "打包本期" in page and "看完核准并生成" in page
    amend(studio.root, "data/editions.yml", "draft: no", "draft: yes")
    page = words(help_pages.help_page(replace(request(studio, language="zh"), account=people[0])))
    assert "按“下载样稿包（未签发）”。样稿不必签发。" in page and "Hu Lan）" not in page
    assert "最后一个环节办理之前不能签发，但可以打包样稿。" in page


def test_a_pdf_opens_beside_the_page(studio: StudioSession) -> None:
    folder = studio.root / "output" / studio.state().assessment.issue.label  # type: ignore[union-attr]
    folder.mkdir(parents=True)
    (folder / "brief.zh.pdf").write_bytes(b"%PDF")
    page = bytes(home.home(request(studio)).body).decode()
    assert re.search(r'href="/files/brief.zh.pdf"[^>]* target="_blank" rel="noopener"', page)


def test_the_brief_as_a_pdf_in_the_reader_s_language_stands_first(studio: StudioSession) -> None:
    folder = studio.root / "output" / studio.state().assessment.issue.label  # type: ignore[union-attr]
    folder.mkdir(parents=True)
    for name in ("brief.en.pdf", "brief.zh-en.pdf", "brief.zh.pdf", "onepage.zh.pdf", "brief.zh.html"):
        (folder / name).write_bytes(b"%PDF")
    for language, first in (("zh", "brief.zh.pdf"), ("en", "brief.en.pdf")):
        page = bytes(home.home(request(studio, language=language)).body).decode()
        assert re.findall(r'class="files"><li><a href="/files/([^"]*)"', page) == [first]


def test_a_package_that_was_just_made_is_offered_first(studio: StudioSession) -> None:
    label = studio.state().assessment.issue.label  # type: ignore[union-attr]
    folder = studio.root / "output"
    (folder / label).mkdir(parents=True)
    (folder / f"{label}.zip").write_bytes(b"PK")
    page = bytes(hand_over.hand_over(request(studio)).body).decode()
    assert re.search(rf'<a [^>]*class="button[^"]*" href="/files/{label}.zip" download>', page)


def test_a_package_of_a_draft_is_saved_under_a_name_that_says_so(workspace: Path) -> None:
    studio, _ = office(workspace)
    label = studio.state().assessment.issue.label  # type: ignore[union-attr]
    (workspace / "output" / label).mkdir(parents=True)
    (workspace / "output" / f"{label}.zip").write_bytes(b"PK")
    page = bytes(hand_over.hand_over(request(studio)).body).decode()
    assert f'href="/files/{label}.zip?draft=yes" download' in page
    asked = request(studio, language="zh", path={"name": f"{label}.zip"}, query={"draft": "yes"})
    assert quote("样稿未签发") in home.finished(asked).headers["content-disposition"]


# Pages that are more or fewer


def pdf_of(pages: int, front: int) -> bytes:
    """Return a PDF with so many pages, whose first section begins after those of its front."""
    made = BytesIO()
    with pikepdf.new() as document:
        for _ in range(pages):
            document.add_blank_page()
        with document.open_outline() as outline:
            title = pikepdf.OutlineItem("Title", 0)
            title.children.append(pikepdf.OutlineItem("First section", front))
            outline.root.append(title)
        document.save(made)
    return made.getvalue()


def built_with(studio: StudioSession, pages: int, front: int) -> Path:
    folder = studio.root / "output" / studio.state().assessment.issue.label  # type: ignore[union-attr]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "brief.zh.pdf").write_bytes(pdf_of(pages, front))
    return folder


def test_a_first_page_that_runs_over_is_told_with_the_pages_before_and_after(studio: StudioSession) -> None:
    folder = built_with(studio, 7, 2)
    published = folder.parent / "archive" / folder.name
    keep_records(studio, published)
    (published / "manifest.json").write_text(
        json.dumps({"pages": {"brief.zh.pdf": "6"}, "front_pages": {"brief.zh.pdf": "1"}}), "utf-8"
    )
    page = shown(compare.compare, studio, language="zh")
    assert "简报（中文）：由 6 页变为 7 页。" in page and "首页排不下，末尾移到第 2 页。" in page
    built_with(studio, 7, 1)
    assert "首页排不下" not in shown(compare.compare, studio, language="zh")
    built_with(studio, 6, 1)
    assert "页变为" not in shown(compare.compare, studio, language="zh")


def test_pages_are_compared_with_those_before_the_first_build_here_if_the_records_have_none(
    studio: StudioSession,
) -> None:
    folder = built_with(studio, 6, 1)
    ended = Event()
    studio.jobs.start(Command(words=("build", "--help"), ended=lambda *_: ended.set()), "en")
    built_with(studio, 7, 2)
    ended.wait()
    (move,) = studio.jobs.page_moves(folder.name)
    assert move.before is not None
    assert (move.before.pages, move.after.pages, move.runs_over) == (6, 7, True)
    again = StudioSession(root=studio.root, edition="", clock=studio.clock)
    ended.clear()
    again.jobs.start(Command(words=("build", "--help"), ended=lambda *_: ended.set()), "en")
    ended.wait()
    assert [(each.before, each.runs_over) for each in again.jobs.page_moves(folder.name)] == [(None, True)]


def test_a_first_page_of_one_language_that_runs_over_is_told_if_no_record_has_its_pages(studio: StudioSession) -> None:
    folder = built_with(studio, 7, 2)
    keep_records(studio, folder.parent / "archive" / folder.name)
    page = shown(compare.compare, studio, language="zh")
    assert "首页排不下，末尾移到第 2 页。" in page and "页变为" not in page
    built_with(studio, 6, 1).joinpath("brief.zh-en.pdf").write_bytes(pdf_of(12, 2))
    assert "首页排不下" not in shown(compare.compare, studio, language="zh")


def test_a_text_that_was_left_out_is_told_where_the_editions_are_compared(studio: StudioSession) -> None:
    label = studio.state().assessment.issue.label  # type: ignore[union-attr]
    keep_records(studio, studio.root / "output/archive" / label)
    file = studio.root / "output/archive" / label / "approvals.json"
    log = json.loads(file.read_text("utf-8"))
    gone = {"zh": "此句与今年各句都不同。", "en": "Nothing of today is like it, word by word."}
    entry = next(each for each in log["standings"] if each["item"] == "harbour.ties:2")
    log["standings"].append({**entry, "item": "harbour.ties:99", "texts": gone})
    file.write_text(json.dumps(log), "utf-8")
    page = shown(compare.compare, studio, language="zh")
    assert gone["zh"] in page


# What is read once


def say_both_alike(studio: StudioSession) -> None:
    """Have the first two sentences of the brief say nothing but one number that moves."""
    file = "templates/wording/summary.yml"
    amend(studio.root, file, "，上年为{{ previous.standing | score }}分。", "，与上年相近。")
    amend(studio.root, file, ", against {{ previous.standing | score }} the year before.", ", much as the year before.")


def pages_of_a_number_in_two_sentences(studio: StudioSession) -> tuple[str, str]:
    """Correct a number that alone moves two sentences; return the pages of its consequences and of its review."""
    say_both_alike(studio)
    finished(studio)
    corrected(studio)
    given_answers.answer(request(studio, form={"question": "tallies:6.source", "way.0": "same"}))
    page = bytes(changes.changes(request(studio)).body).decode()
    review.apply(request(studio, form={"why": "The almanac counts more"}))
    return page, bytes(review.review(request(studio, query={"state": "changed"})).body).decode()


@pytest.mark.slow
def test_sentences_in_which_the_same_has_changed_are_all_read_without_a_fold_those_of_the_front_page_whole(
    studio: StudioSession,
) -> None:
    for each in pages_of_a_number_in_two_sentences(studio):
        assert "change nothing but" not in each and "The whole of these" not in each
        start = each.index("First page of the brief · item 1")
        shown = each[start : each.index('<span class="same">与上年相近。</span>', start)]
        assert shown.count("<details") == shown.count("</details>") and "First page of the brief · item 2" in shown
        assert '<span class="same"> much as the year before.</span>' in each and each.count("<ins>65.2</ins>") > 1


def test_many_sentences_in_which_the_same_has_changed_are_folded_but_for_those_of_the_front_page(
    studio: StudioSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    def few(name: str) -> str:
        return built_in_text(f"{page_requests.FOLDER}/{name}").replace("WHOLE = 2, 4, 8,", "WHOLE = 2, 4, 1,")

    made = page_requests._environment().overlay(loader=FunctionLoader(few), cache_size=0)
    monkeypatch.setattr(page_requests, "_environment", lambda: made)
    monkeypatch.setattr(changes, "read_first", lambda _request, name: not name.startswith("summary.standing"))
    monkeypatch.setattr(names, "read_first", lambda _request, name: not name.startswith("summary.standing"))
    for each in pages_of_a_number_in_two_sentences(studio):
        group = each[re.search("changes? nothing but: ", each).start() :]  # type: ignore[union-attr]
        said, _, fold = group[: group.index("</section>")].partition("<details>")
        assert said.count("<ins>65.2</ins>") == 1 and "First page of the brief · item 2" in said
        assert "First page of the brief · item 1" not in said
        assert re.search(r"sentences \(\d+ \+ 1( \+ \d+)*\)", each), "the counts of its parts add up"
        assert fold.count('<p class="text" lang="en">') == fold.count('<p class="text" lang="zh">') == 1


def test_a_comparison_counts_the_sentences_below_its_table_that_the_same_reason_leaves_out(
    studio: StudioSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = '{% from "parts.html.j2" import sentence_table with context %}'
    said += "{{ sentence_table(found, done=False, apart=apart) }}"
    files = FunctionLoader(
        lambda name: said if name == "table.html.j2" else built_in_text(f"{page_requests.FOLDER}/{name}")
    )
    made = page_requests._environment().overlay(loader=files, cache_size=0)
    monkeypatch.setattr(page_requests, "_environment", lambda: made)
    why = "《港城日报》登记为原发、非转载"
    texts = {"zh": (Piece("kept", "来客增加"), Piece("gone", "（待核）"), Piece("kept", "。"))}
    row = {"id": "a", "label": "首页", "texts": texts, "gone": False, "why": why, "reworded": True, "also": ()}
    apart = [{"why": why}, {"why": "3 → 4"}]
    asked = request(studio, language="zh")
    page = words(page_requests.page(asked, "table", found=[row], apart=apart, moved={}, wrong={}, edits=()))
    assert "因此删去 “（待核）”和表下的 1 句。" in page
    assert "表下的" not in words(
        page_requests.page(asked, "table", found=[row], apart=(), moved={}, wrong={}, edits=())
    )


def test_the_sentences_and_the_exhibits_of_a_change_are_as_many_as_its_title_says(studio: StudioSession) -> None:
    finished(studio)
    corrected(studio)
    given_answers.answer(request(studio, form={"question": "tallies:6.source", "way.0": "same"}))
    page = bytes(changes.changes(request(studio)).body).decode()
    said = re.search(r"(\d+) items are to be read and approved: (\d+) sentences, (\d+) tables", page)
    assert said and int(said[1]) == int(said[2]) + int(said[3])
    assert page.count('class="sentence"') == int(said[2])
    review.apply(request(studio, form={"why": "The almanac counts more"}))
    page = bytes(review.review(request(studio, query={"state": "changed"})).body).decode()
    assert f"({said[1]})" in page and page.count('id="item-') == int(said[1])
    assert f"{said[2]} sentences, {said[3]} tables" in page
    assert f"{said[2]} 句话、{said[3]} 个表" in shown(home.home, studio, language="zh")


@pytest.mark.slow
def test_sentences_that_change_are_one_numbered_table_in_which_each_language_is_marked_alike(
    studio: StudioSession,
) -> None:
    for each in pages_of_a_number_in_two_sentences(studio):
        rows = each[each.index('<section class="alike">') :].partition("</section>")[0].partition("<tbody>")[2]
        assert rows.count("→ <ins>65.2</ins>") == rows.count("<ins>65.2</ins>") == 4
        count = len(re.findall('<span class="serial">', rows))
        assert count == rows.count('class="sentence"') > 1 and f"{count} sentences" in each


def test_review_and_comparing_have_the_same_sentences_in_the_same_order(studio: StudioSession) -> None:
    finished(studio)
    folder = studio.root / "output"
    label = studio.state().assessment.issue.label  # type: ignore[union-attr]
    (folder / "archive").mkdir()
    (folder / label).rename(folder / "archive" / label)
    written(studio)
    found = re.compile('class="sentence" id="item-([^"]*)"')
    reviewed = found.findall(bytes(review.review(request(studio, query={"state": "changed"})).body).decode())
    page = bytes(review.review(request(studio, name="Ben", query={"state": "changed"})).body).decode()
    whole = page[page.index('class="decide"') :]
    fields = {each: re.findall(rf'name="{each}" value="([^"]*)"', whole) for each in ("item", "content")}
    review.decide(request(studio, name="Ben", form={**fields, "verdict": "approve", "back": "/review?state=changed"}))
    compared = bytes(compare.compare(request(studio)).body).decode()
    assert found.findall(compared) == reviewed != []


def test_the_rows_of_the_table_of_evidence_are_folded_below_its_numbers(studio: StudioSession) -> None:
    finished(studio)
    written(studio)
    page = bytes(review.review(request(studio, query={"state": "changed"})).body).decode()
    item = page[page.index('id="item-table.evidence"') :]
    assert item.index('<ul class="facts">') < item.index("Its rows, with the numbers of rows and sources")


def test_the_cells_of_a_row_are_one_change_and_are_told_in_one_line(studio: StudioSession) -> None:
    corrected(studio)
    form = {"row": "6", "column": "period", "old": "2030", "new": "2030-12-31"}
    tables.change_cell(request(studio, path={"table": "tallies"}, form=form, fragment=True))
    page = shown(changes.changes, studio)
    assert page.count("38750 → 39990") == 2 and "2030 → 2030-12-31" in page  # in the line, and in the question
    assert "Drop one of them" in page
    review.apply(request(studio, form={"why": "The almanac counts more"}))
    assert re.search(r"The almanac counts more \([^;]*38750 → 39990\)", shown(home.home, studio))


def with_another_wording(studio: StudioSession, when: str) -> None:
    """Give the sentence on visitors another wording, which is printed where a condition holds."""
    wording = (studio.root / "templates/wording/harbour.yml").read_text("utf-8")
    start, end = wording.index("      - zh: 来客"), wording.index("  - heading: regatta")
    kept = wording[start:end].replace("      - zh", "          - zh").replace("        en", "            en")
    many = f"          - when: {when}\n            zh: 来客很多。\n            en: Many came.\n"
    amend(studio.root, "templates/wording/harbour.yml", wording[start:end], f"      - either:\n{many}{kept}")


def test_of_a_sentence_that_takes_another_wording_the_page_says_by_what(studio: StudioSession) -> None:
    with_another_wording(studio, "{fact: visitors.value, at_least: 39000}")
    corrected(studio)
    assert re.search("Another wording, because: .*38,750.* → .*39,990", shown(changes.changes, studio))


def test_no_reason_is_given_where_a_wording_is_chosen_by_two_numbers_together(studio: StudioSession) -> None:
    with_another_wording(studio, "{fact: visitors.value, above: visitors.best}")
    form = {"row": "5", "column": "value", "old": studio.editable().row("tallies", 5)["value"], "new": "1"}
    tables.change_cell(request(studio, path={"table": "tallies"}, form=form, fragment=True))
    page = shown(changes.changes, studio)
    assert "because" not in page


def test_what_a_change_leaves_out_is_counted_beside_what_it_moves(studio: StudioSession) -> None:
    wording = (studio.root / "templates/wording/harbour.yml").read_text("utf-8")
    start, end = wording.index("      - zh: 来客"), wording.index("  - heading: regatta")
    only = wording[start:end].replace("      - zh", "      - when: {fact: visitors.value, below: 39000}\n        zh", 1)
    amend(studio.root, "templates/wording/harbour.yml", wording[start:end], only)
    corrected(studio)
    page = shown(changes.changes, studio, language="zh")
    assert "另删去 1 句" in page and "删去" in page


def test_all_changes_can_be_dropped_while_questions_are_open(studio: StudioSession) -> None:
    corrected(studio)
    page = bytes(changes.changes(request(studio)).body).decode()
    assert page.index("Drop all changes") < page.index("What it would move as things are, before the answers")


def test_a_typed_number_is_told_in_plain_words_with_the_way_to_the_sentence(studio: StudioSession) -> None:
    form = {"text.en": "The latest to join was {{ ties.latest | name }}, with 35 others."}
    brief.write(request(studio, path={"wording": "harbour.ties:2"}, form=form))
    page = bytes(changes.changes(request(studio, language="zh")).body).decode()
    said = page.index("35 是手打的数。请换成方块，或改成不带数的说法。")
    assert said < page.index('href="/brief/wording/harbour.ties%3A2"', said) < page.index("程序的原话", said)


def test_the_facts_about_the_things_of_a_sentence_are_offered_first(studio: StudioSession) -> None:
    page = bytes(brief.wording(request(studio, path={"wording": "harbour.ties:2"})).body).decode()
    facts = re.findall(r'<option data-fact="([^"]*)"', page)
    near = [each.partition(".")[0] == "ties" for each in facts]
    assert near[0] and near == sorted(near, reverse=True)


def test_after_one_group_is_approved_the_page_leads_to_what_is_left(studio: StudioSession) -> None:
    finished(studio)
    amend(studio.root, "templates/wording/harbour.yml", "The latest to join was", "The last to join was")
    written(studio)
    page = bytes(review.review(request(studio, name="Ben", query={"state": "differs"})).body).decode()
    whole = page[page.index('class="decide"') :]
    fields = {name: re.findall(rf'name="{name}" value="([^"]*)"', whole) for name in ("item", "content")}
    review.decide(request(studio, name="Ben", form={**fields, "verdict": "approve", "back": "/review?state=differs"}))
    query = {"state": "differs", "done": fields["item"][0], "count": str(len(fields["item"]))}
    page = bytes(review.review(request(studio, language="zh", name="Ben", query=query)).body).decode()
    assert (
        re.search(r"还有 \d+ 项有改动，待核准。", page)
        and '<a class="button main" href="/review?state=changed">' in page
    )


# What is called by words


NEW_COUNT = {"title.0": "A new count", "producer.0": "Quay", "published.0": "2031"}


def test_who_approves_reads_the_titles_of_the_old_and_the_new_source(studio: StudioSession) -> None:
    corrected(studio)
    known = studio.state().assessment.project.evidence.sources  # type: ignore[union-attr]
    row = studio.editable().row("tallies", 6)
    old = [known[each] for each in row["source"].split(";")]
    form = {"question": "tallies:6.source", "way.0": "corrected", "sure.0": "yes", **NEW_COUNT}
    given_answers.answer(request(studio, form=form))
    review.apply(request(studio, form={"why": "The almanac counts more"}))
    page = bytes(review.review(request(studio, query={"state": "changed"})).body).decode()
    roots = page[page.index("The almanac counts more") : page.index("</article>")]
    assert "<del>{}</del> → <ins>A new count</ins>".format("; ".join(each.title for each in old)) in roots


def test_no_value_is_listed_without_a_name_or_by_a_key(studio: StudioSession) -> None:
    state = studio.state()
    assert isinstance(state, WorkspaceState)
    asked = request(studio, language="zh")
    ledger = state.assessment.ledger
    moved = [FactChange(kind="added", id=each, before=None, after=ledger[each]) for each in ledger]
    said = [str(each["name"]) for each in fact_views(asked, state, moved)]
    assert said and not [each for each in said if "_" in each or not each]
    assert len(said) < len(moved)


def test_a_language_in_which_no_product_is_printed_is_not_read(studio: StudioSession) -> None:
    amend(studio.root, "templates/outline.yml", "[brief.zh-en.pdf, brief.zh.pdf, brief.en.pdf]", "[brief.zh.pdf]")
    finished(studio)
    corrected(studio)
    pages = [bytes(changes.changes(request(studio)).body).decode()]
    written(studio)
    pages.append(bytes(review.review(request(studio, query={"state": "changed"})).body).decode())
    for page in pages:
        assert '<td lang="zh">' in page and 'class="text" lang="en"' not in page and '<td lang="en">' not in page


def test_a_note_elsewhere_with_the_wrong_number_is_asked_about_without_a_reason_to_stay(workspace: Path) -> None:
    amend(workspace, "data/tables.yml", VICTOR, f"{VICTOR}{NOTE}")
    file = workspace / "data/regattas.csv"
    head, first, *rest = file.read_text("utf-8").splitlines()
    rows = [f"{head},note", f"{first},As many as 38750 visitors", *(f"{each}," for each in rest)]
    file.write_text("\n".join(rows) + "\n", "utf-8")
    studio = studio_of(workspace)
    corrected(studio)
    form = {"question": "tallies:6.source", "way.0": "corrected", "sure.0": "yes", **NEW_COUNT}
    given_answers.answer(request(studio, form=form))
    page = bytes(changes.changes(request(studio, language="zh")).body).decode()
    asked = page[page.index("旧数有误，这里的是否也有误") :]
    assert "As many as 38750 visitors" in asked and 'name="why.0" value=""' in asked


VICTOR = "    victor:     {type: name, of: town, required: yes}\n"
NOTE = "    note:       {type: text}\n"


def test_the_english_title_of_a_new_source_is_asked_with_the_source(studio: StudioSession) -> None:
    corrected(studio)
    page = bytes(changes.changes(request(studio, language="zh")).body).decode()
    field = page.index("英文标题")
    assert page.index('name="title.0"') < field < page.index('name="producer.0"')


def test_what_is_not_approved_does_not_keep_a_draft_from_being_packed(workspace: Path) -> None:
    studio, _ = office(workspace)
    amend(studio.root, "data/editions.yml", "draft: no", "draft: yes")
    page = bytes(hand_over.hand_over(request(studio, language="zh")).body).decode()
    left = page.index("其余未逐项核准：")
    assert page.index("打包样稿不必办理拟稿、签发。") < left
    assert page.count("<details", 0, left) > page.count("</details>", 0, left), "it is folded"


# A first page that fits, and one that does not


def longer_first_page(studio: StudioSession) -> Path:
    """Publish the edition, let a sentence of its first page grow, and build it on one page more."""
    folder = built_with(studio, 7, 2)
    published = folder.parent / "archive" / folder.name
    keep_records(studio, published)
    pages = {"pages": {"brief.zh.pdf": "6"}, "front_pages": {"brief.zh.pdf": "1"}}
    (published / "manifest.json").write_text(json.dumps(pages), "utf-8")
    amend(studio.root, "templates/wording/summary.yml", "友城{{ ties.total }}个，", "友好城市现有{{ ties.total }}个，")
    return folder


def test_a_first_page_that_runs_over_names_the_sentence_that_is_longer_and_leads_to_it(studio: StudioSession) -> None:
    longer_first_page(studio)
    page = bytes(compare.compare(request(studio, language="zh")).body).decode()
    text = page[page.index("首页变长的是：") :]
    assert "长 4 字" in text and text.index("长 4 字") < text.index('href="/brief/wording/summary.key')
    assert "修改这句话" in text and "下一步：交付" not in page
    assert page.count("首页排不下。请先改好") == 1


def test_a_first_page_that_runs_over_without_a_longer_sentence_says_so(studio: StudioSession) -> None:
    keep_records(studio, built_with(studio, 7, 2).parent / "archive" / built_with(studio, 7, 2).name)
    page = shown(compare.compare, studio, language="zh")
    assert "首页没有变长的句子" in page and "下一步：交付" not in page


def test_after_a_build_home_says_that_the_first_page_fits(studio: StudioSession) -> None:
    folder = built_with(studio, 6, 1)
    made = JobState(number=1, words=("build",), lines=(), code=0, cancelled=False)
    edition = studio.state().assessment.issue  # type: ignore[union-attr]
    assert edition.label == folder.name
    keep_records(studio, folder.parent / "archive" / folder.name)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(studio.jobs, "state", lambda: made)
        patch.setattr(home, "since_built", lambda *_: (False, []))
        assert "简报（中文）：6 页，首页排得下。" in shown(home.home, studio, language="zh")
        built_with(studio, 7, 2)
        assert "首页排得下" not in shown(home.home, studio, language="zh")


def test_home_lists_the_pages_of_what_was_approved_in_each_language_after_a_build_and_after_packing(
    studio: StudioSession,
) -> None:
    folder = built_with(studio, 6, 1)
    for name in ("brief.en.pdf", "evidence.zh-en.pdf"):
        (folder / name).write_bytes(pdf_of(6, 1))
    keep_records(studio, folder.parent / "archive" / folder.name)
    corrected(studio)
    given_answers.answer(
        request(studio, form={"question": "tallies:6.source", "way.0": "corrected", "sure.0": "yes", **NEW_COUNT})
    )
    review.apply(request(studio, form={"why": "The almanac counts more"}))
    approve_all(studio)
    for command in (("build",), ("package", folder.name)):
        ran = JobState(number=1, words=command, lines=(), code=0, cancelled=False)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(studio.jobs, "state", lambda ran=ran: ran)
            patch.setattr(home, "since_built", lambda *_: (False, []))
            patch.setattr(
                changed_pages, "pages_with", lambda _, texts: {key: 2 for key, parts in texts.items() if all(parts)}
            )
            page = bytes(home.home(request(studio, language="zh")).body).decode()
        assert 'href="/files/brief.zh.pdf#page=2"' in page and 'href="/files/brief.en.pdf#page=2"' in page
        assert "改动在哪几页" in page and "文献表：A new count" in page


def approve_all(studio: StudioSession) -> None:
    """Approve as somebody else all that waits."""
    state = studio.state()
    assert isinstance(state, WorkspaceState)
    items = [each.item for each in state.approval.states]
    contents = [f"{each.id}={each.content}" for each in items]
    form = {"item": [each.id for each in items], "content": contents, "verdict": "approve"}
    review.decide(request(studio, name="Bo", form=form))


def test_another_wording_that_compares_two_numbers_names_both_on_the_page_and_on_review(studio: StudioSession) -> None:
    with_another_wording(studio, "{fact: visitors.value, at_least: visitors.best}")
    finished(studio)
    form = {"row": "5", "column": "value", "old": "41200", "new": "38000"}
    tables.change_cell(request(studio, path={"table": "tallies"}, form=form, fragment=True))
    page = shown(changes.changes, studio, language="zh")
    reason = "换了写法，因为：历年最多来客人数 约4.12万 → 3.875万；与之相比的“来客人数”仍是 3.875万（2030年）"
    assert reason in page and "比原句" not in page
    review.apply(request(studio, form={"why": "The almanac was misread"}))
    assert reason in shown(review.review, studio, language="zh", query={"state": "changed"})


def test_two_digits_are_as_long_as_a_character_and_english_is_counted_in_words() -> None:
    chinese = Piece("kept", "友城"), Piece("gone", "111个"), Piece("new", "112个，五年间增加25个")
    assert growth(chinese) == Growth(8, is_chinese=True)
    assert growth((Piece("kept", "It has "), Piece("gone", "some twins"), Piece("new", "one"))) == Growth(
        -1, is_chinese=False
    )


def test_the_button_that_hands_over_to_review_stands_alone_and_names_who_reviews(workspace: Path) -> None:
    studio, people = office(workspace)
    corrected(studio)
    page = bytes(
        changes.changes(replace(request(studio, language="zh", name="Li Wen"), account=people[0])).body
    ).decode()
    main, others = page.index("写入，送 Hu Lan 核准"), page.index("其他办法")
    assert main < others < page.index("写入工作区", others) < page.index("存为修改建议", others)


def test_a_sentence_that_was_just_edited_says_how_much_longer_it_has_become(studio: StudioSession) -> None:
    text = "The newest of them all is {{ ties.latest | name }}, since {{ ties.latest_on | date }}."
    brief.write(request(studio, path={"wording": "harbour.ties:2"}, form={"text.en": text}))
    page = shown(changes.changes, studio, query={"mended": "harbour.ties:2"})
    assert re.search(r"English: \d+ words? (longer|shorter) than the sentence before", page)


def test_a_language_that_needs_no_change_is_settled_by_approving_the_sentence(studio: StudioSession) -> None:
    def approve() -> None:
        states = studio.state().approval.states  # type: ignore[union-attr]
        item = next(each.item for each in states if each.item.id == "harbour.ties:2")
        form = {"item": item.id, "content": f"{item.id}={item.content}", "verdict": "approve"}
        review.decide(request(studio, name="Ben", form=form))

    approve()
    text = "Newest is {{ ties.latest | name }}, on {{ ties.latest_on | date }}."
    brief.write(request(studio, path={"wording": "harbour.ties:2"}, form={"text.en": text}))
    assert "If that needs no change, go on" in shown(changes.changes, studio)
    review.apply(request(studio, form={"why": "In fewer words"}))
    assert "If the other language needs no change, approve" in shown(review.review, studio)
    approve()
    assert "If the other language needs no change, approve" not in shown(review.review, studio)
