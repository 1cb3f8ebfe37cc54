"""Without a wording, figures are lettered with ids and digits, and with labels that are given."""

import pytest

from jianbao.app.league import PlainWords
from jianbao.data.facts import Fact

WORDS = PlainWords({"score": "Index"}, decimals=2)


def test_scores_have_the_decimals_that_are_wanted() -> None:
    assert WORDS.number(Fact(id="score.x", value=0.7, unit="point")) == "0.70"
    assert WORDS.number(Fact(id="rank.x", value=12.0, unit="rank")) == "12"


def test_a_negative_number_has_a_real_minus() -> None:
    assert WORDS.number(Fact(id="score.x", value=-1.5, unit="point")) == "\N{MINUS SIGN}1.50"
    assert WORDS.tick(-2000.0, "km") == "\N{MINUS SIGN}2,000 km"


def test_a_key_is_its_own_name_and_a_long_list_is_cut() -> None:
    assert WORDS.name("Nord") == "Nord"
    assert (WORDS.names(["a", "b"], 2, ""), WORDS.names(["a", "b", "c", "d"], 2, "")) == ("a, b", "a, b, …")


def test_a_label_that_was_not_given_is_missed() -> None:
    assert WORDS.label("score") == "Index"
    with pytest.raises(KeyError):
        WORDS.label("rank")
