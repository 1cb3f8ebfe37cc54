"""Style: typed digits, misspelt names, forbidden forms, and the patterns of the vocabulary."""

import re

from jianbao.argument.holes import stray
from jianbao.argument.numbers import Writer
from jianbao.argument.wording import Text
from jianbao.documents import Problems
from jianbao.errors import Place, Problem

_TYPED = re.compile(r"[^\W\d_]*\d[\d.,]*[^\W_]*", re.ASCII)
_DIGIT = re.compile(r"\d")  # of any script


def faults_of_text(text: Text, writer: Writer, place: Place) -> Problems:
    """Return what is wrong with the words that the writer wrote, whatever the holes print."""
    return [
        *_typed(text, place),
        *_forbidden(text.literal, writer, place),
        *(
            Problem(place, f"'{each.written}' is not how the name is written", f"write '{each.right}'")
            for each in writer.names.misspelt(text.literal, writer.language)
        ),
    ]


def _typed(text: Text, place: Place) -> Problems:
    problems: Problems = []
    for piece in text.pieces:
        if not isinstance(piece, str):
            continue
        if mark := stray(piece):
            problems.append(Problem(place, f"'{mark}' stands outside a hole", "a hole is written {{ fact | filter }}"))
        if _DIGIT.search(piece):
            written = _TYPED.search(piece) or _DIGIT.search(piece)
            quoted = written.group() if written else piece
            hint = "put a fact in its place: {{ fact }}, or name('ID') if it belongs to a name"
            problems.append(Problem(place, f"the number '{quoted}' is typed", hint))
    return problems


def _forbidden(literal: str, writer: Writer, place: Place) -> Problems:
    pattern = writer.vocabulary.forbidden.get(writer.language)
    found = dict.fromkeys(match.group() for match in pattern.finditer(literal)) if pattern else {}
    forms = writer.vocabulary.forms.get(writer.language, {})
    return [Problem(place, f"'{form}' is not used", f"write '{forms[form]}'") for form in found]


def faults_of_sentence(printed: str, writer: Writer, place: Place, sentence: bool = True) -> Problems:
    """Return the patterns of the vocabulary that a printed text shows; `sentence` is False for a short phrase."""
    return _patterns(printed, writer, place, sentence, raw=False)


def faults_of_words(text: Text, writer: Writer, place: Place, sentence: bool = True) -> Problems:
    """Return the patterns that show already in the words of a text that is not printed in this edition."""
    return _patterns(text.literal, writer, place, sentence, raw=True)


def _patterns(printed: str, writer: Writer, place: Place, sentence: bool, raw: bool) -> Problems:
    found: Problems = []
    for pattern in writer.vocabulary.patterns:
        applies = pattern.language in ("", writer.language) and (pattern.raw or not raw)
        if applies and (sentence or not pattern.sentences) and (match := pattern.regex.search(printed)):
            found.append(Problem(place, f"'{match.group().strip()}' ({pattern.id})", f"write {pattern.write}"))
    return found
