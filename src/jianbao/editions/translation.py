"""Stale translation: a text that was changed in one language after it was approved, and in another was not."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from jianbao.editions.items import Item
from jianbao.editions.review import Verdict
from jianbao.errors import Place, Problem


@dataclass(frozen=True)
class Stale:
    """A text of an item that no longer says what its counterpart says, at the place of the text that stayed behind.

    `changed` are the languages that went on, `behind` those that did not; `since` is the approval of both.
    """

    item: str
    wording: str
    changed: tuple[str, ...]
    behind: tuple[str, ...]
    place: Place
    since: Verdict

    def problem(self) -> Problem:
        """Return it as what a translator has to mend."""
        went, stayed = ", ".join(self.changed), ", ".join(self.behind)
        what = f"{went} was changed after {self.since.by} approved both on {self.since.at[:10]}, {stayed} was not"
        hint = f"bring {stayed} up to date, or if it holds: jianbao review approve {self.item} --by NAME"
        return Problem(Place(self.place.file, self.place.line, f"{self.wording} {self.behind[0]}"), what, hint)


def stale_texts(
    items: Iterable[Item], verdicts: Iterable[Verdict], places: Mapping[str, Mapping[str, Place]]
) -> tuple[Stale, ...]:
    """Return the stale texts of items; `places` say where each wording stands in each language."""
    approved: dict[str, list[Verdict]] = {}
    for verdict in sorted(verdicts, key=lambda each: each.at):
        if verdict.verdict == "approved":
            approved.setdefault(verdict.item, []).append(verdict)
    return tuple(found for item in items for found in _stale(item, approved.get(item.id, ()), places))


def _stale(item: Item, approved: Iterable[Verdict], places: Mapping[str, Mapping[str, Place]]) -> Iterator[Stale]:
    for wording, now in item.words.items():
        before = [(each, each.words[wording]) for each in approved if wording in each.words]
        if not before or any(words == now for _, words in before):
            continue
        since, words = before[-1]
        changed = tuple(language for language in now if words.get(language) != now[language])
        behind = tuple(language for language in now if language not in changed)
        if behind:
            yield Stale(item.id, wording, changed, behind, places[wording][behind[0]], since)
