"""What the program says to its user is in the catalogue, in Chinese too, and nothing else is said."""

import ast
import io
import re
from collections.abc import Iterator

import pytest
from babel.messages.pofile import read_po

from jianbao.core.messages import read_catalogue
from tests.repository.catalogue import MADE_BY, texts
from tests.repository.tree import PACKAGE, Module, module, obey

CATALOGUE = PACKAGE / "resources/locale" / "zh" / "LC_MESSAGES" / "jianbao.po"
ENTRIES = read_catalogue(CATALOGUE.read_text("utf-8"))

FIELD = re.compile(r"\{\{|\}\}|\{(\w+)[^{}]*\}")
SENTENCE = re.compile(r"[a-z]{2,},? [a-z]{2,},? [a-z]")
MARKUP = re.compile(r"[<>\\]|: #|;\w|;$|^\n")
# Sentences that are none of the user's: what a developer sees, what the products hold, what is typed, what is matched.
OTHERS = {
    *("{} of {} is not a number", "{} of {} is not a list of numbers", "nothing is left without {}"),
    *("{} is a {}, not a number", "a {} has no fingerprint", "'{}' is outside the page", "outside the page"),
    "{} units have too many rankings to list; `kemeny` finds the best one",
    *("table of the workspace", "all facts of this edition"),
    "A text that a spreadsheet would run as a formula has {} before it.",
    "Documents cite a row by its {}: rows that the edition does not know yet are left out.",
    *("cannot load library", "did you mean", "foreign affairs work", "annual report on .*"),
}
# What stands in a Chinese text as it stands in an English one: punctuation of code, not of prose.
HAN = "\u4e00-\u9fff"
HALF = re.compile(rf"[{HAN}”）][,;:!?()]|[,;:!?()\"'][{HAN}]|[{HAN}] [{HAN}]|[{HAN}]\.(?!\w)")
WORD = re.compile(r"[A-Za-z][A-Za-z-]+")
LATIN = {"shell", "CSV", "id", "PIN", "PDF", "Kemeny", "Sobol", "ID", "FILE", "EDITION", "output"}


def test_every_text_has_an_entry_in_chinese() -> None:
    missing = [f"{place}: {text!r}" for text, place in texts().items() if not ENTRIES.get(text)]
    assert not missing, "\n" + "\n".join(missing)


def test_no_entry_is_of_a_text_that_is_not_said_any_more() -> None:
    assert not set(ENTRIES) - set(texts())


def test_both_languages_have_the_same_fields() -> None:
    unlike = [(text, chinese) for text, chinese in ENTRIES.items() if fields(text) != fields(chinese)]
    assert not unlike


def fields(text: str) -> set[str]:
    return {match.group(1) for match in FIELD.finditer(text) if match.group(1)}


def test_the_catalogue_is_read_as_gettext_reads_it() -> None:
    entries = list(read_po(io.BytesIO(CATALOGUE.read_bytes())))[1:]
    assert {_first(entry.id): _first(entry.string) for entry in entries} == ENTRIES


def _first(text: object) -> str:
    return str(text[0] if isinstance(text, tuple | list) else text)


def test_chinese_has_chinese_punctuation() -> None:
    wrong = {chinese: HALF.findall(bare(chinese)) for chinese in ENTRIES.values() if HALF.search(bare(chinese))}
    assert not wrong


def bare(text: str) -> str:
    """Return a text without its fields and without what is typed: `code`, commands, addresses, lists of letters."""
    return re.sub(r"`[^`]*`|\[[^\]]*\]|\{\{.*?\}\}", "", FIELD.sub("", text))


def words_of(text: str) -> set[str]:
    """Return the Latin words of a text outside its fields."""
    return set(WORD.findall(FIELD.sub("", text)))


def test_pages_are_named_in_the_language_of_the_message() -> None:
    assert not [each for each in ENTRIES.values() if re.search(r"docs/[a-z-]+\.md", each)]


def test_chinese_has_no_word_that_the_english_has_not() -> None:
    foreign = {
        chinese: left
        for text, chinese in ENTRIES.items()
        if (
            left := set(WORD.findall(FIELD.sub("", chinese).replace(".zh-CN.md", ".md")))
            - set(WORD.findall(text))
            - LATIN
        )
    }
    assert not foreign


def test_chinese_is_chinese() -> None:
    plain = {
        text for text, said in ENTRIES.items() if WORD.search(FIELD.sub("", text)) and not re.search(f"[{HAN}]", said)
    }
    assert plain <= {
        *("the {who}", "a {kind}", "an {kind}", "[OPTIONS]"),
        " of {whole:g}",
        " [{low} to {high}]",
        "{made} of {total}  {said}  {brief}",
        "each_period or all_periods",
    }


def sentences(source: Module) -> Iterator[str]:
    """Yield the sentences of a module that are no messages."""
    if source.name == "core.messages":
        return
    yield from (f"{source.file}:{line} says '{text}'" for line, text in _texts_in(source.tree))


def _texts_in(node: ast.AST) -> Iterator[tuple[int, str]]:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MADE_BY:
        children: list[ast.AST] = [*node.args[2 if node.func.id == "trn" else 1 :], *node.keywords]
    elif isinstance(node, ast.Constant | ast.JoinedStr):
        text = _skeleton(node)
        if SENTENCE.search(text) and not MARKUP.search(text) and text not in OTHERS:
            yield node.lineno, text
        return
    elif (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)) or (
        isinstance(node, ast.keyword) and node.arg == "help"
    ):  # a docstring
        return
    else:
        children = list(ast.iter_child_nodes(node))
    for child in children:
        yield from _texts_in(child)


def _skeleton(node: ast.Constant | ast.JoinedStr) -> str:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    return "".join(_skeleton(part) if isinstance(part, ast.Constant) else "{}" for part in node.values)


def test_every_sentence_in_the_source_is_a_message() -> None:
    obey(sentences)


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ('problems.append(Problem(place, "this is not it"))', 1),
        ('problems.append(Problem(place, f"{this} is not it"))', 1),
        ('problems.append(Problem(place, tr("this is not it")))', 0),
        ('trn("there is one", "there are many", count)', 0),
        ('tr("{what} is wrong", what="this is not it")', 1),
        ('"""This is what it is."""', 0),
    ],
)
def test_the_law_of_sentences_finds_what_it_should(code: str, found: int) -> None:
    assert len(list(sentences(module(code)))) == found
