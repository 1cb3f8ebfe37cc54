"""The editor: an assessed edition becomes the brief, one for figures set wide and one for figures set side by side."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from jianbao.argument.catalogue import Entry
from jianbao.argument.citations import cite
from jianbao.argument.recommendations import Advice, Recommendation
from jianbao.argument.saying import Spoken
from jianbao.argument.statements import Statement
from jianbao.evaluation.framework import Framework
from jianbao.evidence.facts import Fact, Source
from jianbao.evidence.register import Register
from jianbao.publication.apparatus import Apparatus
from jianbao.publication.brief import Block, Brief, Grid, Reference, Section
from jianbao.publication.cards import Cards
from jianbao.publication.composition import Figures, Furnishing, Pictures, compose_section
from jianbao.publication.speaker import Speaker
from jianbao.publication.tables import TABLES, Material

FURNITURE = ("contents", "references", "figure", "table", "source", "note", "page", "continued")
ANNEX = ("framework", "years", "rules", "discrepancies", "evidence")


@dataclass(frozen=True)
class Manuscript:
    """All that the editor is given: who speaks, in which order, about what."""

    speaker: Speaker
    outline: Sequence[tuple[str, str]]
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


def edit(manuscript: Manuscript, shown: Mapping[str, tuple[str, ...]], pictures: Pictures) -> Brief:
    """Return the brief with the given pictures; `shown` are the facts that each figure shows."""
    speaker = manuscript.speaker
    apparatus = Apparatus(speaker.ledger)
    cards = Cards(speaker, manuscript.advice_words, apparatus)
    titles = {rule: entry.parts["title"] for rule, entry in manuscript.advice_words.items()}
    material = Material(speaker, manuscript.framework, manuscript.advice, manuscript.register, titles, apparatus)
    tables = _Tables(material)
    furnishing = Furnishing(
        Figures(speaker, manuscript.figure_words, manuscript.figure_roles, shown, pictures, apparatus),
        tables,
        lambda _: cards.cards(manuscript.advice.forward),
    )
    spoken = [(speaker.section(section), role) for section, role in manuscript.outline]
    sections = [compose_section(said, role, furnishing, apparatus) for said, role in spoken]
    summary = next((place for place, (_, role) in enumerate(spoken) if role == "summary"), None)
    if summary is not None:
        sections[summary] = _front(sections[summary], cards, manuscript.advice.forward, speaker)
    sections += [_annex(table, tables, speaker) for table in ANNEX]
    return Brief(
        manuscript.edition,
        manuscript.as_of,
        manuscript.languages,
        _title(spoken),
        _subtitle(sections),
        _masthead(manuscript),
        tuple(_without_subtitle(section) for section in sections),
        _references(manuscript, apparatus),
        {key: speaker.phrase("furniture", key) for key in FURNITURE},
    )


@dataclass
class _Tables:
    """Numbers tables as the text calls for them."""

    material: Material
    number: int = 0

    def __call__(self, table_id: str) -> Grid:
        made = TABLES[table_id](self.material)
        self.number += 1
        return Grid(
            made.id, self.number, made.title, made.columns, made.rows, made.note, made.references, made.evidence
        )


def _front(section: Section, cards: Cards, forward: Iterable[Recommendation], speaker: Speaker) -> Section:
    """Put the headline score before the box, and the recommendations in one line each after it."""
    score = [speaker.phrase("summary", key) for key in ("headline_score", "headline", "headline_detail")]
    headline = Block("headline", "summary.headline", items=(Block("paragraph", "summary.score", tuple(score)),))
    label = (speaker.phrase("summary", "actions"),)
    actions = Block("heading", "summary.actions", label, level=3)
    listed = Block("bullets", "summary.recommendations", items=cards.titles(forward))
    first, *rest = section.blocks
    return Section(section.id, section.title, (first, headline, *rest, actions, listed), section.role)


def _title(spoken: Sequence[tuple[Spoken, str]]) -> Statement:
    title = next(said.title for said, role in spoken if role == "summary")
    return title or Statement("", {})


def _subtitle(sections: Sequence[Section]) -> Statement:
    first = next(section for section in sections if section.role == "summary").blocks[0]
    return first.statements[0]


def _without_subtitle(section: Section) -> Section:
    if section.role != "summary":
        return section
    return Section(section.id, section.title, section.blocks[1:], section.role)


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


def _annex(table: str, tables: _Tables, speaker: Speaker) -> Section:
    block = Block("table", f"annex.{table}", table=tables(table))
    return Section(f"annex-{table}", speaker.phrase("furniture", table), (block,), "annex")


def _references(manuscript: Manuscript, apparatus: Apparatus) -> tuple[Reference, ...]:
    return tuple(
        Reference(number, source, _cited(manuscript, source), manuscript.sources[source].url)
        for source, number in apparatus.sources.items()
    )


def _cited(manuscript: Manuscript, source: str) -> dict[str, str]:
    writers = manuscript.speaker.writers
    return {language: cite(manuscript.sources[source], writer) for language, writer in writers.items()}
