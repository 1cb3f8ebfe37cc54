"""Numbers of a paragraph lead to their rows in the evidence volume, and a reader sees no mark of it."""

from jianbao.render.html.fact_links import FactLinks, FactSpan, aligned, escaped, printed_in
from jianbao.text.render import Sentence, StatedFact, Statement

LINKS = FactLinks("proof.pdf", frozenset({"ties", "boats"}))


def test_a_fact_of_the_volume_is_linked_where_it_is_printed() -> None:
    html = LINKS.html("6 ties", "6 ties", [FactSpan("ties", 0, 1)], (), escaped)
    assert html == '<a class="fact" href="proof.pdf#fact.ties">6</a> ties'


def test_a_fact_without_a_row_and_a_brief_without_a_volume_have_no_link() -> None:
    assert LINKS.html("6 days", "6 days", [FactSpan("days", 0, 1)], (), escaped) == "6 days"
    assert FactLinks().html("6 ties", "6 ties", [FactSpan("ties", 0, 1)], (), escaped) == "6 ties"


def test_a_link_stands_where_typesetting_moved_its_number() -> None:
    text, shown = "共 6 个，船 12 艘", "共\u20066\u2006\u2060个，船\u200612\u2006\u2060艘"
    html = LINKS.html(text, shown, [FactSpan("ties", 2, 3), FactSpan("boats", 8, 10)], (), escaped)
    assert ">6</a>" in html and ">12</a>" in html and html.count("<a ") == 2


def test_a_link_takes_the_whole_of_what_may_not_be_parted() -> None:
    html = LINKS.html("58～66分", "58～66分", [FactSpan("ties", 0, 2)], [(0, 6)], escaped)
    assert html == '<a class="fact" href="proof.pdf#fact.ties">58～66分</a>'


def test_two_facts_in_one_unparted_piece_share_the_link_of_the_first() -> None:
    html = LINKS.html("58～66分", "58～66分", [FactSpan("ties", 0, 2), FactSpan("boats", 3, 5)], [(0, 6)], escaped)
    assert html.count("<a ") == 1 and "fact.ties" in html


def test_what_a_text_says_is_escaped_inside_and_outside_of_links() -> None:
    html = LINKS.html("<b> & 6", "<b> & 6", [FactSpan("ties", 4, 5)], (), escaped)
    assert html == '&lt;b&gt; <a class="fact" href="proof.pdf#fact.ties">&amp;</a> 6'


def test_facts_are_found_in_sentences_that_follow_each_other() -> None:
    one = Statement("a:1", {"en": Sentence("en", "Ties: 6.", (StatedFact("ties", "6", 6),))})
    two = Statement("a:2", {"en": Sentence("en", "12 boats.", (StatedFact("boats", "12", 0),))})
    assert printed_in([one, two], "en", " ") == [FactSpan("ties", 6, 7), FactSpan("boats", 9, 11)]


def test_a_letter_that_typesetting_left_out_moves_nothing_after_it() -> None:
    assert aligned("a-b", "ab") == [0, 1, 1]
