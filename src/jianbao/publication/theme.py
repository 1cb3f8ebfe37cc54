"""A theme: the colours of the page, and how each language is set."""

from collections.abc import Mapping
from dataclasses import dataclass

from jianbao.documents import Node, Problems, as_list, as_mapping, as_text, as_yes_no
from jianbao.errors import Problem, nearest

COLOURS = ("accent", "ink", "muted", "rule", "wash", "paper")
ROLES = ("serif", "sans", "hand")


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


def as_theme(node: Node, known: tuple[str, ...], problems: Problems) -> Theme:
    """Return the theme written in a document; `known` are the families there are, another one is a problem."""
    parts = as_mapping(node, problems, required=("colours", "languages"))
    empty = Node({}, node.place)
    colours = as_mapping(parts.get("colours", empty), problems, required=COLOURS)
    languages = as_mapping(parts.get("languages", empty), problems, optional=None)
    return Theme(
        {name: as_text(colour, problems) for name, colour in colours.items()},
        {language: _as_setting(child, known, problems) for language, child in languages.items()},
    )


def _as_setting(node: Node, known: tuple[str, ...], problems: Problems) -> Setting:
    parts = as_mapping(node, problems, required=("chinese", *ROLES), optional=("units",))
    families = {role: _families(parts[role], known, problems) for role in ROLES if role in parts}
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
