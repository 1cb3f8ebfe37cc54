"""The address book: every fault of it is named with its line."""

import pytest

from jianbao.core.documents import Problems
from jianbao.core.yaml_reader import parse_document
from jianbao.delivery.recipients import Recipients, parse_recipients

BOOK = """\
mail:
  host: mail.guild.example
  port: 465
  security: tls
  sender: Lantern Guild <brief@guild.example>
groups:
  council:
    language: zh-en
    recipients: ["港务议会 <council@harbour.example>", second@harbour.example]
  press:
    language: en
    files: [package]
    recipients: [q@quillon.example]
"""


def read(text: str) -> tuple[Recipients, Problems]:
    problems: Problems = []
    return parse_recipients(parse_document(text, "data/delivery.yml"), ("zh", "en"), problems), problems


def test_a_book_says_who_gets_what_in_which_language() -> None:
    book, problems = read(BOOK)
    assert not problems and book.mail is not None and book.mail.sender.addr_spec == "brief@guild.example"
    council, context = book.groups
    assert council.layout == "zh-en" and context.files == ("package",)
    assert [each.display_name for each in council.recipients] == ["港务议会", ""]


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("465", "0", 3, "0 is not a port"),
        ("security: tls", "security: none", 4, "'none' is not a way to secure mail"),
        ("  host: mail.guild.example\n", "", 2, "'host' is missing"),
        ("zh-en", "zh-fr", 8, "'fr' is not a language"),
        ("second@harbour.example", "second", 9, "'second' is not a mail address"),
        ("second@harbour.example", "a@b", 9, "'a@b' is not a mail address"),
        ("second@harbour.example", '"a@b.cn\\nBcc: c@d.cn"', 9, "is not a mail address"),
        ("second@harbour.example", '"a@b.cn, c@d.cn"', 9, "is not a mail address"),
        ("second@harbour.example", '"A <a@b.cn>, C <c@d.cn>"', 9, "is not a mail address"),
        ("second@harbour.example", '"a@b.cn <c@d.cn>"', 9, "is not a mail address"),
        ("second@harbour.example", '"议会@港.example"', 9, "is not a mail address"),
        ("second@harbour.example", '"=?utf-8?q?A=0D=0AX-Evil:_1?= <a@b.cn>"', 9, "could add headers to the mail"),
        ("second@harbour.example", '"=?UTF-8?B?QQ0KQmNjOiBjQGQuY24=?= <a@b.cn>"', 9, "could add headers to the mail"),
        ("second@harbour.example", '"=?utf-8?q?A=0ABcc:?= x <a@b.cn>"', 9, "could add headers to the mail"),
        ("second@harbour.example", '"=?utf-8?q?a=0Ab?=@b.cn"', 9, "could add headers to the mail"),
        ("Lantern Guild <brief@guild.example>", "=?utf-8*en?q?A=0A?= <a@b.cn>", 5, "could add headers to the mail"),
        ("second@harbour.example", f'"{"a" * 5_000} <a@b.cn>"', 9, "the name has 5,000 letters"),
        ("second@harbour.example", f"{'a' * 300}@b.cn", 9, "is not a mail address"),
        ("q@quillon.example", "Second@HARBOUR.example", 13, "is already in line 9"),
        ("[q@quillon.example]", "second@harbour.example", 13, "is already in line 9"),
        ("[q@quillon.example]", "[]", 13, "no name is given"),
        ("  press:", "  ../press:", 11, "'../press' cannot name a group"),
        ("    files:", "    file:", 12, "'file' is not known here"),
        ("mail:", "mails:", 2, "'mails' is not known here"),
    ],
)
def test_a_fault_is_named_with_its_line(old: str, new: str, line: int, said: str) -> None:
    _, problems = read(BOOK.replace(old, new, 1))
    assert any(said in problem.what and problem.where.line == line for problem in problems), problems


def test_a_password_has_no_place_in_the_book() -> None:
    _, problems = read(BOOK.replace("  port: 465", "  port: 465\n  password: x"))
    assert [problem.what for problem in problems] == ["'password' is not known here"]
