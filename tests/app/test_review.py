"""The review of a whole edition, by the command line: what lapses, what survives, what the pages say."""

import json
import multiprocessing
import os
import signal
import time
from collections.abc import Collection
from datetime import datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from jianbao.app import build
from jianbao.app.approval import Approval, Reviewer, approval_of
from jianbao.app.assess import Assessment, documents_of
from jianbao.app.review import approve_items
from jianbao.core import transaction
from jianbao.core.encoding import shortened
from jianbao.data.facts import Ledger
from jianbao.render.fonts.registry import read_fonts
from jianbao.render.html.page import DRAFT
from tests.workspaces import amend, assessed, composed, run

pytestmark = pytest.mark.slow

REVIEWS = "data/reviews/midsummer.jsonl"
CELL, CHANGED = "visitors,38750", "visitors,39000"
WORD = ("There are {{ register.total", "We know of {{ register.total")


def reviewed(root: Path) -> Approval:
    known = assessed(root, "")
    return approval_of(known, documents_of(known))


def states(found: Approval) -> dict[str, str]:
    return {each.item.id: each.state for each in found.states}


def approve_all(root: Path) -> Approval:
    done = run("review", "approve", "--all", "--yes", "--by", "Ann", "-w", root)
    assert done.code == 0, done.err
    return reviewed(root)


def pending(root: Path) -> set[str]:
    return {item for item, state in states(reviewed(root)).items() if state != "approved"}


def resting_on(assessment: Assessment, table: str, row: int) -> set[str]:
    """Return the facts that come from a row of a table, by the ledger's parents."""
    ledger = assessment.ledger
    return {
        fact
        for fact in ledger
        for ancestor in ledger.ancestry(fact)
        if any(cells.table == table and row in cells.rows for cells in ledger[ancestor].cells)
    }


def moved(before: Ledger, after: Ledger) -> set[str]:
    return {key for key in {*before, *after} if value_of(before, key) != value_of(after, key)}


def value_of(ledger: Ledger, key: str) -> object:
    fact = ledger.get(key)
    if fact is None:
        return None
    value = f"{fact.value:.12g}" if isinstance(fact.value, float) else fact.value
    return value, fact.of, fact.unit


def stating(found: Approval, facts: Collection[str]) -> set[str]:
    return {each.item.id for each in found.states if set(each.item.facts) & set(facts)}


def test_nothing_is_approved_before_it_was_shown_and_agreed_to(workspace: Path) -> None:
    asked, ann = list[int](), Reviewer("Ann", "2031-01-02T03:04:05+00:00")

    def approve(answer: bool) -> list[str]:
        """Approve everything if the answer is yes, and note how many lines were shown before the question."""
        lines = list[str]()

        def agree() -> bool:
            asked.append(len(lines))
            return answer

        asking = approve_items(
            root=workspace,
            assessment=assessed(workspace),
            names=[],
            every=True,
            reviewer=ann,
            read=None,
            json_wanted=False,
            agree=agree,
        )
        while line := next(asking, None):
            lines.append(line)
        return lines

    refused = approve(False)
    assert asked == [len(refused) - 1] and refused[-1] == "Nothing was approved." and len(refused) > 20
    assert set(states(reviewed(workspace)).values()) == {"pending"}
    assert "harbour.ties:1" in " ".join(approve(True)) and set(states(reviewed(workspace)).values()) == {"approved"}


def test_everything_can_be_approved_and_stays_so_when_nothing_changes(workspace: Path) -> None:
    assert set(states(reviewed(workspace)).values()) == {"pending"}
    approved = approve_all(workspace)
    assert set(states(approved).values()) == {"approved"}
    assert {each.verdict.by for each in approved.states if each.verdict} == {"Ann"}
    assert run("review", "approve", "--all", "--yes", "--by", "Ben", "-w", workspace).code == 0
    assert {each.verdict.by for each in reviewed(workspace).states if each.verdict} == {"Ann"}


def test_the_day_of_a_verdict_is_that_of_the_place_where_it_is_given(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    days = []
    for zone, by in (("Etc/GMT-14", "Ann"), ("Etc/GMT+12", "Ben")):  # 26 hours apart: never the same day
        monkeypatch.setenv("TZ", zone)
        time.tzset()
        assert run("review", "return", "harbour.ties:1", "--by", by, "--comment", "no", "-w", workspace).code == 0
        days.append(datetime.now().astimezone().date().isoformat())
    monkeypatch.undo()
    time.tzset()
    (file,) = (workspace / "data" / "reviews").glob("*.jsonl")
    given = [json.loads(line)["at"] for line in file.read_text("utf-8").splitlines()]
    assert [at[:10] for at in given] == days and days[0] > days[1]
    assert [at[-6:] for at in given] == ["+14:00", "-12:00"]


def test_a_changed_cell_makes_exactly_the_approvals_lapse_that_depend_on_it(workspace: Path) -> None:
    before = assessed(workspace, "")
    approve_all(workspace)
    lines = (workspace / "data/tallies.csv").read_text("utf-8").splitlines()
    row = next(number for number, line in enumerate(lines, 1) if CELL in line)
    amend(workspace, "data/tallies.csv", CELL, CHANGED)
    after = assessed(workspace, "")
    changed = moved(before.ledger, after.ledger)
    below = resting_on(after, "tallies", row)
    assert changed and changed <= below, "what moved comes from the cell"
    found = approval_of(after, documents_of(after))
    lapsed = {item for item, state in states(found).items() if state == "pending"}
    alone = {each.item.id for each in found.states if each.item.kind not in ("table", "document")}
    assert lapsed & alone == stating(found, changed) & alone
    assert lapsed & alone <= stating(found, below) and stating(found, below) & alone < alone
    assert {"table.evidence", "brief"} <= lapsed and "table.discrepancies" not in lapsed
    amend(workspace, "data/tallies.csv", CHANGED, CELL)
    assert pending(workspace) == set(), "with the old value the approvals are there again"


def test_a_changed_word_makes_the_approval_of_its_sentence_lapse_and_no_other(workspace: Path) -> None:
    approve_all(workspace)
    amend(workspace, "templates/wording/notes.yml", *WORD)
    assert pending(workspace) == {"notes.register:1", "brief"}


def test_a_comment_survives_changes_until_the_item_is_approved(workspace: Path) -> None:
    assert run("review", "return", "harbour.ties:1", "--by", "Ben", "--comment", "哪一天？", "-w", workspace).code == 0
    amend(workspace, "templates/wording/notes.yml", *WORD)
    listed = run("review", workspace)
    assert "Ben" in listed.out and "哪一天？" in listed.out and "1 returned" in listed.out
    assert run("review", "approve", "--all", "--yes", "--by", "Ann", "-w", workspace).code == 0
    assert states(reviewed(workspace))["harbour.ties:1"] == "returned", "--all leaves what was returned"
    assert run("review", "approve", "harbour.ties:1", "--by", "Ann", "-w", workspace).code == 0
    assert pending(workspace) == set()


def test_the_list_begins_with_the_first_page_then_the_measures_and_ends_with_the_whole(workspace: Path) -> None:
    record = json.loads(run("review", workspace, "--json").out)
    kinds = [(each["kind"], each["item"]) for each in record["standings"]]
    assert kinds[0][1] == "judgement.title" and kinds[-1] == ("document", "brief")
    assert record["pending"] == record["items"]
    first = [each["item"].startswith(("judgement.", "summary.")) for each in record["standings"]]
    assert first.index(False) == sum(first)
    following = [item for _, item in kinds[sum(first) : sum(first) + 3]]
    assert following == ["table.measures", "measure.delta_ties", "measure.fuller_market"]


@pytest.mark.parametrize(
    ("words", "refusal"),
    [
        (("approve", "harbour.tie:1", "--by", "Ann"), "did you mean 'harbour.ties:1'"),
        (("approve", "--by", "Ann"), "no item is named"),
        (("approve", "--all", "--yes", "--by", " "), "no name is given"),
        (("return", "brief", "--by", "Ann", "--comment", " "), "there is no comment"),
        (("approve", "--all", "--yes", "--by", "Ann", "--read", "nowhere"), "nowhere/approvals.json"),
    ],
)
def test_a_verdict_that_says_too_little_is_wrong_usage(workspace: Path, words: tuple[str, ...], refusal: str) -> None:
    done = run("review", *words, "-w", workspace)
    assert done.code == 2 and refusal in done.err and not (workspace / REVIEWS).exists()


def test_what_has_changed_since_the_draft_that_was_read_is_not_approved(published: Path) -> None:
    folder = published / "output/midsummer"
    amend(published, "templates/wording/notes.yml", *WORD)
    refused = run("review", "approve", "--all", "--yes", "--by", "Ann", "--read", folder, "-w", published)
    assert refused.code == 2 and "notes.register:1" in refused.err and not (published / REVIEWS).exists()
    done = run("review", "approve", "harbour", "--by", "Ann", "--read", folder, "-w", published)
    assert done.code == 0 and "harbour.ties:1" not in done.out  # it was read there: only the numbers are told


# At once, and broken off


def _append(root: Path, name: str) -> None:
    for number in range(COUNT):
        transaction.append(root, REVIEWS, f"{name} {number}\n".encode())


COUNT, WRITERS = 40, 4


def test_reviews_at_the_same_time_lose_nothing(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    writers = [context.Process(target=_append, args=(tmp_path, f"w{n}")) for n in range(WRITERS)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
        assert writer.exitcode == 0
    lines = (tmp_path / REVIEWS).read_text().splitlines()
    assert sorted(lines) == sorted(f"w{n} {number}" for n in range(WRITERS) for number in range(COUNT))


def _return(root: Path, item: str) -> None:
    done = run("review", "return", item, "--by", item, "--comment", "say why", "-w", root)
    assert done.code == 0, done.err


def test_two_review_commands_at_once_are_both_heard(workspace: Path) -> None:
    context = multiprocessing.get_context("fork")
    items = ("harbour.ties:1", "harbour.ties:2", "figure.friends")
    commands = [context.Process(target=_return, args=(workspace, item)) for item in items]
    for command in commands:
        command.start()
    for command in commands:
        command.join(60)
        assert command.exitcode == 0
    assert {item for item, state in states(reviewed(workspace)).items() if state == "returned"} == set(items)


@pytest.mark.parametrize("call", ["write_files", "replace", "sync_folder"])
def test_a_crash_while_a_verdict_is_written_leaves_the_old_file_or_the_new_one(tmp_path: Path, call: str) -> None:
    transaction.append(tmp_path, REVIEWS, b"old\n")
    child = os.fork()
    if not child:
        _crash_in(tmp_path, call)
    os.waitpid(child, 0)
    assert (tmp_path / REVIEWS).read_bytes() in (b"old\n", b"old\nnew\n")
    transaction.append(tmp_path, REVIEWS, b"later\n")
    assert (tmp_path / REVIEWS).read_bytes() in (b"old\nlater\n", b"old\nnew\nlater\n")


def _crash_in(root: Path, call: str) -> None:
    def crash(*_: Any) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    target: Any = Path if call == "replace" else transaction
    with patch.object(target, call, crash):
        transaction.append(root, REVIEWS, b"new\n")
    os._exit(0)


# In the pages


def draft(root: Path) -> None:
    amend(root, "data/editions.yml", "draft: no", "draft: yes")


def test_a_draft_has_its_state_its_mark_and_its_comments_and_a_final_only_its_state(workspace: Path) -> None:
    run(
        "review",
        "return",
        "harbour.ties:1",
        "harbour.title:1",
        "--by",
        "Ben",
        "--comment",
        "哪一天？🙂",
        "-w",
        workspace,
    )
    run("review", "return", "judgement.title", "--by", "Ben", "--comment", "Shorter.", "-w", workspace)
    final = composed(assessed(workspace, ""))
    assert final.masthead["approval"].text("en") == "Not reviewed" and DRAFT not in final.words
    assert not any(block.kind == "remark" for block in final.blocks())
    draft(workspace)
    brief = composed(assessed(workspace, ""))
    assert brief.words[DRAFT].text("en") == "DRAFT" and "0 of 43" in brief.masthead["approval"].text("en")
    harbour = next(section for section in brief.sections if section.id == "harbour")
    remarks = [block for block in harbour.blocks if block.kind == "remark"]
    assert [block.id for block in remarks] == [
        "remark.judgement.title.1",
        "remark.harbour.title:1.1",
        "remark.harbour.ties:1.1",
    ]
    assert "哪一天？□" in remarks[-1].statements[0].text("zh")
    assert harbour.blocks[harbour.blocks.index(remarks[-1]) + 1].id == "harbour.ties"


def test_a_final_says_on_its_cover_how_much_of_it_is_approved_until_all_of_it_is(workspace: Path) -> None:
    run("review", "approve", "harbour.ties:1", "--by", "Ann", "-w", workspace)
    assert composed(assessed(workspace, "")).masthead["approval"].text("en").startswith("1 of ")
    approve_all(workspace)
    assert "approval" not in composed(assessed(workspace, "")).masthead
    draft(workspace)
    assert composed(assessed(workspace, "")).masthead["approval"].text("en").startswith("All ")


def test_a_draft_that_becomes_a_final_stays_approved(workspace: Path) -> None:
    draft(workspace)
    approve_all(workspace)
    amend(workspace, "data/editions.yml", "draft: yes", "draft: no")
    assert pending(workspace) == set()


def test_a_stale_translation_is_a_note_in_a_draft_and_refused_in_a_final(workspace: Path, unset: None) -> None:
    draft(workspace)
    approve_all(workspace)
    amend(workspace, "templates/wording/notes.yml", *WORD)
    noted = run("check", workspace)
    assert noted.code == 0 and "note: templates/wording/notes.yml:" in noted.err and " zh: en was changed" in noted.err
    assert any(block.kind == "remark" for block in composed(assessed(workspace, "")).blocks())
    amend(workspace, "data/editions.yml", "draft: yes", "draft: no")
    for command in ("check", "build"):
        refused = run(command, workspace)
        assert refused.code == 4 and "templates/wording/notes.yml:" in refused.err
    assert run("review", "approve", "notes.register:1", "--by", "Ann", "-w", workspace).code == 0
    assert run("check", workspace).code == 0


def test_an_item_that_was_returned_may_be_in_a_draft_and_in_no_final(workspace: Path, unset: None) -> None:
    assert run("review", "return", "harbour.ties:1", "--by", "Ben", "--comment", "哪一天？", "-w", workspace).code == 0
    for command in ("check", "build"):
        done = run(command, workspace)
        assert done.code == 4 and f"{REVIEWS} harbour.ties:1: Ben returned 'harbour.ties:1': 哪一天？" in done.err
    amend(workspace, "data/editions.yml", "draft: no", "draft: yes")
    noted = run("check", workspace)
    assert noted.code == 0 and f"note: {REVIEWS} harbour.ties:1: Ben returned" in noted.err


def test_the_edition_keeps_its_approval_log_and_the_manifest_knows_it(workspace: Path, unset: None) -> None:
    approve_all(workspace)
    assert run("build", workspace).code == 0
    folder = workspace / "output/midsummer"
    log = json.loads((folder / "approvals.json").read_bytes())
    assert log["approved"] == log["items"] == len(log["standings"]) == len(log["verdicts"])
    manifest = json.loads((folder / "manifest.json").read_bytes())
    assert "approvals.json" in manifest["outputs"] and REVIEWS in manifest["inputs"]
    (workspace / "data/reviews/winter.jsonl").write_text("")
    known = build.build_inputs(assessed(workspace, "").project.snapshot, "midsummer", read_fonts())
    assert "data/reviews/winter.jsonl" not in known["inputs"]


def test_a_line_that_git_could_not_merge_is_named(workspace: Path) -> None:
    (workspace / "data/reviews").mkdir()
    (workspace / REVIEWS).write_text("<<<<<<< ours\n")
    for command in ("check", "review"):
        done = run(command, workspace)
        assert done.code == 4 and f"{REVIEWS}:1" in done.err


def test_a_quotation_ends_between_words_and_han_letters_count_as_two() -> None:
    assert shortened("Partner cities number six", 17) == "Partner cities…"
    assert shortened("伙伴城市达六个", 8) == "伙伴城市…" and shortened("伙伴城市", 8) == "伙伴城市"


def test_nobody_approves_their_own_words_where_the_workspace_says_so(workspace: Path) -> None:
    said = "harbour.ties:2.en=Newest is {{ ties.latest | name }}, on {{ ties.latest_on | date }}."
    assert run("propose", workspace, "--say", said, "--keep", "--by", "Ann", "--why", "Shorter").code == 0
    (name,) = (path.stem for path in (workspace / "data/proposals").glob("*.yml"))
    assert run("apply", name, workspace, "--by", "Ben", "--yes").code == 0
    approve = ("review", "approve", "harbour.ties:2", "-w", workspace, "--by")
    (workspace / "data/roles.yml").write_text(
        "four_eyes: yes\nstations: {issued: {name: {zh: 签发, en: Issued}}}\n", "utf-8"
    )
    for own in ("Ann", "ben"):
        done = run(*approve, own)
        assert done.code == 2 and "the words are their own (four eyes)" in done.err and "harbour.ties:2" in done.err
    assert run("review", "approve", "--all", "--yes", "-w", workspace, "--by", "Ann").code == 2
    assert run(*approve, "Cy").code == 0
    assert run("review", "approve", "--all", "--yes", "-w", workspace, "--by", "Ann").code == 0


def test_a_final_edition_is_neither_built_nor_issued_with_an_item_that_waits_where_the_workspace_says_so(
    workspace: Path, unset: None
) -> None:
    (workspace / "data/roles.yml").write_text(
        "all_approved: yes\nstations: {issued: {name: {zh: 签发, en: Issued}}}\n", "utf-8"
    )
    for command in ("check", "build"):
        done = run(command, workspace)
        assert done.code == 4 and "items are not approved" in done.err and "`all_approved`" in done.err
    assert run("review", "pass", "issued", "-w", workspace, "--by", "Ann").code == 4
    approve_all(workspace)
    assert run("check", workspace).code == 0
    assert run("review", "pass", "issued", "-w", workspace, "--by", "Ann").code == 0
    amend(workspace, "data/editions.yml", "draft: no", "draft: yes")
    amend(workspace, "templates/wording/harbour.yml", "The latest to join was", "The last to join was")
    noted = run("check", workspace)
    assert noted.code == 0 and "not approved" in noted.err


def test_everything_is_approved_unasked_only_with_yes(workspace: Path) -> None:
    for more in ((), ("--json",)):
        done = run("review", "approve", "--all", "--by", "Ann", "-w", workspace, *more)
        assert done.code == 2 and "nobody can be asked; read the items, and add --yes" in done.err.replace(
            "\n    ", "; "
        )
    assert not (workspace / "data" / "reviews").exists()


def test_the_list_counts_the_items_of_each_document_as_its_first_page_does(workspace: Path) -> None:
    found = approve_all(workspace)
    whole = sum("brief" in each.item.documents for each in found.states)
    assert f"brief {whole} of {whole}" in run("review", workspace).out
