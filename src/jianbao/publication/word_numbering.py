"""The lists of a Word document: numbers of headings on two levels, and bullets."""

from collections.abc import Sequence

from jianbao.publication.theme import Theme
from jianbao.publication.word_styles import BULLETS, HEADINGS, TWIPS, Faces, fonts_of, hex_of, style_id
from jianbao.publication.word_text import Element, element

# The digits of Chinese numerals, one to nine, and ten.
DIGITS = ("", *"一二三四五", *"六七八九")
TEN = "十"


def numbering(root: Element, chinese: bool, theme: Theme, faces: Faces) -> None:
    """Put our lists in the place of the template's: headings on two levels, and bullets."""
    for child in list(root):
        root.remove(child)
    levels: Sequence[tuple[str, str, str, str]] = (
        ("heading 1", "chineseCountingThousand", "%1、", "nothing"),
        ("Recommendation", "chineseCountingThousand", "（%2）", "nothing"),
    )
    if not chinese:
        levels = (("heading 1", "decimal", "%1", "space"), ("Recommendation", "decimal", "%2.", "space"))
    heads = [_level(place, *level) for place, level in enumerate(levels)]
    kind = element("w:multiLevelType", w_val="multilevel")
    root.append(element("w:abstractNum", kind, *heads, w_abstractNumId=HEADINGS))
    accent = element("w:color", w_val=hex_of(theme, "accent"))
    bullet = _level(0, "List Bullet", "bullet", "\u2022", "tab")
    bullet.append(element("w:pPr", element("w:ind", w_left=12 * TWIPS, w_hanging=12 * TWIPS)))
    bullet.append(element("w:rPr", fonts_of(faces, "sans"), accent))
    single = element("w:multiLevelType", w_val="singleLevel")
    root.append(element("w:abstractNum", single, bullet, w_abstractNumId=BULLETS))
    for number in (HEADINGS, BULLETS):
        root.append(element("w:num", element("w:abstractNumId", w_val=number), w_numId=number))


def _level(place: int, style: str, form: str, text: str, gap: str) -> Element:
    parts = [
        ("start", 1),
        ("numFmt", form),
        ("pStyle", style_id(style)),
        ("suff", gap),
        ("lvlText", text),
        ("lvlJc", "left"),
    ]
    return element("w:lvl", *(element(f"w:{tag}", w_val=value) for tag, value in parts), w_ilvl=place)


def numeral(number: int, chinese: bool) -> str:
    """Return the number of a section up to 99, with its mark, as the headings' own list writes it."""
    if not chinese:
        return f"{number} "
    tens, ones = divmod(number, 10)
    return f"{DIGITS[tens] if tens > 1 else ''}{TEN if tens else ''}{DIGITS[ones]}、"
