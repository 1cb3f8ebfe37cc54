"""Find the examples of a new workspace: a final with any of them is refused; remove those that nothing needs."""

from collections.abc import Collection, Iterator

from jianbao.app.project import Project, read_project
from jianbao.app.workspace import FOLDERS
from jianbao.core.documents import Node, Problems, texts_below
from jianbao.core.encoding import encode_like
from jianbao.core.errors import DataError, Place, Problem
from jianbao.core.messages import tr, trn
from jianbao.core.snapshot import Snapshot
from jianbao.core.yaml_edit import without
from jianbao.data.column_checks import split_cell
from jianbao.data.provenance import SOURCES_FILE
from jianbao.data.schemas import NAMES
from jianbao.data.tables import Table
from jianbao.scoring.framework import Goalpost, Indicator

EXAMPLE = "An example"  # the beginning of the note of a name to be replaced
EXAMPLE_TARGET = tr(
    "write your own; delete `example` if it is the same; without one, name a fact, as {best}, or delete the indicator",
    best="target: {fact: visits.best}",
)
NO_EXAMPLES = tr("replace the examples, or write `draft: yes` in data/editions.yml")


def example_data(project: Project) -> Problems:
    """Return the problems of the examples in the data of a final edition: rows, names and sources; a draft has none."""
    return [*_example_rows(project), *_example_names(project), *_example_entries(project)]


def _example_rows(project: Project) -> Problems:
    """Return a problem for each table of a final edition that has an example source; a draft may have them."""
    tables = project.evidence.tables.values() if not project.series.draft else ()
    pairs = ((table, rows_resting_on(table, example_sources(project))) for table in tables)
    return [
        Problem(
            Place(table.file, rows[0], table.schema.source_column),
            trn(
                "{count} row of a final rests on an example source",
                "{count} rows of a final rest on an example source",
                len(rows),
                count=len(rows),
            ),
            NO_EXAMPLES,
        )
        for table, rows in pairs
        if rows
    ]


def _example_names(project: Project) -> Problems:
    """Return a problem for the names of a final that are placeholders, as their notes say."""
    table = project.evidence.tables[NAMES]
    rows = example_rows_of_names(table) if not project.series.draft else ()
    hint = tr("write your own, and empty its column `note`; or delete a row that nothing names")
    found = ((row, tr("'{name}' is an example of a name", name=name)) for row, name in rows)
    return [Problem(Place(table.file, row, "note"), what, hint) for row, what in found]


def example_rows_of_names(table: Table) -> list[tuple[int, str]]:
    """Return the number and the id of each name whose note says that it is an example."""
    notes = zip(table.frame.index.tolist(), table.frame["id"], table.frame.get("note", []), strict=False)
    return [(row, name) for row, name, note in notes if note.startswith(EXAMPLE)]


def example_choices(project: Project) -> Problems:
    """Return a problem for each example target of a final, and for its framework and rules with an example source."""
    if project.series.draft:
        return []
    nodes = (*project.framework.components(),)
    methods = [node.normalise if isinstance(node, Indicator) else node.weights for node in nodes]
    cited = [(each.place, each.source) for each in (*nodes, *methods)]
    cited += [(rule.node.place, rule.sources) for rule in project.rules]
    examples = example_sources(project)
    resting = [(place, min(examples & {*sources})) for place, sources in cited if examples & {*sources}]
    hint = tr("describe your own in data/sources.yml, without `example`, or write `draft: yes` in data/editions.yml")
    return [
        Problem(place, tr("a choice of a final rests on the example source '{source}'", source=source), hint)
        for place, source in {place.file: (place, source) for place, source in reversed(resting)}.values()
    ] + [
        *(problem for node in nodes if isinstance(node, Indicator) for problem in _example_target(node)),
        *_example_argument(project),
    ]


def _example_argument(project: Project) -> Problems:
    """Return a problem if the judgement, the findings and the measures are those that a new workspace came with."""
    if not project.argument.example:
        return []
    what = tr("what this final judges and proposes is the example of a new workspace")
    hint = tr("write the judgement, the findings and the measures of your office, then delete the line `example: yes`")
    return [Problem(project.argument.example, what, hint)]


def _example_entries(project: Project) -> Problems:
    """Return a problem for each example source of a final that nothing cites, but that is handed over with it."""
    if project.series.draft:
        return []
    listed = project.snapshot.document(SOURCES_FILE, DataError)
    examples = example_sources(project)
    unused = sorted(examples - _cited(project)) if examples else []
    hint = tr("`jianbao examples remove` deletes it")
    return [
        Problem(each.place, tr("the source '{source}' is an example", source=name), hint)
        for name in unused
        if (each := listed.get(name))
    ]


def _cited(project: Project) -> frozenset[str]:
    """Return the example sources that a row, the framework, a rule or the argument rests on."""
    tables, sources = project.evidence.tables.values(), example_sources(project)
    files = [name for folder in FOLDERS for name in project.snapshot.names(folder, ".yml") if name != SOURCES_FILE]
    written = {text for name in files for text in _citations(project.snapshot.document(name))}
    return frozenset(
        name for name in sources if name in written or any(rows_resting_on(table, {name}) for table in tables)
    )


def _citations(node: Node) -> Iterator[str]:
    """Yield the sources that a document names, under the key `source` anywhere in it."""
    for key, child in node.pairs():
        yield from texts_below(child) if key == "source" else _citations(child)
    for child in node:
        yield from _citations(child)


def _example_target(node: Indicator) -> Problems:
    """Return a problem if the target of an indicator is still the number that a new workspace came with."""
    target, example = (node.normalise.parameters.get(key) for key in ("target", "example"))
    if not isinstance(target, Goalpost) or target.value != example:
        return []
    what = tr("the target {target:g} of '{indicator}' is an example", target=example, indicator=node.id)
    return [Problem(node.normalise.place, what, EXAMPLE_TARGET)]


def example_sources(project: Project) -> frozenset[str]:
    """Return the ids of the example sources."""
    return frozenset(name for name, source in project.evidence.sources.items() if source.is_example)


def rows_resting_on(table: Table, sources: Collection[str]) -> list[int]:
    """Return the numbers of the rows that name one of these sources."""
    columns = [name for name, column in table.schema.columns.items() if column.type == "sources"]
    cells = [table.frame[name].tolist() for name in columns]
    rows = zip(table.frame.index.tolist(), *cells, strict=True)
    return [number for number, *named in rows if any(each in sources for cell in named for each in split_cell(cell))]


def without_examples(before: Snapshot) -> Snapshot:
    """Return a workspace without the rows that cite example sources, and without names and sources only these needed.

    Raises the errors of a workspace that cannot be read.
    """
    project = read_project(before)
    sources, tables = example_sources(project), project.evidence.tables
    gone = {table.file: {*rows_resting_on(table, sources)} for table in tables.values()}
    declared = "".join(before.text(name) for folder in FOLDERS for name in before.names(folder, ".yml"))
    names = tables[NAMES]
    gone[names.file] = {row for row, name in example_rows_of_names(names) if name not in declared}
    texts = {
        file: "".join(line for number, line in enumerate(before.text(file).splitlines(True), 1) if number not in rows)
        for file, rows in gone.items()
        if rows and file.endswith(".csv")
    }
    bare = before.replaced({file: encode_like(text, before.content(file)) for file, text in texts.items()})
    unused = sources - _cited(read_project(bare))
    listed = without(bare.text(SOURCES_FILE), {(name,) for name in unused})
    return bare.replaced({SOURCES_FILE: encode_like(listed, bare.content(SOURCES_FILE))}) if unused else bare


def no_data(project: Project) -> Problems:
    """Return a note that there are no data yet, if no table but that of names has a row."""
    what = tr("there are no data yet: no table but that of names has a row; take in a workbook with jianbao intake")
    filled = any(len(each.frame) for name, each in project.evidence.tables.items() if name != NAMES)
    return [] if filled else [Problem(Place("data"), what)]
