"""Read wording files: sentences, titles and labels in all languages, with conditions and placeholders."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from jianbao.core.documents import Node, Problems, as_choice, as_integer, as_list, as_mapping, as_text, as_texts
from jianbao.core.errors import Place, Problem, nearest
from jianbao.core.messages import tr
from jianbao.data.conditions import Condition, Expiry, parse_condition, parse_expiry
from jianbao.text.claim_words import CHECKS
from jianbao.text.placeholders import Placeholder, pieces, unfolded

SAYING = ("paragraph", "heading", "note", "headline")  # a headline has a value, its name, and details
LABELLED = ("aside", "decision")  # a label, and a paragraph below it
LISTING = ("bullets", "box")
POINTING = ("figure", "table", "finding", "gaps", "measures")
KINDS = (*SAYING, *LABELLED, *LISTING, *POINTING)
CITING = "cites"  # the key of the figures that a block refers to
FROM = "from"  # the key of the section from which a paragraph is repeated
MORE = {  # the optional keys of each kind of block, besides `when`
    "heading": ("level",),
    "figure": ("width",),
    "aside": ("tone",),
    "paragraph": (CITING, FROM),
    "finding": (CITING,),
}
WIDTHS = ("full", "half")
TONES = ("ask",)


@dataclass(frozen=True)
class WordingText:
    """A text in one language: literal pieces and placeholders (`holes`)."""

    pieces: tuple[str | Placeholder, ...]
    place: Place

    @property
    def holes(self) -> tuple[Placeholder, ...]:
        """Return its placeholders in order."""
        return tuple(piece for piece in self.pieces if isinstance(piece, Placeholder))

    @property
    def literal(self) -> str:
        """Return the text with U+FFFC in place of each placeholder."""
        return "".join(piece if isinstance(piece, str) else "\ufffc" for piece in self.pieces)


@dataclass(frozen=True, kw_only=True)
class Variant:
    """A text in every language, which is used if its condition holds; after it `expires`, check reports it.

    `overrules` has the checks (see CHECKS) that are overruled here, each with the reason in every language.
    """

    when: Condition | None
    texts: Mapping[str, WordingText]
    place: Place
    expires: Expiry | None = None
    overrules: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def facts(self) -> tuple[str, ...]:
        """Return the ids of the facts that it states in any language, each once."""
        return tuple(dict.fromkeys(hole.fact for text in self.texts.values() for hole in text.holes if hole.fact))


@dataclass(frozen=True, kw_only=True)
class Claim:
    """What a text says of some of its words: an expression that must hold, or the reason of a judgement.

    `kind` is "holds" or "judgement", `text` the expression or the reason. `as_of` says that the words give the day of
    each value, so that values of different days may be compared.
    """

    kind: str
    text: str
    words: str
    place: Place
    as_of: bool = False


@dataclass(frozen=True, kw_only=True)
class Wording:
    """A text that is printed if `when` holds, by the first of its variants whose condition holds.

    `reads` are the ids of all facts that it may print or that its conditions test. `sentence` is False for a phrase or
    label.
    """

    id: str
    variants: tuple[Variant, ...]
    place: Place
    reads: frozenset[str]
    when: Condition | None = None
    sentence: bool = True
    claims: tuple[Claim, ...] = ()

    def __hash__(self) -> int:
        """Return a quick hash of only id and line; equality still compares everything."""
        return hash((self.id, self.place.line))


@dataclass(frozen=True, kw_only=True)
class BlockText:
    """A block of a section before it is rendered.

    `ref` is the id of the figure, table or part of the argument that it shows; `cites` are the ids of the figures that
    its text refers to. `taken_from` is the block of another section whose sentences it prints.
    """

    kind: str
    id: str
    taken_from: str = ""
    say: tuple[Wording, ...] = ()
    items: tuple["BlockText", ...] = ()
    ref: str = ""
    level: int = 2
    width: str = ""
    tone: str = ""
    cites: tuple[str, ...] = ()
    optional: int = 0
    when: Condition | None = None
    place: Place = field(default_factory=lambda: Place(""))

    def wordings(self) -> Iterator[Wording]:
        """Yield the wordings of the block and its items."""
        yield from self.say
        for item in self.items:
            yield from item.wordings()


@dataclass(frozen=True, kw_only=True)
class SectionText:
    """A section before it is rendered: its title, its blocks, and phrases that code uses by key."""

    id: str
    title: Wording | None
    blocks: tuple[BlockText, ...] = ()
    phrases: Mapping[str, Wording] = field(default_factory=dict)
    place: Place = field(default_factory=lambda: Place(""))

    def wordings(self) -> Iterator[Wording]:
        """Yield all wordings of the section."""
        if self.title:
            yield self.title
        for block in self.blocks:
            yield from block.wordings()
        yield from self.phrases.values()


def parse_section(node: Node, languages: Iterable[str], problems: Problems, section_id: str = "") -> SectionText:
    """Read a wording file; the id is that of the file's name without its number ("03-network.yml" is "network")."""
    spoken = tuple(languages)
    name = section_id or node.place.file.rpartition("/")[2].partition(".")[0].lstrip("0123456789-_")
    parts = as_mapping(node, problems, optional=("title", "blocks", "phrases"))
    title = parse_wording(parts["title"], f"{name}.title:1", spoken, problems) if "title" in parts else None
    blocks = tuple(_block(block, name, spoken, problems) for block in parts.get("blocks", Node((), node.place)))
    phrases = {
        key: parse_wording(text, f"{name}.{key}", spoken, problems, sentence=False)
        for key, text in parts.get("phrases", Node({}, node.place)).pairs()
    }
    _unique((block for block in blocks if block.kind not in POINTING), problems)
    return SectionText(id=name, title=title, blocks=blocks, phrases=phrases, place=node.place)


def _unique(blocks: Iterable[BlockText], problems: Problems) -> None:
    seen: dict[str, BlockText] = {}
    for block in blocks:
        first = seen.setdefault(block.id, block)
        if first is not block:
            problems.append(
                Problem(
                    block.place,
                    tr("the block '{block}' is already in line {line}", block=block.id, line=first.place.line),
                )
            )


def with_shared_paragraphs(sections: Mapping[str, SectionText], problems: Problems) -> Mapping[str, SectionText]:
    """Return the sections with the sentences of each paragraph and item that is taken from another section."""
    blocks = (block for section in sections.values() for block in section.blocks)
    known = {block.id: block for block in blocks if block.kind == "paragraph" and block.say}
    return {
        key: replace(section, blocks=tuple(_with_taken(block, known, problems) for block in section.blocks))
        for key, section in sections.items()
    }


def _with_taken(block: BlockText, known: Mapping[str, BlockText], problems: Problems) -> BlockText:
    if block.items:
        return replace(block, items=tuple(_with_taken(item, known, problems) for item in block.items))
    if not block.taken_from:
        return block
    source = known.get(block.taken_from)
    if source is None:
        what = tr("there is no paragraph '{name}'", name=block.taken_from)
        problems.append(Problem(block.place, what, nearest(block.taken_from, known)))
        return block
    say = tuple(replace(each, id=f"{block.id}:{number}") for number, each in enumerate(source.say, 1))
    return replace(block, say=say, when=_both(block.when, source.when))


def _both(own: Condition | None, given: Condition | None) -> Condition | None:
    parts = tuple(each for each in (own, given) if each)
    return Condition(test="all", parts=parts) if len(parts) > 1 else parts[0] if parts else None


def unknown_references(section: SectionText, kind: str, known: Iterable[str]) -> Problems:
    """Return a problem for each block of a kind, such as "figure", that refers to one that is not `known`."""
    found = tuple(known)
    return [
        Problem(block.place, tr("'{word}' is not a {kind}", word=word, kind=kind), nearest(word, found))
        for block in section.blocks
        for word in ((block.ref,) if block.kind == kind else block.cites if kind == "figure" else ())
        if word not in found
    ]


def _block(node: Node, section: str, languages: tuple[str, ...], problems: Problems) -> BlockText:
    kind = next((key for key, _ in node.pairs() if key in KINDS), "")
    if not kind:
        keys = [key for key, _ in node.pairs()]
        wrong = keys[0] if keys else node.kind
        problems.append(Problem(node.place, tr("'{wrong}' is not a kind of block", wrong=wrong), nearest(wrong, KINDS)))
        return BlockText(kind="note", id=section, place=node.place)
    inside = (
        ("say",) if kind in SAYING else ("label", "say") if kind in LABELLED else ("items",) if kind in LISTING else ()
    )
    inside = () if FROM in MORE.get(kind, ()) and node.get(FROM) else inside
    parts = as_mapping(node, problems, (kind, *inside), ("when", "optional", *MORE.get(kind, ())))
    name = as_text(parts[kind], problems)
    block_id = name if name.startswith(f"{section}.") else f"{section}.{name}"
    block = BlockText(
        kind=kind,
        id=block_id,
        taken_from=_taken_from(parts, problems),
        ref=name if kind in POINTING else "",
        level=as_integer(parts["level"], problems) if "level" in parts else 2,
        width=as_choice(parts["width"], WIDTHS, problems, tr("a width")) if "width" in parts else "",
        tone=as_choice(parts["tone"], TONES, problems, tr("a tone")) if "tone" in parts else "",
        cites=as_texts(parts.get(CITING), problems),
        optional=_rank(parts, problems),
        when=parse_condition(parts["when"], problems) if "when" in parts else None,
        place=node.place,
    )
    return _filled(block, parts, languages, problems) if set(inside) <= set(parts) else block


def _filled(block: BlockText, parts: Mapping[str, Node], languages: tuple[str, ...], problems: Problems) -> BlockText:
    if block.kind in POINTING or block.taken_from:
        return block
    if block.kind in SAYING:
        return replace(block, say=_say(parts["say"], block.id, languages, problems, block.kind != "headline"))
    if block.kind in LABELLED:
        label = parse_wording(parts["label"], f"{block.id}.label:1", languages, problems)
        inner = BlockText(
            kind="paragraph",
            id=f"{block.id}.1",
            say=_say(parts["say"], block.id, languages, problems),
            place=block.place,
        )
        return replace(block, say=(label,), items=(inner,))
    items = enumerate(as_list(parts["items"], problems), 1)
    filled = (_item(item, f"{block.id}.{n}", languages, problems) for n, item in items)
    return replace(block, items=tuple(filled))


def _item(node: Node, item_id: str, languages: tuple[str, ...], problems: Problems) -> BlockText:
    parts = as_mapping(node, problems, ("paragraph", FROM) if node.get(FROM) else ("say",), ("when", "optional"))
    when = parse_condition(parts["when"], problems) if "when" in parts else None
    say = _say(parts["say"], item_id, languages, problems) if "say" in parts else ()
    made = BlockText(kind="paragraph", id=item_id, say=say, when=when, place=node.place)
    return replace(made, taken_from=_taken_from(parts, problems), optional=_rank(parts, problems))


def _rank(parts: Mapping[str, Node], problems: Problems) -> int:
    return as_integer(parts["optional"], problems) if "optional" in parts else 0


def _taken_from(parts: Mapping[str, Node], problems: Problems) -> str:
    """Return the block of another section that `{paragraph: trade, from: local}` prints again; "" for its own."""
    named = [as_text(parts[key], problems) for key in (FROM, "paragraph") if key in parts]
    return ".".join(named) if FROM in parts else ""


def _say(
    node: Node, block_id: str, languages: tuple[str, ...], problems: Problems, sentences: bool = True
) -> tuple[Wording, ...]:
    items = node.value if isinstance(node.value, tuple) else (node,)
    return tuple(
        parse_wording(item, f"{block_id}:{n}", languages, problems, sentences) for n, item in enumerate(items, 1)
    )


def parse_wording(
    node: Node, wording_id: str, languages: Iterable[str], problems: Problems, sentence: bool = True
) -> Wording:
    """Read a wording: `{zh:, en:}`, perhaps with `when:`, `expires:`, `because:`; or variants, `{either: [...]}`."""
    spoken = tuple(languages)
    either = node.get("either")
    if either is None:
        variant = _variant(node, spoken, problems)
        return Wording(
            id=wording_id, variants=(variant,), place=node.place, reads=_read_by(None, (variant,)), sentence=sentence
        )
    parts = as_mapping(node, problems, ("either",), ("when",))
    when = parse_condition(parts["when"], problems) if "when" in parts else None
    variants = tuple(_variant(item, spoken, problems) for item in as_list(either, problems))
    for early in variants[:-1]:
        if early.when is None:
            problems.append(
                Problem(early.place, tr("nothing after a variant without `when` is ever used"), tr("move it last"))
            )
    return Wording(
        id=wording_id, variants=variants, place=node.place, reads=_read_by(when, variants), when=when, sentence=sentence
    )


def _read_by(when: Condition | None, variants: tuple[Variant, ...]) -> frozenset[str]:
    ends = (variant.expires.when for variant in variants if variant.expires)
    conditions = (when, *(variant.when for variant in variants), *ends)
    asked = (fact for condition in conditions if condition for fact in condition.facts())
    texts = (text for variant in variants for text in variant.texts.values())
    return frozenset((*asked, *(hole.fact for text in texts for hole in text.holes if hole.fact)))


def _variant(node: Node, languages: tuple[str, ...], problems: Problems) -> Variant:
    parts = as_mapping(node, problems, languages, ("when", "expires", "because"))
    when = parse_condition(parts["when"], problems) if "when" in parts else None
    texts = {
        language: parse_text(parts[language], problems)
        for language in languages
        if language in parts and as_text(parts[language], problems)
    }
    return Variant(
        when=when,
        texts=texts,
        place=node.place,
        expires=parse_expiry(parts["expires"], problems) if "expires" in parts else None,
        overrules=_overrules(parts["because"], languages, problems) if "because" in parts else {},
    )


def _overrules(node: Node, languages: tuple[str, ...], problems: Problems) -> dict[str, dict[str, str]]:
    """Read `because: {CHECK: {zh: …, en: …}}`: the checks that are overruled for a text, each with the reason."""
    return {
        check: {language: as_text(text, problems) for language, text in as_mapping(reason, problems, languages).items()}
        for check, reason in as_mapping(node, problems, optional=CHECKS).items()
    }


def overrules_below(node: Node, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield the path to each `because` of a document that overrules checks."""
    entries: list[tuple[str | int, Node]] = [*node.pairs(), *enumerate(node)]
    for key, child in entries:
        checks = [check for check, _ in child.pairs()] if key == "because" else []
        if checks and {*checks} <= {*CHECKS}:
            yield (*path, key)
        else:
            yield from overrules_below(child, (*path, key))


def parse_text(node: Node, problems: Problems) -> WordingText:
    """Read a text with placeholders; a line break in it becomes a space, or nothing beside a Chinese character."""
    return WordingText(tuple(pieces(unfolded(as_text(node, problems)))), node.place)
