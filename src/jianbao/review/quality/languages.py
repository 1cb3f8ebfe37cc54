"""How each language is counted, and which of its words the checks look for."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jianbao.core.documents import Node
from jianbao.core.encoding import HAN
from jianbao.core.yaml_reader import parse_document
from jianbao.render.html.templates import built_in_text

Words = re.Pattern[str]
NOTHING = re.compile(r"(?!)")
OTHER = "other"


@dataclass(frozen=True, kw_only=True)
class LengthLimits:
    """How long things may be, in characters of Chinese or words of another language."""

    title: int
    box: tuple[int, int]
    brief: tuple[int, int]
    mean: int
    sentence: int
    long: int  # a tenth of the sentences may be longer than this
    figure: int


@dataclass(frozen=True, kw_only=True)
class LanguageRules:
    """How a language is read: `counted` finds what counts as one, `ends` where a sentence ends, `joint` joins them.

    `lists` are the words that the checks look for, by the name of their list.
    """

    counted: Words
    ends: Words
    joint: str
    limits: LengthLimits
    lists: Mapping[str, Words]
    strengths: Mapping[int, Words]

    def words(self, name: str) -> Words:
        """Return what finds the words of a list; nothing in a language that has no such list."""
        return self.lists.get(name, NOTHING)

    def length(self, text: str) -> int:
        """Return how long a text is: characters of Chinese, words of another language, a number being one."""
        return len(self.counted.findall(text))

    def sentences(self, text: str) -> list[str]:
        """Return the sentences of a text."""
        return [part.strip() for part in self.ends.split(text) if self.length(part)]

    def states(self, text: str) -> bool:
        """Say whether a heading states something, and does not only name its subject."""
        said = "predicates" not in self.lists or self.words("predicates").search(text)
        return bool(said) and not self.words("subjects").fullmatch(text.strip())

    def strength(self, text: str) -> int:
        """Return how binding a text is, from 3 (a duty) to 0 (nothing said of it)."""
        return max((grade for grade, words in self.strengths.items() if words.search(text)), default=0)


def read_rules(name: str) -> LanguageRules:
    """Return the rules of a language as its file among the program's resources has them."""
    read = parse_document(built_in_text(f"checks/{name}.yml"), name)
    part = {key: dict(node.pairs()) for key, node in read.pairs()}
    joint, counted, ends = (str(node.value) for key in ("joint", "counted", "ends") if (node := read.get(key)))
    whole = r"\b(?:{})\b" if joint else "{}"  # only what spaces set apart has whole words
    lists = {key: any_of(node, whole) for key, node in part.get("words", {}).items()}
    lists |= {key: any_of(node) for key, node in part.get("patterns", {}).items()}
    return LanguageRules(
        counted=re.compile(counted.replace("HAN", HAN)),
        ends=re.compile(ends),
        joint=joint,
        limits=LengthLimits(**{key: _whole(node) for key, node in part["limits"].items()}),
        lists=lists,
        strengths={int(grade): any_of(node) for grade, node in part.get("strengths", {}).items()},
    )


def any_of(words: Node, whole: str = "{}") -> Words:
    """Return what finds any of these words or patterns, in either case."""
    listed = (str(word.value) for row in words for word in (row if isinstance(row.value, tuple) else (row,)))
    return re.compile(whole.format("|".join(listed)).replace("HAN", HAN), re.IGNORECASE)


def _whole(node: Node) -> Any:
    return int(node.value) if isinstance(node.value, str) else tuple(map(_whole, node))


RULES = {name: read_rules(name) for name in ("zh", "en", OTHER)}


def rules_of(tag: str) -> LanguageRules:
    """Return how a language is read by its tag ("zh-CN")."""
    return RULES.get(tag.partition("-")[0], RULES[OTHER])
