"""Colours as #rrggbb: which texts are colours, and how far one stands out from another."""

import re

_WRITTEN = re.compile(r"#[0-9a-fA-F]{6}")


def is_colour(text: str) -> bool:
    """Return whether a text is a colour written as #rrggbb."""
    return _WRITTEN.fullmatch(text) is not None


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21 (WCAG 2.2, relative luminance)."""
    lights = sorted(_luminance(colour) + 0.05 for colour in (one, other))
    return lights[1] / lights[0]


def glazed(seen: str, below: str) -> str:
    """Return the colour that, half transparent, is seen as `seen` on what is `below` it, as nearly as there is one."""
    pairs = ((int(seen[at : at + 2], 16), int(below[at : at + 2], 16)) for at in (1, 3, 5))
    return "#" + "".join(f"{min(max(2 * one - other, 0), 255):02x}" for one, other in pairs)


def mixed(one: str, other: str, part: float) -> str:
    """Return the colour that is a part of the way, 0 to 1, from one colour to another."""
    pairs = ((int(one[at : at + 2], 16), int(other[at : at + 2], 16)) for at in (1, 3, 5))
    return "#" + "".join(f"{round((1 - part) * start + part * end):02x}" for start, end in pairs)


def _luminance(colour: str) -> float:
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
