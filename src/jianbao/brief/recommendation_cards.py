"""The cards of recommendations: reason, condition, actions by term, body, measure, cost, risk and effect."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from jianbao.brief.model import Block
from jianbao.brief.phrases import PhraseRenderer
from jianbao.brief.reference_numbers import ReferenceNumbers
from jianbao.brief.sections import paragraph_block
from jianbao.data.conditions import decisive, tested
from jianbao.data.facts import Fact
from jianbao.text.recommendations import LAST_KNOWN, Recommendation
from jianbao.text.render import Local
from jianbao.text.rules import Rule
from jianbao.text.statements import Statement
from jianbao.text.wording import TextEntry

TERMS = ("year_one", "year_three", "longer")
ADVICE = "advice"
Part = tuple[Statement, tuple[Block, ...]]


@dataclass(frozen=True)
class RecommendationCards:
    """Makes the cards; `words` are the recommendations' own texts.

    Labels come from the section that calls for the cards; what it does not say itself, the section of advice says.
    """

    renderer: PhraseRenderer
    words: Mapping[str, TextEntry]
    reference_numbers: ReferenceNumbers
    section: str = ADVICE

    def cards(self, recommendations: Iterable[Recommendation]) -> tuple[Block, ...]:
        """Return a card for each recommendation, in the given order."""
        return tuple(self._card(each) for each in recommendations)

    def titles(self, recommendations: Iterable[Recommendation]) -> tuple[Block, ...]:
        """Return one line a recommendation, for the first page."""
        return tuple(
            paragraph_block(f"summary.{each.rule.id}", [self._said(each, "title")]) for each in recommendations
        )

    def _card(self, each: Recommendation) -> Block:
        title = [self._said(each, "title"), self._label(f"grade.{each.rule.grade}")]
        return Block(
            kind="recommendation", id=f"advice.{each.rule.id}", statements=tuple(title), parts=tuple(self._parts(each))
        )

    def _parts(self, each: Recommendation) -> Iterator[Part]:
        rule = each.rule
        yield self._part("why", rule.id, self._said(each, "why"), marked=True)
        yield self._part("condition", rule.id, *self._condition(each), marked=True)
        for term in TERMS:
            yield self._part(term, rule.id, self._said(each, term))
        yield self._part("who", rule.id, self._who(each))
        yield self._part("measure", rule.id, self._measure(each))
        yield self._part("cost", rule.id, self._label(f"cost.{rule.cost}"))
        yield self._part("risk", rule.id, self._said(each, "risk"))
        yield self._part("effect", rule.id, self._effect(each))

    def _part(self, label: str, rule: str, *said: Statement, marked: bool = False) -> Part:
        block = paragraph_block(f"advice.{rule}.{label}", said, self.reference_numbers if marked else None)
        return self._label(label), (block,)

    def _label(self, key: str) -> Statement:
        return self._phrase(key)

    def _phrase(self, key: str, **lent: Local) -> Statement:
        own = key in self.renderer.sections[self.section].phrases
        return self.renderer.phrase(self.section if own else ADVICE, key, **lent)

    def _said(self, each: Recommendation, part: str) -> Statement:
        return self.renderer.say(self.words[each.rule.id].parts[part]) or self.renderer.plain("")

    def _who(self, each: Recommendation) -> Statement:
        rule = each.rule
        lead = Fact(id="", value=rule.lead, kind="name")
        if not rule.supports:
            return self._phrase("led", lead=lead)
        return self._phrase("led_with", lead=lead, supports=Fact(id="", value=rule.supports, kind="names"))

    def _condition(self, each: Recommendation) -> Iterator[Statement]:
        """Yield what was tested and by how much it is past which threshold, and the reason for the threshold."""
        ledger, rule = self.renderer.ledger, each.rule
        test = decisive(rule.when, ledger)
        compared = tested(test, ledger) if test else None
        if test and compared:
            lent: dict[str, Local] = {
                "tested": self.renderer.texts(self._said(each, "tested")),
                "test": self.renderer.texts(self._label(f"test.{test.test}")),
                "value": compared[0],
                "threshold": ledger[f"threshold.{rule.id}"],
                "margin": ledger[f"margin.{rule.id}"],
            }
            yield self._phrase(f"condition.{self.renderer.way(compared[0])}", **lent)
        yield self.renderer.node(rule.because, f"advice.{rule.id}.because")

    def _measure(self, each: Recommendation) -> Statement:
        ledger, rule = self.renderer.ledger, each.rule
        measured = self.renderer.texts(self._said(each, "measured"))
        values: dict[str, Local] = {"measured": measured, "by": ledger[f"deadline.{rule.id}"]}
        target = ledger.get(f"target.{rule.id}")
        if target is None:
            return self._open_measure(rule, values)
        values["target"] = target
        if rule.measure not in ledger:
            return self._phrase("measure.new", **values)
        baseline = ledger[rule.measure]
        return self._phrase(f"measure.{self.renderer.way(baseline)}", baseline=baseline, **values)

    def _open_measure(self, rule: Rule, values: Mapping[str, Local]) -> Statement:
        """Say a measure of success whose target is not known: a step from a value of today that is missing, or less."""
        if not rule.target.plus:
            return self._phrase("measure.unknown", **values)
        known = self.renderer.ledger.get(f"{LAST_KNOWN}.{rule.measure}")
        step = Fact(id="", value=rule.target.number, unit=known.unit if known else "")
        return self._phrase("measure.step", step=step, **values)

    def _effect(self, each: Recommendation) -> Statement:
        ledger, keys = self.renderer.ledger, ("effect", "stability")
        found = {key: ledger.get(f"{key}.{each.rule.id}") for key in keys}
        return self._phrase("effect_line", **{key: fact for key, fact in found.items() if fact})
