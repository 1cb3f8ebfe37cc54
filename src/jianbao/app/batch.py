"""Build many editions of many workspaces with this user's cache; a failing one does not stop the others."""

import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from jianbao.app import workspace
from jianbao.app.build import BuildOptions, BuiltEdition, build, publish_edition
from jianbao.app.workspace import BuildRequest, ProductFilter, open_cache, rebuilt_from_cache
from jianbao.brief.editions import read_series
from jianbao.core.cache import BuildCache, RemoteStore, SecretError, store_or_path
from jianbao.core.documents import Node, Problems, as_list, as_mapping, as_text, as_texts
from jianbao.core.errors import ContentError, JianbaoError, Place, Problem, raise_all
from jianbao.core.messages import tr, tr_error
from jianbao.core.snapshot import Snapshot, single_file
from jianbao.core.workers import Executor, TaskList, TaskOutcome

EDITIONS = "data/editions.yml"
FILTER_KEYS = ("template", "lang", "format")
PROGRAM_FAULT = 1  # the exit code of errors that only the program's authors can correct


@dataclass(frozen=True)
class BatchItem:
    """One entry of a batch: its place in the list, and the requested build."""

    place: Place
    request: BuildRequest


@dataclass(frozen=True, kw_only=True)
class BatchResult:
    """The result of an item: its folder, and whether it was unchanged; or the error.

    A bug of the program has a traceback instead of an error.
    """

    item: BatchItem
    folder: Path | RemoteStore | None = None
    unchanged: bool = False
    error: JianbaoError | None = None
    trace: str = ""

    @property
    def exit_code(self) -> int:
        """Return the exit code of the item's build."""
        return 0 if self.folder else self.error.exit_code if self.error else PROGRAM_FAULT


def read_batch(file: Path) -> tuple[BatchItem, ...]:
    """Read a list of editions to build; its paths are relative to its folder.

    Raises ContentError with all problems, also if two entries would write to the same folder.
    """
    problems: Problems = []
    nodes = as_list(single_file(file).document(file.name), problems)
    items = [_item(node, file.parent, problems) for node in nodes]
    raise_all(problems, ContentError)
    raise_all(_collisions(items), ContentError)
    return tuple(items)


def build_batch(items: Sequence[BatchItem], workers: Executor, cache: BuildCache | None) -> Iterator[BatchResult]:
    """Yield the result of each item: first the unchanged ones, then the others as they are finished.

    Each is built in one process, as many at a time as there are workers; this process writes the results.
    """
    due = []
    for item in items:
        if result := _unchanged(item, cache):
            yield result
        else:
            due.append(item)
    tasks = [_Task(item.request, cache) for item in due]
    for outcome in workers.outcomes(TaskList(do=_build_task, tasks=tasks, keep_going=True, sent=_with_snapshot)):
        yield _write_result(due[outcome.place], outcome, cache)


def worst(results: Sequence[BatchResult]) -> int:
    """Return the exit code of a batch: that of a bug if there was one, else the highest code of its items."""
    codes = {each.exit_code for each in results}
    return PROGRAM_FAULT if PROGRAM_FAULT in codes else max(codes, default=0)


def _item(node: Node, folder: Path, problems: Problems) -> BatchItem:
    fields = as_mapping(node, problems, required=("workspace",), optional=("edition", "output", *FILTER_KEYS))
    texts = {key: as_text(fields[key], problems) for key in ("workspace", "edition", "output") if key in fields}
    filters = [as_texts(fields.get(key), problems) for key in FILTER_KEYS]
    output = None
    try:
        output = store_or_path(texts["output"], folder) if "output" in texts else None
    except SecretError as error:
        problems.append(Problem(fields["output"].place, tr_error(error)))
    root = folder / texts.get("workspace", "")
    request = BuildRequest(root=root, edition=texts.get("edition", ""), choice=ProductFilter(*filters), output=output)
    return BatchItem(node.place, request)


def _collisions(items: Sequence[BatchItem]) -> Problems:
    first: dict[Path | RemoteStore, BatchItem] = {}
    problems: Problems = []
    for item in items:
        output = item.request.destination
        folder = (output.resolve() if isinstance(output, Path) else output) / _label(item.request)
        other = first.setdefault(folder, item)
        if other is not item:
            what = tr("this writes to '{folder}', as does line {line}", folder=folder, line=other.place.line)
            problems.append(Problem(item.place, what, tr("put everything into one entry, or set another 'output'")))
    return problems


def _label(request: BuildRequest) -> str:
    """Return the label of the requested edition; if its workspace has errors, as it was requested."""
    problems: Problems = []
    try:
        series = read_series(single_file(request.root / EDITIONS).document(Path(EDITIONS).name), problems)
        raise_all(problems, ContentError)
        return series.issue(request.edition).label
    except JianbaoError:
        return request.edition


@dataclass(frozen=True)
class _Task:
    """A build request, with the snapshot of its workspace if the worker cannot read this disk.

    `keeps` asks another machine to use its own cache, since this user's secret is not sent.
    """

    request: BuildRequest
    cache: BuildCache | None
    keeps: bool = False
    snapshot: Snapshot | None = None


def _with_snapshot(task: _Task) -> _Task:
    """Return a task with the snapshot of its workspace, for a machine that does not share this disk."""
    return replace(task, cache=None, keeps=bool(task.cache), snapshot=workspace.snapshot(task.request.root))


def _build_task(task: _Task) -> BuiltEdition:
    """Build an edition; for a sent snapshot, use the cache of this machine if the task asks for it."""
    if task.snapshot is None:
        return build(workspace.snapshot(task.request.root), task.request, _no_report, BuildOptions(1, task.cache))
    return build(task.snapshot, task.request, _no_report, BuildOptions(1, open_cache() if task.keeps else None))


def _unchanged(item: BatchItem, cache: BuildCache | None) -> BatchResult | None:
    try:
        folder = rebuilt_from_cache(cache, item.request, workspace.snapshot(item.request.root)) if cache else None
    except JianbaoError as error:
        return BatchResult(item=item, error=error)
    return BatchResult(item=item, folder=folder, unchanged=True) if folder else None


def _write_result(item: BatchItem, outcome: TaskOutcome[BuiltEdition], cache: BuildCache | None) -> BatchResult:
    """Write a built edition, and return the result of its item."""
    try:
        if outcome.error:
            raise outcome.error
        assert outcome.value
        return BatchResult(item=item, folder=publish_edition(outcome.value, item.request, cache))
    except JianbaoError as error:
        return BatchResult(item=item, error=error)
    except Exception as error:
        return BatchResult(item=item, trace="".join(traceback.format_exception(error)))


def _no_report(_: str) -> None:
    """Report no stages: the progress of one brief among many is not shown."""
