"""Test expectations: totals that must agree, and claims of other sources that are compared with the facts."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from operator import ge, gt, le, lt
from typing import Literal

from jianbao.core.documents import (
    Node,
    Problems,
    as_choice,
    as_list,
    as_mapping,
    as_number,
    as_source,
    as_text,
    as_texts,
)
from jianbao.core.errors import UNKNOWN_FACT, Place, Problem, nearest
from jianbao.core.messages import tr
from jianbao.data.conditions import Condition, judged, parse_condition
from jianbao.data.dates import period
from jianbao.data.facts import Cells, Fact, Kind, Ledger, Value
from jianbao.data.measures.registry import Measures, check_facts
from jianbao.data.records import Records
from jianbao.data.tables import Tables

Ask = Literal["claim", "readings", "period", "equal", "condition"]
Outcome = Literal["agrees", "differs", "unknown"]
KINDS = ("fact", "count", "name", "apparatus")
EXACT = 1e-9  # relative tolerance: above rounding errors of sums, below the differences of written numbers
BOUNDS: Mapping[str, Callable[[float, float], bool]] = {">=": ge, "<=": le, ">": gt, "<": lt}
_TEXTS = ("place", "says", "because", "used")


@dataclass(frozen=True)
class Claim:
    """What a source states about a fact: a number, a date, or the id of a name; `word` is its name among several.

    `comparator` is that of the source: "=", or that the fact is more (">") or less ("<") than the number.
    """

    fact: str
    stated: float | str
    word: str
    comparator: str = "="


@dataclass(frozen=True, kw_only=True)
class Expectation:
    """A condition that must hold, or a claim of a source.

    `ask` says how it is tested: "claim" (each claimed value against its fact), "readings" (one value that at least
    one of `facts` must equal), "period" (a value attributed to one period), "equal" (facts that must agree), or
    "condition". `within` is the tolerance, in the facts' unit. `texts` are bilingual, with placeholders: place, says,
    because, used; for an expectation that stops the build, `says` is the requirement in words only.
    """

    id: str
    ask: Ask
    place: Place
    claims: tuple[Claim, ...] = ()
    facts: tuple[str, ...] = ()
    condition: Condition | None = None
    within: float = 0.0
    source: str = ""
    kind: str = "count"
    stop: bool = False
    texts: Mapping[str, Node] | None = None


@dataclass(frozen=True)
class ClaimDifference:
    """A claimed value beside the fact's own; `claimed` is the id of the claim as a fact."""

    fact: str
    claimed: str
    stated: Value
    found: Value


@dataclass(frozen=True)
class TestedExpectation:
    """An expectation, whether the facts agree with it ("unknown" if one is missing), and the differences."""

    expectation: Expectation
    outcome: Outcome
    differences: tuple[ClaimDifference, ...] = ()


def parse_expectations(
    node: Node, measures: Measures, sources: Iterable[str], problems: Problems
) -> tuple[Expectation, ...]:
    """Read the list of expectations; facts that no measure makes and sources that do not exist are problems."""
    known = tuple(sources)
    found = [_expectation(item, known, problems) for item in as_list(node, problems)] if node.value != "" else []
    seen: dict[str, int] = {}
    for each in found:
        if each.id in seen:
            what = tr("'{value}' is already in line {line}", value=each.id, line=seen[each.id])
            problems.append(Problem(each.place, what, tr("rename one")))
        seen.setdefault(each.id, each.place.line)
        for fact_id in each.facts:
            if not measures.knows(fact_id):
                what = tr("'{value}' is not a fact", value=fact_id)
                problems.append(Problem(each.place, what, nearest(fact_id, measures, UNKNOWN_FACT)))
    return tuple(found)


def check_expected(expectations: Iterable[Expectation], measures: Measures, tables: Tables, problems: Problems) -> None:
    """Report members of families that no measure makes on any day: an untestable expectation must not pass."""
    records = Records(tables, date.max)
    for each in expectations:
        check_facts(filter(measures.maker, each.facts), each.place, measures, records, problems)


def _expectation(node: Node, sources: tuple[str, ...], problems: Problems) -> Expectation:
    optional = ("claim", "require", "source", "kind", "within", "otherwise", *_TEXTS)
    fields = as_mapping(node, problems, required=("id",), optional=optional)
    asked = [key for key in ("claim", "require") if key in fields]
    name = as_text(fields["id"], problems) if "id" in fields else ""
    source = as_source(fields["source"], sources, problems) if "source" in fields else ""
    kind = as_choice(fields["kind"], KINDS, problems) if "kind" in fields else "count"
    within = as_number(fields["within"], problems) if "within" in fields else 0.0
    stop = "otherwise" in fields and as_choice(fields["otherwise"], ("record", "stop"), problems) == "stop"
    texts = {key: fields[key] for key in _TEXTS if key in fields}
    made = Expectation(
        id=name, ask="equal", place=node.place, within=within, source=source, kind=kind, stop=stop, texts=texts
    )
    if len(asked) != 1:
        problems.append(Problem(node.place, tr("an expectation needs 'claim' or 'require'")))
        return made
    if asked == ["claim"] and not source:
        problems.append(Problem(node.place, tr("'source' is missing: whose claim is this?")))
    return (_claim if asked == ["claim"] else _require)(made, fields[asked[0]], problems)


def _claim(made: Expectation, node: Node, problems: Problems) -> Expectation:
    if node.get("readings"):
        fields = as_mapping(node, problems, required=("value", "readings"), optional=("within",))
        facts = as_texts(fields["readings"], problems)
        value = as_number(fields["value"], problems) if "value" in fields else 0.0
        if not facts:
            problems.append(Problem(node.place, tr("one reading at least is needed")))
        within = as_number(fields["within"], problems) if "within" in fields else made.within
        return replace(made, ask="readings", claims=(Claim("", value, ""),), facts=facts, within=within)
    if node.get("period"):
        fields = as_mapping(node, problems, required=("fact", "period"))
        fact = as_text(fields["fact"], problems) if "fact" in fields else ""
        stated = as_text(fields["period"], problems)
        if stated and period(stated) is None:
            problems.append(Problem(fields["period"].place, tr("'{value}' is not a date", value=stated)))
        return replace(made, ask="period", claims=(Claim(fact, stated, "period"),), facts=(fact,))
    claims = tuple(_stated(fact, child, problems) for fact, child in as_mapping(node, problems, optional=None).items())
    words = [claim.word for claim in claims]
    for claim in claims:
        if words.count(claim.word) > 1:
            what = tr("two claims here end in '{word}'", word=claim.word)
            problems.append(Problem(node.place, what, tr("make two expectations of them")))
            break
    return replace(made, ask="claim", claims=claims, facts=tuple(claim.fact for claim in claims))


def _stated(fact: str, node: Node, problems: Problems) -> Claim:
    text = as_text(node, problems)
    sign = next((each for each in BOUNDS if text.startswith(each)), "")
    if sign:
        number = as_number(replace(node, value=text.removeprefix(sign).strip()), problems)
        return Claim(fact, number, fact.rpartition(".")[2], sign)
    numeric = text[:1].isdecimal() or text[:1] == "-"
    dated = numeric and text.count("-") > 0 and period(text) is not None
    return Claim(fact, as_number(node, problems) if numeric and not dated else text, fact.rpartition(".")[2])


def _require(made: Expectation, node: Node, problems: Problems) -> Expectation:
    if node.get("equal"):
        fields = as_mapping(node, problems, required=("equal",))
        facts = as_texts(fields["equal"], problems)
        if len(facts) < 2:
            problems.append(Problem(node.place, tr("two facts at least are needed to compare them")))
        return replace(made, ask="equal", facts=facts)
    condition = parse_condition(node, problems)
    return replace(made, ask="condition", facts=condition.facts(), condition=condition)


def claimed_id(expectation: Expectation, claim: Claim) -> str:
    """Return the id of a claim as a fact: "claimed.EXPECTATION.WORD", or without the word if it is the only one."""
    return ".".join(filter(None, ("claimed", expectation.id, claim.word)))


def claimed_facts(expectations: Iterable[Expectation], ledger: Ledger) -> tuple[Fact, ...]:
    """Return the claims of sources as facts, so that a sentence can quote them like any other number."""
    return tuple(fact for each in expectations for claim in each.claims for fact in _claimed(each, claim, ledger))


def _claimed(expectation: Expectation, claim: Claim, ledger: Ledger) -> Iterator[Fact]:
    measured = ledger.get(claim.fact or expectation.facts[0])
    if measured is None:
        return
    kind: Kind = "date" if expectation.ask == "period" else measured.kind
    value: Value = claim.stated
    if kind in ("date", "name") and isinstance(value, float):
        value = f"{value:g}"
    yield Fact(
        id=claimed_id(expectation, claim),
        value=value,
        unit=measured.unit if kind == "number" else "",
        kind=kind,
        as_of=measured.as_of,
        comparator=claim.comparator,
        confidence="stated",
        cells=(Cells("expectations", (expectation.place.line,), expectation.id, (expectation.source,)),),
        how=tr("claimed by {source}", source=expectation.source),
        about=(claim.word,) if claim.word else (),
    )


def evaluate_expectations(expectations: Iterable[Expectation], ledger: Ledger) -> tuple[TestedExpectation, ...]:
    """Test every expectation."""
    return tuple(TestedExpectation(each, *_TESTS[each.ask](each, ledger)) for each in expectations)


_Result = tuple[Outcome, tuple[ClaimDifference, ...]]


def _result(differences: Iterable[ClaimDifference]) -> _Result:
    found = tuple(differences)
    return ("differs", found) if found else ("agrees", ())


def _test_claims(expectation: Expectation, ledger: Ledger) -> _Result:
    """Compare each claimed value with its fact; claims about facts that do not exist yet are not tested."""
    known = [(claim, ledger[claim.fact]) for claim in expectation.claims if claim.fact in ledger]
    if not known:
        return "unknown", ()
    return _result(
        ClaimDifference(fact.id, claimed_id(expectation, claim), claim.stated, fact.value)
        for claim, fact in known
        if not _agrees(claim, fact, expectation.within)
    )


def _agrees(claim: Claim, fact: Fact, within: float) -> bool:
    bound = BOUNDS.get(claim.comparator)
    if bound and isinstance(fact.value, float) and isinstance(claim.stated, float):
        return bound(fact.value, claim.stated)
    return _same(claim.stated, fact, within)


def _same(stated: float | str, fact: Fact, within: float) -> bool:
    if isinstance(fact.value, float) and isinstance(stated, float):
        return _close(stated, fact.value, within)
    text = f"{stated:g}" if isinstance(stated, float) else stated
    if fact.kind == "date":
        return _date_agrees(text, str(fact.value))
    return text in fact.value if isinstance(fact.value, tuple) else text == fact.value


def _close(first: float, second: float, within: float) -> bool:
    return abs(first - second) <= within + EXACT * max(abs(first), abs(second))


def _date_agrees(stated: str, found: str) -> bool:
    """Return whether a date agrees with another that may be less exact: 2014 with 2014-11-28."""
    claimed, dated = period(stated), period(found)
    return bool(claimed and dated and claimed.first <= dated.first and dated.last <= claimed.last)


def _test_readings(expectation: Expectation, ledger: Ledger) -> _Result:
    """Test whether at least one reading of the claim agrees with the facts."""
    claim = expectation.claims[0]
    facts = [ledger[each] for each in expectation.facts if each in ledger and ledger[each].kind == "number"]
    if not facts:
        return "unknown", ()
    if any(_same(claim.stated, fact, expectation.within) for fact in facts):
        return "agrees", ()
    claimed = claimed_id(expectation, claim)
    return _result(ClaimDifference(fact.id, claimed, claim.stated, fact.value) for fact in facts)


def _test_period(expectation: Expectation, ledger: Ledger) -> _Result:
    """Test whether the fact has the period that the source names: a session's figure is not the year's."""
    claim = expectation.claims[0]
    if claim.fact not in ledger:
        return "unknown", ()
    found = ledger[claim.fact].as_of
    if period(found) == period(str(claim.stated)):
        return "agrees", ()
    return _result([ClaimDifference(claim.fact, claimed_id(expectation, claim), claim.stated, found)])


def _test_equal(expectation: Expectation, ledger: Ledger) -> _Result:
    """Compare the first fact with each of the others; facts that do not exist yet are left out."""
    facts = [ledger[each] for each in expectation.facts if each in ledger]
    if len(facts) < 2:
        return "unknown", ()
    first, *others = facts
    differing = (other for other in others if not _equal(first, other, expectation.within))
    return _result(ClaimDifference(other.id, first.id, first.value, other.value) for other in differing)


def _equal(first: Fact, second: Fact, within: float) -> bool:
    """Return whether two facts agree; "more than N" agrees with any larger value."""
    for bounded, exact in ((first, second), (second, first)):
        bound = BOUNDS.get(bounded.comparator)
        if bound and exact.comparator == "=" and isinstance(exact.value, float):
            return bound(exact.value, bounded.number)
    if isinstance(first.value, float) and isinstance(second.value, float):
        return _close(first.value, second.value, within)
    return first.value == second.value


def _test_condition(expectation: Expectation, ledger: Ledger) -> _Result:
    verdict = judged(expectation.condition, ledger) if expectation.condition else None
    return "unknown" if verdict is None else "agrees" if verdict else "differs", ()


Outgrown = tuple[Fact, Fact, float]  # a total, the count of its rows, and by how much more it has grown
_TESTS = {
    "claim": _test_claims,
    "readings": _test_readings,
    "period": _test_period,
    "equal": _test_equal,
    "condition": _test_condition,
}


def outgrown_totals(expectations: Iterable[Expectation], was: Ledger, now: Ledger) -> Iterator[Outgrown]:
    """Yield totals that have grown by more than the rows counted below them."""
    for pair in (each for each in totals_with_rows(expectations, now) if all(fact in was for fact in each)):
        more, listed = (now[each].number - was[each].number for each in pair)
        if more > max(listed, 0):
            yield now[pair[0]], now[pair[1]], more - listed


def totals_with_rows(expectations: Iterable[Expectation], now: Ledger) -> Iterator[tuple[str, str]]:
    """Yield totals with the counts of their rows, which an expectation requires to be no greater."""
    for each in (each.condition for each in expectations if each.condition):
        for part in each.parts if each.test == "all" else (each,):
            total, count = (part.fact, str(part.bound))[:: 1 if part.test == "at_least" else -1]
            if part.test in ("at_least", "at_most") and total in now and count in now and counted_tables(now, count):
                yield total, count


def counted_tables(ledger: Ledger, fact: str) -> tuple[str, ...]:
    """Return the tables whose rows a fact counts; nothing if it depends on anything but counts of rows."""
    cells = [cells for each in ledger.ancestry(fact) for cells in ledger[each].cells]
    return () if any(each.column for each in cells) else tuple(dict.fromkeys(each.table for each in cells))
