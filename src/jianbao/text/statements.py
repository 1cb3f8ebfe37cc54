"""A statement: one thing said in every language, with the facts that each sentence states."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

Mark = Literal["kept", "gone", "new"]


@dataclass(frozen=True)
class Said:
    """A fact as it was printed in a sentence, `at` which letter and through which filters."""

    fact: str
    printed: str
    at: int = field(default=0, compare=False)
    filters: tuple[str, ...] = field(default=(), compare=False)

    @property
    def end(self) -> int:
        """Return the place of the letter after it."""
        return self.at + len(self.printed)


@dataclass(frozen=True)
class Sentence:
    """A text in one language, and the facts that it states in the order in which they are printed."""

    language: str
    text: str
    said: tuple[Said, ...] = ()


@dataclass(frozen=True)
class Piece:
    """A piece of a sentence that was kept from an earlier one, is gone from it, or is new in it."""

    mark: Mark
    text: str


@dataclass(frozen=True)
class Statement:
    """One thing said in each language; `id` names its place in the wording, "national.network:2"."""

    id: str
    sentences: Mapping[str, Sentence]

    def text(self, language: str) -> str:
        """Return what is said in one language."""
        return self.sentences[language].text

    def facts(self) -> tuple[str, ...]:
        """Return the ids of the facts that any of its sentences states, each once."""
        return tuple(dict.fromkeys(said.fact for sentence in self.sentences.values() for said in sentence.said))


def facts_in(statements: Iterable[Statement]) -> tuple[str, ...]:
    """Return the ids of all facts stated, each once, in the order of their first mention."""
    return tuple(dict.fromkeys(fact for statement in statements for fact in statement.facts()))
