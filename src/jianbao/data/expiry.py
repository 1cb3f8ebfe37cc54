"""When something that was written may not be said any more: from a day on, or under a condition."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from jianbao.core.documents import Node, Problems
from jianbao.core.messages import tr
from jianbao.data.conditions import Condition, holds, parse_condition
from jianbao.data.dates import as_day, period
from jianbao.data.facts import Fact


@dataclass(frozen=True)
class Expiry:
    """The last day on which something is said, or the condition under which it is not said any more."""

    day: str = ""
    when: Condition | None = None

    def over(self, facts: Mapping[str, Fact], day: date) -> bool:
        """Say whether it may not be said on a day, with the facts of that day."""
        until = period(self.day) if self.day else None
        return (until is not None and day > until.last) or (self.when is not None and holds(self.when, facts))


def parse_expiry(node: Node, problems: Problems) -> Expiry:
    """Read `expires:`: a day, month or year, or a condition as `when:` has it."""
    if node.kind == "mapping":
        return Expiry(when=parse_condition(node, problems))
    return Expiry(day=as_day(node, problems, tr("write 2021, 2021-11, 2021-11-24, or a condition")))
