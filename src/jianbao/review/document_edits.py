"""Change YAML files: weights of the framework, sentences, texts of the register of discrepancies, new sources."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from jianbao.core.documents import QUOTED, Problems, too_many_digits
from jianbao.core.encoding import has_han, shortened
from jianbao.core.errors import Place, Problem, UsageError, nearest
from jianbao.core.messages import tr, tr_list
from jianbao.core.snapshot import Snapshot
from jianbao.core.yaml_edit import Keys, Scalar, scalars
from jianbao.data.conditions import holds
from jianbao.data.csv_files import Sheet
from jianbao.data.facts import Source, slug
from jianbao.data.provenance import NEWSPAPER, SOURCES_FILE, with_sources, without_sources, written_source
from jianbao.data.schemas import NOWHERE
from jianbao.review.proposals import Edit, EntryEdit, RowEdit, RowRemoval, TableRow, TextEdit, WeightEdit
from jianbao.review.review_items import written_in
from jianbao.text.placeholders import pieces, unfolded
from jianbao.text.render import Facts, choose
from jianbao.text.wording import Wording, WordingText

FRAMEWORK = "data/framework.yml"
REGISTER = "data/discrepancies.yml"  # the file whose texts can be changed one by one
LISTED = "、"  # what separates several sources in a clause
EQUAL, GIVEN = "equal", "given"
ONLINE, PRESS = "/OL", "N"  # kinds of sources: with an address, in a newspaper
LONGEST_ID = 40  # characters of the id of a new source
_SOURCE_FIELDS = ("title_en", "producer", "pages", "published", "url", "note")  # `note` quotes the source
MIN_NAME_SIMILARITY = 0.6  # of two names: less similar ones name different sources
_HOLE = re.compile(r"\{\{[^{}]*\}\}")
_DIGITS = re.compile(r"\d+(?:[.,]\d+)*")
_NAME = re.compile(r"\b[A-Z][a-z]+(?: [A-Z][a-z]+)+\b")
_CLAUSE = re.compile(r"([，、；：。！？]|[,;:.!?](?=\s|$))")
_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?")


@dataclass(frozen=True)
class WrittenWeights:
    """The texts of a framework file by their keys, and the keys of each node by its id."""

    texts: Mapping[Keys, str]
    nodes: Mapping[str, Keys]

    @classmethod
    def of(cls, snapshot: Snapshot) -> "WrittenWeights":
        """Return the weights of a workspace."""
        texts = {each.path: each.value for each in scalars(snapshot.text(FRAMEWORK))}
        return cls(texts, {text: path[:-1] for path, text in texts.items() if path[-1:] == ("id",)})

    @property
    def given(self) -> dict[str, str]:
        """Return the written weights by node."""
        weights = {node: self.texts.get((*path, "weight"), "") for node, path in self.nodes.items()}
        return {node: weight for node, weight in weights.items() if weight}

    def is_equal(self, node: str) -> bool:
        """Return whether a node has the same weight as its siblings because no weights are written."""
        path = self.nodes.get(node, ())
        above = (*path[:-2], "weights")
        default = self.texts.get(("defaults", "weights"), EQUAL)
        return path[-2:-1] == ("children",) and self.texts.get(above, default) == EQUAL

    def with_weight(self, node: str, weight: str) -> dict[Keys, str]:
        """Return the texts to write for a changed weight: if weights are equal, the shares of all siblings."""
        path = self.nodes[node]
        if not self.is_equal(node):
            return {(*path, "weight"): weight}
        beside = [each for each in self.nodes.values() if each[:-1] == path[:-1]]
        other = f"{(1.0 - float(weight)) / (len(beside) - 1):.6g}"
        written = {(*each, "weight"): weight if each == path else other for each in beside}
        return {(*path[:-2], "weights"): GIVEN, **written}

    def siblings(self, node: str) -> int:
        """Return how many siblings a node has."""
        return sum(each[:-1] == self.nodes[node][:-1] for each in self.nodes.values()) - 1


def weight_edits(settings: Iterable[str], snapshot: Snapshot) -> Iterator[WeightEdit]:
    """Yield the changes for options like `NODE=WEIGHT`; raises UsageError."""
    requested = [(text, *text.partition("=")[::2]) for text in settings]
    weights = WrittenWeights.of(snapshot) if requested else WrittenWeights({}, {})
    open_to = [node for node in weights.nodes if node in weights.given or weights.is_equal(node)]
    for text, node, new in requested:
        where = Place(f"--weight {text}")
        if node not in open_to:
            raise UsageError(Problem(where, tr("no weight is written for '{node}'", node=node), nearest(node, open_to)))
        if not _NUMBER.fullmatch(new):
            hint = tr("write digits, with a decimal point")
            raise UsageError(Problem(where, tr("'{value}' is not a number", value=shortened(new, QUOTED)), hint))
        if what := too_many_digits(new):
            raise UsageError(Problem(where, what))
        old = weights.given.get(node, "")
        if not old and not (0 < float(new) < 1 and weights.siblings(node)):
            what = tr("'{value:g}' cannot be the weight of '{node}'", value=float(new), node=node)
            hint = tr("below weights that are not given, it is the node's share, 0 to 1")
            raise UsageError(Problem(where, what, hint))
        if old != new:
            yield WeightEdit(node=node, old=old, new=new)


def changed_weight(edit: WeightEdit, snapshot: Snapshot) -> dict[Keys, str] | Problem:
    """Return the texts to write for a changed weight by their keys, or a problem if the file has another weight."""
    weights = WrittenWeights.of(snapshot)
    current = weights.given.get(edit.node, "")
    if current not in (edit.old, edit.new) or not (current or weights.is_equal(edit.node)):
        return conflict(Place(FRAMEWORK, column=edit.node), current, edit.old, edit.new)
    return weights.with_weight(edit.node, edit.new)


def conflict(place: Place, current: str, old: str, new: str) -> Problem:
    """Return the problem of a change whose old value is not the current one."""
    what = tr("the text is now '{current}'; the proposal was '{new}' for '{old}'", current=current, new=new, old=old)
    return Problem(place, what, tr("propose it anew"))


# Texts of wordings and of the register


def changed_text(
    edit: TextEdit, wordings: Mapping[str, Wording], facts: Facts, snapshot: Snapshot
) -> tuple[str, dict[Keys, str] | Problem]:
    """Return the file of a sentence with its new text by its keys, or with a problem if the old text is not there."""
    texts = _texts_of(edit, wordings, facts)
    if isinstance(texts, Problem):
        return "", texts
    return texts[0].place.file, {_keys_of(each, edit.language, snapshot): edit.new for each in texts}


def _texts_of(edit: TextEdit, wordings: Mapping[str, Wording], facts: Facts) -> list[WordingText] | Problem:
    """Return the texts to change, or a problem if no alternative has the old or the new wording of the change.

    Alternatives with the same words are changed together: a correction of one is meant for all of them.
    """
    wording = wordings.get(edit.wording)
    if wording is None:
        what = tr("there is no sentence '{wording}'", wording=edit.wording)
        return Problem(Place(edit.about), what, tr("propose it anew"))
    texts = [each.texts[edit.language] for each in wording.variants if edit.language in each.texts]
    for words in (edit.old, edit.new):
        if alike := [text for text in texts if written_in(text) == words]:
            return alike
    chosen = choose(wording, facts)
    now = chosen.texts.get(edit.language) if chosen else next(iter(texts), None)
    place = Place(now.place.file, now.place.line, edit.about) if now else Place(edit.about)
    return conflict(place, written_in(now) if now else "", edit.old, edit.new)


def text_now(edit: TextEdit, wordings: Mapping[str, Wording], facts: Facts) -> str | None:
    """Return the text that a change is about as it reads now: the printed one, or the alternative that it names.

    None if the text no longer exists.
    """
    text = _printed_text(edit, wordings, facts)
    variants = wordings[edit.wording].variants if edit.wording in wordings else ()
    texts = {written_in(each.texts[edit.language]) for each in variants if edit.language in each.texts}
    return (
        text if text in (edit.old, edit.new) else next((each for each in (edit.old, edit.new) if each in texts), text)
    )


def typed_numbers(edits: Iterable[Edit]) -> dict[str, str]:
    """Return the numbers that new texts have outside their placeholders and old ones had not, by sentence."""
    found = dict[str, dict[str, None]]()
    for edit in edits:
        if isinstance(edit, TextEdit):
            old, new = (_DIGITS.findall(_HOLE.sub(" ", text)) for text in (edit.old, edit.new))
            found.setdefault(edit.wording, {}).update(dict.fromkeys(each for each in new if each not in old))
    return {wording: tr_list(numbers) for wording, numbers in found.items() if numbers}


def rechosen(wordings: Iterable[Wording], was: Facts, now: Facts) -> dict[str, list[str]]:
    """Return the sentences that are left out or take another wording, with the facts that decide this."""
    pairs = ((each, choose(each, was), choose(each, now)) for each in wordings)
    return {each.id: _deciding_facts(each, was, now) for each, old, new in pairs if old and old != new}


def _deciding_facts(wording: Wording, was: Facts, now: Facts) -> list[str]:
    """Return the facts that decide whether and how a sentence is printed, if that differs before and after.

    They are in the order of the conditions; of a condition that compares two facts, both.
    """
    whens = [each for each in (wording.when, *(variant.when for variant in wording.variants)) if each]
    parts = [part for when in whens for part in (when.parts or (when,))]
    turned = (part.facts() for part in parts if holds(part, was) != holds(part, now))
    return [*dict.fromkeys(fact for facts in turned for fact in facts)]


def is_printed_now(edit: TextEdit, wordings: Mapping[str, Wording], facts: Facts) -> bool:
    """Return whether a change is about the alternative that is printed with these facts."""
    return _printed_text(edit, wordings, facts) in (edit.old, edit.new)


def _printed_text(edit: TextEdit, wordings: Mapping[str, Wording], facts: Facts) -> str | None:
    variant = choose(wordings[edit.wording], facts) if edit.wording in wordings else None
    text = variant.texts.get(edit.language) if variant else None
    return written_in(text) if text else None


def _keys_of(text: WordingText, language: str, snapshot: Snapshot) -> Keys:
    """Return the keys under which the text of a sentence is in its file."""
    words = written_in(text)
    on_line = (each for each in scalars(snapshot.text(text.place.file)) if each.line == text.place.line)
    return next(each.path for each in on_line if each.path[-1] == language and _as_written(each.value) == words)


def _as_written(text: str) -> str:
    return written_in(WordingText(tuple(pieces(unfolded(text))), NOWHERE))


def entries_in(text: str) -> dict[str, Scalar]:
    """Return the texts of the register by their names in changes: `data/discrepancies.yml:ID.found.zh`."""
    found = [*scalars(text)]
    ids = {each.path[:1]: each.value for each in found if each.path[1:] == ("id",)}
    worded = [each for each in found if len(each.path) > 2 and isinstance(each.path[-1], str) and each.path[:1] in ids]
    return {f"{REGISTER}:{'.'.join((ids[each.path[:1]], *map(str, each.path[1:])))}": each for each in worded}


def changed_entry(edit: EntryEdit, snapshot: Snapshot) -> dict[Keys, str] | Problem:
    """Return the new text by its keys, or a problem if the file has neither the old text nor the new one."""
    texts = entries_in(snapshot.text(REGISTER)) if REGISTER in snapshot.names("data", ".yml") else {}
    if edit.about not in texts:
        return Problem(Place(edit.about), tr("there is no such text"), nearest(edit.about, texts))
    current = texts[edit.about].value
    if current not in (edit.old, edit.new):
        return conflict(Place(REGISTER, texts[edit.about].line), current, edit.old, edit.new)
    return {texts[edit.about].path: edit.new}


# New sources, and texts with a new number or source


def source_entry(fields: Mapping[str, str], known: Mapping[str, Source], others: Collection[str]) -> dict[str, str]:
    """Return the entry of a new source: its fields, an id that is not taken, its kind, its grade and its language.

    Its kind is that of most known sources of its publisher; a source with pages is in a newspaper. Its grade is that
    of its publisher's sources, or else of all of its kind; none if they differ. Raises UsageError without a title.
    """
    taken, producer = (*known, *others), fields.get("producer", "")
    title, url = fields.get("title", ""), fields.get("url", "")
    if not title:
        what = tr("the source of the new number has no title")
        raise UsageError(Problem(Place(SOURCES_FILE), what, tr("give its title, or say that the source is the same")))
    day = fields.get("published", "").replace("-", "_")
    word = "_".join(filter(None, ("source" if has_han(title) else slug(title)[:LONGEST_ID].strip("_"), day)))
    names = (word, *(f"{word}_{number}" for number in range(2, len(taken) + 3)))
    kinds = [each.kind for each in known.values() if producer and each.producer == producer]
    kinds = [each for each in kinds if each.endswith(ONLINE) == bool(url)]
    usual = "EB/OL" if url else "R"
    if fields.get("pages") or NEWSPAPER.fullmatch(producer):
        kinds, usual = [each for each in kinds if each.startswith(PRESS)], PRESS + ONLINE * bool(url)
    kind = max(kinds, key=kinds.count, default=usual)
    grade = fields.get("grade", "") or usual_grade(producer, kind, known)
    return {
        "id": next(each for each in names if each not in taken),
        "title": title,
        **{key: text for key in _SOURCE_FIELDS if (text := fields.get(key, ""))},
        "kind": kind,
        **({"grade": grade} if grade else {}),
        "language": "zh" if has_han(title) else "en",
    }


def usual_grade(producer: str, kind: str, known: Mapping[str, Source]) -> str:
    """Return the grade of most known sources of a publisher, or else of all of a kind; "" if that is not clear."""
    own = Counter(each.grade for each in known.values() if producer and each.producer == producer and each.grade)
    first = own.most_common(2)
    if first and (len(first) == 1 or first[0][1] > first[1][1]):
        return first[0][0]
    alike = {each.grade for each in known.values() if each.kind.removesuffix(ONLINE) == kind.removesuffix(ONLINE)}
    return alike.pop() if len(alike) == 1 and not own else ""


def with_number(
    text: str, old: re.Pattern[str], new: Mapping[str, str], days: Mapping[str, str], beside: bool = False
) -> str:
    """Return a text with new numbers in place of old ones, and new dates in the clauses that have one.

    `new` has the replacement for each way to write the old number, `days` for each way to write the old date. With
    `beside`, clauses that have both stay, and the new number and date follow: "there were 5 in May and 6 in June".
    """
    parts = _CLAUSE.split(text)
    for at, part in enumerate(parts):
        found, day = old.search(part), next((day for day in days if day in part), "")
        if not found or (beside and not day):
            continue
        start, end, intro = 0, len(part), ""
        if beside and not has_han(part):
            there = part.index(day)  # the text after the number, such as its unit, belongs to it
            start, end = (found.start(), there + len(day)) if found.start() < there else (there, len(part))
        clause = part[start:end]
        if beside and clause.startswith(f"{day} has "):
            on_day = next((each for each in days if each in (f"in {day}", f"on {day}")), day)
            intro, clause = "there were ", f"{clause.removeprefix(f'{day} has ')} {on_day}"
        now = old.sub(lambda found: new.get(found[0], found[0]), clause)
        now = re.sub("|".join(map(re.escape, days)) or "$^", lambda found: days[found[0]], now)
        join = "；" if has_han(part) else " and "
        parts[at] = f"{part[:start]}{intro}{clause}{join}{now}{part[end:]}" if beside else now
    return "".join(parts)


def with_source(text: str, names: Iterable[str], new: str) -> str:
    """Return a text with another source in the first clause that names only one; the same text if none does."""
    parts = _CLAUSE.split(text)
    for at, part in enumerate(parts):
        beside = "".join(parts[max(at - 1, 0) : at + 2])
        if LISTED not in beside and any(name in part for name in names):
            gap = part[: len(part) - len(part.lstrip())]
            return "".join((*parts[:at], gap, new, *parts[at + 1 :]))
    return text


def mention_in(text: str, beside: str, old: str, names: Sheet | None) -> str:
    """Return the words that may name an old source in a text whose other language names it `old`; "" if there are none.

    It must be a name of several words whose other form is not in the text `beside` it: first one with another form like
    the old name, or else one that the name table does not have.
    """
    rows = [dict(zip(names.head, row, strict=True)) for row in names.rows] if names else []
    forms = {form: set(row.values()) - {""} for row in rows for form in row.values() if form}
    found = [each for each in _NAME.findall(text) if not any(form in beside for form in forms.get(each, ()))]
    like = {
        each: max((SequenceMatcher(None, old, form).ratio() for form in forms.get(each, ())), default=0.0)
        for each in found
    }
    alike = [each for each in found if like[each] >= MIN_NAME_SIMILARITY]
    unknown = [each for each in found if each not in forms and each != text[: len(each)]]
    return next(iter((*alike, *unknown)), "")


def changed_sources(edits: Sequence[TableRow], text: str, problems: Problems) -> str:
    """Return data/sources.yml with new sources added and removed ones left out."""
    gone = [edit for edit in edits if isinstance(edit, RowRemoval)]
    problems += [not_there(edit, SOURCES_FILE) for edit in gone if written_source(edit.cells) not in text]
    added = [written_source(edit.cells) for edit in edits if isinstance(edit, RowEdit)]
    kept = without_sources(text, [written_source(edit.cells) for edit in gone])
    return with_sources(kept, added) if added else kept


def not_there(edit: RowRemoval, file: str) -> Problem:
    """Return the problem of a row to be removed that is not in its file."""
    what = tr("the row '{row}' no longer exists, or has changed", row=tr_list(edit.cells.values()))
    return Problem(Place(file), what, tr("first take back the later changes to it, or change its cells by hand"))


def language_of(edit: TextEdit | EntryEdit) -> str:
    """Return the language of a changed text."""
    return edit.language if isinstance(edit, TextEdit) else edit.about.rpartition(".")[2]
