"""Read catalogue files, which have the texts of many things (such as figures) by id, with their built-in versions."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from jianbao.core.documents import Node, Problems, as_entries, as_mapping
from jianbao.core.errors import Place, Problem, corrected_typo, nearest
from jianbao.core.messages import NO_TEXT, Translatable, quoted, tr, trn
from jianbao.text.wording import Wording, parse_wording

NESTED = "labels"
BUILT_IN = "built-in"  # the folder that messages name for files of the program itself
WORDING_FOLDER = "wording"  # folder of the program's texts
COMMON_FOLDER = "common"  # folder of words for things that many cities count
WRITTEN = ("zh", "en", "fr", "es")  # the languages of built-in words
EVERY = "all"  # the key of a text that is the same in every language
KIND = "kind"  # the key of a unit's kind: a unit may have words in some of the languages only
BY_LANGUAGE = ("numbers", "references", "verbs", "judging")  # parts of a vocabulary whose keys are languages
LISTED = ("title", "blocks", "likelihood")  # parts of a file that are replaced as a whole, not entry by entry


@dataclass(frozen=True)
class TextEntry:
    """The texts of one entry, such as a figure: `parts` by name, `labels` by key."""

    id: str
    parts: Mapping[str, Wording]
    labels: Mapping[str, Wording]
    node: Node

    def wordings(self) -> Iterator[Wording]:
        """Yield all texts of the entry."""
        yield from self.parts.values()
        yield from self.labels.values()


def parse_entries(
    node: Node, languages: Iterable[str], required: Iterable[str], optional: Iterable[str], problems: Problems
) -> Mapping[str, TextEntry]:
    """Read a catalogue file: id -> part -> `{zh:, en:}` (or variants), and `labels:` with further texts by key.

    `required` and `optional` are the names of the parts that an entry must and may have.
    """
    spoken, needed, allowed = tuple(languages), tuple(required), (*optional, NESTED)
    return {
        entry_id: _entry(entry_id, entry, spoken, as_mapping(entry, problems, needed, allowed), problems)
        for entry_id, entry in as_entries(node, problems, (*needed, *allowed)).items()
    }


def _entry(
    entry_id: str, node: Node, languages: tuple[str, ...], parts: Mapping[str, Node], problems: Problems
) -> TextEntry:
    wordings = {
        part: parse_wording(text, f"{entry_id}.{part}", languages, problems)
        for part, text in parts.items()
        if part != NESTED
    }
    labels = {
        key: parse_wording(text, f"{entry_id}.{NESTED}.{key}", languages, problems, sentence=False)
        for key, text in parts.get(NESTED, Node({}, node.place)).pairs()
    }
    return TextEntry(entry_id, wordings, labels, node)


def missing_entries(catalogue: Mapping[str, TextEntry], wanted: Mapping[str, Place], what: Translatable) -> Problems:
    """Return a problem for each wanted id that the catalogue does not have; `wanted` has the place of each."""
    found: Problems = []
    for entry_id, place in wanted.items():
        if entry_id not in catalogue:
            meant = corrected_typo(entry_id, catalogue)
            hint = tr("did you mean '{meant}'?", meant=meant) if meant else NO_TEXT
            found.append(Problem(place, tr("{what} '{entry_id}' has no wording", what=what, entry_id=entry_id), hint))
    return found


def missing_labels(entry: TextEntry | None, wanted: Iterable[str]) -> Problems:
    """Return a problem that names all wanted labels that an entry lacks; nothing if it lacks none, or is None."""
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


def with_labels(entry: TextEntry, given: Mapping[str, Wording], wanted: Iterable[str]) -> TextEntry:
    """Return an entry with the wanted labels that it lacks, as far as `given` has them."""
    lacking = {key: given[key] for key in wanted if key in given and key not in entry.labels}
    return replace(entry, labels={**entry.labels, **lacking})


def built_in_words(document: Node, languages: Sequence[str]) -> Node:
    """Return a built-in file with the languages of a workspace only, without texts that lack one of them."""
    parts: dict[str, Node] = {}
    for key, part in document.pairs():
        if key in LISTED:
            spoken = _chosen(part, languages)
            parts |= {key: spoken} if spoken else {}
        elif key in BY_LANGUAGE:
            parts[key] = Node({each: part.get(each) or part for each in languages if part.get(each)}, part.place)
        else:
            found = {name: _chosen(each, languages) for name, each in part.pairs() if _applies(each, languages)}
            parts[key] = Node({name: each for name, each in found.items() if each}, part.place)
    return Node(parts, document.place)


def _applies(node: Node, languages: Sequence[str]) -> bool:
    """Return whether a piece, such as a pattern, is for one of these languages or for all."""
    about = node.get("language")
    return about is None or about.value in languages


def _chosen(node: Node, languages: Sequence[str]) -> Node | None:
    """Return a piece of a built-in file with these languages only; None if a text in it lacks one of them."""
    if isinstance(node.value, str):
        return node
    if isinstance(node.value, tuple):
        items = [_chosen(item, languages) for item in node.value]
        return Node(tuple(item for item in items if item), node.place) if all(items) else None
    common = node.get(EVERY)  # a list under this key is part of a condition
    children = dict.fromkeys(languages, common) if common and isinstance(common.value, str) else dict(node.value)
    texts = children.keys() & {*WRITTEN}
    if texts and not texts.issuperset(languages) and KIND not in children:
        return None
    kept = {key: _chosen(each, languages) for key, each in children.items() if key not in texts - {*languages}}
    return Node({key: each for key, each in kept.items() if each}, node.place) if all(kept.values()) else None


def misspelt_phrases(built_in: Node, own: Node, expected: Collection[str] = ()) -> Problems:
    """Return a problem for each phrase of a workspace whose key misspells the key of a built-in phrase.

    `expected` are the keys that each workspace must write itself; for these nothing is built in.
    """
    given, written = (dict(phrases.pairs()) if (phrases := each.get("phrases")) else {} for each in (built_in, own))
    free = [key for key in given if key not in written]
    return [
        Problem(node.place, tr("no phrase '{key}' is built in", key=key), tr("did you mean '{meant}'?", meant=meant))
        for key, node in written.items()
        if key not in given and key not in expected and (meant := corrected_typo(key, free))
    ]


def with_own_words(built_in: Node, own: Node) -> Node:
    """Return a file of a workspace, completed by the built-in titles, texts, labels, words and lists that it lacks."""
    if not isinstance(own.value, Mapping):
        return own
    return Node({key: _joined(key, built_in.get(key), part) for key, part in _both(own, built_in).items()}, own.place)


def _joined(key: str, built_in: Node | None, own: Node) -> Node:
    if built_in is None or key in LISTED or not isinstance(own.value, Mapping):
        return own
    labels, given = own.get(NESTED), built_in.get(NESTED)
    nested = {NESTED: _joined(NESTED, given, labels)} if labels and given else {}
    return Node({**_both(own, built_in), **nested}, own.place)


def _both(own: Node, built_in: Node) -> dict[str, Node]:
    written = dict(own.pairs())
    return written | {key: part for key, part in built_in.pairs() if key not in written}
