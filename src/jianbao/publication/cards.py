"""The cards of recommendations: title, reason, actions by term, who, measure, cost, risk, effect, stability."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from jianbao.argument.catalogue import Entry
from jianbao.argument.recommendations import Recommendation
from jianbao.argument.statements import Statement
from jianbao.evidence.facts import Fact
from jianbao.publication.apparatus import Apparatus
from jianbao.publication.brief import Block
from jianbao.publication.composition import paragraph
from jianbao.publication.speaker import Speaker

TERMS = ("year_one", "year_three", "longer")
Part = tuple[Statement, tuple[Block, ...]]


@dataclass(frozen=True)
class Cards:
    """Makes the cards; `words` are the recommendations' own texts, the labels come from the section of advice."""

    speaker: Speaker
    words: Mapping[str, Entry]
    apparatus: Apparatus

    def cards(self, recommendations: Iterable[Recommendation]) -> tuple[Block, ...]:
        """Return a card for each recommendation, in the given order."""
        return tuple(self._card(each) for each in recommendations)

    def titles(self, recommendations: Iterable[Recommendation]) -> tuple[Block, ...]:
        """Return one line a recommendation, for the first page."""
        return tuple(paragraph(f"summary.{each.rule.id}", [self._said(each, "title")]) for each in recommendations)

    def _card(self, each: Recommendation) -> Block:
        title = [self._said(each, "title"), self._label(f"grade.{each.rule.grade}")]
        return Block("recommendation", f"advice.{each.rule.id}", tuple(title), parts=tuple(self._parts(each)))

    def _parts(self, each: Recommendation) -> Iterator[Part]:
        rule = each.rule
        yield self._part("why", rule.id, self._said(each, "why"), marked=True)
        for term in TERMS:
            yield self._part(term, rule.id, self._said(each, term))
        yield self._part("who", rule.id, self._who(each))
        yield self._part("measure", rule.id, self._measure(each))
        yield self._part("cost", rule.id, self._label(f"cost.{rule.cost}"))
        yield self._part("risk", rule.id, self._said(each, "risk"))
        yield self._part("effect", rule.id, self._effect(each))

    def _part(self, label: str, rule: str, said: Statement, marked: bool = False) -> Part:
        block = paragraph(f"advice.{rule}.{label}", [said], self.apparatus if marked else None)
        return self._label(label), (block,)

    def _label(self, key: str) -> Statement:
        return self.speaker.phrase("advice", key)

    def _said(self, each: Recommendation, part: str) -> Statement:
        return self.speaker.say(self.words[each.rule.id].parts[part]) or self.speaker.plain("")

    def _who(self, each: Recommendation) -> Statement:
        rule = each.rule
        lead = Fact("", rule.lead, kind="name")
        if not rule.supports:
            return self.speaker.phrase("advice", "led", lead=lead)
        return self.speaker.phrase("advice", "led_with", lead=lead, supports=Fact("", rule.supports, kind="names"))

    def _measure(self, each: Recommendation) -> Statement:
        ledger, rule = self.speaker.ledger, each.rule
        values = {"target": ledger[f"target.{rule.id}"], "by": ledger[f"deadline.{rule.id}"]}
        key = "measure_share" if values["target"].unit == "share" else "measure_line"
        if rule.measure not in ledger:
            return self.speaker.phrase("advice", "measure_new", **values)
        return self.speaker.phrase("advice", key, baseline=ledger[rule.measure], **values)

    def _effect(self, each: Recommendation) -> Statement:
        ledger, rule = self.speaker.ledger, each.rule.id
        found = {"effect": ledger[f"effect.{rule}"], "stability": ledger[f"stability.{rule}"]}
        return self.speaker.phrase("advice", "effect_line", **found)
