"""The redline: both sentences can be read out of it, and what makes sense together stays together."""

import re
from functools import partial

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from jianbao.review.compare.clauses import has_same_numbers, in_clauses, in_context
from jianbao.review.compare.comparison import by_replacements, shifted_tables
from jianbao.review.compare.leaflet import redlined
from jianbao.review.compare.redline import (
    redline,
    redline_rows,
    replacements,
    sentences_changed_alike,
    tokens_of,
)
from jianbao.text.render import Piece, Sentence, StatedFact, Statement

SIGNS = {"kept": "{}", "gone": "[-{}-]", "new": "{{+{}+}}"}
words = st.sampled_from(
    [
        "友城",
        "38",
        "39",
        "1,635",
        "59.8",
        "60.2",
        "个",
        "，",
        "。",
        "rose",
        "fell",
        " ",
        "US$24.95",
        "25.3万",
        "136th",
        "%",
    ]
)
sentences = st.lists(words, max_size=12).map("".join)


def shown(before: str, after: str, names: tuple[str, ...] = ()) -> str:
    return "".join(SIGNS[piece.mark].format(piece.text) for piece in redline(before, after, tokens_of(names)))


def test_the_number_of_a_task_does_not_split_a_number_that_begins_with_it() -> None:
    assert shown("2.14万元", "2.34万元", ("2.1", "2.3")) == "[-2.14万-]{+2.34万+}元"


def side(pieces: tuple[Piece, ...], mark: str) -> str:
    return "".join(piece.text for piece in pieces if piece.mark in ("kept", mark))


@given(sentences, sentences)
def test_both_sentences_can_be_read_out_of_it(before: str, after: str) -> None:
    pieces = redline(before, after, tokens_of())
    assert (side(pieces, "gone"), side(pieces, "new")) == (before, after)


@given(sentences, sentences)
@example("US$24.951,635%59.859.83959.8US$24.9560.259.8，" * 3 + "fell", "1,635%59.859.83959.8US$24.9560.2。" * 3)
def test_no_number_is_torn(before: str, after: str) -> None:
    for mark, text in (("gone", before), ("new", after)):
        pieces = [piece.text for piece in redline(before, after, tokens_of()) if piece.mark in ("kept", mark)]
        edges = {sum(map(len, pieces[:count])) for count in range(1, len(pieces))}
        inside = {
            at for number in re.finditer(r"\d+(?:[.,]\d+)*", text) for at in range(number.start() + 1, number.end())
        }
        assert not edges & inside


@given(sentences)
def test_a_sentence_that_stayed_is_kept_whole(sentence: str) -> None:
    assert all(piece.mark == "kept" for piece in redline(sentence, sentence, tokens_of()))


def torn_apart(wanted: str) -> tuple[str, str]:
    """Return the sentences of which a redline is."""
    return (
        re.sub(r"\{\+.*?\+\}", "", wanted).replace("[-", "").replace("-]", ""),
        re.sub(r"\[-.*?-\]", "", wanted).replace("{+", "").replace("+}", ""),
    )


@pytest.mark.parametrize(
    "wanted",
    [
        "友城[-38-]{+39+}个。",
        "得分[-59.8-]{+62.1+}分，比上年[-提高1.5-]{+下降0.3+}分。",
        "采购商[-25.3万-]{+超过31万+}人",
        "总体得分与上年[-基本持平-]{+明显提升+}，友城[-38-]{+39+}个。",
        "[-2024-]{+2025+}年11月的第[-136-]{+138+}届，成交[-249.5亿-]{+256.5亿+}美元。",
        "It has [-38-]{+39+} cities.",
        "Turnover was [-US$24.95-]{+US$25.65+} billion.",
        "In all, [-November 2025 has 111-]{+there were 111 in November 2025 and 112 in December 2025+} of those ties.",
        "2025年11月为111个；{+2025年12月为112个；+}其余[-34-]{+35+}个未查到名单。",
        "定在[-2025年11月-]{+2025年底+}召开，由市政府主办。",
        "It opens in [-November 2025-]{+2026+}, after all.",
        "At the [-136th-]{+138th+} session [-1,635-]{+1,700+} came.",
        "It [-rose-]{+fell+} by [-2.1-]{+3.0+} to [-61-]{+58+}.",
        "[-58.3-]{+58.8+} in [-2023-]{+2024+} and [-59.8-]{+60.2+} in [-2024-]{+2025+}",
        "The market is [-well-kept-]{+ill-kept+} now.",
        "A share of [-5.3%-]{+−0.4%+} and no more.",
    ],
)
def test_words_and_whole_numbers_are_struck_out(wanted: str) -> None:
    assert shown(*torn_apart(wanted)) == wanted


def test_a_name_is_never_torn() -> None:
    assert shown("友城有苏瓦等城。", "友城有苏黎世等城。", ("苏瓦", "苏黎世")) == "友城有[-苏瓦-]{+苏黎世+}等城。"


def test_a_word_between_two_changes_goes_with_them() -> None:
    assert shown("the old and grey town is here", "the new and green town is here") == (
        "the [-old and grey-]{+new and green+} town is here"
    )


def test_sentences_that_have_little_in_common_are_set_whole() -> None:
    assert shown("没有新公布的总数。", "Consulates opened.") == "[-没有新公布的总数。-]{+Consulates opened.+}"


# Tables


def row(*cells: str) -> tuple[Statement, ...]:
    """Return a row of a table; a cell with a sign in front of it states a fact."""
    return tuple(
        Statement("", {"en": Sentence("en", each.lstrip("="), (StatedFact(fact="f", printed=each.lstrip("=")),))})
        if each.startswith("=")
        else Statement("", {"en": Sentence("en", each)})
        for each in cells
    )


def compared(before: list[tuple[Statement, ...]], after: list[tuple[Statement, ...]]) -> tuple[list[str], bool]:
    found = redline_rows(before, after)
    return [redlined(each["en"], styled=False) for each in found.redlines], found.shifted


ROWS = [row("E1", "Ties", "=111", "46"), row("E2", "Named", "=75", "47; 49"), row("E3", "Boston", "=9", "48")]


def test_rows_in_another_order_and_other_numbers_of_sources_are_no_difference() -> None:
    after = [row("E1", "Boston", "=9", "45"), row("E2", "Ties", "=111", "46"), row("E3", "Named", "=75", "44; 46")]
    assert compared(ROWS, after) == ([], True)
    assert compared(ROWS, ROWS) == ([], False)


def test_a_number_is_compared_with_that_of_its_row_wherever_it_stands() -> None:
    after = [row("E1", "Gain", "=25", "3"), row("E2", "Ties", "=112", "3"), *ROWS[1:]]
    found, shifted = compared(ROWS, after)
    assert found == ["{+E1 · Gain · 25 · 3+}", "[-111-]{+112+}"] and shifted


def test_words_that_changed_stand_behind_the_name_of_their_row_and_a_row_that_is_gone_is_whole() -> None:
    before = [row("Ties", "stated once", "=111"), row("Boston", "gone by now", "=9")]
    found, _ = compared(before, [row("Ties", "stated twice", "=111")])
    assert found == ["Ties · stated [-once-]{+twice+}", "[-Boston · gone by now · 9-]"]


def test_a_reference_inside_a_cell_may_move_on_but_no_other_number_of_a_typed_text() -> None:
    assert compared([row("Ties", "as it says [46]")], [row("Ties", "as it says [45]")]) == ([], True)
    assert compared([row("Gain", "由E7；E71计算")], [row("Gain", "由E8；E72计算")]) == ([], True)
    found, _ = compared([row("Ties", "in 2025 it was 111 [46]")], [row("Ties", "in 2025 it was 112 [45]")])
    assert found == ["Ties · in 2025 it was [-111-]{+112+} [[-46-]{+45+}]"]


def test_a_table_with_other_numbers_of_sources_says_the_same_and_one_with_another_value_does_not() -> None:
    head = row("Ties", "Name", "Value", "Source")
    before = {"table.ties": head + row("sister", "=38", "[4]", "all", "=111", "[5]")}
    moved = {"table.ties": head + row("sister", "=38", "[5]", "all", "=111", "[6]")}
    other = {"table.ties": head + row("sister", "=38", "[5]", "all", "=112", "[6]")}
    columns = {"table.ties": 3, "table.gone": 2}
    found = [shifted_tables(before, each, columns) for each in (before, moved, other)]
    assert found == [frozenset(), frozenset({"table.ties"}), frozenset()]


def test_what_a_redline_puts_in_place_of_what_is_named_with_the_unit_of_a_date() -> None:
    pieces = redline("截至2025年11月有111个，待核。", "截至2025年12月有112个。", tokens_of())
    assert replacements(pieces) == (("11月", "12月"), ("111", "112"), ("，待核", ""))
    assert replacements(redline("", "112个", tokens_of())) == (("", "112个"),)


def test_sentences_are_alike_of_whose_numbers_one_has_changed_so_in_another_and_one_alone_is_like_none() -> None:
    pairs = {
        "first": ("2025年11月有111个。", "2025年12月有112个。"),
        "second": ("由87个增至111个。", "由87个增至112个。"),
        "third": ("11月，其余34个未查到。", "12月，其余35个未查到。"),
        "fourth": ("有111个，待核。", "有112个。"),
        "fifth": ("有111个。", "共有112个。"),
        "sixth": ("有8次。", "有9次。"),
    }
    texts = {key: {"zh": redline(*each, tokens_of())} for key, each in pairs.items()}
    assert sentences_changed_alike(texts) == {"first", "second", "third"}
    assert sentences_changed_alike({"first": texts["first"]}) == sentences_changed_alike({"first": {}}) == frozenset()


def test_a_short_sentence_is_shown_whole_and_of_a_longer_one_what_has_changed_without_half_a_bracket() -> None:
    def cut(before: str, after: str) -> str:
        pieces = in_context(redline(before, after, tokens_of()))
        return "".join(piece.text for piece in pieces if piece.mark != "gone")

    text = "据报道，由2020年的87个增至{}个；在有名录的十九座副省级城市里，只查到这一座。"
    assert cut(text.format(111), text.format(112)) == text.format(112)
    long = "在有名录可查的十九座副省级城市里，只查到这一座有这样多的往来，其余各城的名录多年没有更新。"
    assert cut(text.format(111) + long, text.format(112) + long) == "据报道，由2020年的87个增至112个；…"
    inside = "{}个关系中，名单可查77个（友城38个，按2023年名录；合作交流城市39个，据报道核对），其余{}个未查到名单。"
    assert cut(inside.format(111, 34), inside.format(112, 35)) == inside.format(112, 35)
    english = "By reports, it rose from 87 to {}; of the nineteen cities with a list, none has more."
    assert cut(english.format(111), english.format(112)) == english.format(112)
    more = " No other of them has half as many, and most have not changed their lists for more than ten years by now."
    assert cut(english.format(111) + more, english.format(112) + more) == "By reports, it rose from 87 to 112; …"


def test_no_replacement_is_said_of_a_sentence_that_has_it_not() -> None:
    pairs = {"A": ("11月有111个", "12月有112个"), "B": ("有111个", "有112个"), "C": ("共111个", "共112个")}
    texts = {name: {"zh": redline(*each, tokens_of())} for name, each in pairs.items()}
    english = {
        "zh": texts["B"]["zh"],
        "en": redline("111 by the end of November", "112 by the end of December", tokens_of()),
    }
    assert by_replacements([*texts.items(), ("D", english)]) == [
        ((("11月", "12月"), ("111", "112")), ["A"]),
        ((("111", "112"),), ["B", "C"]),
        ((("111", "112"), ("November", "December")), ["D"]),
    ]


@pytest.mark.parametrize(
    ("before", "after", "dimmed"),
    [
        (
            "据报道，截至11月有111个，名单可查77个。其余未查到。",
            "据报道，截至12月有112个，名单可查77个。其余未查到。",
            ["名单可查77个。其余未查到。"],
        ),
        ("It had 1,110 ties; 77 are named.", "It had 1,120 ties; 77 are named.", [" 77 are named."]),
        ("甲有1个；乙一直不变；丙有3个", "甲有2个；乙一直不变；丙有4个", ["乙一直不变；"]),
        ("只有1个", "只有2个", []),
        (
            "Ties rose, it is said, to 5; no list has more.",
            "Ties rose, it is said, to 6; no list has more.",
            [" no list has more."],
        ),
        ("其余34个未列；名单有77个；共有111个；都是报道", "其余35个未列；名单有77个；共有112个；都是报道", []),
        (
            "其余34个未列；名单有7个；都是报道的；共有111个",
            "其余35个未列；名单有7个；都是报道的；共有112个",
            ["名单有7个；都是报道的；"],
        ),
        (
            "Of 11 ties, sources name 7 (3 sister cities, by a list, and 4 more, from reports) and leave 4.",
            "Of 12 ties, sources name 7 (3 sister cities, by a list, and 4 more, from reports) and leave 5.",
            ["(3 sister cities, by a list, and 4 more, from reports)"],
        ),
        ("据报道，截至2025年11月共有111个，名单有77个。", "据报道，截至2025年12月共有112个，名单有77个。", []),
    ],
)
def test_what_need_not_be_read_to_judge_a_change_is_told_apart(before: str, after: str, dimmed: list[str]) -> None:
    pieces = redline(before, after, tokens_of())
    found = in_clauses(pieces)
    assert [each.text for each, far in found if far] == dimmed
    assert "".join(each.text for each, _ in found) == "".join(each.text for each in pieces)


def test_clauses_that_the_sentence_before_has_too_are_dimmed_but_for_what_is_added_or_deleted() -> None:
    kept, gone, new = (partial(Piece, mark) for mark in ("kept", "gone", "new"))
    said = kept("据报道"), gone("（待核）"), kept("，截至2031年2月有来客"), gone("3"), new("4")
    before = (*said, kept("人，2030年为2人。"))
    after = (*said[:2], kept("，来客截至2031年2月有"), *said[3:], kept("人，2030年为2人。"))
    grey = "".join(piece.text for piece, far in in_clauses(after, before) if far)
    assert grey == "据报道，2030年为2人。"
    assert not any(far for _, far in in_clauses(after)), "without it, all is read"


def test_of_a_sentence_with_the_same_new_numbers_as_in_the_other_language_only_the_words_beside_them_are_read() -> None:
    kept, gone, new = (partial(Piece, mark) for mark in ("kept", "gone", "new"))
    chinese = kept("截至2031年"), gone("11"), new("12"), kept("月有来客"), gone("1110"), new("1120"), kept("人。")
    english = [kept("By the count of the harbour office, a reported "), gone("1,110"), new("1,120"), kept(" came in ")]
    english += [gone("November"), new("December"), kept(" 2031, more than in any of the years before.")]
    assert has_same_numbers(english, chinese)
    parts = in_clauses(english, beside=chinese)
    assert [piece.text for piece, far in parts if far] == [
        "By the count of the harbour office,",
        " more than in any of the years before.",
    ]
    assert all(not far for piece, far in parts if piece.mark != "kept")
    chinese_parts = [
        piece.text
        for piece, far in in_clauses(
            [kept("据港口办公室每年年初的统计，截至2031年有来客"), *chinese[4:]], (), english[:4]
        )
        if far
    ]
    assert chinese_parts == ["据港口办公室每年年初的统计，"]


def test_a_sentence_that_moves_otherwise_than_in_the_other_language_is_read_by_clauses() -> None:
    kept, gone, new = (partial(Piece, mark) for mark in ("kept", "gone", "new"))
    chinese, english = (
        (kept("有来客"), gone("3"), new("4"), kept("人。")),
        (kept("There came "), gone("3"), new("5"), kept(".")),
    )
    assert not has_same_numbers(english, chinese), "another number"
    reworded = (*chinese[:1], gone("（待核）"), *chinese[1:])
    assert not has_same_numbers((*english[:2], new("4")), reworded), "words have changed as well"
    assert not has_same_numbers(english, ()), "there is no other language"
