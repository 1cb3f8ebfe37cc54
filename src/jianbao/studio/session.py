"""Hold a session of the studio: one workspace, its draft changes, what they would move, and the pages of both."""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, suppress
from copy import copy
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import RLock
from typing import TypeVar, cast

from jianbao.app import workspace
from jianbao.app.approval import Reviewer
from jianbao.app.doctor import build_obstacle
from jianbao.app.evidence.history import without_edits
from jianbao.app.propose import (
    BrokenState,
    Consequences,
    WorkspaceState,
    check_applicable,
    consequences,
    editable_of,
    state_or_errors,
)
from jianbao.app.review import apply_proposal, keep_proposal, kept_proposal, kept_proposals, signed_proposal
from jianbao.app.workspace_files import table_errors
from jianbao.core.errors import JianbaoError
from jianbao.core.messages import Translatable
from jianbao.core.snapshot import Snapshot
from jianbao.core.workers import Workers
from jianbao.data.dates import moment
from jianbao.review.edits import Editable, is_applied, with_edits
from jianbao.review.proposals import Edit, KeepEdit, Proposal, RowEdit, with_changes, with_new_keys
from jianbao.review.roles import ROLES, StationPlan, declared_roles
from jianbao.review.source_answers import SourceQuestion, is_source, source_questions
from jianbao.studio.accounts import Account, OpenPlaces
from jianbao.studio.audit import AuditLog, DraftFile
from jianbao.studio.drafts import changed_again, count_of
from jianbao.studio.jobs import Jobs
from jianbao.studio.preview import Preview, PreviewSession, open_preview

T = TypeVar("T")
TRIED = 4  # remembered states with draft changes, so that writing the changes need not assess them again
PREVIEWS = 4  # products whose pages are remembered


@dataclass(frozen=True, kw_only=True)
class Trial:
    """Draft changes that were tried: the files with them, and what they would move.

    `conflicts` lists those that cannot be made because the file has another value now; then there are no files.
    """

    edits: tuple[Edit, ...]
    state: WorkspaceState | BrokenState
    editable: Editable
    after: Snapshot | None = None
    found: Consequences = field(default_factory=Consequences)
    conflicts: tuple[JianbaoError, ...] = ()


@dataclass(kw_only=True)
class _Shared:
    """What all users of a workspace share: its files as last assessed, and the session of each account.

    `cache` holds results of pages for `state`. Changes are tried one after the other, under the lock `trying`, which is
    taken before `lock`, so that readers do not wait for them. `tried` are the last states with changes in them;
    `unchanged` is the last one without those that were written here.
    """

    lock: RLock = field(default_factory=RLock)
    trying: RLock = field(default_factory=RLock)
    tried: deque[WorkspaceState] = field(default_factory=lambda: deque(maxlen=TRIED))
    state: WorkspaceState | BrokenState | None = None
    assessed: WorkspaceState | None = None
    unchanged: WorkspaceState | None = None
    sessions: dict[str, "StudioSession"] = field(default_factory=dict)
    cache: dict[object, object] = field(default_factory=dict)
    plan: tuple[str, StationPlan] = "", StationPlan()  # and the hash of the file that it was read from


@dataclass(kw_only=True)
class StudioSession:
    """One workspace in the browser, always read from its files as they are at that moment.

    Calls from several threads wait for each other. `clock` returns the moment with its difference from UTC, ISO 8601.
    `accounts` returns the current accounts, None if the studio has no accounts.
    """

    root: Path
    edition: str
    clock: Callable[[], str]
    workers: Workers = field(default_factory=Workers)
    jobs: Jobs = field(init=False)
    audit: AuditLog = field(init=False)
    opened: OpenPlaces = field(default_factory=OpenPlaces)
    accounts: Callable[[], tuple[Account, ...]] | None = None
    delivery: object = None  # the delivered file under review, set by pages.intake
    _drafts: DraftFile = field(init=False)
    _lock: RLock = field(default_factory=RLock)
    _shared: _Shared = field(default_factory=_Shared)
    _trials: deque[Trial] = field(default_factory=lambda: deque(maxlen=TRIED))
    _previews: dict[str, PreviewSession] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.jobs = Jobs(root=self.root)
        self.audit = AuditLog(self.root)
        self._drafts = DraftFile.of(self.root)

    def of(self, name: str) -> "StudioSession":
        """Return the session of an account, with its own draft changes."""
        with self._shared.lock:
            if name not in self._shared.sessions:
                made = copy(self)
                made._drafts, made._lock = DraftFile.of(self.root, name), RLock()
                made._trials, made._previews, made.delivery = deque(maxlen=TRIED), {}, None
                self._shared.sessions[name] = made
            return self._shared.sessions[name]

    def state(self) -> WorkspaceState | BrokenState:
        """Return the workspace as its files are now; raises UsageError if there is no such edition."""
        shared = self._shared
        with shared.lock:
            snapshot = workspace.snapshot(self.root)
            if shared.state is None or shared.state.snapshot.hashes() != snapshot.hashes():
                shared.state = state_or_errors(self.root, snapshot, self.edition, shared.assessed)
                shared.cache = {}
                if isinstance(shared.state, WorkspaceState):
                    shared.assessed = shared.state
            return shared.state

    def last_whole(self) -> WorkspaceState | None:
        """Return the last state of the workspace that could be assessed, for the names of things; None without any."""
        with self._shared.lock:
            self.state()
            return self._shared.assessed

    def cached(self, what: object, state: WorkspaceState | BrokenState, make: Callable[[], T]) -> T:
        """Return the result of `make` for a state of the workspace, computed once for all until the files change."""
        shared = self._shared
        with shared.lock:
            if shared.state is not state:
                return make()
            if what not in shared.cache:
                shared.cache[what] = make()
            return cast(T, shared.cache[what])

    def plan(self) -> StationPlan:
        """Return roles and stations as data/roles.yml has them now, with accounts, even if other files are wrong."""
        snapshot = workspace.snapshot(self.root)
        sha = snapshot.hashes().get(ROLES, "")
        with self._shared.lock:
            if self._shared.plan[0] != sha:
                self._shared.plan = sha, declared_roles(snapshot)
            plan = self._shared.plan[1]
        known = {each.name: each.role for each in self.accounts()} if self.accounts else None
        return replace(plan, accounts=known)

    def warm(self, product: str = "") -> None:
        """Assess the workspace, and make the page of a product, in advance; later requests show the errors."""
        with suppress(JianbaoError, EOFError, RuntimeError):  # the last two: the studio ends while workers start
            self.workers.warm()
            self.state()
            if product:
                self.preview(product)

    def editable(self) -> Editable:
        """Return what may be changed in the current files; raises the errors if nothing can be read."""
        return self.editable_in(self.state())

    def editable_in(self, state: WorkspaceState | BrokenState) -> Editable:
        """Return what may be changed in a state of the workspace; raises as `editable` does."""
        return self.cached("editable", state, lambda: editable_of(state))

    def table_errors(self) -> tuple[JianbaoError, ...]:
        """Return the errors of the tables with the draft changes made in them; raises if these cannot be made."""
        state, edits = self.state(), self.drafts()
        editable = self.editable_in(state)
        if not edits:
            return self.cached("table errors", state, lambda: table_errors(editable.snapshot))
        return table_errors(with_edits(edits, editable))

    def written(self) -> tuple[Proposal, ...]:
        """Return the changes that were written into the workspace by a proposal, the oldest first."""
        applied = (each for each in kept_proposals(self.root).values() if each.applied)
        return tuple(sorted(applied, key=lambda each: moment(each.applied.rpartition(", ")[2])))

    def without_changes(self, state: WorkspaceState) -> WorkspaceState | None:
        """Return a state of the workspace without the changes written here; None if they cannot be undone."""
        editable, shared = self.editable_in(state), self._shared
        edits = [edit for each in self.written() for edit in with_new_keys(each.edits, editable.schemas)]
        try:
            found = state_or_errors(self.root, without_edits(edits, editable), self.edition, shared.unchanged or state)
        except JianbaoError:
            return None
        shared.unchanged = found if isinstance(found, WorkspaceState) else None
        return shared.unchanged

    def open_questions(self, editable: Editable, drafts: Sequence[Edit] = ()) -> tuple[SourceQuestion, ...]:
        """Return the questions for sources that written changes left open and draft changes do not answer."""
        found: dict[str, SourceQuestion] = {}
        written = [each.edits for each in self.written()]
        for place, edits in enumerate(written):
            changed = with_new_keys(edits, editable.schemas)
            existing = [each for each in changed if isinstance(each, KeepEdit) or is_applied(each, editable)]
            later = [each for some in (*written[place + 1 :], drafts) for each in some]
            found |= {each.place: each for each in source_questions(existing, editable, later)}
        return tuple(found.values())

    # Draft changes

    def drafts(self) -> tuple[Edit, ...]:
        """Return the draft changes."""
        return self._drafts.read()

    def drafts_set_aside(self) -> tuple[Path, ...]:
        """Return the files of draft changes that could not be read, none of which was lost."""
        return self._drafts.set_aside()

    def draft_count(self) -> int:
        """Return the number of draft changes, counting the languages of a sentence as one."""
        return count_of(self.drafts())

    def change_drafts(self, change: Callable[[tuple[Edit, ...]], Iterable[Edit]]) -> None:
        """Replace the draft changes with the result of `change`; nobody else can change them meanwhile."""
        with self._lock:
            self._drafts.write(tuple(change(self.drafts())))

    def add(self, edits: Iterable[Edit]) -> None:
        """Add draft changes."""
        more = tuple(edits)
        self.change_drafts(lambda drafts: with_changes(changed_again(drafts, more), more))

    def drop(self, about: str) -> None:
        """Drop a draft change by its name, or a new row by "+" and its place, with its reasons to keep old numbers."""

        def without(drafts: tuple[Edit, ...]) -> list[Edit]:
            kept = [edit for place, edit in enumerate(drafts) if about not in (edit.about, f"+{place}")]
            rows = [edit for edit in drafts if isinstance(edit, RowEdit) and edit not in kept and not is_source(edit)]
            return [edit for edit in kept if not (rows and isinstance(edit, KeepEdit))]

        self.change_drafts(without)

    def trial(self, edits: tuple[Edit, ...] | None = None) -> Trial:
        """Return what the draft changes, or other changes, would move; nothing is tried twice."""
        with self._lock, self._shared.trying:
            edits, state = self.drafts() if edits is None else edits, self.state()
            known = [each for each in self._trials if each.edits == edits and each.state is state]
            self._trials.extend(made := [] if known else [self._tried(edits, state)])
            return (known or made)[0]

    def _tried(self, edits: tuple[Edit, ...], state: WorkspaceState | BrokenState) -> Trial:
        editable = self.editable_in(state)
        if not edits:
            return Trial(edits=edits, state=state, editable=editable, after=editable.snapshot)
        try:
            after = with_edits(edits, editable)
        except JianbaoError as error:
            return Trial(edits=edits, state=state, editable=editable, conflicts=(error,))
        found = consequences(self.root, state, after, self.edition)
        if found.state:
            self._shared.tried.append(found.state)
        return Trial(edits=edits, state=state, editable=editable, after=after, found=replace(found, state=None))

    def with_drafts(self, trial: Trial | None = None) -> WorkspaceState | BrokenState:
        """Return the workspace with the draft changes, or as it is if they cannot be made."""
        trial = trial or self.trial()
        return (self._tried_state(trial.after) if trial.after else None) or trial.state

    def _tried_state(self, after: Snapshot) -> WorkspaceState | None:
        """Return a state with changes that were tried; None if it was not tried or could not be assessed."""
        hashes = after.hashes()
        with self._shared.lock:
            return next((each for each in self._shared.tried if each.snapshot.hashes() == hashes), None)

    def editable_with(self, trial: Trial) -> Editable:
        """Return what may be changed, with the facts after the draft changes: they choose how a sentence is worded."""
        state, editable = self.with_drafts(trial), trial.editable
        return replace(editable, facts=state.assessment.ledger) if isinstance(state, WorkspaceState) else editable

    def apply(self, author: Reviewer, why: str) -> tuple[str, ...]:
        """Write the draft changes into the workspace with their author and reason; return the files that changed.

        Raises the errors that prevent them or that they would cause.
        """
        with self._lock, self._shared.trying:
            trial = self._checked()  # takes seconds, in which others can read
            with self.writing():
                if self.state() is not trial.state:  # somebody else has changed the files meanwhile
                    trial = self._checked()
                return self._write(trial, author, why)

    def _checked(self) -> Trial:
        trial = self._applicable()
        if trial.after is not None and trial.edits:
            check_applicable(trial.state, trial.after, self.edition, self._tried_state(trial.after))
        return trial

    def _write(self, trial: Trial, author: Reviewer, why: str) -> tuple[str, ...]:
        before, proposal = trial.editable.snapshot, signed_proposal(author, why, trial.edits)
        assert trial.after is not None
        name = keep_proposal(self.root, before, proposal)
        files = apply_proposal(self.root, name, before, trial.after, author)
        self._drafts.write(())
        shared = self._shared
        if state := self._tried_state(trial.after):
            shared.unchanged = shared.unchanged or shared.assessed
            shared.state = shared.assessed = state
            shared.cache = {}
        return files

    def writing(self) -> AbstractContextManager[object]:
        """Return a lock that keeps others from changing the workspace while something is written into it."""
        return self._shared.lock

    def propose(self, author: Reviewer, why: str) -> str:
        """Save the draft changes as a proposal for somebody else, and return its name; they are no drafts any more."""
        with self._lock, self._shared.trying, self.writing():
            trial = self._applicable()
            name = keep_proposal(self.root, trial.editable.snapshot, signed_proposal(author, why, trial.edits))
            self._drafts.write(())
            return name

    def _applicable(self) -> Trial:
        trial = self.trial()
        for error in trial.conflicts:
            raise error
        return trial

    def proposal(self, name: str) -> Proposal:
        """Return a stored proposal; raises UsageError if there is none."""
        return kept_proposal(self.root, name)

    # Pages

    def build_obstacle(self) -> Translatable:
        """Return in a few words what prevents this machine from making pages; NO_TEXT if nothing does."""
        return build_obstacle(self.root)

    def preview(self, product: str) -> tuple[PreviewSession, Preview]:
        """Return the preview session of a product ("brief.zh-en"), and its page with the draft changes in it.

        Raises UsageError if there is no such product.
        """
        with self._lock:
            trial, held = self.trial(), self._previews
            if product not in held:
                template, _, layout = product.partition(".")
                made = open_preview(self.root, self.edition, template, layout, self.workers)
                for oldest in [*held][: max(len(held) - PREVIEWS + 1, 0)]:
                    del held[oldest]
                held[product] = made
            return held[product], held[product].pull(trial.after)
