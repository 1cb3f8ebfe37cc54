"""The template of a Word document: its styles, lists, settings and fonts, in the colours and faces of the theme."""

from dataclasses import dataclass
from string import Template

from docx.oxml import parse_xml
from docx.oxml.ns import qn

from jianbao.render.html.templates import built_in_text
from jianbao.render.theme import Theme
from jianbao.render.word.runs import Element, WordLanguage

TWIPS = 20  # in a point
MM = 72 / 25.4


@dataclass(frozen=True)
class WordFonts:
    """The family of each role for Latin and for Han text."""

    latin: dict[str, str]
    han: dict[str, str]


def word_fonts(theme: Theme) -> WordFonts:
    """Return what each language calls first for its own script; the one language of a theme names both."""
    settings = theme.settings.values()
    han = next((each.families for each in settings if each.chinese), None)
    latin = next((each.families for each in settings if not each.chinese), None)
    assert han or latin
    return WordFonts(
        {role: names[0] if latin else names[-1] for role, names in (latin or han or {}).items()},
        {role: names[0] if han else names[-1] for role, names in (han or latin or {}).items()},
    )


def template_values(theme: Theme, tongue: WordLanguage) -> dict[str, str]:
    """Return what the parts of the template leave open, by name: colours, faces, languages, forms of numbers.

    Word spreads Chinese lines between characters; without hyphens English ones would have holes, so they stay ragged.
    """
    faces = word_fonts(theme)
    numbers = (
        {"counting": "chineseCountingThousand", "heading": "%1、", "card": "（%2）", "gap": "nothing"}
        if tongue.chinese
        else {"counting": "decimal", "heading": "%1", "card": "%2.", "gap": "space"}
    )
    return {
        **{role: colour.removeprefix("#").upper() for role, colour in theme.colours.items()},
        **faces.latin,
        **{f"{role}_han": family for role, family in faces.han.items()},
        "latin": tongue.latin,
        "han": tongue.han,
        "both": "both" if tongue.chinese else "left",
        **numbers,
    }


def template_part(name: str, values: dict[str, str]) -> Element:
    """Return a part of the template ("styles") with what it leaves open filled in."""
    text = Template(built_in_text(f"word/{name}.xml")).substitute(values)
    made: Element = parse_xml(text.encode())
    return made


def set_part(root: Element, name: str, values: dict[str, str]) -> None:
    """Put a part of the template in the place of what stands in a document; styles that Word only knows of stay."""
    latent = root.find(qn("w:latentStyles"))
    root[:] = template_part(name, values)[:]
    if latent is not None:
        root.insert(1, latent)
