"""A theme: the colours of the page, and how each language is set."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import product

from matplotlib.colors import is_color_like

from jianbao.documents import Node, Problems, as_list, as_mapping, as_text, as_yes_no
from jianbao.errors import Problem, nearest
from jianbao.figures.style import contrast

COLOURS = ("accent", "ink", "muted", "rule", "wash", "paper")
UNSET = "the theme does not say how this language is set"
# Colours of text, what they stand on, and their least contrast with it.
WRITTEN, GROUNDS, LEGIBLE = ("accent", "ink", "muted"), ("paper", "wash"), 4.5
ROLES = ("serif", "sans", "hand")
OFFICIAL = "official"  # the face of official documents; where a theme names none, they are set in its serif face


@dataclass(frozen=True)
class Setting:
    """How one language is set: the families of each role, first choice first, and the words kept with a number."""

    chinese: bool
    families: Mapping[str, tuple[str, ...]]
    units: tuple[str, ...] = ()


@dataclass(frozen=True)
class Theme:
    """The colours of the page by their role, and the setting of each language by its id."""

    colours: Mapping[str, str]
    settings: Mapping[str, Setting]


def as_theme(node: Node, known: tuple[str, ...], spoken: Iterable[str], problems: Problems) -> Theme:
    """Return the theme written in a document.

    `known` are the families there are, `spoken` the languages that must be set: another family and a language that is
    left out are problems.
    """
    parts = as_mapping(node, problems, required=("colours", "languages"))
    empty = Node({}, node.place)
    colours = as_mapping(parts.get("colours", empty), problems, required=COLOURS)
    languages = as_mapping(parts.get("languages", empty), problems, optional=None)
    place = parts["languages"].place if "languages" in parts else node.place
    for language in spoken if "languages" in parts else ():
        if language not in languages:
            problems.append(Problem(replace(place, column=language), UNSET, nearest(language, languages)))
    return Theme(
        _colours(colours, problems),
        {language: _as_setting(child, known, problems) for language, child in languages.items()},
    )


def _colours(nodes: Mapping[str, Node], problems: Problems) -> Mapping[str, str]:
    """Read the colours; text must stand out from its ground as WCAG 2.2 asks (success criterion 1.4.3)."""
    known = {}
    for name, node in nodes.items():
        colour, place = as_text(node, problems), replace(node.place, column=name)
        if colour and not is_color_like(colour):
            problems.append(Problem(place, f"'{colour}' is not a colour", "write it as #1f1f1f"))
        elif colour:
            known[name] = colour
    for name, ground in product(WRITTEN, GROUNDS):
        found = contrast(known[name], known[ground]) if {name, ground} <= set(known) else LEGIBLE
        if found < LEGIBLE:
            what = f"'{known[name]}' can hardly be read on the {ground} '{known[ground]}'"
            hint = f"its contrast is {found:.1f}, but text needs {LEGIBLE}"
            problems.append(Problem(replace(nodes[name].place, column=name), what, hint))
    return known


def _as_setting(node: Node, known: tuple[str, ...], problems: Problems) -> Setting:
    parts = as_mapping(node, problems, required=("chinese", *ROLES), optional=(OFFICIAL, "units"))
    families = {role: _families(parts[role], known, problems) for role in (*ROLES, OFFICIAL) if role in parts}
    families.setdefault(OFFICIAL, families.get(ROLES[0], ()))
    units = tuple(as_text(unit, problems) for unit in as_list(parts["units"], problems)) if "units" in parts else ()
    return Setting("chinese" in parts and as_yes_no(parts["chinese"], problems), families, units)


def _families(node: Node, known: tuple[str, ...], problems: Problems) -> tuple[str, ...]:
    families = []
    for child in as_list(node, problems):
        family = as_text(child, problems)
        if family and family not in known:
            problems.append(Problem(child.place, f"'{family}' is no font of the brief", nearest(family, known)))
        families.append(family)
    return tuple(families)
