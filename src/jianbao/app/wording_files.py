"""Read the wording files of a workspace, laid over the built-in ones, and find phrases that are misspelt."""

from collections.abc import Sequence
from pathlib import PurePosixPath

from jianbao.app import workspace
from jianbao.core.documents import Node, Problems
from jianbao.core.errors import Place
from jianbao.core.snapshot import Snapshot
from jianbao.render.html.templates import built_in_names, built_in_wording
from jianbao.text.entries import COMMON, SAID, built_in_words, misspelt_phrases, with_own_words

EXTENDED = ("facts", "intake", "summary")  # to whose built-in phrases every workspace adds its own


def read_wording(snapshot: Snapshot, languages: Sequence[str]) -> dict[str, Node]:
    """Return each wording file by its stem: what the workspace says, laid over what is built in for its languages.

    A section that many cities have is there where the outline names it and the workspace has no file for it.
    """
    own = {PurePosixPath(file).stem: snapshot.document(file) for file in snapshot.names(workspace.WORDING, ".yml")}
    found = dict(own)
    shared = frozenset(built_in_names(COMMON)) - frozenset(built_in_names(SAID))
    outlined = _outlined(snapshot.document("templates/outline.yml"))
    for stem in (*built_in_names(SAID), *sorted(shared & outlined - own.keys())):
        # What is not built in for these languages is missing in the workspace's own file.
        spoken = built_in_words(built_in_wording(stem), languages)
        found[stem] = with_own_words(spoken, own.get(stem) or Node({}, Place(f"{workspace.WORDING}/{stem}.yml")))
    return found


def _outlined(outline: Node) -> frozenset[str]:
    """Return the sections that an outline names, whatever else may be wrong with it."""
    outlines = outline.get("outlines")
    parts = [part for _, listed in (outlines.pairs() if outlines else ()) for part in listed]
    return frozenset(str(node.value) for part in parts if (node := part.get("section")) and node.kind == "text")


def misspelt_wording(snapshot: Snapshot, languages: Sequence[str]) -> Problems:
    """Return a problem for each phrase of the workspace that is misspelt, so that the built-in one takes its place.

    Where none is built in for the languages, the phrase is missing, which is reported where it is printed.
    """
    own = {PurePosixPath(file).stem: file for file in snapshot.names(workspace.WORDING, ".yml")}
    replacing = [stem for stem in built_in_names(SAID) if stem in own and stem not in EXTENDED]
    given = {stem: built_in_words(built_in_wording(stem), languages) for stem in replacing}
    return [each for stem in replacing for each in misspelt_phrases(given[stem], snapshot.document(own[stem]))]
