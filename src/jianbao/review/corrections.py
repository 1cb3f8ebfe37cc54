"""Make the notice of corrections of a published edition: an official document, a marked page, a mail.

Their words are the built-in phrases of the section `correction`, which a workspace may replace.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

from jianbao.brief.letterhead import Letterhead, document_of_phrases, say_letter
from jianbao.brief.model import Block, Brief, Grid, GridColumn, Section
from jianbao.brief.phrases import Names, PhraseRenderer, fact_name
from jianbao.core.errors import Place, Problem
from jianbao.core.messages import NO_TEXT, tr, tr_list
from jianbao.data.facts import Fact, Ledger, Source
from jianbao.review.compare.redline import redline, tokens_of
from jianbao.text.citations import cite
from jianbao.text.render import Local, Statement

CORRECTION = "correction"  # the section with its phrases
OFFICIAL, MARKED = "gongwen", "changes"  # the page templates
MOST_VALUES = 6  # listed for one figure or table
WIDTHS = {"where": "28%", "printed": "", "right": "", "source": "22%"}  # of the columns of the annex


@dataclass(frozen=True, kw_only=True)
class Correction:
    """A corrected passage: by language the printed text and the right one, nothing if the passage is removed.

    `files` are the files of the edition that contain it, `pages` its pages in each PDF, `values` the old and the new
    fact of each value that differs, and `sources` the ids of the sources of the right values.
    """

    item: str
    printed: Mapping[str, str]
    right: Mapping[str, str]
    documents: tuple[str, ...]
    files: tuple[str, ...]
    pages: Mapping[str, tuple[int, ...]]
    values: tuple[tuple[Fact, Fact | None], ...]
    sources: tuple[str, ...]

    @property
    def source_ids(self) -> frozenset[str]:
        """Return the sources as a set."""
        return frozenset(self.sources)


@dataclass(frozen=True, kw_only=True)
class CorrectedFacts:
    """The facts of an edition as published, and as they are with the corrected data.

    `affected` are the ids of facts that may differ; `recalled` is the recalled source, or ""; `cited` are the sources
    of the corrected row, if a row was recalled; `files` maps the names of tables to their files.
    """

    published: Ledger
    right: Ledger
    affected: tuple[str, ...]
    recalled: str
    cited: tuple[str, ...]
    files: Mapping[str, str]

    @cached_property
    def changed(self) -> tuple[str, ...]:
        """Return the ids of the facts whose values differ, in the order of the ledger."""
        pairs = ((each, self.published.get(each), self.right.get(each)) for each in self.affected)
        return tuple(each for each, was, now in pairs if _shown(was) != _shown(now))

    @cached_property
    def roots(self) -> tuple[str, ...]:
        """Return the changed facts that are not computed from another changed one."""
        known = {each for each in self.changed if each in self.right}
        return tuple(each for each in self.changed if each in known and not {*self.right.ancestry(each)[1:]} & known)

    def sources(self, facts: Iterable[str]) -> tuple[str, ...]:
        """Return the sources of the right values of facts: those of the corrected row, or of the root facts."""
        if self.cited:
            return self.cited
        above = {each for fact in facts if fact in self.right for each in self.right.ancestry(fact)}
        sources = (source for fact in self.roots if fact in above for source in self.right.sources_of(fact))
        return tuple(dict.fromkeys(sources))

    def unsourced(self) -> Iterator[Problem]:
        """Yield a problem for each root fact whose right value has no source, or still has the recalled one."""
        for fact in self.roots:
            cited = self.cited or self.right.sources_of(fact)
            names = tr_list(sorted({self.files.get(cells.table, cells.table) for cells in self.right.cells_of(fact)}))
            hint = tr("write the source of the right value into {files}", files=names) if names else NO_TEXT
            if not cited:
                yield Problem(Place(fact), tr("the right value has no source"), hint)
            elif self.recalled in cited:
                what = tr("the right value still rests on '{source}', which is recalled", source=self.recalled)
                yield Problem(Place(fact), what, hint)


def _shown(fact: Fact | None) -> object:
    return fact and (fact.value, fact.of, fact.unit, fact.as_of, fact.low, fact.high)


def has_parts(item: str) -> bool:
    """Return whether an item is a figure, a table or a measure, which have more content than their title."""
    return item.startswith(("figure.", "table.", "measure."))


def printed_differently(
    renderer: PhraseRenderer, values: Iterable[tuple[Fact, Fact | None]]
) -> tuple[tuple[Fact, Fact | None], ...]:
    """Return the pairs of values that are printed differently in any language."""

    def printed(fact: Fact | None) -> object:
        return fact and renderer.texts(renderer.value(fact))

    return tuple((was, now) for was, now in values if printed(was) != printed(now))


def in_page_order(corrections: Iterable[Correction]) -> tuple[Correction, ...]:
    """Return sentences by their first page, and after them figures, tables and measures."""

    def place(each: Correction) -> tuple[bool, int]:
        return has_parts(each.item), min((min(pages) for pages in each.pages.values() if pages), default=0)

    return tuple(sorted(corrections, key=place))


@dataclass(frozen=True, kw_only=True)
class Notice:
    """The content of a notice; `names` are those of facts outside the name table, `languages` maps languages to tags.

    The renderer must know the series (`naming_series`).
    """

    renderer: PhraseRenderer
    edition: str
    as_of: date
    day: date
    reasons: Mapping[str, str]
    corrections: tuple[Correction, ...]
    sources: Mapping[str, Source]
    names: Names
    letterhead: Letterhead
    reader: str
    languages: Mapping[str, str]

    def say(self, key: str, **values: Local) -> Statement:
        """Return a phrase of the notice, filled with the values common to all its phrases and with `values`."""
        known: dict[str, Local] = {
            "edition": dict.fromkeys(self.languages, self.edition),
            "as_of": Fact(id="", value=self.as_of.isoformat(), kind="date"),
            "day": Fact(id="", value=self.day.isoformat(), kind="date"),
            "count": Fact(id="", value=float(len(self.corrections))),
            "reason": {language: text.strip().rstrip("。.") for language, text in self.reasons.items()},
        }
        return self.renderer.phrase(CORRECTION, key, **(known | values))

    def joined(self, statements: Sequence[Statement], joints: tuple[str, str] = ("；", "; ")) -> dict[str, str]:
        """Return statements as one text in each language; the first joint is for scripts without spaces."""
        return {
            language: self._joint(language, joints).join(each.text(language) for each in statements)
            for language in self.languages
        }

    def printed(self, each: Correction) -> dict[str, str]:
        """Return the printed text; for a figure, table or measure its title with the wrong values."""
        if has_parts(each.item):
            return self._values(each.printed, [was for was, _ in each.values])
        return dict(each.printed)

    def right(self, each: Correction) -> dict[str, str]:
        """Return the right text, or the phrase that says that the passage is removed."""
        if has_parts(each.item) and each.right:
            return self._values(each.right, [now for _, now in each.values if now])
        gone = self.say("gone")
        return {language: each.right.get(language) or gone.text(language) for language in self.languages}

    def _values(self, title: Mapping[str, str], facts: Sequence[Fact]) -> dict[str, str]:
        """Return a title with the first values that have a name, and after them the first of those without one."""
        named = [(name, fact) for fact in facts if (name := fact_name(self.renderer, fact.id, self.names))]
        parts = [
            self.say(
                "drawn.value", name=self.renderer.texts(name), value=self.renderer.texts(self.renderer.value(fact))
            )
            for name, fact in named[:MOST_VALUES]
        ]
        rest = [self.renderer.value(fact) for fact in facts if fact.id not in {each.id for _, each in named}]
        if rest:
            parts.append(self.say("drawn.more", values=self.joined(rest[:MOST_VALUES], ("、", ", "))))
        return self.renderer.texts(self.say("drawn", title=title, values=self.joined(parts)))

    def place(self, each: Correction) -> dict[str, str]:
        """Return the place of a passage by language: its pages, or else its title or that of its section.

        No page is given if the title of a figure or table is on several pages, since some of them only mention it.
        """
        texts = {}
        for language in self.languages:
            pages = dict(_pages(each, language))
            sure = all(len(numbers) == 1 for numbers in pages.values()) or not has_parts(each.item)
            comma = self._joint(language, ("、", ", "))
            places = [
                self.say("where.page", product=_and_ofd(name, each.files, comma), pages=comma.join(map(str, numbers)))
                for name, numbers in (pages.items() if sure else ())
            ]
            files = [_file(each.files, document, language) or document for document in each.documents]
            texts[language] = self.joined(places or self._parts(each, list(pages) or files))[language]
        return texts

    def _parts(self, each: Correction, names: Sequence[str]) -> list[Statement]:
        """Return documents with the title of an item, or that of the section that contains a sentence."""
        section = self.renderer.sections.get(each.item.partition(".")[0])
        heading = self.renderer.say(section.title) if section and section.title else None
        title = each.printed if has_parts(each.item) else self.renderer.texts(heading) if heading else None
        return [
            self.say("where.passage", product=name, passage=title) if title else self.renderer.plain(name)
            for name in names
        ]

    def _joint(self, language: str, joints: tuple[str, str]) -> str:
        return joints[bool(self.renderer.writers[language].style.join)]

    @property
    def shares_sources(self) -> bool:
        """Return whether all right values have the same sources."""
        return len({each.source_ids for each in self.corrections}) == 1

    def cited(self, each: Correction) -> dict[str, str]:
        """Return the references to the sources of the right values."""
        return {
            language: " ".join(cite(self.sources[source], writer) for source in each.sources)
            for language, writer in self.renderer.writers.items()
        }


def _pages(each: Correction, language: str) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Yield the PDF of each document that contains a passage in a language, with the pages."""
    for document in each.documents:
        if name := _file(each.pages, document, language):
            yield name, each.pages[name]


def _and_ofd(pdf: str, files: Collection[str], comma: str) -> str:
    """Return the name of a PDF, with that of its OFD, which has the same pages, if there is one."""
    ofd = f"{pdf.removesuffix('.pdf')}.ofd"
    return comma.join((pdf, ofd)) if ofd in files else pdf


def _file(names: Iterable[str], document: str, language: str) -> str:
    """Return the file of a document in a language, preferring a PDF in this language alone; "" if there is none."""
    files = [name for name in names if name.startswith(f"{document}.") and language in name.split(".")[1].split("-")]
    return min(files, key=lambda name: (not name.endswith(".pdf"), len(name)), default="")


def _opening(notice: Notice) -> Statement:
    return notice.say("opening.many" if notice.corrections[1:] else "opening.one")


def _source(notice: Notice) -> Statement | None:
    """Return the note on the sources, if all right values have the same."""
    return notice.say("source", cited=notice.cited(notice.corrections[0])) if notice.shares_sources else None


def official_notice(notice: Notice) -> Brief:
    """Return the notice as an official document in every language, with the table of corrections as its annex."""
    body = (_opening(notice), *(notice.say(key) for key in ("reason", "annexed", "request", "closing")))
    paragraphs = tuple(
        Block(kind="paragraph", id=f"{CORRECTION}.{number}", statements=(each,)) for number, each in enumerate(body, 1)
    )
    annex = Block(kind="table", id=f"{CORRECTION}.table", table=_table(notice))
    letter = replace(notice.letterhead, days={"dated": notice.day.isoformat(), "printed": notice.day.isoformat()})
    section = Section(CORRECTION, notice.say("title"), (*paragraphs, annex), "summary")
    return replace(
        _document(notice, (section,)),
        words={key: notice.say(key) for key in ("page.heading", "page.specimen", "page.annex")},
        letter=say_letter(letter, notice.reader, notice.renderer, CORRECTION),
    )


def _document(notice: Notice, sections: tuple[Section, ...]) -> Brief:
    return document_of_phrases(
        renderer=notice.renderer,
        say=notice.say,
        edition=notice.edition,
        day=notice.day,
        languages=notice.languages,
        sections=sections,
    )


def _table(notice: Notice) -> Grid:
    widths = {key: width for key, width in WIDTHS.items() if key != "source" or not notice.shares_sources}
    columns = tuple(GridColumn(notice.say(f"column.{key}"), width=width) for key, width in widths.items())
    rows = []
    for each in notice.corrections:
        texts = (notice.place(each), notice.printed(each), notice.right(each), notice.cited(each))
        rows.append(tuple(map(notice.renderer.plain, texts[: len(columns)])))
    return Grid(
        id=CORRECTION, number=0, title=notice.say("heading"), columns=columns, rows=tuple(rows), note=_source(notice)
    )


def marked_notice(notice: Notice) -> Brief:
    """Return the notice as one page in all languages, with printed texts struck out and right ones underlined."""
    lead = [_opening(notice), notice.say("reason"), notice.say("request")]
    first = Block(kind="paragraph", id=f"{CORRECTION}.lead", statements=tuple(lead))
    blocks = tuple(
        block for number, each in enumerate(notice.corrections, 1) for block in _marked(notice, each, number)
    )
    if source := _source(notice):
        blocks = (*blocks, Block(kind="note", id=f"{CORRECTION}.source", statements=(source,)))
    body = Section(f"{CORRECTION}-passages", notice.say("heading"), blocks)
    brief = _document(notice, (Section(f"{CORRECTION}-lead", notice.renderer.plain(""), (first,), "summary"), body))
    return replace(brief, words={"table": notice.renderer.phrase("furniture", "table")})


def _marked(notice: Notice, each: Correction, number: int) -> Iterator[Block]:
    places = {language: f"{number}. {text}" for language, text in notice.place(each).items()}
    printed, right, tokens = notice.printed(each), notice.right(each), tokens_of()
    pieces = {language: redline(printed.get(language, ""), right[language], tokens) for language in notice.languages}
    yield Block(kind="place", id=f"{CORRECTION}.place.{number}", statements=(notice.renderer.plain(places),))
    yield Block(kind="redline", id=f"{CORRECTION}.redline.{number}", redline=pieces)
    if each.sources and not notice.shares_sources:
        cited = notice.renderer.plain(_labelled(notice, "source", notice.cited(each)))
        yield Block(kind="note", id=f"{CORRECTION}.source.{number}", statements=(cited,))


def _labelled(notice: Notice, key: str, texts: Mapping[str, str]) -> dict[str, str]:
    """Return texts preceded by the head of their column."""
    head = notice.say(f"column.{key}")
    colons = {key: ": " if writer.style.join else "：" for key, writer in notice.renderer.writers.items()}
    return {language: f"{head.text(language)}{colons[language]}{text}" for language, text in texts.items()}


def mail_text(notice: Notice, language: str) -> str:
    """Return the notice as the text of a mail in one language; its first line is the subject."""
    head, tail = [notice.say("title"), _opening(notice), notice.say("reason")], ("request", "closing")
    if source := _source(notice):
        head.append(source)
    passages = [_listed(notice, each, number, language) for number, each in enumerate(notice.corrections, 1)]
    lines = [each.text(language) for each in head] + passages + [notice.say(key).text(language) for key in tail]
    return "\n\n".join(lines) + "\n"


def _listed(notice: Notice, each: Correction, number: int, language: str) -> str:
    texts = {"printed": notice.printed(each), "right": notice.right(each)}
    texts |= {} if notice.shares_sources else {"source": notice.cited(each)}
    lines = [_labelled(notice, key, text)[language] for key, text in texts.items() if text.get(language)]
    return "\n   ".join([f"{number}. {notice.place(each)[language]}", *lines])
