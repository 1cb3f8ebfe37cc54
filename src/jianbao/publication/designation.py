"""Designations: what a fact is called in each language, by the names that a workspace gives to its measures."""

from collections.abc import Iterable, Mapping

from jianbao.argument.statements import Statement
from jianbao.argument.wording import SectionText, Wording
from jianbao.documents import Problems
from jianbao.errors import Problem, nearest
from jianbao.evaluation.framework import Framework
from jianbao.evidence.facts import Fact
from jianbao.publication.apparatus import FAMILY
from jianbao.publication.speaker import Speaker

FACTS = "facts"  # the section of wording that names facts; a workspace need not have it
Names = Mapping[str, Mapping[str, str]]


def other_names(speaker: Speaker, framework: Framework, titles: Mapping[str, Wording]) -> Names:
    """Return the names that no name table holds: those of the framework's nodes, and the titles of rules."""
    names: dict[str, Mapping[str, str]] = {node.id: node.name for node in framework.components()}
    for rule, title in titles.items():
        if said := speaker.say(title):
            names[rule] = speaker.texts(said)
    return names


def designate(speaker: Speaker, key: str, others: Names) -> Statement | None:
    """Return what a fact, or a family such as "award.entries.*", is called; None where the workspace does not say.

    A member of a family is called by the family's name and its own.
    """
    section = speaker.sections.get(FACTS)
    family, rest = _parted(section, key.removesuffix(FAMILY)) if section else ("", "")
    if not family:
        return None
    named = speaker.phrase(FACTS, family)
    if not rest:
        return named
    fact = speaker.ledger.get(key)
    words = fact.about if fact and fact.about else (rest,)
    members = [_member(speaker, word, others) for word in words]
    member = {language: ", ".join(each[language] for each in members) for language in speaker.writers}
    return speaker.phrase("furniture", "member", family=speaker.texts(named), member=member)


def misnamed(section: SectionText | None, known: Iterable[str]) -> Problems:
    """Return a problem for each name that is given to no fact and no family of facts; `known` are the ids of all."""
    if section is None:
        return []
    words = [fact_id.split(".") for fact_id in known]
    families = {".".join(each[:length]) for each in words for length in range(1, len(each) + 1)}
    return [
        Problem(wording.place, f"'{key}' is not a fact, nor the beginning of one", nearest(key, families))
        for key, wording in section.phrases.items()
        if key not in families
    ]


def _parted(section: SectionText, key: str) -> tuple[str, str]:
    """Return the longest beginning of a key that has a name, and the rest; two empty texts if none has."""
    words = key.split(".")
    beginnings = (".".join(words[:length]) for length in range(len(words), 0, -1))
    family = next((each for each in beginnings if each in section.phrases), "")
    return family, key.removeprefix(family).lstrip(".") if family else ""


def _member(speaker: Speaker, word: str, others: Names) -> Mapping[str, str]:
    if word in others:
        return others[word]
    if all(word in writer.names for writer in speaker.writers.values()):
        return speaker.texts(speaker.phrase("furniture", "value.name", it=Fact("", word, kind="name")))
    return dict.fromkeys(speaker.writers, word)
