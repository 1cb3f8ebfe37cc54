"""Make the facts of a paragraph links to their rows in the evidence volume, without visible marks."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from jianbao.brief.model import Brief
from jianbao.text.render import Statement

NEAR = 6  # characters that typesetting may insert before one of the text
ANCHOR = "fact."
Span = tuple[int, int]
Html = Callable[[str], str]


@dataclass(frozen=True)
class FactSpan:
    """The indices in a text between which a fact is printed."""

    fact: str
    start: int
    end: int


@dataclass(frozen=True)
class FactLinks:
    """Links facts to their rows in the file of the evidence volume; without a file there are no links."""

    file: str = ""
    facts: frozenset[str] = frozenset()

    def html(self, text: str, shown: str, printed: Iterable[FactSpan], whole: Sequence[Span], write: Html) -> Markup:
        """Return a typeset text as HTML with its facts as links.

        `shown` is the typeset text and `printed` the spans of facts in `text`; `whole` are spans of the typeset text
        that are not to be split, and `write` converts a piece of it to HTML.
        """
        pieces, at = [], 0
        for span in self._spans(text, shown, printed, whole):
            link = Markup('<a class="fact" href="{}">{}</a>')
            pieces.append(Markup(write(shown[at : span.start])))
            pieces.append(link.format(self._address(span.fact), Markup(write(shown[span.start : span.end]))))
            at = span.end
        return Markup("").join([*pieces, Markup(write(shown[at:]))])

    def _address(self, fact: str) -> str:
        return f"{self.file}#{ANCHOR}{fact}"

    def _spans(self, text: str, shown: str, printed: Iterable[FactSpan], whole: Sequence[Span]) -> Iterator[FactSpan]:
        known = [span for span in printed if self.file and span.fact in self.facts and span.end > span.start]
        places = aligned(text, shown) if known else []
        last = 0
        for span in sorted(known, key=lambda each: each.start):
            start, end = places[span.start], places[span.end - 1] + 1
            meeting = [each for each in whole if each[0] < end and start < each[1]]
            start, end = min([start, *(each[0] for each in meeting)]), max([end, *(each[1] for each in meeting)])
            if start >= last:
                yield FactSpan(span.fact, start, end)
                last = end


def fact_links(brief: Brief, format_: str) -> FactLinks:
    """Return the links of a brief in a format ("pdf", "html")."""
    return (
        FactLinks(brief.volume.files.get(format_, ""), frozenset(brief.volume.facts)) if brief.volume else FactLinks()
    )


def printed_in(statements: Sequence[Statement], language: str, between: str) -> list[FactSpan]:
    """Return the spans of facts in the text of statements joined by `between`."""
    found: list[FactSpan] = []
    at = 0
    for statement in statements:
        sentence = statement.sentences[language]
        found += [FactSpan(each.fact, at + each.at, at + each.end) for each in sentence.stated]
        at += len(sentence.text) + len(between)
    return found


def aligned(text: str, shown: str) -> list[int]:
    """Return the index of each character of a text in its typeset form, in which spaces may differ or be inserted.

    >>> aligned("3 个", "3\\u2006\\u2060个")
    [0, 1, 3]
    """
    places, at = [], 0
    for letter in text:
        near = range(at, min(at + NEAR, len(shown)))
        found = next((place for place in near if _alike(letter, shown[place])), None)
        places.append(at if found is None else found)
        at = at if found is None else found + 1
    return places


def _alike(letter: str, shown: str) -> bool:
    return letter == shown or (letter.isspace() and shown.isspace())


def escaped(text: str) -> str:
    """Return a text as HTML."""
    return str(escape(text))
