"""A slip in a YAML file is told with the line itself and what to type, and nothing follows from it."""

import pytest

from jianbao.core.documents import Node
from jianbao.core.errors import ContentError
from jianbao.core.yaml_reader import parse_document

TEXT = """\
city: Ostmere
reader: Lantern Guild
languages:
  zh: {locale: zh_Hans_CN, tag: zh-CN}
  en: {locale: en_GB, tag: en-GB}
blocks:
  - paragraph: ties
    say:
      - zh: "有{{ ties.total }}个。"
        en: There are {{ ties.total }} of them.
      - zh: 没有。
        en: There are none.
"""
INNER = 'zh: "有{{ ties.total }}个。"'


def fault(text: str) -> str:
    """Return the only problem of a text."""
    with pytest.raises(ContentError) as caught:
        parse_document(text, "x.yml")
    (problem,) = caught.value.problems
    return str(problem).removeprefix("x.yml:")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("city: Ostmere", "city：Ostmere", "1: the colon is full-width: 'city：Ostmere'; type: city: Ostmere"),
        (
            "  en: {",
            "  en： {",
            "5: the colon is full-width: 'en： {locale: en_GB, tag: en-GB}'; type: en: {locale: en_GB",
        ),
        ("en: {locale: ", "en: {locale：", "type: en: {locale: en_GB, tag: en-GB}"),
        (
            "en_GB, ",
            "en_GB， ",
            "5: commas and colons between braces must be half-width: 'en: {locale: en_GB， tag: en-GB}'",
        ),
        (
            "en-GB}",
            "en-GB",
            "5: '{' is not closed: 'en: {locale: en_GB, tag: en-GB'; type: en: {locale: en_GB, tag: en-GB}",
        ),
        (
            INNER,
            "zh: {a: {{ ties.total }}个，共, en: x}",
            'type: - zh: {a: "{{ ties.total }}个，共", en: x}',
        ),
        (INNER, "zh: {zh_CN：甲，乙，en: x}", "type: - zh: {zh_CN: 甲，乙, en: x}"),
        ("city: Ostmere", " city: Ostmere", "1: the file begins with an indented line: 'city: Ostmere'; write the id"),
        ("city: O", "city:O", "1: a blank is missing after the colon: 'city:Ostmere'; type: city: Ostmere"),
        ("reader:", " reader:", "2: the line is indented by 1, its neighbours by 0: 'reader: Lantern Guild'"),
        ("        en: There are {", "       en: There are {", "10: the line is indented by 7, its neighbours by 8"),
        ("  en: {", "   en: {", "type:   en: {locale: en_GB, tag: en-GB}"),
        ("    say:", "\tsay:", "8: the line is indented with a tab: 'say:'; type:     say:"),
        (
            "  en: {",
            "　en: {",
            "5: the line is indented with full-width blanks: 'en: {locale: en_GB, tag: en-GB}'; type:   en:",
        ),
        ("  - paragraph", "  -paragraph", "7: an item of a list must begin with '-' and a blank: '-paragraph: ties'"),
        ("  - paragraph", "  － paragraph", "type: - paragraph: ties"),
        (
            INNER,
            "zh: {{ ties.total }}个。",
            "9: a text that begins with '{{' must be in quotation marks: '- zh: {{ ties.total",
        ),
        (INNER, "zh: {{ ties.total }}个。", 'type: - zh: "{{ ties.total }}个。"'),
        (INNER, "zh: {{ ties.total }}", 'type: - zh: "{{ ties.total }}"'),
        (
            INNER,
            'zh: "有"友"城。"',
            '9: there are quotation marks inside the text: \'- zh: "有"友"城。"\'; type: - zh: \'有"友"城。\'',
        ),
        ("en_GB", '"en"_GB"', """5: there are quotation marks inside the text: 'en: {locale: "en"_GB", tag: en-GB}'"""),
        ("en_GB", '"en"_GB"', """type: en: {locale: 'en"_GB', tag: en-GB}"""),
        ("en-GB}", "'en'-GB'}", """type: en: {locale: en_GB, tag: "en'-GB"}"""),
        (INNER, "zh: '有'友'城。'", "type: - zh: \"有'友'城。\""),
        (INNER, 'zh: "友"城。', "type: - zh: '\"友\"城。'"),
        (INNER, 'zh: "有友城。', '9: the quotation mark is not closed: \'- zh: "有友城。\'; type: - zh: "有友城。"'),
        (
            "en: {locale: en_GB, tag: en-GB}",
            'en: {locale: "en_GB, tag: "en-GB"}',
            '5: the quotation mark is not closed: \'en: {locale: "en_GB, tag: "en-GB"}\'; '
            'type: en: {locale: "en_GB", tag: "en-GB"}',
        ),
        (
            "en: {locale: en_GB, tag: en-GB}",
            'en: {locale: "en_GB", tag: "en-GB}',
            'type: en: {locale: "en_GB", tag: "en-GB"}',
        ),
        (
            "There are none.",
            "There: are none.",
            "12: a text with ': ' must be in quotation marks: 'en: There: are none.'",
        ),
        ("There are none.", "%There are none.", "12: a text that begins with '%' must be in quotation marks"),
        ("There are none.", "|There are none.", 'type: en: "|There are none."'),
        ("There are none.", "!There are none.", 'type: en: "!There are none."'),
        ("There are none.", "*There are none.", 'type: en: "*There are none."'),
        ("There are none.", "There are #none.", "12: what follows '#' is taken for a comment: '#none.'"),
        ("There are none.", "[There are none.", "12: '[' is not closed"),
        ("There are none.", "} none", "12: this line is not YAML: 'en: } none'; see this line"),
    ],
)
def test_a_slip_is_told_with_its_line_and_what_to_type(old: str, new: str, said: str) -> None:
    assert old in TEXT
    assert said in fault(TEXT.replace(old, new, 1))


def test_a_comment_a_continued_line_and_a_full_width_text_are_no_slips() -> None:
    text = TEXT.replace("Ostmere", "Ostmere   # the city").replace(
        "There are none.", "There are\n          none：‘one’ #"
    )
    found = parse_document(text, "x.yml")
    assert isinstance(found, Node) and (city := found.get("city")) and city.value == "Ostmere"
    assert "none：‘one’" in repr(found)


def test_a_first_line_below_its_key_is_not_taken_for_one_that_is_indented_wrong() -> None:
    assert fault("index:\n  id: overall\n  name: {a: b} c\n").startswith("3: this line is not YAML: 'name: {a: b} c'")


def test_a_very_long_line_is_cut_in_the_message() -> None:
    assert len(fault(TEXT.replace("There are none.", "%" + "x" * 5000))) < 500
