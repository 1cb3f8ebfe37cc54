"""Check sources and dates: age, grade, credit, mixed classifications, expired texts, another workspace's city."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from jianbao.core.documents import Node, Problems
from jianbao.core.errors import Place, Problem, in_words
from jianbao.core.messages import Translatable, tr, tr_list
from jianbao.data.claim_limits import WEAK
from jianbao.data.facts import Fact, Ledger, Source
from jianbao.review.claims.passages import Evidence, Mention, Passage, Refusal, compared
from jianbao.text.claim_words import CREDIT, LEAD, RANK
from jianbao.text.formatter import YEAR
from jianbao.text.text_entries import BUILT_IN
from jianbao.text.wording import Wording

_STOPS = " ，。；：,.;:"
FIGURE_WORDS = "templates/wording/figures.yml"


def age(passage: Passage, evidence: Evidence) -> Iterator[Refusal]:
    """Refuse a value that is no longer fresh and is printed without its date; a value that is a date needs none."""
    for each in _first_mentions(passage):
        fact = each.fact
        if fact.kind != "date" and fact.limits.aged(evidence.ledger.as_of) and not passage.dated(fact):
            what = tr("{fact} is of {day} and is given without its date", fact=fact.id, day=fact.as_of)
            yield Refusal("age", what, _with_date(passage, each, evidence))


def _with_date(passage: Passage, mention: Mention, evidence: Evidence) -> Translatable:
    """Return the hint to print the date of a fact, or its year if it is exact only to the year."""
    fact = mention.fact
    if len(fact.as_of) == YEAR and fact.carried:
        return tr("write {hole} after it", hole=f"{{{{ {fact.id} | carried_year }}}}")
    right = _right("age", passage, mention, evidence, date=evidence.written(passage, fact, "as_of | month"))
    return tr("give it, by {hole}: {right}", hole=f"{{{{ {fact.id} | as_of | month }}}}", right=right)


def _first_mentions(passage: Passage) -> Iterator[Mention]:
    """Yield the first place at which each fact is printed as a value."""
    seen: set[str] = set()
    for each in passage.mentions:
        if each.value and each.fact.id not in seen:
            seen.add(each.fact.id)
            yield each


def grade(passage: Passage, evidence: Evidence) -> Iterator[Refusal]:
    """Refuse a headline on a copied or open source whose sentence does not say that the figure is reported."""
    if not passage.headline or evidence.kept("grade", passage):
        return
    for each in _first_mentions(passage):
        if each.fact.limits.grade in WEAK:
            what = tr(
                "{fact} is in a headline and rests on a source of grade '{grade}'",
                fact=each.fact.id,
                grade=each.fact.limits.grade,
            )
            right = _right("grade", passage, each, evidence)
            yield Refusal("grade", what, tr("say that it is reported, as in “{right}”", right=right), each.fact.id)


def on_weak_sources(
    refused: Iterable[tuple[Passage, Refusal]], ledger: Ledger, sources: Mapping[str, Source], listed: Node
) -> Problems:
    """Return one problem for each copied or open source of refused headlines, with what to do and where.

    `listed` is the list of sources, with their places.
    """
    behind: dict[str, list[tuple[Passage, Refusal]]] = {}
    for passage, finding in refused:
        for source in dict.fromkeys(name for name, _ in _weak_cells(finding.fact, ledger, sources)):
            behind.setdefault(source, []).append((passage, finding))
    places = {name: node.place for name, node in listed.pairs()}
    return [_weak_source(sources[each], places[each], found, ledger, sources) for each, found in behind.items()]


def _weak_source(
    source: Source,
    place: Place,
    refused: Sequence[tuple[Passage, Refusal]],
    ledger: Ledger,
    sources: Mapping[str, Source],
) -> Problem:
    facts = tuple(dict.fromkeys(finding.fact for _, finding in refused))
    tables = dict.fromkeys(
        table for fact in facts for name, table in _weak_cells(fact, ledger, sources) if name == source.id
    )
    what = tr(
        "source '{source}' is of grade '{grade}', and headlines rest on it: {facts} (grade)",
        source=source.id,
        grade=source.grade,
        facts=tr_list(facts),
    )
    places = [passage.place for passage, _ in refused]
    hint = tr(
        "either give its rows in {tables} a better source as well (in the workbook, then `jianbao intake`), or in "
        "these sentences {reported}: {places}",
        tables=tr_list(f"data/{table}.csv" for table in tables),
        reported=refused[0][1].hint,
        places=in_words(Place(each.file, each.line) for each in places if not each.file.startswith(BUILT_IN)),
    )
    if any(each.file.startswith(BUILT_IN) for each in places):
        hint = tr("{hint}; and for a built-in title of a figure write your own in {file}", hint=hint, file=FIGURE_WORDS)
    return Problem(place, what, hint)


def _weak_cells(fact: str, ledger: Ledger, sources: Mapping[str, Source]) -> Iterator[tuple[str, str]]:
    """Yield the weak sources behind a fact, each with a table whose rows have it and no better source."""
    for each in ledger.ancestry(fact):
        if ledger[each].limits.grade in WEAK:
            for cells in ledger[each].cells:
                for name in cells.sources:
                    if name in sources and sources[name].grade in WEAK:
                        yield name, cells.table


def rank(passage: Passage, evidence: Evidence) -> Iterator[Refusal]:
    """Refuse "first in the country", "record high" or "leads" if no fact supports it.

    Support is: a comparing condition chose the sentence, a printed number follows the words directly, or the
    sentence has a fact that is the greatest or least of several values. For "leads", two facts to compare are enough.
    """
    facts = (*passage.facts, *passage.around)
    if any(fact.limits.window for fact in facts) or passage.left or any(compared(passage.conditions)):
        return
    ends = {mention.start for mention in passage.mentions}
    for word in evidence.found(passage):
        several = LEAD in word.kinds and len(passage.facts) > 1
        if RANK in word.kinds and word.end not in ends and not several:
            what = tr("'{words}' is claimed, but no fact of the sentence supports it", words=word.text)
            hint = tr(
                "write what the rows show; or print the fact, choose the sentence by it, or overrule with a reason"
            )
            yield Refusal("rank", what, hint)


def _right(check: str, passage: Passage, mention: Mention, evidence: Evidence, **parts: str) -> str:
    """Return the clause of a fact in the vocabulary's wording for a check; the bare parts if it has none."""
    clause = next((each for each in passage.clauses if mention in each.mentions), None)
    start, end = clause.spans[0] if clause else (0, len(passage.text))
    words = passage.text[start:end].lstrip(f"{_STOPS}）)").rstrip(f"{_STOPS}（(")  # a clause may end at a bracket
    return evidence.example(check, passage, clause=words, **parts) or ", ".join(parts.values())


def credit(passage: Passage, evidence: Evidence) -> Iterator[Refusal]:
    """Refuse words that credit a source with a value that was chosen for the framework."""
    if evidence.kept("credit", passage):
        return
    for fact in passage.facts:
        if fact.id not in evidence.chosen:
            continue
        for word in evidence.claims(passage, passage.around_of(fact), CREDIT):
            what = tr(
                "'{words}' credits a source with {fact}, which was chosen for the framework",
                words=word.text,
                fact=fact.id,
            )
            right = evidence.example("credit", passage)
            yield Refusal("credit", what, tr("say that it was set here, at most after a source: {right}", right=right))


_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")


def group(passages: Iterable[Passage], shown: Iterable[Fact], evidence: Evidence) -> Iterator[tuple[Passage, Refusal]]:
    """Refuse two classifications in one section; `shown` are the facts of its figures."""
    first = next((name for fact in shown for name in fact.limits.classes), "")
    found: set[str] = set()  # languages in which a second classification was found
    for passage in passages:
        for fact in passage.facts if not evidence.kept("group", passage) else ():
            for name in fact.limits.classes:
                first = first or name
                if name != first and passage.language not in found:
                    found.add(passage.language)
                    what = tr(
                        "{fact} sorts by '{name}', and the section by '{first}' too",
                        fact=fact.id,
                        name=name,
                        first=first,
                    )
                    hint = tr("use one classification in a document: count by '{first}'", first=first)
                    yield passage, Refusal("group", what, hint)


def expiry(passage: Passage, _: Evidence) -> Iterator[Refusal]:
    """Refuse a sentence that has expired."""
    if passage.expired:
        yield Refusal("expiry", tr("the sentence has expired"), tr("take it out, or write what is so now"))


def typed_years(texts: Iterable[tuple[Node | None, str, int]]) -> Problems:
    """Return a problem for each reason in which the year of the edition or a later one is typed.

    Each text comes with its owner, and with the first year that must not be typed.
    """
    found: Problems = []
    for node, owner, year in texts:
        for language, text in node.pairs() if node else ():
            typed = _YEAR.findall(text.value) if isinstance(text.value, str) else ()
            late = [each for each in typed if int(each) >= year]
            if late:
                what = tr(
                    "'{year}' is typed in the {language} text of {owner}", year=late[0], language=language, owner=owner
                )
                found.append(Problem(text.place, what, tr("put a fact in its place, or declare when it `expires`")))
    return found


@dataclass(frozen=True, kw_only=True)
class CityNames:
    """The names of cities in one language: the city by each form, and the longer names that contain a form.

    `any_form` finds any of the forms; it quickly rules out most texts, which name no city.
    """

    forms: Mapping[str, str]
    longer: Mapping[str, tuple[str, ...]]
    any_form: re.Pattern[str]

    def alone(self, form: str, text: str) -> bool:
        """Return whether a text contains a form that is not part of a longer name or word."""
        for longer in self.longer.get(form, ()):
            text = text.replace(longer, "")
        return bool(re.search(rf"(?<![A-Za-z]){re.escape(form)}(?![A-Za-z])", text))


def cities_in(text: str, names: CityNames) -> Mapping[str, str]:
    """Return the cities that a text names, each with the form that it has there."""
    if not names.any_form.search(text):
        return {}
    return {city: form for form, city in names.forms.items() if form in text and names.alone(form, text)}


def city_names(cities: Mapping[str, str], others: Iterable[str]) -> CityNames:
    """Return the names of cities by their forms, with all other names that contain one."""
    names = tuple(dict.fromkeys((*others, *cities)))
    text = "\n".join(names)
    longer = {
        form: tuple(sorted((name for name in names if form in name and name != form), key=len, reverse=True))
        for form in cities
        if text.count(form) > 1  # also outside its own line
    }
    return CityNames(
        forms=cities,
        longer={form: found for form, found in longer.items() if found},
        any_form=re.compile("|".join(map(re.escape, cities)) or r"(?!)"),
    )


def other_homes(
    wordings: Iterable[Wording], names: Mapping[str, CityNames], home: str, about: Mapping[str, frozenset[str]]
) -> Problems:
    """Return a problem for each line that types the name of another city as if the series were about it.

    A line may name a city if one of its facts is about it (`about`, by fact). A city that is typed on more lines than
    the home city, and on at least one without such a fact, is taken for a left-over home city. Built-in texts name
    no city, but their words may contain a one-character name.
    """
    typed = [
        (city, wording, text.place, form)
        for wording in wordings
        for variant in wording.variants
        for language, text in variant.texts.items()
        if language in names and not text.place.file.startswith(BUILT_IN)
        for city, form in cities_in(text.literal, names[language]).items()
    ]
    lines = Counter(city for city, *_ in typed)
    loose = {city for city, wording, *_ in typed if city != home and not _is_about(wording, city, about)}
    return [
        _left_over(place, form, home)
        for city, wording, place, form in typed
        if city in loose and (lines[city] > lines[home] or not _is_about(wording, city, about))
    ]


def _is_about(wording: Wording, city: str, about: Mapping[str, frozenset[str]]) -> bool:
    named = wording.id.partition(".")[2]  # the wording of a fact's name has the fact's id
    return any(city in about.get(fact, ()) for fact in (*wording.reads, named))


def _left_over(place: Place, form: str, home: str) -> Problem:
    what = tr("'{name}' is typed, and the series is about {home}", name=form, home=home)
    return Problem(place, what, tr("write the name of the city of the series, or print it by name('…') with its fact"))
