"""Take Chinese apart for the site's search: into characters and pairs of neighbours, in Python and in the browser.

Sphinx takes Chinese pages apart into words with a dictionary, but what is typed into the search field only at spaces:
a phrase then finds nothing. Pairs need no dictionary and are the same on both sides.
"""

import re
from itertools import pairwise

from sphinx.search.en import SearchEnglish

HAN = "\u3400-\u9fff"
RUN = re.compile(rf"[{HAN}]+|[A-Za-z0-9_]+")


class ChineseSearch(SearchEnglish):  # type: ignore[misc]
    """Split a text into Latin words, Chinese characters and pairs of these; Latin words are taken for English ones."""

    lang = "zh"

    js_splitter_code = f"""
    var splitQuery = (query) => (query.match(/[{HAN}]+|[A-Za-z0-9_]+/gu) || []).flatMap((run) =>
      /[{HAN}]/u.test(run) && run.length > 1 ? [...run].slice(1).map((c, i) => run[i] + c) : [run]);
    """

    def split(self, input: str) -> list[str]:  # noqa: A002 (Sphinx's own name)
        """Return the terms of a text under which it is found."""
        terms = []
        for run in RUN.findall(input):
            terms += [run] if run.isascii() else [*run, *map("".join, pairwise(run))]
        return terms
