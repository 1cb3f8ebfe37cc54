"""References and evidence rows are numbered by first mention; a fact on many sources is marked by its row."""

from datetime import date

from jianbao.data.facts import Cells, Fact, Ledger
from jianbao.text.citations import ReferenceNumbers


def fact(fact_id: str, *sources: str, parents: tuple[str, ...] = ()) -> Fact:
    cells = (Cells("t", (2,), "c", sources),) if sources else ()
    return Fact(id=fact_id, value=1.0, cells=cells, parents=parents)


def reference_numbers() -> ReferenceNumbers:
    facts = [
        fact("a", "s1", "s2"),
        fact("b", "s2"),
        fact("many", "s1", "s2", "s3", "s4"),
        fact("sum", parents=("a", "b")),
        fact("declared"),
        fact("family.x", "s5"),
        fact("family.y", "s6"),
    ]
    return ReferenceNumbers(ledger=Ledger({each.id: each for each in facts}, date(2025, 12, 31)))


def test_sources_are_numbered_in_the_order_of_their_first_mention() -> None:
    numbers = reference_numbers()
    assert numbers.mark(["b"]).references == (1,)
    assert numbers.mark(["a", "b"]).references == (1, 2)
    assert numbers.sources == {"s2": 1, "s1": 2}


def test_a_fact_on_many_sources_and_one_that_is_computed_are_marked_by_their_rows() -> None:
    marks = reference_numbers().mark(["many", "sum"])
    assert marks.references == ()
    assert marks.evidence == (1, 2)


def test_sources_that_stand_in_the_rows_only_are_counted_too() -> None:
    numbers = reference_numbers()
    numbers.mark(["sum", "declared"])
    numbers.families(["family"])
    assert numbers.sources == {}
    assert numbers.rests_on() == ("s1", "s2", "s5", "s6")


def test_what_the_workspace_declares_needs_no_mark() -> None:
    assert reference_numbers().mark(["declared"]) == reference_numbers().mark([])


def test_a_figure_gives_a_family_of_facts_one_row() -> None:
    numbers = reference_numbers()
    assert numbers.families(["family", "a", "nothing"]).evidence == (1, 2)
    assert [member.id for member in numbers.members("family.*")] == ["family.x", "family.y"]
    assert numbers.direct("family.*") == ("s5", "s6")
