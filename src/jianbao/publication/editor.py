"""The editor: an assessed edition becomes the brief, its figures still to be drawn."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from jianbao.argument.catalogue import Entry
from jianbao.argument.citations import cite
from jianbao.argument.recommendations import Advice, Recommendation
from jianbao.argument.rules import unknown_sources
from jianbao.argument.statements import Statement
from jianbao.errors import ContentError, Problem, raise_all
from jianbao.evaluation.framework import Framework
from jianbao.evidence.facts import Fact, Source
from jianbao.evidence.register import Register
from jianbao.publication.apparatus import Apparatus
from jianbao.publication.brief import Block, Brief, Grid, Reference, Section
from jianbao.publication.cards import Cards
from jianbao.publication.composition import Figures, Furnishing, compose_section
from jianbao.publication.emblem import LOGO
from jianbao.publication.letterhead import LETTER_HEAD, Letter, Letterhead, say_letter
from jianbao.publication.material import Material
from jianbao.publication.outline import Part
from jianbao.publication.speaker import Speaker
from jianbao.publication.tables import TABLES

PAGE_WORD = "page."
FURNITURE = ("contents", "references", "figure", "table", "source", "note", "page", "continued", "skip", "back")
KEYWORDS, ISSUER = "keywords", "issuer"
EVIDENCE = "evidence"  # this table is made last, wherever it stands: it lists what all others mention


@dataclass(frozen=True)
class Manuscript:
    """All that the editor is given: who speaks, in which order, about what."""

    speaker: Speaker
    parts: Sequence[Part]
    framework: Framework
    advice: Advice
    register: Register
    sources: Mapping[str, Source]
    figure_words: Mapping[str, Entry]
    figure_roles: Mapping[str, tuple[str, ...]]
    advice_words: Mapping[str, Entry]
    languages: Mapping[str, str]
    edition: str
    as_of: date
    reader: str
    issuer: str
    draft: bool
    letterhead: Letterhead


def edit(manuscript: Manuscript) -> Brief:
    """Return the brief, its figures without pictures."""
    speaker = manuscript.speaker
    apparatus = Apparatus(speaker.ledger, any(part.name == EVIDENCE for part in manuscript.parts))
    cards = Cards(speaker, manuscript.advice_words, apparatus)
    words = manuscript.advice_words
    material = Material(speaker, manuscript.framework, manuscript.advice, manuscript.register, words, apparatus)
    tables = _Tables(material)
    furnishing = Furnishing(
        Figures(speaker, manuscript.figure_words, manuscript.figure_roles, apparatus),
        tables,
        lambda section: replace(cards, section=section).cards(manuscript.advice.forward),
    )
    made: dict[Part, Section] = {}
    for part in sorted(manuscript.parts, key=lambda each: each.name == EVIDENCE):
        if part.kind == "table":
            made[part] = _annex(part, tables, speaker)
        else:
            made[part] = compose_section(speaker.section(part.name), part.role, furnishing, apparatus)
    _check_front(made[_first(manuscript)], speaker)
    sections = [_fronted(made[part], cards, manuscript.advice.forward, speaker) for part in manuscript.parts]
    return Brief(
        manuscript.edition,
        manuscript.as_of,
        manuscript.languages,
        _title(sections),
        _subtitle(sections),
        _masthead(manuscript),
        tuple(_without_subtitle(section) for section in sections if section.blocks),
        _references(manuscript, apparatus),
        _furniture(speaker) | _issuer(manuscript) | _page_words(manuscript, apparatus),
        _letter(manuscript),
    )


@dataclass
class _Tables:
    """Numbers tables as the text calls for them."""

    material: Material
    number: int = 0

    def __call__(self, table_id: str) -> Grid:
        made = TABLES[table_id](self.material)
        self.number += bool(made.rows)
        return replace(made, number=self.number)


def _check_front(section: Section, speaker: Speaker) -> None:
    """Raise ContentError for a first page that does not begin with what is printed as its subtitle."""
    if not section.blocks or not section.blocks[0].statements:
        what = "the first page has no subtitle in this edition"
        hint = "begin it with a paragraph that is always said"
        raise ContentError(Problem(speaker.sections[section.id].place, what, hint))


def _fronted(section: Section, cards: Cards, forward: Iterable[Recommendation], speaker: Speaker) -> Section:
    """Put the headline score before the summary's box, and the recommendations, if any, in one line each after it."""
    if section.role != "summary":
        return section
    score = [speaker.phrase("summary", key) for key in ("headline_score", "headline", "headline_detail")]
    headline = Block("headline", "summary.headline", items=(Block("paragraph", "summary.score", tuple(score)),))
    label = (speaker.phrase("summary", "actions"),)
    actions = Block("heading", "summary.actions", label, level=3)
    listed = Block("bullets", "summary.recommendations", items=cards.titles(forward))
    first, *rest = section.blocks
    due = (actions, listed) if listed.items else ()
    return replace(section, blocks=(first, headline, *rest, *due))


def _title(sections: Sequence[Section]) -> Statement:
    return next(section for section in sections if section.role == "summary").title


def _subtitle(sections: Sequence[Section]) -> Statement:
    first = next(section for section in sections if section.role == "summary").blocks[0]
    return first.statements[0]


def _without_subtitle(section: Section) -> Section:
    if section.role != "summary":
        return section
    return replace(section, blocks=section.blocks[1:])


def _masthead(manuscript: Manuscript) -> dict[str, Statement]:
    speaker = manuscript.speaker
    keys = ["series", "issue", "reader_line", "period", "as_of"]
    if manuscript.issuer:
        keys.append("issuer_line")
    if manuscript.draft:
        keys.append("sample")
    reader = Fact("", manuscript.reader, kind="name")
    issuer = Fact("", manuscript.issuer or manuscript.reader, kind="name")
    return {key: speaker.phrase("summary", f"masthead.{key}", reader=reader, issuer=issuer) for key in keys}


def _page_words(manuscript: Manuscript, apparatus: Apparatus) -> dict[str, Statement]:
    """Return the phrases that the first section has for its page ("page.annex"); they know the number of sources."""
    speaker, section = manuscript.speaker, _first(manuscript).name
    sources = Fact("", float(len(apparatus.sources)), "source")
    keys = [key for key in speaker.sections[section].phrases if key.startswith(PAGE_WORD)]
    return {key: speaker.phrase(section, key, sources=sources) for key in keys}


def _letter(manuscript: Manuscript) -> Letter:
    """Return what the issuing office gives to a letter, if the first section says how it is printed."""
    section = _first(manuscript).name
    printed = LETTER_HEAD in manuscript.speaker.sections[section].phrases
    return say_letter(manuscript.letterhead, manuscript.reader, manuscript.speaker, section) if printed else {}


def _first(manuscript: Manuscript) -> Part:
    return next(part for part in manuscript.parts if part.role == "summary")


def _annex(part: Part, tables: _Tables, speaker: Speaker) -> Section:
    table = tables(part.name)
    blocks = (Block("table", f"annex.{part.name}", table=table),) if table.rows else ()
    return Section(f"annex-{part.name}", speaker.phrase("furniture", part.name), blocks, part.role)


def _furniture(speaker: Speaker) -> dict[str, Statement]:
    """Return the short labels of every page, and what describes the logo and the document, if the workspace has it."""
    described = [key for key in (LOGO, KEYWORDS) if key in speaker.sections["furniture"].phrases]
    return {key: speaker.phrase("furniture", key) for key in (*FURNITURE, *described)}


def _issuer(manuscript: Manuscript) -> dict[str, Statement]:
    """Return the name of the office that issues the document, if the workspace names one."""
    name = Fact("", manuscript.issuer, kind="name")
    return {ISSUER: manuscript.speaker.value(name)} if manuscript.issuer else {}


def _references(manuscript: Manuscript, apparatus: Apparatus) -> tuple[Reference, ...]:
    rules = manuscript.advice.rules
    raise_all((problem for rule in rules for problem in unknown_sources(rule, manuscript.sources)), ContentError)
    return tuple(
        Reference(number, source, _cited(manuscript, source), manuscript.sources[source].url)
        for source, number in apparatus.sources.items()
    )


def _cited(manuscript: Manuscript, source: str) -> dict[str, str]:
    writers = manuscript.speaker.writers
    return {language: cite(manuscript.sources[source], writer) for language, writer in writers.items()}
