"""What was changed in a text that came back: words become wording with placeholders, numbers become questions."""

import pytest

from jianbao.review.returned_words import Change, Question, SentPassage, compare, plain, window
from jianbao.text.render import Filled

TEXT = "港城与111个城镇结好，其中友城38个。"
HOLES = (Filled("all.total", "all.total", "111", 3), Filled("ties.total", "ties.total", "38", TEXT.index("38")))
SENT = SentPassage(bookmark="_s1", item="harbour.ties:1", statement="s", language="zh", text=TEXT, holes=HOLES)
WORDED = "港城与{{ all.total }}个城镇结好，其中友城{{ ties.total }}个。"


def changed(text: str) -> Change:
    found = compare(SENT, text)
    assert found
    return found


@pytest.mark.parametrize(
    "text", [TEXT, f" {TEXT}", TEXT.replace("与", "与\u2060"), "港城与111个城镇结好，\n其中友城38个。"]
)
def test_what_only_sets_a_text_on_a_page_is_no_change(text: str) -> None:
    assert compare(SENT, text) is None


def test_other_words_leave_every_number_its_placeholder() -> None:
    found = changed("港城已与111个城镇建立友好关系，友城38个。")
    assert found.after == "港城已与{{ all.total }}个城镇建立友好关系，友城{{ ties.total }}个。"
    assert found.before == WORDED and found.reworded and found.questions == ()


def test_another_number_is_a_question_and_no_other_wording() -> None:
    found = changed(TEXT.replace("111", "113"))
    assert not found.reworded and found.questions == (Question("all.total", "111", "113"),)


def test_words_and_a_number_that_change_together_are_told_apart() -> None:
    found = changed("港城与113个城镇建立关系，其中友城38个。")
    assert found.after == "港城与{{ all.total }}个城镇建立关系，其中友城{{ ties.total }}个。"
    assert found.questions == (Question("all.total", "111", "113"),)


def test_numbers_that_change_places_with_their_words_stay_placeholders() -> None:
    found = changed("港城有友城38个，与111个城镇结好。")
    assert found.after == "港城有友城{{ ties.total }}个，与{{ all.total }}个城镇结好。" and not found.questions


def test_a_number_that_goes_with_its_words_is_left_out() -> None:
    found = changed("港城与111个城镇结好。")
    assert found.after == "港城与{{ all.total }}个城镇结好。" and not found.questions


def test_a_number_in_words_answers_for_a_number_in_figures() -> None:
    assert changed(TEXT.replace("38", "四十")).questions == (Question("ties.total", "38", "四十"),)


def test_a_number_that_no_fact_gives_is_asked_about() -> None:
    found = changed(TEXT.replace("。", "，另有5个在谈。"))
    assert found.questions == (Question("", "", "5"),) and found.after.endswith("，另有5个在谈。")


def test_a_sentence_that_was_taken_out_is_a_proposal_to_say_nothing() -> None:
    found = changed("")
    assert (found.before, found.after, found.shown) == (WORDED, "", f"“{TEXT}” → ∅")


def test_a_text_that_no_writer_worded_is_asked_about_as_a_whole() -> None:
    cell = SentPassage(bookmark="_s2", item="table.x", statement="", language="en", text="Highlands", written=False)
    found = compare(cell, "Lowlands")
    assert found and not found.reworded and found.questions == (Question("", "High", "Low"),)


def test_english_words_and_decimals_are_compared_whole() -> None:
    text = "It grew by 12.5% to 3,000 boats."
    holes = (Filled("growth | percent", "growth", "12.5%", 11), Filled("boats | counted", "boats", "3,000 boats", 20))
    sent = SentPassage(bookmark="_s3", item="i", statement="s", language="en", text=text, holes=holes)
    found = compare(sent, "It grew by 13% to 3,000 boats.")
    assert found and not found.reworded and found.questions == (Question("growth", "12.5%", "13%"),)
    reworded = compare(sent, "It rose by 12.5%, to 3,000 boats.")
    assert reworded and reworded.after == "It rose by {{ growth | percent }}, to {{ boats | counted }}."


def test_the_place_of_a_change_is_shown_with_what_stands_around_it() -> None:
    assert window("abcdefghijklmnopqrstuvwxyz", "abcdefghijklm-nopqrstuvwxyz").startswith("“…bcdefghijklmnopq")
    assert window("", "new") == "∅ → “new”"


def test_lines_are_joined_as_their_language_joins_them() -> None:
    assert plain("结好\n城镇") == "结好城镇" and plain("friendly\ntowns") == "friendly towns"
