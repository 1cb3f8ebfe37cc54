"""The collation of two editions: each assessed and said anew, or one of them read from its archive, and compared."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from jianbao import workspace
from jianbao.argument.catalogue import titles_of
from jianbao.argument.names import forms_of
from jianbao.argument.recommendations import Advice, Recommendation
from jianbao.argument.statements import Statement
from jianbao.assessment import Assessment, assess, manuscript_of
from jianbao.dossier import Dossier, read_dossier
from jianbao.editions.comparison import Comparison, Terms, Version, compare, put_forward
from jianbao.editions.desk import WORDS, Room
from jianbao.editions.leaflet import leaflet
from jianbao.errors import ContentError, Place, Problem, RenderError, raise_all
from jianbao.evaluation.city import panel_of, settled
from jianbao.evaluation.decomposition import Standing
from jianbao.evaluation.framework import Framework
from jianbao.evaluation.scorecard import score_id, standing
from jianbao.evaluation.uncertainty import simulate
from jianbao.evidence.facts import Ledger
from jianbao.inspection import faulty_templates, read_design
from jianbao.publication.brief import Brief
from jianbao.publication.editor import edit
from jianbao.publication.fonts import Fonts
from jianbao.publication.outline import Product
from jianbao.publication.page import compose_html
from jianbao.publication.pdf import Metadata, measure_blocks, render_pdf
from jianbao.publication.records import read_ledger
from jianbao.publication.speaker import Speaker
from jianbao.snapshot import Snapshot

BRIEF, TEMPLATE = "brief", "changes"
PAGE, REDLINE = f"{TEMPLATE}/page.html.j2", f"{WORDS}.redline"
PAGES, FACTS = 2, 8  # pages of the leaflet, facts on them at most
ARCHIVED = "ledger.json"
UNSAID = ("annex",)  # parts that list and note


@dataclass(frozen=True)
class Collation:
    """Two editions compared, and the later one as it was assessed."""

    known: Assessment
    comparison: Comparison


def collate(snapshot: Snapshot, earlier: str, later: str, archive: Path | None = None) -> Collation:
    """Compare two editions of a workspace, the earlier one as an archive has it if one is given.

    The archive is a ledger.json or the folder that holds it. Raises ContentError if it is of another edition.
    """
    dossier = read_dossier(snapshot)
    old, new = (assess(dossier, dossier.series.issue(label)) for label in (earlier, later))
    before = _archived(old, new, archive) if archive else version_of(old)
    return Collation(new, compare(before, version_of(new), terms_of(dossier)))


def terms_of(dossier: Dossier) -> Terms:
    """Return what a workspace's editions are read by."""
    names = {
        language: tuple(dict.fromkeys(form for name in dossier.names.values() for form in forms_of(name, language)))
        for language in dossier.writers
    }
    return Terms(frozenset(dossier.measures), dossier.rules, names, dossier.series.firm)


def version_of(known: Assessment) -> Version:
    """Return an assessed edition with all that its brief says."""
    year = known.issue.as_of.year
    return Version(known.issue.label, known.issue.as_of, known.ledger, standing(known.card, year), _statements(known))


def _archived(old: Assessment, new: Assessment, archive: Path) -> Version:
    """Return an edition as its archived ledger has it, told in the words of today.

    Its facts are scored by today's framework too; what its scores were then is what the method is judged by.
    """
    path = archive / ARCHIVED if archive.is_dir() else archive
    ledger = read_ledger(workspace.read_archive(path), str(path))
    if ledger.as_of != old.issue.as_of:
        what = f"this ledger is of {ledger.as_of.isoformat()}, the edition '{old.issue.label}' is not"
        raise ContentError(Problem(Place(str(path)), what, f"that one is of {old.issue.as_of.isoformat()}"))
    advice = _advice_of(ledger, old.dossier)
    said = _statements(replace(old, ledger=ledger, advice=advice))
    return Version(old.issue.label, ledger.as_of, ledger, _standing_of(ledger, old, new), said)


def _standing_of(ledger: Ledger, old: Assessment, new: Assessment) -> Standing:
    framework = new.dossier.framework
    goalposts = (ledger[fact] for fact in framework.goalpost_facts() if fact in ledger)
    framework = settled(framework, new.ledger.with_facts(goalposts))  # a goalpost that the archive lacks is today's
    ledgers = {**old.card.ledgers, ledger.as_of.year: ledger}
    draws = simulate(framework, panel_of(framework, ledgers), tuple(node.id for node in framework.components()))
    return Standing(draws, sorted(ledgers).index(ledger.as_of.year), _published(ledger, framework))


def _published(ledger: Ledger, framework: Framework) -> dict[str, float]:
    found = {node.id: ledger.get(score_id(node)) for node in framework.components()}
    return {node: fact.number for node, fact in found.items() if fact}


def _advice_of(ledger: Ledger, dossier: Dossier) -> Advice:
    """Return the advice that an archived ledger put forward, as far as today's rules have words for it."""
    rules = {rule.id: rule for rule in dossier.rules.rules}
    found = [
        Recommendation(
            rules[rule],
            margin.number if (margin := ledger.get(f"margin.{rule}")) else None,
            effect.number if (effect := ledger.get(f"effect.{rule}")) else 0.0,
            np.zeros(1),
            stable.number if (stable := ledger.get(f"stability.{rule}")) else 0.0,
        )
        for rule in put_forward(ledger, dossier.rules)
    ]
    return Advice(tuple(found), (), ())


def _statements(known: Assessment) -> Mapping[str, Statement]:
    """Return all that the brief's running text says, by block and place; what cannot be said is not there."""
    dossier = known.dossier
    brief = edit(manuscript_of(known, Speaker(known.ledger, dossier.writers, dossier.sections), BRIEF))
    phrases = frozenset(f"{section.id}.{key}" for section in dossier.sections.values() for key in section.phrases)
    return dict(_told(brief, tuple(dossier.writers), phrases))


def _told(brief: Brief, languages: tuple[str, ...], phrases: frozenset[str]) -> Iterator[tuple[str, Statement]]:
    """Yield what stands in the running text under its key; `phrases`, labels and bare numbers, are no sentences."""
    yield "title", brief.title
    yield "subtitle", brief.subtitle
    for section in brief.sections:
        if section.role in UNSAID:
            continue
        yield section.id, section.title
        for block in section.whole():
            for statement in block.statements:
                said = all(statement.sentences.get(language) for language in languages)
                if said and statement.id not in phrases:
                    yield f"{block.id}/{statement.id}", statement


# The leaflet


def written(found: Collation, room: Room) -> Brief:
    """Return the comparison as a document in every language; raise ContentError with all that cannot be said."""
    dossier = found.known.dossier
    if WORDS not in dossier.sections:
        raise ContentError(Problem(Place(f"templates/wording/{WORDS}.yml"), "there are no words for a comparison"))
    speaker = Speaker(found.known.ledger, dossier.writers, dossier.sections)
    titles = titles_of(dossier.advice_words)
    tags = {key: language.tag for key, language in dossier.series.languages.items()}
    made = leaflet(found.comparison, speaker, titles, tags, room)
    raise_all(dict.fromkeys(speaker.problems), ContentError)
    return made


def printed(found: Collation) -> tuple[str, bytes]:
    """Return the name and the pages of the leaflet: as many facts and sentences as two pages hold, the rest counted."""
    snapshot = found.known.dossier.snapshot
    faulty = faulty_templates(snapshot)
    raise_all(faulty, RenderError)
    design = read_design(snapshot)
    product = Product(TEMPLATE, tuple(found.known.dossier.series.languages))

    def page(room: Room) -> str:
        return compose_html(written(found, room), product.languages, design.templates, design.theme, design.fonts, PAGE)

    room = _fitting(page, design.fonts, Room(FACTS, len(found.comparison.sentences)))
    document = written(found, room)
    metadata = Metadata(
        title=document.title.text(product.languages[0]),
        languages=tuple(document.languages.values()),
        day=document.as_of,
        subject=document.subtitle.text(product.languages[0]),
    )
    return product.name, render_pdf(page(room), design.fonts, metadata)


def _fitting(page: Callable[[Room], str], fonts: Fonts, room: Room) -> Room:
    """Return the most sentences, and if need be facts, that leave the document within its pages."""
    while True:
        stands = measure_blocks(page(room), fonts)
        over = sum(extent.last_page >= PAGES for name, extent in stands.items() if REDLINE in name)
        if all(extent.last_page < PAGES for extent in stands.values()) or not (room.sentences or room.facts):
            return room
        if room.sentences:
            room = Room(room.facts, max(room.sentences - max(over, 1), 0))
        else:
            room = Room((room.facts or 1) - 1, 0)
