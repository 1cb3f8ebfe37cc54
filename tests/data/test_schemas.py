import pytest

from jianbao.core.documents import Problems
from jianbao.data.schemas import parse_schemas
from tests.data.small_tables import TABLES, document


def faults(text: str) -> list[str]:
    problems: Problems = []
    parse_schemas(document(text, "data/tables.yml"), ("zh", "en"), problems)
    return [str(problem) for problem in problems]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("type: yes_no", "type: yesno", "21: 'yesno' is not a type of column; did you mean 'yes_no'?"),
        ("key: [town]", "key: [twon]", "'twon' is not a column of this table; did you mean 'town'?"),
        ("of: shore, ", "", "a column of type name needs 'of'"),
        ("to: lands.land", "to: land.land", "'land' is not a table; did you mean 'lands'?"),
        ("to: lands.land", "to: lands.lnd", "'lnd' is not a column of lands; did you mean 'land'?"),
        ("to: lands.land", "to: lands.income", "'lands.income' does not identify a row; refer to a key"),
        ("dated_by: signed_on", "dated_by: people", "'people' does not hold dates"),
        ("blanks: [pact]", "blanks: [pac]", "'pac' is not a column of lands; did you mean 'pact'?"),
        ("'[A-Z]{2}'", "'[A-Z'", "'[A-Z' is not a pattern: unterminated character set at position 0"),
        ("min: 0", "part_of: peopel", "'peopel' is not a column of friends; did you mean 'people'?"),
        ("{type: yes_no}", "{type: yes_no, min: 3}", "'min' does not apply to a column of type yes_no"),
        ("  columns:\n    round", "  colums:\n    round", "'colums' is not known here; did you mean 'columns'?"),
        ("lands:\n  key", "Lands:\n  key", "'Lands' cannot name a table; write a-z, 0-9 and _"),
        ("lands:\n", "lands:\n  file: friends.csv\n", "'friends.csv' is the file of 'lands' already; give each table"),
        ("min: 0", "min: zero", "'zero' is not a number"),
    ],
)
def test_each_fault_of_a_schema_is_named(old: str, new: str, said: str) -> None:
    assert old in TABLES
    assert any(said in fault for fault in faults(TABLES.replace(old, new, 1))), faults(TABLES.replace(old, new, 1))


def test_the_name_table_needs_no_schema_and_has_a_column_for_every_language() -> None:
    problems: Problems = []
    names = parse_schemas(document(TABLES), ("xx", "yy"), problems)["names"]
    assert problems == [] and names.key == ("id",)
    assert [column.name for column in names.columns.values() if column.required] == ["id", "kind", "xx", "yy"]


def test_a_fault_stands_with_its_line() -> None:
    assert faults(TABLES.replace("type: yes_no", "type: date, of: x"))[0].startswith(
        "data/tables.yml:21: 'of' does not apply"
    )
