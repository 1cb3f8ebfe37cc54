"""The name authority finds what looks like a name and is none."""

import pytest

from jianbao.core.errors import Place
from jianbao.data.tables import Name
from jianbao.text.name_table import Misspelling, Names, fold, mentions, unnamed
from tests.text.sample_workspace import NAMES


@pytest.mark.parametrize(
    ("text", "written", "right"),
    [
        ("Ties with Linkoping grew.", "Linkoping", "Linköping"),
        ("Ties with Liknoping grew.", "Liknoping", "Linköping"),
        ("Ties with Lodz grew.", "Lodz", "Łódź"),
        ("Ties with San Jose grew.", "San Jose", "San José"),
        ("Ties with Guangzhuo grew.", "Guangzhuo", "Guangzhou"),
        ("Ties with Aukcland grew.", "Aukcland", "Auckland"),
    ],
)
def test_a_misspelt_name_is_found(text: str, written: str, right: str) -> None:
    assert NAMES.misspelt(text, "en") == (Misspelling(written, right),)


@pytest.mark.parametrize(
    "text",
    [
        "Ties with Linköping, Łódź and San José grew.",
        "Guangzhou and Hangzhou are cities; Oceanian and Swedish ones are others.",
        "Aucklanders met.",
    ],
)
def test_a_right_name_a_derived_word_and_another_name_pass(text: str) -> None:
    assert NAMES.misspelt(text, "en") == ()


WENZHOU = Names(
    {
        "Wenzhou": Name("Wenzhou", "city", {"en": "Wenzhou"}, {}),
        "Angers": Name("Angers", "city", {"en": "Angers"}, {}),
        "centre": Name("centre", "body", {"en": "Training Centre"}, {}),
    },
    home="Wenzhou",
)


@pytest.mark.parametrize(
    "text",
    [
        "The Ranges are wide.",  # the letters of Angers, but not two neighbours swapped
        "Two fell. Trailing ones rose.",
        "Both are trailing, as said in Trailing Ones.",
    ],
)
def test_an_ordinary_word_is_no_misspelt_name(text: str) -> None:
    assert WENZHOU.misspelt(text, "en") == ()


@pytest.mark.parametrize(
    ("text", "written", "right"),
    [
        ("Ties with Agners grew.", "Agners", "Angers"),
        ("The Trainning Centre opened.", "Trainning", "Training"),
        ("Wenzhuo has ties.", "Wenzhuo", "Wenzhou"),
    ],
)
def test_inside_a_sentence_any_name_and_at_its_start_the_workspaces_city_is_corrected(
    text: str, written: str, right: str
) -> None:
    assert WENZHOU.misspelt(text, "en") == (Misspelling(written, right),)


def test_marks_are_folded_one_letter_for_one() -> None:
    assert fold("Łódź São Tomé Türkiye 林") == "Lodz Sao Tome Turkiye 林"


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("The ties of Linköping grew.", "Linköping"),
        ("林雪平市的友城", "林雪平"),
        ("{{ peers.consulates.linkoping }}", "linkoping"),
        ("New Linköping grew, Linköping did not.", "Linköping"),
        ("New Linköping and the Linköpingers", ""),
        ("linkoping: 3", ""),
    ],
)
def test_a_mention_is_a_name_of_its_own_and_no_part_of_another(line: str, found: str) -> None:
    name = Name("Linköping", "city", {"zh": "林雪平", "en": "Linköping"}, {})
    pattern = mentions([name], ["New Linköping"])
    assert next((each[1] for each in pattern.finditer(line) if each[1]), "") == found
    assert not mentions([]).search(line)


def test_a_name_with_commas_that_a_list_took_for_several_is_one_problem() -> None:
    bureau = "Bureau of Culture, Radio, Television and Tourism"
    known = {bureau: Name(id=bureau, kind="body", full={"en": bureau}, short={})}
    (problem,) = unnamed([(part, Place("argument.yml", 3)) for part in bureau.split(", ")], known)
    assert str(problem) == (
        f"argument.yml:3: '{bureau}' has commas, so a list takes it for several names; write it in quotation marks"
    )
