"""The verdict: how points add up, what is told of it, and what is laid before the judge."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from jianbao.app import review
from jianbao.core.messages import verbatim
from jianbao.review.quality.checklist import GROUPS, decide_points, verdict_record, verdict_report
from jianbao.review.quality.model import Decision, Outcome, QualityVerdict, by_count, by_parts, by_share, score_share
from tests.review.finished_brief import good
from tests.workspaces import ROOT, Edition, amend, run

FIRST = GROUPS[0]


def decision(score: int | None, number: int = 1, stop: bool = False) -> Decision:
    point = replace(FIRST.points[number - 1], stop=stop)
    return Decision(FIRST, point, "en", Outcome(score, verbatim("why")))


def test_the_share_counts_only_what_was_decided() -> None:
    assert score_share([decision(2), decision(1), decision(None)]) == 0.75
    assert score_share([decision(None)]) == 1.0


@pytest.mark.parametrize(
    ("scores", "stop", "reasons"),
    [
        ((2, 2, 2, 2), False, 0),
        ((2, 2, 2, 1), False, 0),  # 88 %
        ((2, 2, 1, 1), False, 1),  # the total is under 85 %
        ((2, 1, 1, 1), False, 2),  # the group is under 70 % too
        ((2,) * 9 + (0,), True, 1),  # a point that stops
    ],
)
def test_a_good_brief_has_no_stop_no_weak_group_and_a_high_total(
    scores: tuple[int, ...], stop: bool, reasons: int
) -> None:
    found = QualityVerdict("brief.en.pdf", tuple(decision(score, stop=stop) for score in scores))
    assert len(found.reasons()) == reasons


def test_a_score_falls_with_what_is_flagged() -> None:
    flags = [good("en").flag("Contacts grow")] * 3
    assert [by_count(flags[:number], 2, "{count}").score for number in (0, 2, 3)] == [2, 1, 0]
    assert [by_share(flags[:number], 10, "{good} of {total}").score for number in (0, 2, 3)] == [2, 1, 0]
    assert by_share((), 0, "").score is None
    parts = [(True, verbatim("a")), (False, verbatim("b")), (False, verbatim("c"))]
    assert [by_parts(parts[:number]).score for number in (1, 2, 3)] == [2, 1, 0]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_invented_brief_is_a_good_one_in_words_and_as_a_record(language: str) -> None:
    found = decide_points([good(language)])
    said = "\n".join(verdict_report(found))
    assert found.reasons() == () and "total 100%: a good brief" in said
    record = json.loads(json.dumps(verdict_record(found)))
    assert record["good"] and {point["point"] for point in record["points"]} >= {1, 14, 29, 45}
    assert ("A4 Chinese" in said, "A5 English" in said) == (language == "zh", language == "en")


def test_what_is_wrong_is_told_with_its_page_and_words() -> None:
    first = good("zh").brief
    spoilt = good("zh", lambda brief: replace(brief, title=first.masthead["issue"]))
    said = "\n".join(verdict_report(decide_points([spoilt])))
    assert "1 EP zh 0/2" in said and "p. 1: 第2期" in said


# The command


def test_a_brief_that_is_not_built_is_asked_for(workspace: Path) -> None:
    done = run("judge", workspace)
    assert done.code == 2 and "brief.zh.pdf" in done.err and "jianbao build --edition midsummer" in done.err


def test_a_brief_that_was_changed_after_the_build_is_not_judged(published: Path) -> None:
    (published / "output/midsummer/brief.zh.pdf").write_bytes(b"no page")
    done = run("judge", published)
    assert done.code == 2 and done.err.count("not as it was built") == 1


def test_a_brief_older_than_its_workspace_is_not_judged(published: Path) -> None:
    amend(published, "templates/wording/summary.yml", "zh:", "zh: ")
    done = run("judge", published)
    assert done.code == 2 and "changed since this edition was built: templates/wording/summary.yml" in done.err


def test_who_gets_a_brief_may_be_written_down_after_the_build(published: Path) -> None:
    book = "groups:\n  council: {language: en, recipients: [council@harbour.example]}\n"
    (published / "data/delivery.yml").write_text(book, "utf-8")
    done = run("judge", published)
    assert done.code == 4 and "brief.en.pdf" in done.out, done.err


def test_an_edition_whose_manifest_cannot_be_read_is_not_judged(published: Path) -> None:
    (published / "output" / "midsummer" / "manifest.json").write_text("{")
    done = run("judge", published)
    assert done.code == 2 and "not as it was built" in done.err


def test_a_brief_that_is_not_good_ends_with_the_writers_code(published: Path, miniature: Edition) -> None:
    done = run("judge", published)
    assert done.code == 4 and "brief.zh-en.pdf" in done.out and "not good" in done.out
    record = json.loads(run("judge", published, "--json").out)
    assert [each["product"] for each in record] == ["brief.zh-en.pdf", "brief.zh.pdf", "brief.en.pdf"]
    elsewhere = published.parent / "elsewhere"
    shutil.move(published / "output", elsewhere)
    assert run("judge", published, "--output", elsewhere).code == 4


@pytest.mark.slow
def test_the_guangzhou_brief_is_a_good_one_in_every_layout(guangzhou: Edition) -> None:
    verdicts = review.judge_edition(ROOT, "", guangzhou.folder.parent, lambda _: None)
    assert [each.product for each in verdicts] == ["brief.zh-en.pdf", "brief.zh.pdf", "brief.en.pdf"]
    assert [(each.product, each.reasons()) for each in verdicts if each.reasons()] == []
