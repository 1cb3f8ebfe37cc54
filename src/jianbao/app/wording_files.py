"""Read the wording of a workspace, merged with what is built in; find misspelt phrases; translate notes."""

import re
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

from jianbao.app import workspace
from jianbao.core.documents import Node, Problems, texts_below
from jianbao.core.errors import Place, Problem, nearest
from jianbao.core.messages import tr
from jianbao.core.snapshot import Snapshot
from jianbao.core.yaml_edit import with_comments
from jianbao.core.yaml_reader import parse_document
from jianbao.data.provenance import SOURCES, source_schema
from jianbao.data.schemas import Schema
from jianbao.intake.read_file import CHOICE, choice_forms
from jianbao.render.html.templates import built_in_names, built_in_phrases, built_in_text, built_in_wording
from jianbao.text.entries import COMMON, SAID, misspelt_phrases, with_own_words

_LABELS = tr("write table.TABLE, column.COLUMN or column.TABLE.COLUMN, with names of data/tables.yml")
WRITTEN_BY_ALL = ("masthead.series",)  # phrases that every workspace must write itself
_QUOTED = re.compile(r"['\"]([^'\"]+)['\"]")
_OTHER_README = re.compile(r"README\.[a-z]{2}\.md")
EXTENDED = ("facts", "intake")  # sections whose built-in phrases every workspace extends


def read_wording(snapshot: Snapshot, languages: Sequence[str]) -> dict[str, Node]:
    """Return each wording file by its stem: the workspace's texts merged with the built-in ones for its languages.

    A built-in section is included if the outline names it, even if the workspace has no file for it.
    """
    own = {PurePosixPath(file).stem: snapshot.document(file) for file in snapshot.names(workspace.WORDING, ".yml")}
    wording = dict(own)
    shared = frozenset(built_in_names(COMMON)) - frozenset(built_in_names(SAID))
    outlined = _outlined(snapshot.document("templates/outline.yml"))
    for stem in (*built_in_names(SAID), *sorted(shared & outlined - own.keys())):
        # A phrase that is not built in for these languages is reported as missing in the workspace's own file.
        spoken = built_in_wording(stem, tuple(languages))
        wording[stem] = with_own_words(spoken, own.get(stem) or Node({}, Place(f"{workspace.WORDING}/{stem}.yml")))
    return wording


def _outlined(outline: Node) -> frozenset[str]:
    """Return the sections that an outline names, even if it has errors."""
    outlines = outline.get("outlines")
    parts = [part for _, listed in (outlines.pairs() if outlines else ()) for part in listed]
    return frozenset(str(node.value) for part in parts if (node := part.get("section")) and node.kind == "text")


def misspelt_wording(snapshot: Snapshot, languages: Sequence[str]) -> Problems:
    """Return a problem for each misspelt phrase of the workspace, for which the built-in one would be printed.

    If none is built in for the languages, the phrase is reported as missing where it is printed.
    """
    own = {PurePosixPath(file).stem: file for file in snapshot.names(workspace.WORDING, ".yml")}
    replacing = [stem for stem in built_in_names(SAID) if stem in own and stem not in EXTENDED]
    built_in = {stem: built_in_wording(stem, tuple(languages)) for stem in replacing}
    documents = {stem: snapshot.document(own[stem]) for stem in replacing}
    return [each for stem in replacing for each in misspelt_phrases(built_in[stem], documents[stem], WRITTEN_BY_ALL)]


def unusable_labels(snapshot: Snapshot, schemas: Mapping[str, Schema], languages: Sequence[str]) -> Problems:
    """Return a problem for each label in the workspace's intake.yml that belongs to no table, column or choice."""
    own = {PurePosixPath(file).stem: file for file in snapshot.names(workspace.WORDING, ".yml")}
    phrases = snapshot.document(own["intake"]).get("phrases") if "intake" in own else None
    usable = set(built_in_phrases("intake"))
    for name, schema in {SOURCES: source_schema(languages), **schemas}.items():
        usable.add(f"table.{name}")
        usable |= {key for column in schema.columns for key in (f"column.{column}", f"column.{name}.{column}")}
        for column in schema.columns.values():
            usable |= {f"{CHOICE}{form}" for each in column.of for form in choice_forms(name, column.name, each)}
    return [
        Problem(node.place, tr("'{label}' is no label of a table or column", label=key), nearest(key, usable, _LABELS))
        for key, node in (phrases.pairs() if phrases else ())
        if key not in usable
    ]


def words_of(texts: Mapping[str, str]) -> set[str]:
    """Return the keys and the texts of documents, and what is between quotation marks in them."""
    words = {word for file, text in texts.items() for word in texts_below(parse_document(text, file))}
    return words | {quoted_word for word in words for quoted_word in _QUOTED.findall(word)}


def with_notes_in(contents: Mapping[str, bytes], language: str) -> dict[str, bytes]:
    """Return the files of a new workspace with its README and its comments in a language, where there are such.

    Args:
        contents: The files by path, with a README in English and, as `README.LANGUAGE.md`, in others.
        language: The language of whoever will work with the files.

    """
    comments = parse_document(built_in_text("starter/comments.yml"), "comments.yml")
    texts = [{key: str(text.value) for key, text in entry.pairs()} for entry in comments]
    translated = {each["en"]: each[language] for each in texts if language in each}
    found = {name: content for name, content in contents.items() if not _OTHER_README.fullmatch(name)}
    found["README.md"] = contents.get(f"README.{language}.md", contents["README.md"])
    commented = (name for name in found if name.endswith(".yml") and translated)
    return found | {name: with_comments(found[name].decode(), translated).encode() for name in commented}
