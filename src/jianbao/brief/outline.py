"""Read the outline: the products of an edition and the parts of each template; and make sections into blocks."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from jianbao.brief.measures import ArgumentBlocks
from jianbao.brief.model import Block, Figure, Grid, Section
from jianbao.brief.phrases import PhraseRenderer
from jianbao.core.documents import Node, Problems, as_choice, as_list, as_mapping, as_text, as_yes_no, missing_at
from jianbao.core.errors import Place, Problem, nearest
from jianbao.core.messages import Translatable, tr
from jianbao.text.citations import ReferenceMarks, ReferenceNumbers
from jianbao.text.render import RenderedBlock, RenderedSection, Statement, facts_in
from jianbao.text.text_entries import TextEntry
from jianbao.text.wording import LABELLED

FORMATS = ("pdf", "ofd", "docx", "html")
PAGED = ("pdf", "ofd")  # formats with pages; OFD is made from the PDF
ROLES = ("summary", "body", "annex")
SIDE_BY_SIDE = 2  # the most languages side by side
EVIDENCE = "evidence"  # the table that lists every fact with its origin


@dataclass(frozen=True)
class Product:
    """One file of an edition: a template, in one language or several side by side, in a format."""

    template: str
    languages: tuple[str, ...]
    format: str = "pdf"

    @property
    def name(self) -> str:
        """Return the name of the file, such as "brief.zh-en.pdf"."""
        return f"{self.template}.{'-'.join(self.languages)}.{self.format}"

    @property
    def parallel(self) -> bool:
        """Return whether it has several languages side by side."""
        return len(self.languages) > 1


@dataclass(frozen=True)
class OutlinePart:
    """A part of a document: a section of the wording, or a table of the annex; `role` determines its layout.

    `identifiers` says whether a table also names facts and tables by their ids, for readers who look them up.
    """

    kind: str
    name: str
    role: str
    identifiers: bool = True


@dataclass(frozen=True)
class Outline:
    """The products of an edition, and the parts of each template in their order.

    `evidence` has for each template without marks and references the template that prints its evidence.
    """

    products: tuple[Product, ...]
    parts: Mapping[str, tuple[OutlinePart, ...]]
    evidence: Mapping[str, str] = field(default_factory=dict)

    def cited_by(self, template: str) -> tuple[OutlinePart, ...]:
        """Return the parts of the templates whose evidence a template prints."""
        cited = (self.parts[other] for other, volume in self.evidence.items() if volume == template)
        return tuple(part for parts in cited for part in parts)

    def languages_of(self, templates: Collection[str]) -> frozenset[str]:
        """Return the languages in which some templates are printed."""
        return frozenset(key for each in self.products if each.template in templates for key in each.languages)

    def volumes(self, template: str) -> Mapping[str, str] | None:
        """Return the files, by format, that print the evidence of a template; None if it prints its own."""
        if template not in self.evidence:
            return None
        volumes = [product for product in self.products if product.template == self.evidence[template]]
        return {product.format: product.name for product in reversed(volumes)}

    def chosen(
        self, templates: Iterable[str] = (), layouts: Iterable[str] = (), formats: Iterable[str] = ()
    ) -> tuple[Product, ...]:
        """Return the products of these templates, layouts ("zh-en") and formats; an empty argument means all."""
        wanted = (tuple(templates), tuple(layouts), tuple(formats))

        def asked(product: Product) -> bool:
            traits = (product.template, "-".join(product.languages), product.format)
            return all(not some or trait in some for some, trait in zip(wanted, traits, strict=True))

        return tuple(product for product in self.products if asked(product))


def read_outline(
    node: Node, sections: Iterable[str], tables: Iterable[str], languages: Iterable[str], problems: Problems
) -> Outline:
    """Read templates/outline.yml; each error is added to the problems.

    `sections` and `tables` are the names of wording files and of tables, `languages` those of the series.
    """
    fields = as_mapping(node, problems, required=("products", "outlines"), optional=("evidence",))
    empty = missing_at(node.place)
    outlines = as_mapping(fields.get("outlines", empty), problems, optional=None)
    known = {"section": tuple(sections), "table": tuple(tables)}
    parts = {
        template: tuple(part for item in as_list(child, problems) if (part := _part(item, known, problems)))
        for template, child in outlines.items()
    }
    for template, child in outlines.items():
        if [part.kind for part in parts[template] if part.role == "summary"] != ["section"]:
            what = tr("'{template}' needs one section with the role 'summary', its first page", template=template)
            problems.append(Problem(child.place, what))
    named = as_list(fields["products"], problems) if "products" in fields else ()
    products = (_product(item, outlines, tuple(languages), problems) for item in named)
    found = tuple(dict.fromkeys(product for product in products if product))
    evidence = _evidence(fields.get("evidence", empty), parts, problems)
    problems.extend(_without_product(evidence, found, node.place))
    return Outline(found, parts, evidence)


def _evidence(node: Node, outlines: Mapping[str, tuple[OutlinePart, ...]], problems: Problems) -> Mapping[str, str]:
    """Return for each template with evidence elsewhere the template that prints it, which must have the table."""
    found: dict[str, str] = {}
    listing = [name for name, parts in outlines.items() if any(part.name == EVIDENCE for part in parts)]
    written = as_mapping(node, problems, optional=None)
    for template, child in written.items():
        if template not in outlines:
            what = tr("'{value}' is not {what}", value=template, what=tr("a template with an outline"))
            problems.append(Problem(child.place, what, nearest(template, outlines)))
            continue
        allowed = [name for name in listing if name not in written]
        if volume := as_choice(child, allowed, problems, tr("a template with a table of evidence of its own")):
            found[template] = volume
    return found


def _without_product(evidence: Mapping[str, str], products: Iterable[Product], place: Place) -> Problems:
    """Return a problem for each template of evidence without a product, as links would lead to no file."""
    made = {product.template for product in products}
    return [
        Problem(
            place,
            tr("'{volume}' has the evidence of '{template}', and no product of it", volume=volume, template=template),
        )
        for template, volume in evidence.items()
        if volume not in made
    ]


def _part(node: Node, known: Mapping[str, tuple[str, ...]], problems: Problems) -> OutlinePart | None:
    kind = "table" if node.get("table") else "section"
    fields = as_mapping(node, problems, (kind, "role"), ("identifiers",) if kind == "table" else ())
    if not {kind, "role"} <= set(fields):
        return None
    what = tr("a file of wording/") if kind == "section" else tr("a table")
    name = as_choice(fields[kind], known[kind], problems, what)
    role = as_choice(fields["role"], ROLES, problems, tr("a role"))
    identifiers = as_yes_no(fields["identifiers"], problems) if "identifiers" in fields else True
    return OutlinePart(kind, name, role, identifiers) if name and role else None


def _product(node: Node, templates: Iterable[str], languages: tuple[str, ...], problems: Problems) -> Product | None:
    text = as_text(node, problems)
    traits = text.split(".")
    if len(traits) != 3:
        hint = tr("write the template, the languages and the format: brief.en.pdf")
        problems.append(Problem(node.place, tr("'{text}' is not a product", text=text), hint))
        return None
    spoken = traits[1].split("-")
    most = (
        [(tr("{count} languages are side by side", count=len(spoken)), tr("two at most"))]
        if len(spoken) > SIDE_BY_SIDE
        else []
    )
    wrong = [
        *most,
        *_unknown(traits[:1], tuple(templates), tr("a template with an outline")),
        *_unknown(spoken, languages, tr("a language of the series")),
        *_unknown(traits[2:], FORMATS, tr("a format")),
    ]
    problems += [Problem(node.place, what, hint) for what, hint in wrong]
    return None if wrong else Product(traits[0], tuple(spoken), traits[2])


def _unknown(
    words: Iterable[str], known: tuple[str, ...], what: Translatable
) -> list[tuple[Translatable, Translatable]]:
    return [
        (tr("'{value}' is not {what}", value=word, what=what), nearest(word, known))
        for word in words
        if word not in known
    ]


# Sections as blocks

BARE = ("heading", *LABELLED)  # blocks whose statements are titles or labels, and have no marks
FRONT, CARDS = "front", "cards"  # the two forms of the measures: a list for the first page, and cards
TASKS = "tasks"  # the table of tasks with those who take part in each
FULL, HALF = "full", "half"  # the widths of a figure
FULL_STOPS = ".。．"


@dataclass(frozen=True)
class SectionContext:
    """The possible contents of a section: figures and tables by id, and blocks of the argument by the section's id."""

    figure: Callable[[str, str], Figure]
    table: Callable[[str], Grid]
    argument: Callable[[str], ArgumentBlocks]


def compose_section(
    rendered: RenderedSection, role: str, section_context: SectionContext, reference_numbers: ReferenceNumbers
) -> Section:
    """Return a rendered section as blocks in reading order, with the marks of its facts."""
    argument = section_context.argument(rendered.id)
    bodies = not any(each.kind == "table" and each.ref == TASKS for each in rendered.passages)

    def made(passage: RenderedBlock) -> tuple[Block, ...]:
        if passage.kind in ("finding", "gaps", "measures"):
            return tuple(replace(block, cites=passage.cites) for block in _argument_blocks(passage, argument, bodies))
        return _blocks(passage, section_context, reference_numbers)

    blocks = tuple(
        replace(block, optional=passage.optional) for passage in rendered.passages for block in made(passage)
    )
    assert rendered.title is not None
    return Section(rendered.id, rendered.title, blocks, role)


def _blocks(
    passage: RenderedBlock, section_context: SectionContext, reference_numbers: ReferenceNumbers
) -> tuple[Block, ...]:
    if passage.kind == "figure":
        figure = section_context.figure(passage.ref, passage.width or FULL)
        return (Block(kind="figure", id=passage.id, figure=figure),)
    if passage.kind == "table":
        table = section_context.table(passage.ref)
        return (Block(kind="table", id=passage.id, table=table),) if table.rows else ()
    return (text_block(passage, reference_numbers),)


def _argument_blocks(passage: RenderedBlock, argument: ArgumentBlocks, bodies: bool) -> tuple[Block, ...]:
    if passage.kind == "finding":
        return argument.finding(passage.ref)
    if passage.kind == "gaps":
        return argument.gaps()
    return argument.front() if passage.ref == FRONT else argument.cards(bodies=bodies)


def with_citations(sections: Sequence[Section], renderer: PhraseRenderer) -> tuple[Section, ...]:
    """Return the sections with the numbers of cited figures at the end of the blocks that cite them: "… (Figure 2)."

    A finding cites them after its first statement, which describes them; the statements after it are judgements.
    Figures that are not in this edition are not cited.
    """
    numbers = {block.figure.id: block.figure.number for each in sections for block in each.whole() if block.figure}

    def cited(block: Block) -> Block:
        found = sorted(numbers[figure] for figure in block.cites if figure in numbers)
        if not found or not block.statements:
            return block
        listed = {
            language: (", " if writer.style.join else "、").join(map(str, found))
            for language, writer in renderer.writers.items()
        }
        named = renderer.phrase("furniture", "cite.figures" if found[1:] else "cite.figure", numbers=listed)
        place = 0 if block.id.startswith("finding.") else len(block.statements) - 1
        statements = list(block.statements)
        statements[place] = _with_ending(statements[place], named)
        return replace(block, statements=tuple(statements))

    return tuple(replace(section, blocks=tuple(map(cited, section.blocks))) for section in sections)


def _with_ending(statement: Statement, added: Statement) -> Statement:
    """Return a statement with a text added before its full stop."""
    sentences = {}
    for language, sentence in statement.sentences.items():
        inside = sentence.text.rstrip(FULL_STOPS)
        more = added.text(language)
        gap = " " if more[:1].isascii() else ""
        sentences[language] = replace(sentence, text=f"{inside}{gap}{more}{sentence.text[len(inside) :]}")
    return replace(statement, sentences=sentences)


def text_block(passage: RenderedBlock, reference_numbers: ReferenceNumbers) -> Block:
    """Return a block of text with its marks; headings, labels and headlines have none."""
    if passage.kind == "headline":
        inside = Block(kind="paragraph", id=f"{passage.id}.1", statements=passage.statements)
        return Block(kind="headline", id=passage.id, items=(inside,))
    items = tuple(text_block(item, reference_numbers) for item in passage.items)
    marks = reference_numbers.mark(facts_in(passage.statements)) if passage.kind not in BARE else ReferenceMarks()
    return Block(
        kind=passage.kind,
        id=passage.id,
        statements=passage.statements,
        items=items,
        references=marks.references,
        evidence=marks.evidence,
        level=passage.level,
        tone=passage.tone,
        cites=passage.cites,
        optional=passage.optional,
    )


@dataclass(kw_only=True)
class Figures:
    """Makes figures with their words, and numbers them in the order in which the text refers to them.

    `roles` has for each figure the ids of the facts and families that it is declared to show.
    """

    renderer: PhraseRenderer
    words: Mapping[str, TextEntry]
    roles: Mapping[str, tuple[str, ...]]
    reference_numbers: ReferenceNumbers
    number: int = 0

    def __call__(self, figure_id: str, width: str) -> Figure:
        """Return a figure with the next number; its facts get rows in the evidence table."""
        self.number += 1
        parts = self.words[figure_id].parts
        marks = self.reference_numbers.families(self.roles[figure_id])
        return Figure(
            id=figure_id,
            number=self.number,
            title=self.renderer.needed(parts["title"]),
            subtitle=self.renderer.needed(parts["subtitle"]),
            note=self.renderer.say(parts["note"]) if "note" in parts else None,
            alt=self.renderer.needed(parts["alt"]),
            width=width,
            evidence=marks.evidence,
        )
