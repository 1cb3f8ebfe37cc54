"""The argument on the page: cards, the list of measures, tasks and gaps, and how they shrink without facts."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from jianbao.app.assess import Assessment
from jianbao.brief.measures import ArgumentBlocks
from jianbao.brief.model import Block
from jianbao.brief.phrases import PhraseRenderer
from jianbao.text.argument.edition import argument_on
from jianbao.text.argument.model import Month
from jianbao.text.citations import ReferenceNumbers
from tests.workspaces import MINIATURE, amend, assessed, copy

FILE = "templates/argument.yml"
PARTS = ["lead", "with", "hundred_days", "indicator", "cost", "risk", "stop"]


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    return copy(MINIATURE, tmp_path / "miniature")


@pytest.fixture(scope="module")
def assessment() -> Assessment:
    return assessed(MINIATURE, "")


def blocks(assessment: Assessment) -> ArgumentBlocks:
    renderer = PhraseRenderer(
        ledger=assessment.ledger, writers=assessment.project.writers, sections=assessment.project.sections
    )
    return ArgumentBlocks(renderer, assessment.argument, ReferenceNumbers(ledger=assessment.ledger))


def part(card: Block, name: str, language: str = "en") -> str:
    """Return what a part of a card says."""
    inside = next(each for _, each in card.parts if each[0].id.endswith(f".{name}"))
    joint = "" if language == "zh" else " "
    return joint.join(said.text(language) for said in inside[0].statements).replace("\u00a0", " ")


def test_a_card_has_its_parts_in_a_fixed_order(assessment: Assessment) -> None:
    made = blocks(assessment)
    first, second = made.cards()
    assert made.renderer.problems == []
    assert [inside[0].id.rpartition(".")[2] for _, inside in first.parts] == PARTS
    assert [said.text("en") for said in first.statements] == ["Seek friends in the Delta", "Few friends in the Delta"]
    assert (first.id, second.id) == ("measure.delta_ties", "measure.fuller_market")


def test_a_card_tells_months_costs_and_the_indicator_as_facts(assessment: Assessment) -> None:
    card = blocks(assessment).cards()[0]
    assert part(card, "hundred_days", "zh") == "2031年7月选定使者；9月使者启程。"
    assert part(card, "hundred_days") == "July 2031: choose the envoys; September: send the envoys."
    assert part(card, "indicator") == "Friendly towns in the Delta: from one to three by June 2033."
    assert part(card, "cost") == "200,000 to 400,000 crowns (estimate)"
    stated = {fact for _, inside in card.parts for said in inside[0].statements for fact in said.facts()}
    keys = ("step1", "step2", "target", "target_by", "cost", "hosts")
    assert stated == {"ties.grouping.delta", *(f"argument.delta_ties.{key}" for key in keys)}


def test_a_card_says_of_which_parts_its_cost_is_the_sum(workspace: Path) -> None:
    parts = "parts: [{count: 4, unit: town, low: 50000, high: 75000}, {count: 1, unit: boat, low: 0, high: 100000}]"
    old = "    cost: {low: 200000, high: 400000, per: once, basis: estimate}\n    risk"
    amend(workspace, FILE, old, f"    cost: {{{parts}, per: once, basis: estimate}}\n    risk")
    card = blocks(assessed(workspace, "")).cards()[0]
    cost = (
        "200,000 to 400,000 crowns (estimate): four towns at 50,000 to 75,000 crowns, one boat at up to 100,000 crowns"
    )
    assert part(card, "cost") == cost
    stated = {fact for _, inside in card.parts for said in inside[0].statements for fact in said.facts()}
    assert {"argument.delta_ties.part1", "argument.delta_ties.part2.each"} <= stated


def test_the_table_of_tasks_leaves_out_that_a_cost_is_an_estimate(assessment: Assessment) -> None:
    assert blocks(assessment).tasks().rows[1][-1].text("en").replace("\u00a0", " ") == "200,000 to 400,000 crowns"


def test_what_is_pending_says_whom_to_ask(assessment: Assessment) -> None:
    card = blocks(assessment).cards()[1]
    assert part(card, "cost") == "to be set by the Lantern Guild" and part(card, "cost", "zh") == "待灯笼行会定"
    assert part(card, "indicator") == "Stalls: the target is to be set by the Lantern Guild."


def test_a_risk_that_is_pending_is_asked_for_once(workspace: Path) -> None:
    text = (workspace / FILE).read_text("utf-8")
    begin = text.index("    risk:")
    rest = text[begin:].split("\n    stop", 1)[1]
    (workspace / FILE).write_text(f"{text[:begin]}    risk: pending\n    stop{rest}", "utf-8")
    card = blocks(assessed(workspace, "")).cards()[0]
    assert part(card, "risk").count("to be set by") == 1


def test_the_front_list_sets_the_gap_below_the_title_and_results_below_their_months(assessment: Assessment) -> None:
    (block,) = blocks(assessment).front()
    assert block.kind == "measures" and block.table
    assert block.table.places() == ((0,), (1, 2), (3,), (4, 5), (6, 7))
    assert [cell.text("en") for cell in block.table.rows[0]] == [
        *("1", "Seek friends in the Delta", "Few friends in the Delta", "Harbour Council"),
        *("September 2031", "envoys under way", "June 2032", "two pacts"),
    ]


def test_the_front_list_says_what_is_to_be_approved_now_behind_the_numbers_of_its_tasks(workspace: Path) -> None:
    asked = "    asked: {zh: 派出使者, en: send envoys}\n    lead: [Harbour Council]\n    with: {support"
    amend(workspace, FILE, "    lead: [Harbour Council]\n    with: {support", asked)
    (block,) = blocks(assessed(workspace, "")).front()
    assert block.table and block.table.places() == ((0,), (1,), (2,), (3,), (4, 5))
    assert [row[3].text("zh") for row in block.table.rows] == ["1.1：派出使者", ""]
    assert block.table.rows[0][3].text("en") == "1.1: send envoys"


def test_the_front_list_prints_no_numbers_of_tasks_where_nothing_is_said_to_be_approved(workspace: Path) -> None:
    asked = "    asked: {when: {fact: ties.total, below: 1}, zh: 派出使者, en: send envoys}\n"
    before = "    lead: [Harbour Council]\n    with: {s"
    amend(workspace, FILE, before, asked + before)
    (block,) = blocks(assessed(workspace, "")).front()
    assert block.table and [row[3].text("zh") for row in block.table.rows] == ["", ""]


def test_the_tasks_to_be_approved_first_are_set_off(assessment: Assessment) -> None:
    tasks = blocks(assessment).tasks()
    assert [row[0].text("en") for row in tasks.rows] == ["1.1", "1.2", "2.1"] and tasks.emphasis == (0,)
    assert tasks.rows[1][3].text("zh") == "灯笼行会配合"
    approved = assessment.ledger["argument.approve"].value
    assert approved == ("task:1.1",) and assessment.project.names["task:1.1"].full == {"zh": "1.1", "en": "1.1"}
    count = assessment.ledger["argument.approve_count"]
    assert count.value == len(approved) and count.unit == "task"


def test_each_gap_has_its_measure_or_its_reason(assessment: Assessment) -> None:
    (listed,) = blocks(assessment).gaps()
    last = [item.statements[-1].text("en") for item in listed.items]
    assert last == ["(Measure 1.)", "(Measure 2.)", "Other lands decide whom they send, so no measure is proposed."]


def test_a_finding_is_said_with_its_mechanism_and_what_follows(assessment: Assessment) -> None:
    made = blocks(assessment)
    (block,) = made.finding("few_in_delta")
    assert [said.id for said in block.statements] == [f"finding.few_in_delta:{number}" for number in (1, 2, 3)]
    (sourced,) = made.finding("market_below_best")
    assert made.reference_numbers.sources["almanac"] in sourced.references
    assert made.finding("nothing_of_it") == ()


INDICATORS = [
    ("ties.delta_share", "0.5", "share", "from 1 of 6 to 50% by June 2033."),
    ("market.best", "260000000", "crown", "from 251 million crowns to 260 million crowns by June 2033."),
    ("ties.evenness", "0.95", "index", "from 0.92 to 0.95 by June 2033."),
    ("not_recorded", "4", "town", "not recorded so far, four by June 2033."),
    ("not_recorded", "0.5", "share", "not recorded so far, 50% by June 2033."),
]


@pytest.mark.parametrize(("baseline", "target", "unit", "said"), INDICATORS)
def test_success_is_told_by_its_unit(workspace: Path, baseline: str, target: str, unit: str, said: str) -> None:
    old = "baseline: ties.grouping.delta\n      target: 3\n      unit: town"
    amend(workspace, FILE, old, f"baseline: {baseline}\n      target: {target}\n      unit: {unit}")
    card = blocks(assessed(workspace, "")).cards()[0]
    assert part(card, "indicator") == f"Friendly towns in the Delta: {said}"


# Years


@pytest.mark.parametrize(
    ("month", "day", "iso", "ahead"),
    [
        (Month(after=1), date(2025, 12, 31), "2026-01", 1),
        (Month(after=12), date(2031, 6, 30), "2032-06", 12),
        (Month(named="2026-04"), date(2025, 12, 31), "2026-04", 4),
        (Month(named="2026-04"), date(2026, 12, 31), "2026-04", -8),
    ],
)
def test_a_month_counts_from_the_editions_day_or_stands_in_the_calendar(
    month: Month, day: date, iso: str, ahead: int
) -> None:
    assert (month.iso(day), month.ahead(day)) == (iso, ahead)


def gaps_and_measures(assessment: Assessment, day: date) -> tuple[list[str], list[str]]:
    """Return the ids of the gaps and of the measures in an edition of a day."""
    ledger = replace(assessment.ledger, as_of=day)
    made = argument_on(assessment.project.argument, assessment.project.rules, ledger, day)
    return [gap.id for gap in made.gaps], [due.measure.id for due in made.measures]


@pytest.mark.parametrize("day", [date(2032, 6, 30), date(2028, 12, 31)])
def test_a_measure_that_is_overdue_or_too_far_ahead_is_not_there_nor_is_its_gap(
    assessment: Assessment, day: date
) -> None:
    assert gaps_and_measures(assessment, day) == (["delta", "boats"], ["delta_ties"])
    due = (["delta", "market", "boats"], ["delta_ties", "fuller_market"])
    assert gaps_and_measures(assessment, date(2031, 6, 30)) == due


def test_a_step_whose_month_has_passed_is_dropped(workspace: Path) -> None:
    amend(workspace, FILE, "{month: 1, say: {zh: 选定使者", "{month: 2031-02, say: {zh: 选定使者")
    assert part(blocks(assessed(workspace, "winter")).cards()[0], "hundred_days").startswith("February 2031: choose")
    assert (
        part(blocks(assessed(workspace, "midsummer")).cards()[0], "hundred_days") == "September 2031: send the envoys."
    )


def test_a_gap_and_its_measure_go_with_a_finding_whose_condition_does_not_hold(workspace: Path) -> None:
    amend(
        workspace,
        FILE,
        "when: {fact: ties.grouping.delta, below: 3}\n",
        "when: {fact: ties.by_year.n2031, known: yes}\n",
    )
    winter = assessed(workspace, "winter").argument
    assert "few_in_delta" not in winter.findings
    assert "delta" not in {gap.id for gap in winter.gaps}
    assert "delta_ties" not in {due.measure.id for due in winter.measures}


def test_a_task_may_name_the_month_of_another_one(workspace: Path) -> None:
    month = "{{ argument.delta_ties.envoys.by | month }}"
    said = f'{{zh: "{month}后商定盟约", en: "Agree on pacts after {month}"}}'
    amend(workspace, FILE, "{zh: 商定盟约, en: Agree on pacts}", said)
    made = blocks(assessed(workspace, ""))
    assert made.tasks().rows[1][1].text("zh") == "2031年9月后商定盟约" and not made.renderer.problems


def test_where_no_measure_is_left_the_part_says_so(workspace: Path) -> None:
    amend(workspace, FILE, "    gap: delta\n", "    gap: delta\n    when: {fact: ties.total, above: 90}\n")
    amend(workspace, FILE, "    gap: market\n", "    gap: market\n    when: {fact: ties.total, above: 90}\n")
    assessment = assessed(workspace, "")
    (said,) = blocks(assessment).cards()
    assert said.kind == "paragraph" and said.statements[0].text("zh") == "本期没有可列的措施。"
    assert blocks(assessment).front() == () and assessment.ledger["argument.measures"].value == 0


def test_a_card_leaves_who_takes_part_to_the_table_of_tasks(assessment: Assessment) -> None:
    made = {bodies: blocks(assessment).cards(bodies=bodies)[0] for bodies in (True, False)}
    labels = {bodies: [label.text("en") for label, _ in card.parts] for bodies, card in made.items()}
    assert "With" in labels[True] and labels[False] == [label for label in labels[True] if label != "With"]


def test_what_is_more_important_and_feasible_comes_first(workspace: Path) -> None:
    amend(workspace, FILE, "importance: {level: high", "importance: {level: low")
    assert [due.measure.id for due in assessed(workspace, "").argument.measures] == ["fuller_market", "delta_ties"]
