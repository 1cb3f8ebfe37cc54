"""Each message arrives exactly once, whatever the server does and wherever the program dies."""

import email.policy
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from jianbao.core.errors import DeliveryError, UsageError
from jianbao.core.messages import Translatable
from jianbao.delivery import journal, send, smtp
from jianbao.delivery.journal import DOUBT, SENT, UNSENT, Journal
from jianbao.delivery.recipients import MailServer
from jianbao.delivery.send import SendResult
from jianbao.delivery.smtp import Message
from tests.delivery import mail_server
from tests.delivery.conftest import BOXES, SENDER
from tests.delivery.mail_server import PASSWORD, STAGES, Papers, PostOffice

BEFORE_MAIL = ("connect", "EHLO", "STARTTLS", "AUTH")


class Desk:
    """Delivers the same messages again and again, as an operator does who types the command anew."""

    def __init__(self, server: MailServer, papers: Papers, messages: Sequence[Message], file: Path) -> None:
        self.server, self.papers, self.messages, self.file = server, papers, messages, file

    def deliver(
        self, password: str = PASSWORD, arrived: Sequence[str] = (), again: Sequence[str] = ()
    ) -> tuple[SendResult, ...]:
        context = smtp.secured(self.papers.authority)
        with journal.open_journal(self.file) as opened:
            send.record_outcomes_in_doubt(self.messages, opened, arrived, again)
            send.check_new(self.messages, opened)
            line = lambda: smtp.connect(self.server, password, context)  # noqa: E731
            return send.send_messages(self.messages, opened, line, lambda _: None)

    def try_once(self) -> list[str]:
        """Deliver and return the states, whether or not it was broken off."""
        try:
            return [outcome.state for outcome in self.deliver()]
        except DeliveryError:
            return []


@pytest.fixture
def desk(server: MailServer, papers: Papers, messages: tuple[Message, ...], tmp_path: Path) -> Desk:
    return Desk(server, papers, messages, tmp_path / "midsummer.journal.jsonl")


def test_each_message_is_sent_once_however_often_it_is_delivered(desk: Desk, office: PostOffice) -> None:
    assert [each.state for each in desk.deliver()] == [SENT] * 3
    assert [(each.state, each.before) for each in desk.deliver()] == [(SENT, True)] * 3
    assert office.arrivals() == sorted(BOXES)


@pytest.mark.parametrize("how", ["drop", "451 not now", "554 never"])
@pytest.mark.parametrize("stage", STAGES[:-1])
def test_a_failure_before_the_dot_is_mended_by_delivering_again(
    desk: Desk, office: PostOffice, stage: str, how: str
) -> None:
    office.fail(stage, how)
    first = desk.try_once()
    assert DOUBT not in first and (first.count(UNSENT) == 1 or stage in BEFORE_MAIL)
    assert desk.try_once() == [SENT] * 3
    assert office.arrivals() == sorted(BOXES)


@pytest.mark.slow
def test_a_line_lost_in_the_midst_of_a_message_has_sent_nothing(
    desk: Desk, office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    big = {"brief.pdf": b"x" * 12_000_000}  # more than a socket holds
    desk.messages = [
        Message(group="all", sender=SENDER, recipient=each.recipient, subject="s", text="t", files=big)
        for each in desk.messages
    ]
    office.fail("content")
    assert desk.try_once() == [UNSENT, SENT, SENT]
    assert desk.try_once() == [SENT] * 3
    assert office.arrivals() == sorted(BOXES)


@pytest.mark.parametrize("how", ["451 not now", "552 too large"])
def test_a_message_refused_after_the_dot_is_sent_again(desk: Desk, office: PostOffice, how: str) -> None:
    office.fail("dot, refused", how)
    found = desk.deliver()
    assert [each.state for each in found] == [UNSENT, SENT, SENT] and found[0].answer == how
    assert desk.try_once() == [SENT] * 3
    assert office.arrivals() == sorted(BOXES)


def test_a_refused_recipient_keeps_none_of_the_others_from_theirs(desk: Desk, office: PostOffice) -> None:
    office.fail("RCPT", "550 nobody of that name", only=BOXES[1], times=2)
    for _ in range(2):
        assert [each.state for each in desk.deliver()] == [SENT, UNSENT, SENT]
    assert desk.try_once() == [SENT] * 3
    assert office.arrivals() == sorted(BOXES)


@pytest.mark.parametrize(("stage", "arrived"), [("dot, kept", BOXES[:1]), ("dot, lost", ())])
def test_without_an_answer_to_the_dot_the_operator_decides(
    desk: Desk, office: PostOffice, stage: str, arrived: Sequence[str]
) -> None:
    office.fail(stage)
    found = desk.deliver()
    assert [each.state for each in found] == [DOUBT, SENT, SENT]
    (problem,) = send.unfinished(found)
    assert desk.messages[0].id in problem.hint and f"--again {BOXES[0]}" in problem.hint
    assert [each.state for each in desk.deliver()] == [DOUBT, SENT, SENT], "a message in doubt was sent by itself"
    decided = desk.deliver(arrived=arrived, again=() if arrived else BOXES[:1])
    assert [each.state for each in decided] == [SENT] * 3
    assert office.arrivals() == sorted(BOXES)


def test_a_line_count_file_copy_bears_the_same_id_date_and_bytes(desk: Desk, office: PostOffice) -> None:
    office.fail("dot, kept")
    desk.deliver()
    desk.deliver(again=[BOXES[0]])
    copies = [content for box, content in office.mailbox if box == BOXES[0]]
    assert len(copies) == 2 and copies[0] == copies[1]


def test_only_a_message_in_doubt_can_be_decided(desk: Desk) -> None:
    desk.deliver()
    with pytest.raises(UsageError, match="no message to this address is in doubt"):
        desk.deliver(again=[BOXES[0]])


@pytest.mark.parametrize("event", ["begun", "handing", "sent"])
def test_a_crash_at_any_line_of_the_journal_sends_nothing_twice(
    desk: Desk, office: PostOffice, monkeypatch: pytest.MonkeyPatch, event: str
) -> None:
    write = Journal.write

    def die(self: Journal, **entry: Any) -> None:
        if entry["event"] == event:
            os.write(self.descriptor, b'{"at": "2031-')  # the line that the crash cuts off
            raise KeyboardInterrupt
        write(self, **entry)

    with monkeypatch.context() as patched:
        patched.setattr(Journal, "write", die)
        with pytest.raises(KeyboardInterrupt):
            desk.deliver()
    known = desk.deliver()
    if event == "sent":
        assert [each.state for each in known] == [DOUBT, SENT, SENT]
        desk.deliver(arrived=[BOXES[0]])
    assert desk.try_once() == [SENT] * 3
    assert office.arrivals() == sorted(BOXES)


def test_a_full_disk_stops_before_the_dot(desk: Desk, office: PostOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write

    def full(descriptor: int, line: bytes) -> int:
        if b'"handing"' in line:
            raise OSError(28, "No space left on device")
        return write(descriptor, line)

    with monkeypatch.context() as patched:
        patched.setattr(os, "write", full)
        with pytest.raises(DeliveryError, match="the journal cannot be written: No space left"):
            desk.deliver()
    assert office.mailbox == []
    assert desk.try_once() == [SENT] * 3


def test_two_deliveries_at_once_are_refused(desk: Desk) -> None:
    with (
        journal.open_journal(desk.file),
        pytest.raises(DeliveryError, match="another delivery of this edition is under way"),
    ):
        desk.deliver()


def test_another_version_is_not_sent_after_the_first_without_a_word(desk: Desk, office: PostOffice) -> None:
    desk.deliver()
    desk.messages = [
        Message(group="all", sender=SENDER, recipient=each.recipient, subject="s", text="another", files={})
        for each in desk.messages
    ]
    with pytest.raises(DeliveryError, match="another version of this edition went to 3"):
        desk.deliver()
    assert len(office.mailbox) == 3


def test_a_damaged_journal_is_named_with_its_line(desk: Desk) -> None:
    desk.deliver()
    desk.file.write_text("nonsense\n" + desk.file.read_text("utf-8"), "utf-8")
    with pytest.raises(DeliveryError, match=r"journal\.jsonl:1: this is not a line of a delivery journal"):
        desk.deliver()


@pytest.mark.parametrize(
    "lost", ["deleted", "emptied", "cut", "first line gone", "middle line gone", "edited", "last edited"]
)
def test_a_journal_that_lost_or_changed_a_line_sends_nothing(desk: Desk, office: PostOffice, lost: str) -> None:
    desk.deliver()
    lines = desk.file.read_text("utf-8").splitlines(keepends=True)
    changed = {
        "emptied": [],
        "cut": lines[:-1],
        "first line gone": lines[1:],
        "middle line gone": [*lines[:4], *lines[5:]],
        "edited": [lines[0], lines[1], lines[2].replace('"sent"', '"refused"'), *lines[3:]],
        "last edited": [*lines[:-1], lines[-1].replace('"sent"', '"refused"')],
    }
    if lost == "deleted":
        desk.file.unlink()
    else:
        desk.file.write_text("".join(changed[lost]), "utf-8")
    with pytest.raises(DeliveryError, match="restore the file"):
        desk.deliver()
    assert office.arrivals() == sorted(BOXES)
    desk.file.write_text("".join(lines), "utf-8")
    assert desk.try_once() == [SENT] * 3 and office.arrivals() == sorted(BOXES)


def test_a_journal_from_elsewhere_is_read_as_far_as_its_lines_fit(desk: Desk, tmp_path: Path) -> None:
    desk.deliver()
    moved = tmp_path / "moved.jsonl"
    moved.write_bytes(desk.file.read_bytes())
    assert len(journal.read_journal(moved).entries) == 9
    moved.write_bytes(b"".join(desk.file.read_bytes().splitlines(keepends=True)[1:]))
    with pytest.raises(DeliveryError, match="a line before this was taken out or changed"):
        journal.read_journal(moved)


def test_a_journal_that_is_a_link_or_a_folder_is_neither_read_nor_written(desk: Desk, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_bytes(b"")
    desk.file.symlink_to(other)
    for way in (desk.deliver, lambda: journal.read_journal(desk.file)):
        with pytest.raises(DeliveryError, match="this is no file, but a link or a folder"):
            way()
    desk.file.unlink()
    desk.file.mkdir()
    with pytest.raises(DeliveryError, match="this is no file, but a link or a folder"):
        journal.read_journal(desk.file)
    assert other.read_bytes() == b""


def test_after_a_lost_journal_the_operator_may_begin_again(desk: Desk, office: PostOffice) -> None:
    desk.deliver()
    desk.file.unlink()
    with pytest.raises(DeliveryError) as caught:
        desk.deliver()
    second = journal._line_count_file(desk.file)
    assert str(second) in caught.value.problems[0].hint
    for odd in (
        "[" * 100_000,
        "[]",
        '{"lines": "9", "last": ""}',
        '{"lines": -1, "last": ""}',
        '{"lines": 9, "last": 1}',
    ):
        second.write_text(odd)
        with pytest.raises(DeliveryError, match="the record of the journal cannot be read"):
            desk.deliver()
    second.unlink()
    assert desk.try_once() == [SENT] * 3 and len(office.mailbox) == 6


@pytest.mark.parametrize("line", ["[" * 100_000, '{"at": []}', "[]", "1", '{"to": 1}', '{"x": "' + "a" * 9 + '"}'])
def test_a_line_that_is_none_is_an_error_and_no_trace(desk: Desk, line: str) -> None:
    desk.file.write_text(line + "\n", "utf-8")
    with pytest.raises(DeliveryError, match=r"journal\.jsonl:1: this is not a line of a delivery journal"):
        desk.deliver()


@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "DATA", "dot, refused"])
def test_a_server_that_hangs_up_on_one_recipient_costs_the_next_nothing(
    desk: Desk, office: PostOffice, stage: str
) -> None:
    office.fail(stage, "421 closing")
    found = desk.deliver()
    assert [each.state for each in found] == [UNSENT, SENT, SENT] and found[0].answer == "421 closing"
    assert desk.try_once() == [SENT] * 3 and office.arrivals() == sorted(BOXES)


def test_a_wrong_password_is_not_shown(desk: Desk) -> None:
    with pytest.raises(DeliveryError, match="login failed: 535") as caught:
        desk.deliver("sword of Damocles")
    assert "Damocles" not in str(caught.value) and caught.value.__suppress_context__


@pytest.mark.parametrize(
    ("host", "password", "message"),
    [
        ("localhost", "", "连接失败：连接被拒绝"),
        ("", "sword", "登录失败：535"),
        ("", "", "STARTTLS 失败：证书验证未通过：找不到签发它的证书颁发机构"),
    ],
)
def test_what_failed_is_told_in_chinese(
    server: MailServer, papers: Papers, host: str, password: str, message: str
) -> None:
    to = replace(server, host=host, port=1) if host else server
    context = smtp.secured(papers.authority if password else None)
    with pytest.raises(DeliveryError) as caught:
        smtp.connect(to, password, context)
    (problem,) = caught.value.problems
    assert isinstance(problem.what, Translatable)
    assert problem.what.in_language("zh").startswith(message)


def test_a_line_that_closed_is_told_in_chinese(desk: Desk, office: PostOffice) -> None:
    office.fail("dot, kept")
    answer = desk.deliver()[0].answer
    assert isinstance(answer, Translatable) and answer.in_language("zh") == "连接意外关闭"


def test_a_server_that_nobody_vouches_for_gets_nothing(desk: Desk, office: PostOffice, tmp_path: Path) -> None:
    desk.papers = mail_server.issue(tmp_path / "strangers")
    with pytest.raises(DeliveryError, match="certificate verify failed"):
        desk.deliver()
    assert office.mailbox == []


def test_tls_from_the_first_byte_works_too(papers: Papers, messages: tuple[Message, ...], tmp_path: Path) -> None:
    with mail_server.opened(papers, tls=True) as office:
        server = MailServer(host="localhost", port=office.port, security="tls", sender=SENDER, user=mail_server.USER)
        Desk(server, papers, messages, tmp_path / "journal").deliver()
        assert office.arrivals() == sorted(BOXES)


def test_a_line_that_begins_with_a_dot_keeps_it(desk: Desk, office: PostOffice) -> None:
    line = smtp.connect(desk.server, PASSWORD, smtp.secured(desk.papers.authority))
    smtp.send_message(line, SENDER.addr_spec, BOXES[0], b"A: b\r\n\r\n.\r\n..x\r\n", lambda: None)
    smtp.close(line)
    assert office.mailbox == [(BOXES[0], b"A: b\r\n\r\n.\r\n..x\r\n")]


def test_a_message_arrives_as_it_was_written(desk: Desk, office: PostOffice) -> None:
    desk.deliver()
    content = next(content for box, content in office.mailbox if box == BOXES[0])
    found = email.message_from_bytes(content, policy=email.policy.default)
    text, attached = found.iter_parts()
    assert found["Subject"] == "简报 / Brief" and found["Message-ID"] == desk.messages[0].id
    assert text.get_content().splitlines() == ["第一行", ".", ".dot"]
    assert attached.get_content() == b"%PDF-\r\n" and attached.get_filename() == "brief.pdf"
