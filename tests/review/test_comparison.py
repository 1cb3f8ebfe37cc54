"""Two editions of the invented city compared: what was restated, lost, proposed, and said otherwise."""

from functools import cache
from pathlib import Path

import pytest

from jianbao.app.compare import EditionPair, compare_editions
from jianbao.app.workspace import snapshot
from jianbao.brief import export
from jianbao.core.errors import ContentError, UsageError
from jianbao.review.compare.clauses import in_context
from jianbao.review.compare.comparison import Comparison, FactChange
from jianbao.review.compare.redline import only_numbers, redline, tokens_of
from jianbao.scoring.change import ScoreChange
from tests.workspaces import LANGUAGES, MINIATURE, amend, assessed

pytestmark = pytest.mark.slow

PAIR = ("winter", "midsummer")


@cache
def plain() -> EditionPair:
    return compare_editions(snapshot(MINIATURE), *PAIR)


def facts(comparison: Comparison) -> dict[str, FactChange]:
    return {each.id: each for each in comparison.facts}


def scores(comparison: Comparison) -> dict[str, ScoreChange]:
    return {each.node: each for each in comparison.scores}


def restate(workspace: Path, *rows: str) -> None:
    """Add rows that became known later to the table of tallies."""
    path = workspace / "data" / "tallies.csv"
    head, *lines = path.read_text("utf-8").splitlines()
    table = [f"{head},known_from", *(f"{line}," for line in lines), *rows]
    path.write_text("\n".join(table) + "\n", "utf-8")


# Facts


def test_facts_are_added_changed_and_removed() -> None:
    found = facts(plain().comparison)
    assert found["ties.by_year.n2031"].kind == "added" and found["ties.by_year.n2031"].before is None
    ties = found["ties.total"]
    assert (ties.kind, ties.before and ties.before.value, ties.after and ties.after.value) == ("changed", 5, 6)
    back = facts(compare_editions(snapshot(MINIATURE), PAIR[1], PAIR[0]).comparison)
    assert back["ties.by_year.n2031"].kind == "removed"


def test_a_fact_of_another_whole_has_changed() -> None:
    part = facts(plain().comparison)["ties.grouping.delta"]
    assert (part.kind, part.before and part.before.of, part.after and part.after.of) == ("changed", 5, 6)


def test_what_stayed_is_not_told() -> None:
    known = plain().comparison
    reported = facts(known)
    assert known.earlier.ledger["market.first"] == known.later.ledger["market.first"]
    assert "market.first" not in reported and not [fact for fact in reported if fact.startswith(("score.", "effect."))]


def test_a_figure_restated_for_the_same_period_is_told_with_both_values(workspace: Path) -> None:
    restate(workspace, "visitors,30000,visitor,=,2030,almanac,stated,2031-02-01")
    comparison = compare_editions(snapshot(workspace), *PAIR).comparison
    found = facts(comparison)["visitors.value"]
    assert (found.kind, found.before and found.before.value, found.after and found.after.value) == (
        "restated",
        38750,
        30000,
    )
    assert found.indicators == ("visitors",)
    moved = scores(comparison)["visitors"]
    assert moved.recalculated == pytest.approx(moved.change) == pytest.approx((30000 - 38750) / 600)
    assert found.effect == pytest.approx(found.recalculated) and found.effect < 0


def test_an_edition_before_the_restatement_does_not_know_it(workspace: Path) -> None:
    restate(workspace, "visitors,30000,visitor,=,2030,almanac,stated,2031-02-01")
    assert assessed(workspace, "winter").ledger["visitors.value"].value == 38750
    later = assessed(workspace, "midsummer").ledger
    assert later["published.inward"].number > later["previous.inward"].number
    assert later["restated.inward"].number == pytest.approx(
        later["previous.inward"].number - later["published.inward"].number
    )


def test_what_moved_the_index_most_comes_first() -> None:
    weights = [each.weight for each in plain().comparison.facts]
    assert weights == sorted(weights, reverse=True) and weights[0] > 0


def test_the_moves_of_the_indicators_add_up_to_that_of_the_index() -> None:
    known = plain().comparison
    index = known.index()
    assert index is not None
    assert sum(each.effect for each in known.facts) == pytest.approx(index.change - index.method, abs=1e-9)


# Scores


def test_the_parts_add_up_for_every_node() -> None:
    for each in plain().comparison.scores:
        assert each.method + each.data + each.coverage == pytest.approx(each.change, abs=1e-9)


def test_an_indicator_that_lost_its_value_is_a_loss_of_coverage(workspace: Path) -> None:
    amend(workspace, "data/measures.yml", "where: {tally: visitors}, carry: 2}", "where: {tally: visitors}, carry: 0}")
    comparison = compare_editions(snapshot(workspace), *PAIR).comparison
    inward = scores(comparison)["inward"]
    assert inward.lost == ("visitors",) and abs(inward.coverage) > 0.1
    assert facts(comparison)["visitors.value"].kind == "removed"


def test_a_brief_tells_no_rise_or_fall_for_a_lost_indicator(workspace: Path) -> None:
    amend(workspace, "data/measures.yml", "where: {tally: visitors}, carry: 2}", "where: {tally: visitors}, carry: 0}")
    ledger = assessed(workspace, "midsummer").ledger
    assert "previous.visitors" in ledger and "normal.visitors" not in ledger
    change, coverage = ledger["change.inward"].number, ledger["change_coverage.inward"].number
    assert abs(coverage) > 0.1 and "moved.visitors" not in ledger
    assert ledger["previous.inward"].number + change + coverage == pytest.approx(ledger["score.inward"].number)
    assert sum(fact.number for fact in ledger.family("moved").values()) == pytest.approx(
        ledger["change.standing"].number
    )


def test_the_brief_and_the_comparison_say_the_same_of_the_last_edition() -> None:
    pair = plain()
    ledger = pair.assessment.ledger
    for each in pair.comparison.scores:
        if f"published.{each.node}" in ledger:
            assert ledger[f"published.{each.node}"].value == each.before
            again = ledger[f"published.{each.node}"].number + ledger[f"restated.{each.node}"].number
            assert ledger[f"previous.{each.node}"].value == pytest.approx(again, abs=1e-9)
            if not each.coverage:
                assert ledger[f"restated.{each.node}"].value == pytest.approx(each.recalculated, abs=1e-9)
    assert "published.standing" in ledger


# Measures and sentences


def test_measures_come_go_and_keep_their_place(workspace: Path) -> None:
    amend(
        workspace,
        "templates/argument.yml",
        "    gap: market\n",
        "    gap: market\n    when: {fact: ties.total, above: 5}\n",
    )
    found = {each.measure: each for each in compare_editions(snapshot(workspace), *PAIR).comparison.measures}
    assert {measure: each.kind for measure, each in found.items()} == {"delta_ties": "steady", "fuller_market": "new"}
    assert found["fuller_market"].places == (None, 2) and found["fuller_market"].due == ("", "2032-06")
    back = compare_editions(snapshot(workspace), PAIR[1], PAIR[0]).comparison.measures
    assert [(each.measure, each.kind) for each in back] == [("delta_ties", "steady"), ("fuller_market", "gone")]


@pytest.mark.parametrize(
    ("before", "after", "read"),
    [
        (
            "据报道，与广州建立友好关系的城市五年间由87个增至111个。截至2023年12月，名录所列国际友好城市仍为38个，未见新的名录公布。",
            "据报道，与广州结好的城市五年间由87个增至111个。截至2023年12月，名录所列国际友好城市仍为38个，未见新的名录公布。",
            "据报道，与广州[建立友好关系][结好]的城市五年间由87个增至111个。…",
        ),
        ("It has 3 ties.", "It had 3 ties.", "It [has][had] 3 ties."),
        (
            "The harbour has, as the almanac says, 3 ties with towns that lie far from the sea and road.",
            "The harbour had, as the almanac says, 3 ties with towns that lie far from the sea and road.",
            "The harbour [has][had], as the almanac says, 3 ties with towns that lie far from the sea and road.",
        ),
    ],
)
def test_the_whole_sentence_with_a_change_of_words_is_shown_and_others_beside_it_are_left_out(
    before: str, after: str, read: str
) -> None:
    assert read_in_context(before, after) == read


@pytest.mark.parametrize(
    ("before", "after", "read"),
    [
        (
            "据报道，与广州建立友好关系的城市五年间由87个增至111个。截至2023年12月，名录所列国际友好城市仍为38个，未见新的名录公布。",
            "据报道，与广州建立友好关系的城市五年间由87个增至112个。截至2023年12月，名录所列国际友好城市仍为38个，未见新的名录公布。",
            "据报道，与广州建立友好关系的城市五年间由87个增至[111][112]个。…",
        ),
        ("It has 3 ties.", "It has 4 ties.", "It has [3][4] ties."),
        (
            "友好关系总数，公报为3个；友城，名录为2个；其余未查到，另见统计年鉴。其他各项数据见附录所列，均不在本册范围之内，请勿直接引用。",
            "友好关系总数，公报为4个；友城，名录为2个；其余未查到，另见统计年鉴。其他各项数据见附录所列，均不在本册范围之内，请勿直接引用。",
            "友好关系总数，公报为[3][4]个；…",
        ),
        (
            "The harbour has, as the almanac says, 3 ties with towns that lie far from the sea and road.",
            "The harbour has, as the almanac says, 4 ties with towns that lie far from the sea and road.",
            "The harbour has, as the almanac says, [3][4] ties with towns that lie far from the sea and road.",
        ),
    ],
)
def test_the_whole_sentence_with_a_change_of_numbers_is_shown_too(before: str, after: str, read: str) -> None:
    assert read_in_context(before, after) == read


def read_in_context(before: str, after: str) -> str:
    pieces = in_context(redline(before, after, tokens_of()))
    return "".join(each.text if each.mark == "kept" else f"[{each.text}]" for each in pieces)


@pytest.mark.parametrize(
    ("before", "after", "is_so"),
    [
        ("由87个增至111个。", "由87个增至112个。", True),
        ("From 87 to 1,111.", "From 87 to 1,112.", True),
        ("It has 3 ties.", "It has 4 towns.", False),
        ("截至2025年11月有3个。", "截至2025年11月约有3个。", False),
    ],
)
def test_a_change_of_numbers_alone_is_told_from_one_of_words(before: str, after: str, is_so: bool) -> None:
    assert only_numbers(redline(before, after, tokens_of())) is is_so


def test_a_sentence_is_redlined_in_every_language() -> None:
    sentences = {each.id: each for each in plain().comparison.sentences}
    found = next(each for each in sentences.values() if "Uldhaven" in str(each.redlines["en"]))
    assert set(found.redlines) == set(LANGUAGES)
    for language, old, new in (("zh", "泽足", "乌港"), ("en", "Mirefoot", "Uldhaven")):
        marked = {piece.mark: piece.text for piece in found.redlines[language] if piece.text in (old, new)}
        assert marked == {"gone": old, "new": new}


def test_a_sentence_that_differs_by_year_or_month_alone_is_set_apart() -> None:
    dated = {each.id: each.redlines["en"] for each in plain().comparison.sentences if each.dated}
    assert {"subtitle", "measure.delta_ties.hundred_days/measure.delta_ties.step.1"} <= set(dated)
    replaced = {piece.text for pieces in dated.values() for piece in pieces if piece.mark != "kept"}
    assert replaced <= {"2030", "2031", "January", "March", "July", "September"}


def test_an_edition_compared_with_itself_has_nothing_to_tell() -> None:
    same = compare_editions(snapshot(MINIATURE), "winter", "winter").comparison
    assert (same.facts, same.sentences) == ((), ())
    assert {each.kind for each in same.measures} == {"steady"}
    assert all(each.change == each.method == each.data == each.coverage == 0 for each in same.scores)


# An archive


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    folder = tmp_path / "archive"
    folder.mkdir()
    (folder / "ledger.json").write_bytes(export.ledger(assessed(MINIATURE, "winter").ledger))
    return folder


def test_a_ledger_reads_as_it_was_written() -> None:
    ledger = assessed(MINIATURE, "midsummer").ledger
    assert export.read_ledger(export.ledger(ledger), "ledger.json") == ledger


def test_against_an_archive_of_today_everything_is_as_without_it(archive: Path) -> None:
    compared, other = plain().comparison, compare_editions(snapshot(MINIATURE), *PAIR, archive).comparison
    assert compared.facts == other.facts and compared.measures == other.measures
    assert compared.sentences == other.sentences
    for one, two in zip(compared.scores, other.scores, strict=True):
        assert (two.method, two.data) == pytest.approx((0, one.data), abs=1e-9)


def test_a_goalpost_of_the_archive_is_its_own(workspace: Path, tmp_path: Path) -> None:
    amend(workspace, "data/tallies.csv", "market,235000000", "market,300000000")  # a record: the goalpost moves
    (tmp_path / "ledger.json").write_bytes(export.ledger(assessed(workspace, "winter").ledger))
    without, against = (
        scores(compare_editions(snapshot(workspace), *PAIR, each).comparison) for each in (None, tmp_path)
    )
    assert without["inward"].recalculated < -1
    for node, each in without.items():
        assert (against[node].method, against[node].recalculated) == pytest.approx((0, each.recalculated), abs=1e-9)


def test_a_framework_changed_since_the_archive_is_the_part_of_method(workspace: Path, archive: Path) -> None:
    amend(workspace, "data/framework.yml", "weight: 3", "weight: 30")
    found = scores(compare_editions(snapshot(workspace), *PAIR, archive / "ledger.json").comparison)
    standing = found["standing"]
    assert standing.before == pytest.approx(scores(plain().comparison)["standing"].before)
    assert abs(standing.method) > 1 and found["inward"].method == pytest.approx(0, abs=1e-9)
    assert standing.method + standing.data + standing.coverage == pytest.approx(standing.change, abs=1e-9)


def test_an_archive_of_another_edition_is_refused(archive: Path) -> None:
    with pytest.raises(ContentError, match=r"this ledger is dated 2030-12-31, unlike the edition 'midsummer'"):
        compare_editions(snapshot(MINIATURE), "midsummer", "winter", archive)


@pytest.mark.parametrize("content", [b"", b"[]", b'{"facts": {}}', b'{"as_of": "2030-12-31", "facts": {"a": 1}}'])
def test_what_is_no_ledger_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "ledger.json").write_bytes(content)
    with pytest.raises(ContentError, match=r"ledger\.json: this is not a ledger"):
        compare_editions(snapshot(MINIATURE), *PAIR, tmp_path)


def test_a_missing_archive_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="the file does not exist"):
        compare_editions(snapshot(MINIATURE), *PAIR, tmp_path / "nowhere.json")
