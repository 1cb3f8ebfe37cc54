"""The outline: the products of an edition, and the parts of each template in their order."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from jianbao.core.documents import Node, Problems, as_choice, as_list, as_mapping, as_text, missing_at
from jianbao.core.errors import Place, Problem, nearest
from jianbao.core.messages import Translatable, tr

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
    """A part of a document: a section of the wording, or a table of the annex; `role` determines its layout."""

    kind: str
    name: str
    role: str


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
    fields = as_mapping(node, problems, required=(kind, "role"))
    if not {kind, "role"} <= set(fields):
        return None
    what = tr("a file of wording/") if kind == "section" else tr("a table")
    name = as_choice(fields[kind], known[kind], problems, what)
    role = as_choice(fields["role"], ROLES, problems, tr("a role"))
    return OutlinePart(kind, name, role) if name and role else None


def _product(node: Node, templates: Iterable[str], languages: tuple[str, ...], problems: Problems) -> Product | None:
    text = as_text(node, problems)
    traits = text.split(".")
    if len(traits) != 3:
        hint = tr("write the template, the languages and the format: brief.en.pdf")
        problems.append(Problem(node.place, tr("'{text}' is not a product", text=text), hint))
        return None
    spoken = traits[1].split("-")
    most = (
        [(tr("{count} languages stand side by side", count=len(spoken)), tr("two at most"))]
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
