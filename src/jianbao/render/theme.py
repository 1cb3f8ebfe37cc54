"""The theme: colours, paper, logo, and the fonts of each language."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import product

from jianbao.brief.logo import Logo, check_logo
from jianbao.charts.shapes import contrast, glazed, is_colour
from jianbao.core.documents import (
    Node,
    Problems,
    as_choice,
    as_list,
    as_mapping,
    as_text,
    as_texts,
    as_yes_no,
    missing_at,
    overlaid,
)
from jianbao.core.errors import Problem, nearest
from jianbao.core.messages import tr
from jianbao.render.fonts.custom import CustomFont, parse_custom_fonts
from jianbao.render.fonts.registry import Fonts
from jianbao.render.html.templates import Templates

COLOURS = ("accent", "ask", "ink", "muted", "rule", "wash", "call", "paper")
# The colours of text, those of its background, and the least contrast between them.
TEXT_COLOURS, BACKGROUNDS, LEAST_CONTRAST = ("accent", "ask", "ink", "muted"), ("paper", "wash"), 4.5
ROLES = ("serif", "sans", "hand")
OFFICIAL = "official"  # the role of the fonts of official documents; by default those of "serif"
OTHER = "other"  # the setting of languages that the theme does not name, and the defaults of the others
MEASURE = 210.0 - 2 * 18.0  # width of the text in mm on every paper, for which columns and figures are made


@dataclass(frozen=True)
class Paper:
    """A paper: its name in CSS, and its size in mm."""

    name: str
    width: float
    height: float

    @property
    def side(self) -> float:
        """Return the margin on each side of the text in mm."""
        return round((self.width - MEASURE) / 2, 2)


PAPERS = {"A4": Paper("A4", 210.0, 297.0), "Letter": Paper("letter", 215.9, 279.4)}


@dataclass(frozen=True)
class Setting:
    """The typesetting of a language: font families by role, first choice first, and words that stay with a number."""

    chinese: bool
    families: Mapping[str, tuple[str, ...]]
    units: tuple[str, ...] = ()


@dataclass(frozen=True)
class Settings(Mapping[str, Setting]):
    """The setting of each language by its id; `other` is for languages that are not named."""

    named: Mapping[str, Setting]
    other: Setting

    def __getitem__(self, language: str) -> Setting:
        return self.named.get(language, self.other)

    def __iter__(self) -> Iterator[str]:
        return iter(self.named)

    def __len__(self) -> int:
        return len(self.named)


@dataclass(frozen=True, kw_only=True)
class Theme:
    """The colours by role, the setting of each language by id, the paper, and the logo.

    `own` are the office's own fonts.
    """

    colours: Mapping[str, str]
    settings: Mapping[str, Setting]
    paper: Paper = field(default_factory=lambda: PAPERS["A4"])
    logo: Logo | None = None
    own: tuple[CustomFont, ...] = ()

    @property
    def glass(self) -> str:
        """Return a half transparent colour that on paper looks like the wash, and shows a watermark below it."""
        return f"{glazed(self.colours['wash'], self.colours['paper'])}80"


@dataclass(frozen=True)
class Design:
    """The design of a workspace's pages: theme, fonts and templates."""

    theme: Theme
    fonts: Fonts
    templates: Templates


def as_theme(
    node: Node,
    known: tuple[str, ...],
    problems: Problems,
    logo: Logo | None = None,
    files: Mapping[str, str] | None = None,
) -> Theme:
    """Read a theme; each error is added to the problems.

    `known` are the names of the available font families, `logo` is the logo that the theme names, `files` has the hash
    of each file that `fonts` names. An unknown font, a faulty logo, and too little contrast are problems.
    """
    parts = as_mapping(node, problems, required=("colours", "languages"), optional=("paper", "logo", "fonts"))
    empty = missing_at(node.place)
    colours = as_mapping(parts.get("colours", empty), problems, required=COLOURS)
    if "logo" in parts:
        as_text(parts["logo"], problems)
    if logo:
        check_logo(logo, problems)
    own = parse_custom_fonts(parts["fonts"], files or {}, known, problems) if "fonts" in parts else ()
    paper = as_choice(parts["paper"], PAPERS, problems, tr("a paper")) if "paper" in parts else ""
    return Theme(
        colours=_colours(colours, problems),
        settings=_settings(
            parts.get("languages", empty), (*known, *dict.fromkeys(each.family for each in own)), problems
        ),
        paper=PAPERS.get(paper, PAPERS["A4"]),
        logo=logo,
        own=own,
    )


def _colours(nodes: Mapping[str, Node], problems: Problems) -> Mapping[str, str]:
    """Read the colours; the contrast of text must be that of WCAG 2.2, success criterion 1.4.3."""
    known = {}
    for name, node in nodes.items():
        colour, place = as_text(node, problems), replace(node.place, column=name)
        if colour and not is_colour(colour):
            problems.append(Problem(place, tr("'{colour}' is not a colour", colour=colour), tr("write it as #1f1f1f")))
        elif colour:
            known[name] = colour
    for name, ground in product(TEXT_COLOURS, BACKGROUNDS):
        found = contrast(known[name], known[ground]) if {name, ground} <= set(known) else LEAST_CONTRAST
        if found < LEAST_CONTRAST:
            what = tr(
                "'{colour}' can hardly be read on the {ground} '{other}'",
                colour=known[name],
                ground=ground,
                other=known[ground],
            )
            hint = tr("its contrast is {found:.1f}, but text needs {legible}", found=found, legible=LEAST_CONTRAST)
            problems.append(Problem(replace(nodes[name].place, column=name), what, hint))
    return known


def _settings(node: Node, known: tuple[str, ...], problems: Problems) -> Mapping[str, Setting]:
    languages = as_mapping(node, problems, optional=None)
    other = languages.get(OTHER)
    named = {
        language: _as_setting(overlaid(other, child) if other else child, known, problems)
        for language, child in languages.items()
        if language != OTHER
    }
    return Settings(named, _as_setting(other, known, problems)) if other else named


def _as_setting(node: Node, known: tuple[str, ...], problems: Problems) -> Setting:
    parts = as_mapping(node, problems, required=("chinese", *ROLES), optional=(OFFICIAL, "units"))
    families = {role: _families(parts[role], known, problems) for role in (*ROLES, OFFICIAL) if role in parts}
    families.setdefault(OFFICIAL, families.get(ROLES[0], ()))
    chinese = "chinese" in parts and as_yes_no(parts["chinese"], problems)
    return Setting(chinese, families, as_texts(parts.get("units"), problems))


def _families(node: Node, known: tuple[str, ...], problems: Problems) -> tuple[str, ...]:
    families = []
    for child in as_list(node, problems):
        family = as_text(child, problems)
        if family and family not in known:
            problems.append(
                Problem(child.place, tr("'{family}' is not a font of the brief", family=family), nearest(family, known))
            )
        families.append(family)
    return tuple(families)
