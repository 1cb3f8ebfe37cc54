"""Which characters are Chinese; every pattern for Han text is made from these ranges."""

import re

# Ranges for a character class: Han with its radicals, iteration marks and numerals, in every plane.
HAN = r"\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
# Punctuation that is set full width beside Han.
MARKS = r"\u2014\u2018\u2019\u201c\u201d\u2026\u3001-\u3003\u3008-\u3020\u30fb\uff01-\uff5e\uffe5"

_HAN = re.compile(f"[{HAN}]")


def has_han(text: str) -> bool:
    """Return whether there is any Han character in a text."""
    return _HAN.search(text) is not None


def count_han(text: str) -> int:
    """Return how many Han characters a text has."""
    return len(_HAN.findall(text))


def is_chinese(text: str) -> bool:
    """Return whether a text is set as Chinese: it has Han characters and is not mostly Latin."""
    return 3 * count_han(text) > len(text)
