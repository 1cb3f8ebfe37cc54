from pathlib import Path

import pytest
from openpyxl import Workbook

from jianbao.app.approval import edition_inputs
from jianbao.app.sign_off.review_copies import copy_file
from jianbao.app.workspace import review_file, snapshot
from jianbao.app.workspace_files import read_evidence, read_parquet
from jianbao.core.documents import Node
from jianbao.core.errors import ContentError, DataError, UsageError
from jianbao.core.snapshot import single_file
from jianbao.core.yaml_reader import parse_document
from jianbao.data.measures.evaluate import evaluator_for
from jianbao.data.measures.registry import parse_measures
from tests.data.small_tables import CSVS, DAY, FRIENDS, TABLES

SOURCES = "\n".join(f"{name}: {{title: A title, kind: M, language: en}}" for name in ("s1", "s2", "s3"))
MEASURES = """\
friends.total: {count: friends, unit: city}
friends.shore: {count: friends, by: shore, of: friends.total}
guests: {latest: series, where: {indicator: guests}}
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    write(tmp_path, "data/tables.yml", TABLES)
    write(tmp_path, "data/sources.yml", SOURCES)
    write(tmp_path, "data/measures.yml", MEASURES)
    for name, text in CSVS.items():
        write(tmp_path, f"data/{name}.csv", text)
    return tmp_path


def test_a_folder_in_the_place_of_a_table_is_told_as_one(workspace: Path) -> None:
    (workspace / "data" / "friends.csv").unlink()
    (workspace / "data" / "friends.csv").mkdir()
    with pytest.raises(DataError) as caught:
        read_evidence(snapshot(workspace), ("zh", "en"))
    assert [str(each) for each in caught.value.problems] == ["data/friends.csv: this is a folder, not a file"]


def write(root: Path, relative: str, text: str | bytes) -> None:
    (root / relative).parent.mkdir(parents=True, exist_ok=True)
    (root / relative).write_bytes(text if isinstance(text, bytes) else text.encode())


def write_workbook(root: Path, names: tuple[str, ...]) -> None:
    """Move tables from their CSVs into one workbook, numbers as numbers."""
    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    for name in names:
        page = workbook.create_sheet(name)
        for line in CSVS[name].splitlines():
            page.append([float(cell) if cell.isdecimal() else cell or None for cell in line.split(",")])
        (root / f"data/{name}.csv").unlink()
    workbook.save(root / "data/book.xlsx")


def ledger(root: Path) -> object:
    found = snapshot(root)
    evidence = read_evidence(found, ("zh", "en"))
    measures = parse_measures(found.document("data/measures.yml"), evidence.schemas, [])
    return evaluator_for(evidence.tables, measures, DAY).facts(DAY)


def faults_of(text: str) -> list[str]:
    with pytest.raises(ContentError) as caught:
        parse_document(text, "x.yml")
    return [str(problem) for problem in caught.value.problems]


def at(node: Node, *keys: str | int) -> Node:
    for key in keys:
        found = node.get(key) if isinstance(key, str) else tuple(node)[key]
        assert found is not None
        node = found
    return node


def test_every_scalar_stays_what_was_written() -> None:
    node = parse_document("a: no\nb: 010\nc: 1e3\nd: 2025-12-31\ne: ~\nf: 'yes'\ng:\nh: 0x1F\n", "x.yml")
    assert {key: child.value for key, child in node.pairs()} == {
        "a": "no", "b": "010", "c": "1e3", "d": "2025-12-31", "e": "~", "f": "yes", "g": "", "h": "0x1F",
    }  # fmt: skip


def test_every_node_knows_its_line() -> None:
    node = parse_document(
        "# note\na: 1\nb:\n  - x\n  - k: |\n      text\n    m:\n      n: 1\nc: {d: 1,\n  e: [2,\n  3]}\n", "x.yml"
    )
    lines = {
        ("a",): 2, ("b",): 4, ("b", 0): 4, ("b", 1): 5, ("b", 1, "k"): 5, ("b", 1, "m"): 8,
        ("b", 1, "m", "n"): 8, ("c",): 9, ("c", "e"): 10, ("c", "e", 1): 11,
    }  # fmt: skip
    assert {keys: at(node, *keys).place.line for keys in lines} == lines


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("a: 1\nb: 2\na: 3\n", "x.yml:3: 'a' is already in line 1; keep one of the two"),
        ("a: &x 1\n", "x.yml:1: this is an anchor: '&x'; write it out where it is needed"),
        ("a: !!int 1\n", "x.yml:1: this is a tag: 'tag:yaml.org,2002:int'; delete it: everything is read as text"),
        ("a: 1\n---\nb: 2\n", "x.yml:2: a second document starts here; delete the '---'"),
        ("a:\n  ? [1]\n  : 2\n", "x.yml:2: a list cannot be a key"),
        ("a: [1\nb: 2\n", "x.yml:1: '[' is not closed"),
        ("a: 'x\n", "x.yml:1: the quotation mark is not closed"),
        ("a:\n\t- b\n", "x.yml:2: the line is indented with a tab"),
        ("[" * 40 + "]" * 40, "x.yml:1: it is nested too deeply"),
        ("a: " + "x" * 5_000_001, "x.yml: the file is too long"),
    ],
)
def test_what_could_be_misread_is_refused_with_its_line(text: str, fault: str) -> None:
    assert any(fault in each for each in faults_of(text)), faults_of(text)


def test_an_alias_is_refused_so_that_no_document_can_swell() -> None:
    assert faults_of("a: &x [1]\nb: [*x, *x]\n")[1] == "x.yml:2: this is an alias: '*x'; write it out"


def test_an_empty_document_is_an_empty_text() -> None:
    assert parse_document("# nothing yet\n", "x.yml").value == ""


def test_several_faults_are_said_at_once() -> None:
    assert len(faults_of("a: 1\na: 2\nb: !x 3\n")) == 2


def test_a_document_may_be_written_in_any_encoding_that_is_read_right(workspace: Path) -> None:
    write(workspace, "data/x.yml", "a: 广州\n".encode("gb18030"))
    assert at(snapshot(workspace).document("data/x.yml"), "a").value == "广州"


def test_a_title_above_the_heading_of_a_table_is_the_only_thing_said_of_it(workspace: Path) -> None:
    for file, row in (("friends.csv", 2), ("lands.csv", 3)):
        path = workspace / "data" / file
        path.write_text("Our friends,,\n" + "\n" * (row - 2) + path.read_text("utf-8"), "utf-8")
    with pytest.raises(DataError) as caught:
        ledger(workspace)
    assert [str(problem) for problem in caught.value.problems] == [
        f"data/{file}:1: 'Our friends' is above the heading, which is row {row}; delete the rows above the heading"
        for file, row in (("friends.csv", 2), ("lands.csv", 3))
    ]


def test_a_missing_file_is_named_with_the_nearest(workspace: Path) -> None:
    with pytest.raises(ContentError, match=r"data/table.yml: the file does not exist; did you mean 'data/tables.yml'"):
        snapshot(workspace).document("data/table.yml")


def test_nothing_outside_the_workspace_is_read(workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside") / "secret.yml"
    outside.write_text("a: 1")
    (workspace / "data/link.yml").symlink_to(outside)
    for path in ("data/link.yml", "../secret.yml", str(outside)):
        with pytest.raises(ContentError, match="this is outside the workspace"):
            snapshot(workspace).text(path)


def test_files_are_listed_in_order_without_hidden_ones(workspace: Path) -> None:
    for name in ("b/two.yml", "b/.hidden.yml", "a.yml", "~$a.yml", "c.txt"):
        write(workspace, f"templates/{name}", "x")
    assert snapshot(workspace).names("templates", ".yml") == ("templates/a.yml", "templates/b/two.yml")
    assert snapshot(workspace).names("nowhere") == ()


def test_csvs_and_a_workbook_give_the_same_ledger(workspace: Path) -> None:
    from_csv = ledger(workspace)
    write_workbook(workspace, tuple(CSVS))
    assert ledger(workspace) == from_csv and repr(ledger(workspace)) == repr(from_csv)


def test_some_tables_may_stay_csvs_beside_the_workbook(workspace: Path) -> None:
    from_csv = ledger(workspace)
    write_workbook(workspace, ("friends",))
    assert ledger(workspace) == from_csv


def test_gb18030_gives_the_same_ledger(workspace: Path) -> None:
    from_csv = ledger(workspace)
    write(workspace, "data/names.csv", CSVS["names"].encode("gb18030"))
    assert ledger(workspace) == from_csv


def data_faults(root: Path) -> list[str]:
    with pytest.raises(DataError) as caught:
        read_evidence(snapshot(root), ("zh", "en"))
    return [str(problem) for problem in caught.value.problems]


def test_a_table_given_twice_is_refused(workspace: Path) -> None:
    write_workbook(workspace, ("friends",))
    write(workspace, "data/friends.csv", FRIENDS)
    assert data_faults(workspace) == [
        "data/friends.csv: the same table is also in data/book.xlsx[friends]; keep one of the two"
    ]


def test_a_missing_table_and_a_file_without_a_table_are_named(workspace: Path) -> None:
    (workspace / "data/friends.csv").rename(workspace / "data/freinds.csv")
    assert data_faults(workspace)[:2] == [
        "data/freinds.csv: no table is declared for this file; did you mean 'data/friends.csv'?",
        "data/friends.csv: the table 'friends' is missing: neither this file nor a sheet gives it",
    ]


def test_faults_of_all_files_are_said_at_once(workspace: Path) -> None:
    write(workspace, "data/names.csv", b"id\x00")
    write(workspace, "data/friends.csv", FRIENDS.replace(",West", ""))
    write(workspace, "data/book.xlsx", b"nothing")
    write(workspace, "data/sources.yml", SOURCES + "\ns4: {title: T, kind: Q9, language: en, published: 2021-13}\n")
    named = [fault.split(":")[0] for fault in data_faults(workspace)]
    assert {"data/names.csv", "data/friends.csv", "data/book.xlsx", "data/sources.yml"} <= set(named)


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("kind: Q", "'Q' is not a kind of source; write J, M, D"),
        ("kind: EB/XX", "'EB/XX' is not a kind of source"),
        ("language: zhongwen", "'zhongwen' is not the code of a language; write zh, en, fr"),
    ],
)
def test_a_source_of_an_unknown_kind_or_language_is_named(workspace: Path, field: str, said: str) -> None:
    given = {"kind": "kind: J", "language": "language: en"} | {field.split(":")[0]: field}
    write(workspace, "data/sources.yml", f"{SOURCES}\ns4: {{title: T, {given['kind']}, {given['language']}}}\n")
    (fault,) = data_faults(workspace)
    assert fault.startswith("data/sources.yml:") and said in fault


def test_a_fault_in_a_workbook_names_sheet_and_row(workspace: Path) -> None:
    write_workbook(workspace, ("friends",))
    write(workspace, "data/names.csv", CSVS["names"].replace("Ash,town", "Ahs,town"))
    assert data_faults(workspace) == [
        "data/book.xlsx[friends]:2 town: 'Ash' is no town of the name table; write its id: 'Ahs'",
    ]


def test_two_workbooks_are_refused(workspace: Path) -> None:
    write_workbook(workspace, ("friends",))
    write(workspace, "data/other.xlsx", b"")
    assert "data/other.xlsx: a second workbook beside data/book.xlsx; keep all sheets in one" in data_faults(workspace)


def test_a_faulty_schema_is_the_analysts(workspace: Path) -> None:
    write(workspace, "data/tables.yml", TABLES.replace("type: date", "type: dat"))
    with pytest.raises(ContentError) as caught:
        read_evidence(snapshot(workspace), ("zh", "en"))
    assert {each.what for each in caught.value.problems} == {"'dat' is not a type of column"}
    assert {each.hint for each in caught.value.problems} == {"did you mean 'date'?"}


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("tidy.parquet", b"PAR1 and no more", "tidy.parquet: this Parquet file cannot be read: "),
        ("tidy.parquet", None, "tidy.parquet: the file does not exist; did you mean 'tide.parquet'?"),
        ("other.csv", None, "other.csv: the file does not exist"),
        ("t.parquet", None, "t.parquet: the file does not exist; the folder has tide.parquet"),
    ],
)
def test_a_table_that_cannot_be_read_is_an_error_of_its_owner_and_one_that_is_not_there_of_the_user(
    tmp_path: Path, name: str, content: bytes | None, said: str
) -> None:
    (tmp_path / "tide.parquet").write_bytes(b"")
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(UsageError if content is None else DataError) as raised:
        read_parquet(tmp_path / name)
    assert str(raised.value.problems[0]).startswith(said)


def test_a_hint_at_a_missing_file_looks_at_its_own_folder_only(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "prices.csv").write_text("a\n")
    with pytest.raises(UsageError) as raised:
        single_file(tmp_path / "price.csv", DataError)
    assert "deep" not in str(raised.value.problems[0])


def test_an_edition_hangs_on_its_own_reviews_alone(workspace: Path) -> None:
    before = edition_inputs(snapshot(workspace), "2031")
    for name in (review_file("2030"), copy_file("abc"), review_file("2031")):
        write(workspace, name, "{}")
    assert set(edition_inputs(snapshot(workspace), "2031")) - set(before) == {review_file("2031")}


@pytest.mark.parametrize("made", [False, True])
def test_a_folder_without_a_workspace_is_one_problem(tmp_path: Path, made: bool) -> None:
    folder = tmp_path / "nowhere"
    if made:
        (folder / "data").mkdir(parents=True)
    with pytest.raises(UsageError) as raised:
        snapshot(folder)
    assert [str(each) for each in raised.value.problems] == [
        f"{folder}: there is no workspace in this folder; "
        "name the folder that has data/editions.yml, or make one with `jianbao new`"
    ]
