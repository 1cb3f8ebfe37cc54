"""Keep the register of discrepancies between sources, found by the program or stated by an editor."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from jianbao.core.documents import Node, Problems, as_choice, as_list, as_mapping, as_source, as_text
from jianbao.core.errors import EvidenceError, Place, Problem, nearest, raise_all
from jianbao.core.messages import Translatable, tr, tr_list, tr_worded
from jianbao.data.conditions import Expiry, parse_expiry
from jianbao.data.dates import as_day, period
from jianbao.data.expectations import KINDS, ClaimDifference, Expectation, TestedExpectation, evaluate_expectations
from jianbao.data.facts import Fact, Ledger, Source, Value

_TEXTS = ("place", "says", "found", "used")
_PROGRAM = "program"


@dataclass(frozen=True, kw_only=True)
class Discrepancy:
    """A point on which sources disagree; `claimant` is the source that states it, known from that source's day on.

    `texts` are bilingual nodes, which may have placeholders: place (of the statement), says, found (what is right),
    used. `dated` is the last day that they mention. `differences` are the values that the program compared, `facts`
    the facts that are used instead. After it `expires` it must not be printed unchanged.
    """

    id: str
    kind: str
    origin: Literal["found", "stated"]
    texts: Mapping[str, Node]
    sources: tuple[str, ...]
    where: Place
    differences: tuple[ClaimDifference, ...] = ()
    facts: tuple[str, ...] = ()
    number: str = ""
    by_program: bool = False
    dated: str = ""
    claimant: str = ""
    expires: Expiry | None = None

    def text(self, part: str, language: str) -> Node | None:
        """Return one of its texts in one language, if it has it."""
        node = self.texts.get(part)
        return node.get(language) if node else None


@dataclass(frozen=True)
class DiscrepancyRegister:
    """All discrepancies of an edition, found ones first, and the expectations that the facts meet."""

    found: tuple[Discrepancy, ...] = ()
    stated: tuple[Discrepancy, ...] = ()
    agreed: tuple[Expectation, ...] = ()

    def __iter__(self) -> Iterator[Discrepancy]:
        return iter((*self.found, *self.stated))

    def __len__(self) -> int:
        return len(self.found) + len(self.stated)


def parse_discrepancies(
    node: Node, sources: Iterable[str], languages: Iterable[str], problems: Problems
) -> tuple[Discrepancy, ...]:
    """Read the stated discrepancies; one with `found_by: program` only provides the words for a found one."""
    known, spoken = tuple(sources), tuple(languages)
    items = as_list(node, problems) if node.value != "" else ()
    found = tuple(_discrepancy(item, known, spoken, problems) for item in items)
    seen: dict[str, int] = {}
    for each in found:
        if each.id in seen:
            problems.append(
                Problem(
                    each.where,
                    tr("'{value}' is already in line {line}", value=each.id, line=seen[each.id]),
                    tr("rename one"),
                )
            )
        seen.setdefault(each.id, each.where.line)
    return found


def _discrepancy(node: Node, sources: tuple[str, ...], languages: tuple[str, ...], problems: Problems) -> Discrepancy:
    fields = as_mapping(
        node,
        problems,
        required=("id", "kind", *_TEXTS),
        optional=("claimant", "sources", "number", "found_by", "dated", "expires"),
    )
    texts = {key: fields[key] for key in _TEXTS if key in fields}
    for text in texts.values():
        for spoken in as_mapping(text, problems, required=languages).values():
            as_text(spoken, problems)
    cited = as_list(fields["sources"], problems) if "sources" in fields else ()
    return Discrepancy(
        id=as_text(fields["id"], problems) if "id" in fields else "",
        kind=as_choice(fields["kind"], KINDS, problems, tr("a kind of discrepancy")) if "kind" in fields else "",
        origin="stated",
        texts=texts,
        sources=tuple(as_source(item, sources, problems) for item in cited),
        where=node.place,
        number=as_text(fields["number"], problems) if "number" in fields else "",
        by_program="found_by" in fields and as_choice(fields["found_by"], (_PROGRAM,), problems) == _PROGRAM,
        dated=as_day(fields["dated"], problems) if "dated" in fields else "",
        claimant=as_source(fields["claimant"], sources, problems) if "claimant" in fields else "",
        expires=parse_expiry(fields["expires"], problems) if "expires" in fields else None,
    )


def _last_day(text: str) -> date:
    found = period(text)
    return found.last if found else date.max


def check_pairs(
    expectations: Iterable[Expectation],
    discrepancies: Iterable[Discrepancy],
    languages: Iterable[str],
    problems: Problems,
) -> None:
    """Report discrepancies that the program should find but cannot, and expectations recorded without words."""
    spoken = tuple(languages)
    words = {each.id: each for each in discrepancies}
    asked = {each.id: each for each in expectations}
    for each in words.values():
        if each.by_program and each.id not in asked:
            what = tr("no expectation '{id}' finds this", id=each.id)
            problems.append(Problem(each.where, what, nearest(each.id, asked)))
        elif not each.by_program and each.id in asked:
            problems.append(
                Problem(each.where, tr("the expectation '{id}' finds this", id=each.id), tr("add 'found_by: program'"))
            )
    for expectation in asked.values():
        because = (expectation.texts or {}).get("because")
        if because:
            as_mapping(because, problems, required=spoken)
        elif expectation.id not in words and not expectation.stop:
            problems.append(Problem(expectation.place, tr("'because' is missing"), tr("say why the facts are used")))


def known_claims(
    expectations: Iterable[Expectation], stated: Iterable[Discrepancy], sources: Mapping[str, Source], day: date
) -> tuple[tuple[Expectation, ...], tuple[Discrepancy, ...]]:
    """Return the expectations and discrepancies whose source was published by a day, or has no date or no source."""

    def is_published(source: str) -> bool:
        return source not in sources or not sources[source].published or _last_day(sources[source].published) <= day

    return (
        tuple(each for each in expectations if is_published(each.source)),
        tuple(each for each in stated if is_published(each.claimant)),
    )


def build_register(
    expectations: Iterable[Expectation], stated: Iterable[Discrepancy], ledger: Ledger
) -> DiscrepancyRegister:
    """Join found and stated discrepancies into a register; raises EvidenceError for those that must stop a build."""
    entries = tuple(each for each in stated if not each.dated or _last_day(each.dated) <= ledger.as_of)
    words = {each.id: each for each in entries}
    tested = evaluate_expectations(expectations, ledger)
    stopping = [each for each in tested if each.outcome == "differs" and each.expectation.stop]
    raise_all((Problem(each.expectation.place, _unmet(each, ledger), _HINT) for each in stopping), EvidenceError)
    return DiscrepancyRegister(
        tuple(_found(each, words) for each in tested if each.outcome == "differs"),
        tuple(each for each in entries if not each.by_program),
        tuple(each.expectation for each in tested if each.outcome == "agrees"),
    )


_HINT = tr("correct the row that is wrong; if the sources themselves disagree, record that: otherwise: record")


def _unmet(tested: TestedExpectation, ledger: Ledger) -> Translatable:
    """Return a message on an unmet expectation: in its own words if it has them, with the current values."""
    known = tested.expectation
    if texts := {language: str(text.value) for language, text in _quotations(known)}:
        pairs = [value for each in tested.differences for value in (each.stated, each.found)]
        values = pairs or [ledger[fact].value for fact in known.facts if fact in ledger]
        numbers = tr_list(map(_shown, values))
        return tr("this should hold and does not: {said} (now: {values})", said=tr_worded(texts), values=numbers)
    parts = [
        tr("{fact} is {value}, not {stated}", fact=each.fact, value=_shown(each.found), stated=_shown(each.stated))
        for each in tested.differences
    ]
    why, source = tr_list(parts) if parts else tr("its condition does not hold"), known.source and f" ({known.source})"
    return tr("the expectation '{id}'{source} is not met: {why}", id=known.id, source=source, why=why)


def _quotations(expectation: Expectation) -> Iterable[tuple[str, Node]]:
    says = (expectation.texts or {}).get("says")
    return says.pairs() if says else ()


def _shown(value: Value) -> str:
    if isinstance(value, float):
        return f"{value:.15g}"
    return value if isinstance(value, str) else ", ".join(value)


def _found(tested: TestedExpectation, words: Mapping[str, Discrepancy]) -> Discrepancy:
    """Make a discrepancy of a broken expectation, in the editor's words if there are any."""
    expectation = tested.expectation
    own = dict(expectation.texts or {})
    if "because" in own:
        own["found"] = own.pop("because")
    entry = words.get(expectation.id)
    source = (expectation.source,) if expectation.source else ()
    return Discrepancy(
        id=expectation.id,
        kind=entry.kind if entry else expectation.kind,
        origin="found",
        texts={**own, **(entry.texts if entry else {})},
        sources=tuple(dict.fromkeys((*source, *(entry.sources if entry else ())))),
        where=expectation.place,
        differences=tested.differences,
        facts=expectation.facts,
        number=entry.number if entry else "",
        by_program=True,
    )


def register_facts(
    register: DiscrepancyRegister, expectations: Iterable[Expectation], ledger: Ledger
) -> tuple[Fact, ...]:
    """Return the number of differences in a register as facts, which depend on every compared value."""
    read = (fact for each in expectations for fact in (*each.facts, *(claim.fact for claim in each.claims)))
    parents = tuple(dict.fromkeys(fact for fact in read if fact in ledger))
    day, how = ledger.as_of.isoformat(), tr("count of the discrepancy register")
    counts = {"register.total": len(register), "register.found": len(register.found)}
    return tuple(
        Fact(id=key, value=float(value), unit="difference", as_of=day, parents=parents, how=how)
        for key, value in counts.items()
    )
