"""Files that hold the texts of many things by their ids, such as those of figures: parts, and labels by key."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from jianbao.core.documents import Node, Problems, as_entries, as_mapping
from jianbao.core.errors import Place, Problem, nearest, slip_of
from jianbao.core.messages import NO_TEXT, Translatable, quoted, tr, trn
from jianbao.text.wording import SectionText, Wording, parse_wording

NESTED = "labels"


@dataclass(frozen=True)
class TextEntry:
    """The texts of one figure: `parts` by name, `labels` by key."""

    id: str
    parts: Mapping[str, Wording]
    labels: Mapping[str, Wording]
    node: Node

    def wordings(self) -> Iterator[Wording]:
        """Yield everything that the entry can say."""
        yield from self.parts.values()
        yield from self.labels.values()


def parse_entries(
    node: Node, languages: Iterable[str], required: Iterable[str], optional: Iterable[str], problems: Problems
) -> Mapping[str, TextEntry]:
    """Read a catalogue file: id -> part -> `{zh:, en:}` (or variants), and `labels:` with more of them."""
    spoken, needed, allowed = tuple(languages), tuple(required), (*optional, NESTED)
    return {
        entry_id: _entry(entry_id, entry, spoken, as_mapping(entry, problems, needed, allowed), problems)
        for entry_id, entry in as_entries(node, problems, (*needed, *allowed)).items()
    }


def _entry(
    entry_id: str, node: Node, languages: tuple[str, ...], parts: Mapping[str, Node], problems: Problems
) -> TextEntry:
    said = {
        part: parse_wording(text, f"{entry_id}.{part}", languages, problems)
        for part, text in parts.items()
        if part != NESTED
    }
    labels = {
        key: parse_wording(text, f"{entry_id}.{NESTED}.{key}", languages, problems, sentence=False)
        for key, text in parts.get(NESTED, Node({}, node.place)).pairs()
    }
    return TextEntry(entry_id, said, labels, node)


def missing_entries(catalogue: Mapping[str, TextEntry], wanted: Mapping[str, Place], what: Translatable) -> Problems:
    """Return a problem for each id that is declared elsewhere, at the place given, and has no words here."""
    found: Problems = []
    for entry_id, place in wanted.items():
        if entry_id not in catalogue:
            meant = slip_of(entry_id, catalogue)
            hint = tr("did you mean '{meant}'?", meant=meant) if meant else NO_TEXT
            found.append(Problem(place, tr("{what} '{entry_id}' has no wording", what=what, entry_id=entry_id), hint))
    return found


def missing_labels(entry: TextEntry | None, wanted: Iterable[str]) -> Problems:
    """Return the problem of the labels that an entry, if there is one, must have and has not."""
    lacking = [key for key in wanted if entry and key not in entry.labels]
    if not entry or not lacking:
        return []
    what = trn(
        "'{entry}' has no label {keys}",
        "'{entry}' has no labels {keys}",
        len(lacking),
        entry=entry.id,
        keys=quoted(lacking),
    )
    return [Problem(entry.node.place, what, nearest(lacking[0], entry.labels) if len(lacking) == 1 else NO_TEXT)]


def built_in_labels(node: Node, languages: Iterable[str], problems: Problems) -> dict[str, Wording]:
    """Return the labels that a document gives in all of these languages; it may have others."""
    spoken = tuple(languages)
    return {
        key: parse_wording(
            Node({language: text for language in spoken if (text := given.get(language))}, given.place),
            f"built-in.{key}",
            spoken,
            problems,
            sentence=False,
        )
        for key, given in node.pairs()
        if all(given.get(language) for language in spoken)
    }


def with_labels(entry: TextEntry, given: Mapping[str, Wording], wanted: Iterable[str]) -> TextEntry:
    """Return an entry with the labels that it lacks of those wanted, as far as they are given."""
    lacking = {key: given[key] for key in wanted if key in given and key not in entry.labels}
    return replace(entry, labels={**entry.labels, **lacking})


def with_phrases(section: SectionText, given: Mapping[str, Wording]) -> SectionText:
    """Return a section with the phrases that it lacks, as far as they are given."""
    return replace(section, phrases={**given, **section.phrases})
