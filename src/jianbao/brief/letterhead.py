"""Read the details of official documents and covering letters, as the issuing office declares them."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import chain

from jianbao.brief.measures import ArgumentBlocks, Part
from jianbao.brief.model import Block, Brief, Section
from jianbao.brief.phrases import PhraseRenderer
from jianbao.core.documents import Node, Problems, as_choice, as_list, as_mapping, as_text
from jianbao.core.encoding import has_han
from jianbao.core.errors import Place, Problem
from jianbao.core.messages import Translatable, tr
from jianbao.data.facts import Fact
from jianbao.text.argument.model import PolicyMeasure
from jianbao.text.name_table import Names, unnamed
from jianbao.text.render import Statement

COVERING = "covering"
_OF_ONE_DOCUMENT = ("number", "serial", "enclosed")
LETTER_HEAD = "letter.head"
# The fields that are texts in each language; then those that are ids of names, and days.
TEXTS = ("head", "number", "serial", "classification", "urgency", "signer", "enclosed", "remark")
NAMES = ("addressees", "copies")
DAYS = ("dated", "printed")
STANDINGS = ("equal", "superior", "subordinate")  # of the recipient to the office
RECIPIENTS = tuple(f"recipient.{each}" for each in STANDINGS)  # facts of a letter to one of these
# GB/T 9704-2012, 7.2.5: the year is in tortoise-shell brackets, and the number has no leading zero.
_YEAR = re.compile(r"[\[\uff3b\u3010(\uff08]\d{4}[\]\uff3d\u3011)\uff09]")
_PADDED = re.compile("\u3015\\s*0")

Letter = Mapping[str, tuple[Statement, ...]]


@dataclass(frozen=True, kw_only=True)
class Letterhead:
    """The office (id of a name), and by field: texts in every language, ids of names of bodies, days in ISO form.

    `to` says whether the recipient is above the office, below it or neither; "" if that is not given. The form of a
    covering letter depends on it.
    """

    office: str = ""
    texts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    days: Mapping[str, str] = field(default_factory=dict)
    to: str = ""


def as_letterhead(node: Node, names: Names, languages: Collection[str], problems: Problems) -> Letterhead:
    """Read the part `office` of data/delivery.yml; each error is added to the problems with its line."""
    office = as_mapping(node, problems, optional=None).get("office")
    if office is None:
        return Letterhead()
    fields = as_mapping(office, problems, required=("name",), optional=(*TEXTS, *NAMES, *DAYS, "to"))
    found = Letterhead(
        office=_id(fields["name"], names, problems) if "name" in fields else "",
        texts={key: _texts(fields[key], languages, problems) for key in TEXTS if key in fields},
        names={key: _names(fields[key], names, problems) for key in NAMES if key in fields},
        days={key: _day(fields[key], problems) for key in DAYS if key in fields},
        to=as_choice(fields["to"], STANDINGS, problems) if "to" in fields else "",
    )
    problems += _misnumbered(fields)
    if "" not in found.days.values() and found.days.get("printed", "9") < found.days.get("dated", ""):
        problems.append(Problem(fields["printed"].place, tr("it is printed before the day on which it is signed")))
    return found


def _texts(node: Node, languages: Collection[str], problems: Problems) -> dict[str, str]:
    """Return a text by language; a single text is for all languages."""
    if node.kind == "text":
        return dict.fromkeys(languages, as_text(node, problems))
    fields = as_mapping(node, problems, required=languages)
    return {language: as_text(text, problems) for language, text in fields.items()}


def _names(node: Node, names: Names, problems: Problems) -> tuple[str, ...]:
    return tuple(_id(each, names, problems) for each in as_list(node, problems))


def _id(node: Node, names: Names, problems: Problems) -> str:
    """Return the id of a name; if there is no such name, add a problem and return ""."""
    text = as_text(node, problems)
    wrong = [*unnamed([(text, node.place)], names)] if text else []
    problems.extend(wrong)
    return "" if wrong else text


def _day(node: Node, problems: Problems) -> str:
    text = as_text(node, problems)
    try:
        return date.fromisoformat(text).isoformat() if text else ""
    except ValueError:
        problems.append(Problem(node.place, tr("'{value}' is not a day", value=text), tr("write it as 2025-12-31")))
        return ""


def _misnumbered(fields: Mapping[str, Node]) -> Iterator[Problem]:
    number = fields.get("number")
    for node in [] if number is None else [number, *(node for _, node in number.pairs())]:
        if not isinstance(node.value, str) or not has_han(node.value):
            continue
        if _YEAR.search(node.value):
            hint = tr("write 〔2026〕")
            yield Problem(
                node.place, tr("'{value}': the year belongs in tortoise-shell brackets", value=node.value), hint
            )
        if _PADDED.search(node.value):
            yield Problem(
                node.place, tr("'{value}': the number begins with 0", value=node.value), tr("write 1, not 01 or 001")
            )


def say_letter(letterhead: Letterhead, reader: str, renderer: PhraseRenderer, section: str) -> Letter:
    """Return the details of a letter by field, rendered with the phrases of a section, without those not declared.

    A letter without addressees is addressed to the reader of the series, but an office does not write to itself.
    """
    readers = () if reader == letterhead.office else (reader,)
    lines: dict[str, tuple[Statement, ...]] = {
        key: (renderer.plain(text, f"letter.{key}"),) for key, text in letterhead.texts.items()
    }
    if letterhead.office:
        office = Fact(id="", value=letterhead.office, kind="name")
        lines["office"] = (renderer.phrase(section, "letter.office", office=office),)
        lines.setdefault("head", (renderer.phrase(section, LETTER_HEAD, office=office),))
    for key, word, usual in (("addressees", "addressee", readers), ("copies", "copy", ())):
        facts = [Fact(id="", value=name, kind="name") for name in letterhead.names.get(key, usual)]
        lines[key] = tuple(renderer.phrase(section, f"letter.{word}", **{word: fact}) for fact in facts)
    for key, iso in letterhead.days.items():
        lines[key] = (renderer.phrase(section, f"letter.{key}", day=Fact(id="", value=iso, kind="date")),)
    words = ("signer", "copies") if letterhead.texts.get("signer") else ("copies",)
    return {
        **{key: statements for key, statements in lines.items() if statements},
        **{f"{key}_word": (renderer.phrase(section, f"letter.{key}"),) for key in words},
    }


@dataclass(frozen=True)
class ReportBlocks(ArgumentBlocks):
    """Makes the blocks of an argument for an official report: a task of the plan in sentences.

    `office` is the id of the reporting body, which does not use its own name for itself.
    """

    office: str = ""

    def cards(self, *, bodies: bool = True) -> tuple[Block, ...]:
        """Return the cards, after one line on the lead of all tasks that only the office leads."""
        own = [self._phrase("task.ours")] if self._states_lead_once() else []
        lead_line = (self._paragraph(f"{self.section}.ours", own),) if own else ()
        return (*lead_line, *super().cards(bodies=bodies))

    def _states_lead_once(self) -> bool:
        return sum(self._is_own(due.measure) for due in self.argument.measures) > 1

    def _is_own(self, measure: PolicyMeasure) -> bool:
        """Return whether the only details of a task are that the office leads it, and a time."""
        return measure.lead == (self.office,) and not any(measure.manners.values()) and bool(measure.delivered)

    def planned_parts(self, measure: PolicyMeasure) -> Iterator[Part]:
        """Yield one part, without a label: who leads, with whom, the goal beside today's value, cost, and by when."""
        details = self._paragraph(f"measure.{measure.id}.told", self._planned_details(measure))
        yield self.renderer.plain(""), (details,)

    def _planned_details(self, measure: PolicyMeasure) -> Iterator[Statement]:
        lead, others = measure.lead, tuple(chain.from_iterable(measure.manners.values()))
        way = ("task.lead_and_with" if others else "task.lead") if lead else "task.open"
        if not (self._states_lead_once() and self._is_own(measure)):
            yield self._phrase(way, lead=self._bodies(lead), others=self._bodies(others))
        goal = self._goal(measure)
        if goal and not self._in_title(goal[0], measure):
            yield self._inside_phrase(goal[0], "task.goal.today" if goal[1:] else "task.goal", *goal[1:])
        if cost := self._planned_cost(measure):
            yield self._phrase("task.cost", cost=cost)
        if measure.delivered:
            yield self._inside_phrase(self._month(measure, "by"), "task.due")

    def _in_title(self, goal: Statement, measure: PolicyMeasure) -> bool:
        """Return whether a goal is a mere number that the title of the task already states with its unit."""
        title = self._say(measure.title)
        texts = ((sentence.text, title.text(language)) for language, sentence in goal.sentences.items())
        return any(text.replace(",", "").isdecimal() and text in heading for text, heading in texts)

    def _bodies(self, bodies: tuple[str, ...]) -> dict[str, str]:
        """Return the names of bodies in each language; the office is named as it refers to itself."""
        named = [self._phrase("own") if each == self.office else self._names((each,)) for each in bodies]
        commas = {key: ", " if writer.style.join else "、" for key, writer in self.renderer.writers.items()}
        return {key: comma.join(name.text(key) for name in named) for key, comma in commas.items()}


def without_signer(papers: Sequence[tuple[Translatable, str, Letterhead]]) -> Problems:
    """Return a note for each paper without a signer, if one of them goes to a superior: such a report needs one."""
    upward = any(letter.to == "superior" for _, _, letter in papers)
    without = [paper for paper, _, letter in papers if upward and not letter.texts.get("signer")]
    hint = tr("write `signer:` under `office:`, who signs it; see docs/delivery.md")
    messages = (tr("{paper} goes to a superior and names no signer", paper=paper) for paper in without)
    return [Problem(Place("data/delivery.yml"), what, hint) for what in messages]


def without_addressee(papers: Sequence[tuple[Translatable, str, Letterhead]], reader: str) -> Problems:
    """Return a note for each paper whose only addressee would be the office that writes it."""
    alone = [
        (paper, key) for paper, key, letter in papers if letter.office == reader and "addressees" not in letter.names
    ]
    return [
        Problem(
            Place("data/delivery.yml"),
            tr("{paper} has no addressee: the reader of the brief is the office itself", paper=paper),
            tr("write its addressees under `{key}:`; see docs/delivery.md", key=key),
        )
        for paper, key in alone
    ]


def addressed(renderer: PhraseRenderer, letterhead: Letterhead) -> PhraseRenderer:
    """Return the renderer of a letter that knows whether its recipient is above the office, below it or neither."""
    facts = [Fact(id=name, value=1.0) for name in RECIPIENTS if name.endswith(f".{letterhead.to}")]
    return replace(renderer, ledger=renderer.ledger.with_facts(facts))


def document_of_phrases(
    renderer: PhraseRenderer,
    *,
    say: Callable[[str], Statement],
    edition: str,
    day: date,
    languages: Mapping[str, str],
    sections: tuple[Section, ...],
) -> Brief:
    """Return a document of the office about an edition, such as a notice, without references.

    Args:
        renderer: The renderer of the masthead's phrases.
        say: Returns the phrases `title` and `subtitle` of the document's own section.
        edition: The label of the edition.
        day: The day of the document.
        languages: The languages with their tags.
        sections: The contents.

    """
    return Brief(
        edition=edition,
        as_of=day,
        languages=languages,
        title=say("title"),
        subtitle=say("subtitle"),
        masthead={key: renderer.phrase("summary", f"masthead.{key}") for key in ("series", "issue")},
        sections=sections,
        references=(),
    )


def parse_letter_settings(node: Node, names: Names, languages: Collection[str], problems: Problems) -> Letterhead:
    """Read the details of the covering letter: the part `covering` of data/delivery.yml, completed by `office`.

    The number and the serial of `office` are those of the report, not of the letter, and left out. Errors in `office`
    are reported by `as_letterhead`.
    """
    office, own = (node.get(key) for key in ("office", COVERING))
    given = {key: each for key, each in (office.pairs() if office else ()) if key not in _OF_ONE_DOCUMENT}
    settings: Mapping[str, Node] = {**given, **dict(own.pairs() if own else ())}
    if not settings:
        return Letterhead()
    found: Problems = []
    place = own.place if own else node.place
    letterhead = as_letterhead(Node({"office": Node(settings, place)}, place), names, languages, found)
    lines = {each.place.line for each in settings.values()} - {each.place.line for each in given.values()}
    problems += [problem for problem in found if own and (problem.where.line in lines or problem.where == place)]
    return letterhead
