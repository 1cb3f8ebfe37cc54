"""The headers of a message are those that were written, whatever names and subjects hold."""

import email
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.policy import SMTP

import pytest

from jianbao.core.errors import DeliveryError
from jianbao.delivery.smtp import Message
from tests.delivery.conftest import SENDER


def message(name: str = "Q. Quillon", subject: str = "Brief") -> Message:
    return Message(
        group="all",
        sender=SENDER,
        recipient=Address(name, addr_spec="q@quillon.example"),
        subject=subject,
        text="text\n",
        files={"brief.pdf": b"%PDF"},
    )


@pytest.mark.parametrize(
    "name", ["Q. Quillon", "港务议会", 'O\'Neill, "Bill" \\ (x)', "港" * 100, "x" * 100, "=0ABcc:", "A=?B", ""]
)
def test_the_headers_of_a_message_are_those_that_were_written(name: str) -> None:
    made = email.message_from_bytes(message(name).written("Mon, 30 Jun 2031 08:00:00 +0000"), policy=SMTP)
    assert ["".join(each.display_name.split()) for each in made["To"].addresses] == ["".join(name.split())]
    assert made["Subject"] == "Brief"
    assert sorted(made.keys()) == sorted(
        ["From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type"]
    )


@pytest.mark.parametrize(
    "given",
    [{"name": "=?utf-8?q?A=0D=0AX-Evil:_1?="}, {"name": "x" * 5_000}, {"subject": "=?utf-8?q?A=0ABcc:_c=40d.cn?="}],
)
def test_a_message_whose_headers_would_be_others_is_not_written(given: dict[str, str]) -> None:
    with pytest.raises((DeliveryError, ValueError, HeaderParseError)):
        message(**given).written("Mon, 30 Jun 2031 08:00:00 +0000")
