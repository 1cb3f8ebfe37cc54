"""Draft changes of a workspace: kept for this user until they are applied, proposed or dropped, even after a crash."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from jianbao.core.documents import Problems
from jianbao.core.errors import DeliveryError, JianbaoError, disk_problem
from jianbao.core.messages import tr
from jianbao.core.private import keep, kept_file, read_kept
from jianbao.core.yaml_reader import parse_document
from jianbao.review.proposals import Edit, Proposal, RowEdit, read_proposal, write_proposal

UNSIGNED = Proposal(by="", at="", why="", edits=())


def kept_name(root: Path, what: str) -> str:
    """Return the name of a file that is kept for a workspace, outside it; each folder has its own."""
    return f"studio/{hashlib.sha256(str(root.resolve()).encode()).hexdigest()[:32]}{what}"


@dataclass(frozen=True)
class DraftFile:
    """Where the draft changes of a workspace are kept: a file of this user's, outside the workspace."""

    name: str

    @classmethod
    def of(cls, root: Path) -> "DraftFile":
        """Return the draft file of a workspace."""
        return cls(kept_name(root, ".yml"))

    def read(self) -> tuple[Edit, ...]:
        """Return the draft changes; none if there are none, or if the file is damaged. Raises DeliveryError."""
        problems: Problems = []
        try:
            text = read_kept(self.name).decode()
            found = read_proposal(parse_document(text, self.name), problems).edits if text else ()
        except OSError as error:
            raise self._unwritable(error) from error
        except (JianbaoError, UnicodeDecodeError):
            return ()
        return () if problems else found

    def write(self, edits: Sequence[Edit]) -> None:
        """Keep draft changes in place of those that were kept. Raises DeliveryError if the disk refuses."""
        text = write_proposal("draft", replace(UNSIGNED, edits=tuple(edits))) if edits else ""
        try:
            keep(self.name, text.encode())
        except OSError as error:
            raise self._unwritable(error) from error

    def _unwritable(self, error: OSError) -> DeliveryError:
        return DeliveryError(disk_problem(error, kept_file(self.name), tr("the draft changes cannot be kept")))


def with_changes(edits: Sequence[Edit], more: Iterable[Edit]) -> tuple[Edit, ...]:
    """Return changes with further ones: a second change of a cell or text takes the place of the first.

    What is changed back to what stands in the file is no change any more.
    """
    found = list(edits)
    for edit in more:
        before = None if isinstance(edit, RowEdit) else next((each for each in found if _same(each, edit)), None)
        if before is None:
            found.append(edit)
        elif not isinstance(edit, RowEdit) and not isinstance(before, RowEdit):
            merged = replace(edit, old=before.old)
            found[found.index(before) : found.index(before) + 1] = [merged] if merged.old != merged.new else []
    return tuple(found)


def _same(one: Edit, other: Edit) -> bool:
    return type(one) is type(other) and one.about == other.about


def taken_back(edits: Sequence[Edit]) -> tuple[Edit, ...]:
    """Return the changes that undo others; a row that was added stays, because no change deletes a row."""
    return tuple(replace(edit, old=edit.new, new=edit.old) for edit in edits if not isinstance(edit, RowEdit))
