"""The speaker: says wordings and phrases in every language with the facts of one edition at hand."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from jianbao.argument.numbers import Writer
from jianbao.argument.saying import Local, Spoken, lend, phrase, say_section
from jianbao.argument.statements import Sentence, Statement
from jianbao.argument.wording import SectionText, Wording, parse_wording
from jianbao.documents import Node, Problems
from jianbao.errors import Place, Problem
from jianbao.evidence.facts import Fact, Ledger

FIRST_YEAR = 1000  # a number of years below this is a span, from here on a calendar year


def is_span(fact: Fact) -> bool:
    """Say whether a fact is a number of years, and not a year."""
    return fact.unit == "year" and fact.kind == "number" and fact.number < FIRST_YEAR


@dataclass
class Speaker:
    """Bound to an edition; what cannot be said is added to `problems` and said as nothing."""

    ledger: Ledger
    writers: Mapping[str, Writer]
    sections: Mapping[str, SectionText]
    problems: Problems = field(default_factory=list)

    def say(self, wording: Wording, **lent: Local) -> Statement | None:
        """Say one thing, if its condition holds."""
        return lend(wording, self.ledger, self.writers, self.problems, **lent)

    def section(self, section_id: str) -> Spoken:
        """Say a whole section."""
        return say_section(self.sections[section_id], self.ledger, self.writers, self.problems)

    def phrase(self, section: str, key: str, **lent: Local) -> Statement:
        """Say a short text by its key; nothing if it cannot be said, with a problem."""
        if section not in self.sections:
            place = Place(f"templates/wording/{section}.yml")
            self.problems.append(Problem(place, "the file does not exist", "its phrases are needed"))
            return self.plain("")
        found = phrase(self.sections[section], key, self.ledger, self.writers, self.problems, **lent)
        return found or self.plain("")

    def node(self, node: Node | None, statement_id: str) -> Statement:
        """Say a bilingual text that stands outside the wording files, such as a reason in the framework."""
        if node is None:
            return self.plain("")
        problems: Problems = []
        wording = parse_wording(node, statement_id, self.writers, problems)
        self.problems.extend(problems)
        return (self.say(wording) if not problems else None) or self.plain("")

    def plain(self, text: str | Mapping[str, str], statement_id: str = "") -> Statement:
        """Return a text that is the same in every language, or one given for each, as a statement."""
        texts = {
            language: writer.pointed(text if isinstance(text, str) else text[language])
            for language, writer in self.writers.items()
        }
        return Statement(statement_id, {language: Sentence(language, each) for language, each in texts.items()})

    def texts(self, said: Statement) -> dict[str, str]:
        """Return what a statement says in each language, to be lent to a phrase."""
        return {language: said.text(language) for language in self.writers}

    def value(self, fact: Fact) -> Statement:
        """Say a fact's value as tables and figures show it, by its kind and unit."""
        return self.phrase("furniture", f"value.{self._way(fact)}", it=fact)

    def way(self, fact: Fact) -> str:
        """Return by which phrase an amount is told: "count", "years", "share", "money", or "plain" for any other."""
        unit = next(iter(self.writers.values())).unit(fact.unit)
        if fact.unit == "year":
            return "years"
        if unit.kind in ("share", "percent"):
            return "share"
        named = unit.kind == "count" and unit.forms
        return "money" if unit.kind == "money" else "count" if named else "plain"

    def _way(self, fact: Fact) -> str:
        if fact.kind != "number":
            return fact.kind
        unit = next(iter(self.writers.values())).unit(fact.unit)
        if fact.unit == "index":
            return "index"
        if fact.unit == "year":
            return "years" if is_span(fact) else "year"
        if unit.kind == "share":
            return "plain" if fact.of else "share"
        if unit.kind == "money":
            return "money"
        return "score" if unit.decimals == 1 else "plain"
