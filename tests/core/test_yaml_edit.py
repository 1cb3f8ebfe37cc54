"""A text of a YAML file becomes another one, and every other character stays."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jianbao.core.yaml_edit import Keys, scalars, with_values, with_words, without

TEXT = """# What is said
title: {zh: "题：一", en: First}   # both
blocks:
  - say:
      - zh: 句子
        en: 'A sentence: it''s'
      - en: >
          folded
          words
        zh: 折叠
"""
KEYS = [("title", "zh"), ("title", "en"), ("blocks", 0, "say", 0, "en"), ("blocks", 0, "say", 1, "en")]


def values(text: str) -> dict[tuple[str | int, ...], str]:
    return {each.path: each.value for each in scalars(text)}


def one_line(text: str) -> str:
    return " ".join(text.split())


def test_every_text_has_the_keys_that_lead_to_it_and_its_line() -> None:
    found = {each.path: (each.value, each.line) for each in scalars(TEXT)}
    assert found["title", "zh"] == ("题：一", 2)
    assert found["blocks", 0, "say", 0, "en"] == ("A sentence: it's", 6)
    assert found["blocks", 0, "say", 1, "en"] == ("folded words\n", 7)


@pytest.mark.parametrize(
    ("keys", "new", "line"),
    [
        (("title", "zh"), "题：二", 'title: {zh: "题：二", en: First}   # both'),
        (("title", "en"), "Second, last", 'title: {zh: "题：一", en: "Second, last"}   # both'),
        (("title", "en"), "{{ a }} of it", 'title: {zh: "题：一", en: "{{ a }} of it"}   # both'),
        (("blocks", 0, "say", 0, "zh"), "# no comment", '      - zh: "# no comment"'),
        (("blocks", 0, "say", 0, "zh"), 'say "x": y', "      - zh: 'say \"x\": y'"),
        (("blocks", 0, "say", 0, "en"), "It isn't", "        en: 'It isn''t'"),
    ],
)
def test_a_text_is_written_as_the_former_one_was_if_it_can_be(keys: tuple[str | int, ...], new: str, line: str) -> None:
    before, after = TEXT.splitlines(), with_values(TEXT, {keys: new}).splitlines()
    assert [now for was, now in zip(before, after, strict=True) if was != now] == [line]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@given(new=st.lists(st.text(st.characters(codec="utf-8", exclude_categories=("C", "Zl", "Zp"))), max_size=len(KEYS)))
def test_any_words_can_be_written_and_all_others_stay(end: str, new: list[str]) -> None:
    text, said = TEXT.replace("\n", end), dict(zip(KEYS, map(one_line, new), strict=False))
    made = with_values(text, said)
    assert values(made) == values(text) | said
    kept = [line for line in text.splitlines(keepends=True) if "#" in line and "title" not in line]
    assert made.splitlines(keepends=True)[: len(kept)] == kept


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        (("title", "fr"), 'title: {zh: "题：一", fr: x, en: First}   # both'),
        (("blocks", 0, "say", 0, "fr"), "        fr: x"),
    ],
)
def test_a_key_that_is_not_there_is_added_after_the_first(keys: tuple[str | int, ...], line: str) -> None:
    made = with_values(TEXT, {keys: "x"})
    assert values(made) == values(TEXT) | {keys: "x"}
    assert [each for each in made.splitlines() if each not in TEXT.splitlines()] == [line]


def test_keys_that_lead_to_no_mapping_are_refused() -> None:
    with pytest.raises(KeyError):
        with_values(TEXT, {("titel", "fr"): "x"})


# Entries that are deleted, and words that are replaced

ENTRIES = """# The head stays
a: {x: 1, y: 2}  # beside

# about b
b:
  - one: 1
    two: [q, r]
  # about the second
  - three: 3
# about c
c: >
  folded

d: 4
"""


@pytest.mark.parametrize(
    ("paths", "left"),
    [
        ([("a",)], ENTRIES.replace("a: {x: 1, y: 2}  # beside\n", "")),
        ([("a", "x")], ENTRIES.replace("x: 1, ", "")),
        ([("a", "y")], ENTRIES.replace(", y: 2", "")),
        (
            [("b", 0, "one"), ("b", 1)],
            ENTRIES.replace("one: 1\n    ", "").replace("  # about the second\n  - three: 3\n", ""),
        ),
        ([("b", 0, "two"), ("e",)], ENTRIES.replace("    two: [q, r]\n", "")),
        ([("c",)], ENTRIES.replace("# about c\nc: >\n  folded\n\n", "")),
        ([("a",), ("b",), ("c",), ("d",)], "# The head stays\n\n{}\n"),
    ],
)
def test_an_entry_is_deleted_with_the_comment_above_it(paths: list[Keys], left: str) -> None:
    assert without(ENTRIES, paths) == left


@pytest.mark.parametrize(
    ("text", "paths", "left"),
    [
        ("x: {a: 1, b: 2, c: 3, d: 4}\n", [("x", "b"), ("x", "c")], "x: {a: 1, d: 4}\n"),
        ("{a: 1, b: 2, c: 3}\n", [("a",), ("b",)], "{c: 3}\n"),
        ("{a: {b: 1, c: 2}, d: 1}\n", [("a",), ("a", "b")], "{d: 1}\n"),
        ("x: [1, 2, 3]  # three\n", [("x", 0), ("x", 2)], "x: [2]  # three\n"),
        ("- {a: 1, b: 2}\n- {a: 3}\n", [(0, "a"), (1,)], "- {b: 2}\n"),
        ("x: {\n  a: 1,\n  b: 2,\n}\ny: 3\n", [("x", "b")], "x: {\n  a: 1,\n}\ny: 3\n"),
    ],
)
def test_entries_between_brackets_are_deleted_with_their_commas(text: str, paths: list[Keys], left: str) -> None:
    assert without(text, paths) == left


@pytest.mark.parametrize(
    ("text", "paths", "left"),
    [
        ("{a: 1, b: 2}\n", [("a",), ("b",)], "{}\n"),
        ("x: {a: 1, b: 2}  # both\ny: 3\n", [("x", "a"), ("x", "b")], "x: {}  # both\ny: 3\n"),
        ("x:  # both\n  a: 1\n  b: 2\ny: 3\n", [("x", "a"), ("x", "b")], "x: {}  # both\ny: 3\n"),
        ("x:\n- 1\n- 2\ny: 3\n", [("x", 0), ("x", 1)], "x: []\ny: 3\n"),
        ("- id: a\n  x: 1\n- id: b\n", [(0, "id"), (0, "x")], "- {}\n- id: b\n"),
    ],
)
def test_what_has_no_entry_left_keeps_its_brackets(text: str, paths: list[Keys], left: str) -> None:
    assert without(text, paths) == left


def test_an_entry_that_another_refers_to_is_not_deleted() -> None:
    with pytest.raises(ValueError, match="a:"):
        without("a: &first {x: 1}\nb: *first\n", [("a",)])


def test_a_word_is_replaced_where_it_is_the_whole_text() -> None:
    text = "a: [Old, 'Old', Older]\nzh: Old\nOld: Old # Old\n"
    assert with_words(text, {"Old": "New: 1"}, besides=["zh"]) == (
        'a: ["New: 1", "New: 1", Older]\nzh: Old\nOld: "New: 1" # Old\n'
    )
