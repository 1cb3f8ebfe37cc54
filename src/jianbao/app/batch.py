"""Build many editions of many workspaces, with this user's cache; one that fails stops none of the others."""

import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from jianbao.app import workspace
from jianbao.app.build import (
    BuildOptions,
    BuildRequest,
    BuiltEdition,
    ProductFilter,
    build,
    publish_edition,
    rebuilt_from_cache,
)
from jianbao.brief.editions import read_series
from jianbao.core.cache import BuildCache, fingerprint, program
from jianbao.core.documents import Node, Problems, as_list, as_mapping, as_text, as_texts
from jianbao.core.errors import ContentError, JianbaoError, Place, Problem, RenderError, raise_all
from jianbao.core.messages import tr, tr_error
from jianbao.core.private import cache_folder, own_secret
from jianbao.core.remote import RemoteStore, SecretError, store_or_path
from jianbao.core.snapshot import Snapshot, single_file
from jianbao.core.workers import Executor, TaskList, TaskOutcome
from jianbao.render.fonts.registry import read_fonts

FOLDER = "standing"
SECRET = "cache.key"


def open_cache() -> BuildCache | None:
    """Return what this program has kept on this machine for this user.

    None where it cannot tell all that it is made of, or has no secret to seal with.
    """
    made_by, secret = program_fingerprint(), own_secret(SECRET)
    return BuildCache(cache_folder() / FOLDER, made_by, secret) if made_by and secret else None


def program_fingerprint() -> str:
    """Return the fingerprint of this program with its fonts; nothing ("") where it cannot tell all of it."""
    try:
        fonts = read_fonts()
    except RenderError:
        return ""
    prepared = sorted(path for path in fonts.folder.iterdir() if path.is_file())
    hashes = {path.name: sha256(path.read_bytes()).hexdigest() for path in prepared}
    return fingerprint(program(), hashes) if program() else ""


EDITIONS = "data/editions.yml"
WHICH = ("template", "lang", "format")
BUG = 1  # the exit code of errors that only the program's authors can correct


@dataclass(frozen=True)
class BatchItem:
    """One entry of a batch: where it is written, and what it asks for."""

    place: Place
    order: BuildRequest


@dataclass(frozen=True, kw_only=True)
class BatchResult:
    """What became of an item: its folder, and whether it stood there unchanged; or why there is none.

    A bug of the program has a trace instead of problems.
    """

    item: BatchItem
    folder: Path | RemoteStore | None = None
    unchanged: bool = False
    error: JianbaoError | None = None
    trace: str = ""

    @property
    def exit_code(self) -> int:
        """Return the exit code that the item's own build would end with."""
        return 0 if self.folder else self.error.exit_code if self.error else BUG


def read_batch(file: Path) -> tuple[BatchItem, ...]:
    """Read a list of what is to be built; paths in it start from its folder.

    Raises ContentError with all that is wrong, and where two entries would write the same folder.
    """
    problems: Problems = []
    nodes = as_list(single_file(file).document(file.name), problems)
    items = [_item(node, file.parent, problems) for node in nodes]
    raise_all(problems, ContentError)
    raise_all(_collisions(items), ContentError)
    return tuple(items)


def build_batch(items: Sequence[BatchItem], workers: Executor, kept: BuildCache | None) -> Iterator[BatchResult]:
    """Yield what becomes of each item: first those of which nothing has changed, then the others as they are built.

    Each is built in one process, as many at a time as there are workers; the caller writes the results.
    """
    due = []
    for item in items:
        if found := _unchanged(item, kept):
            yield found
        else:
            due.append(item)
    tasks = [_Task(item.order, kept) for item in due]
    for outcome in workers.outcomes(TaskList(do=_printed, tasks=tasks, keep_going=True, sent=_sent)):
        yield _built(due[outcome.place], outcome, kept)


def worst(made: Sequence[BatchResult]) -> int:
    """Return the exit code of a batch: 0, that of a bug if there was one, else the highest."""
    codes = {each.exit_code for each in made}
    return BUG if BUG in codes else max(codes, default=0)


def _item(node: Node, folder: Path, problems: Problems) -> BatchItem:
    fields = as_mapping(node, problems, required=("workspace",), optional=("edition", "output", *WHICH))
    texts = {key: as_text(fields[key], problems) for key in ("workspace", "edition", "output") if key in fields}
    which = [as_texts(fields.get(key), problems) for key in WHICH]
    output = None
    try:
        output = store_or_path(texts["output"], folder) if "output" in texts else None
    except SecretError as error:
        problems.append(Problem(fields["output"].place, tr_error(error)))
    root = folder / texts.get("workspace", "")
    order = BuildRequest(root=root, edition=texts.get("edition", ""), choice=ProductFilter(*which), output=output)
    return BatchItem(node.place, order)


def _collisions(items: Sequence[BatchItem]) -> Problems:
    first: dict[Path | RemoteStore, BatchItem] = {}
    problems: Problems = []
    for item in items:
        output = item.order.destination
        folder = (output.resolve() if isinstance(output, Path) else output) / _label(item.order)
        other = first.setdefault(folder, item)
        if other is not item:
            what = tr("this writes to '{folder}', as does line {line}", folder=folder, line=other.place.line)
            problems.append(Problem(item.place, what, tr("put everything into one entry, or set another 'output'")))
    return problems


def _label(order: BuildRequest) -> str:
    """Return the label of the edition that is asked for; as it is asked for, where its workspace is faulty."""
    problems: Problems = []
    try:
        series = read_series(single_file(order.root / EDITIONS).document(Path(EDITIONS).name), problems)
        raise_all(problems, ContentError)
        return series.issue(order.edition).label
    except JianbaoError:
        return order.edition


@dataclass(frozen=True)
class _Task:
    """A build request, with the snapshot of its workspace if the worker cannot read this disk.

    `keeps` asks another machine to use what is kept there: this user's secret does not travel.
    """

    order: BuildRequest
    kept: BuildCache | None
    keeps: bool = False
    snapshot: Snapshot | None = None


def _sent(task: _Task) -> _Task:
    """Let the snapshot of a workspace travel with its order: machines share no disk, and this one alone writes."""
    return replace(task, kept=None, keeps=bool(task.kept), snapshot=workspace.snapshot(task.order.root))


def _printed(task: _Task) -> BuiltEdition:
    """Make an edition; one whose snapshot was sent along with what is kept on this machine."""
    if task.snapshot is None:
        return build(workspace.snapshot(task.order.root), task.order, _quiet, BuildOptions(1, task.kept))
    return build(task.snapshot, task.order, _quiet, BuildOptions(1, open_cache() if task.keeps else None))


def _unchanged(item: BatchItem, kept: BuildCache | None) -> BatchResult | None:
    try:
        folder = rebuilt_from_cache(kept, item.order, workspace.snapshot(item.order.root)) if kept else None
    except JianbaoError as error:
        return BatchResult(item=item, error=error)
    return BatchResult(item=item, folder=folder, unchanged=True) if folder else None


def _built(item: BatchItem, outcome: TaskOutcome[BuiltEdition], kept: BuildCache | None) -> BatchResult:
    """Write what was printed, and return what became of the item."""
    try:
        if outcome.error:
            raise outcome.error
        assert outcome.value
        return BatchResult(item=item, folder=publish_edition(outcome.value, item.order, kept))
    except JianbaoError as error:
        return BatchResult(item=item, error=error)
    except Exception as error:
        return BatchResult(item=item, trace="".join(traceback.format_exception(error)))


def _quiet(_: str) -> None:
    """Say nothing of the stages of one brief among many."""
