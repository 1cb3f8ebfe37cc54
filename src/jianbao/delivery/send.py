"""Send every message to its recipient exactly once, however often a delivery is interrupted and resumed."""

import smtplib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from email.utils import format_datetime, localtime

from jianbao.core.documents import Problems
from jianbao.core.errors import DeliveryError, Place, Problem, UsageError, nearest, raise_all
from jianbao.core.messages import tr, tr_error
from jianbao.delivery.journal import DOUBT, SENT, UNSENT, Journal
from jianbao.delivery.smtp import BrokenError, Message, RefusedError, close, hang_up, send_message

Connect = Callable[[], smtplib.SMTP]


@dataclass(frozen=True)
class SendResult:
    """The outcome of a message: SENT, DOUBT or UNSENT; whether it is an earlier one; and the server's answer."""

    message: Message
    state: str
    before: bool
    answer: str = ""


def planned(messages: Sequence[Message], journal: Journal) -> tuple[SendResult, ...]:
    """Return the outcome of each message so far; UNSENT ones would be sent now."""
    found = []
    for message in messages:
        last = journal.last(_to(message), message.digest)
        state = journal.state(_to(message), message.digest)
        found.append(SendResult(message, state, last is not None, f"{last.at} {last.answer}".strip() if last else ""))
    return tuple(found)


def record_outcomes_in_doubt(
    messages: Sequence[Message], journal: Journal, arrived: Sequence[str], again: Sequence[str]
) -> None:
    """Record the operator's findings about messages in doubt; raises UsageError for one that is not in doubt."""
    doubtful = {_to(each): each for each in messages if journal.state(_to(each), each.digest) == DOUBT}
    asked = [("arrived", box) for box in arrived] + [("again", box) for box in again]
    raise_all(
        [
            Problem(Place(f"--{event} {box}"), tr("no message to this address is in doubt"), nearest(box, doubtful))
            for event, box in asked
            if box.casefold() not in doubtful
        ],
        UsageError,
    )
    for event, box in asked:
        _note(journal, doubtful[box.casefold()], event, "")


def check_new(messages: Sequence[Message], journal: Journal) -> None:
    """Raise DeliveryError if somebody has, or may have, another version of this edition."""
    had = [each.recipient.addr_spec for each in messages if journal.others(_to(each), each.digest)]
    new = [each for each in messages if journal.state(_to(each), each.digest) == UNSENT]
    if had and new:
        what = tr(
            "another version of this edition went to {count} of the recipients, such as {recipient}",
            count=len(had),
            recipient=had[0],
        )
        hint = tr("to send this one after it, add --revised; otherwise restore the edition that was sent")
        raise DeliveryError(Problem(Place(str(journal.file)), what, hint))


def send_messages(
    messages: Sequence[Message], journal: Journal, connect: Connect, report: Callable[[SendResult], None]
) -> tuple[SendResult, ...]:
    """Send the messages not sent yet and return the outcome of each.

    A refused recipient or a broken connection does not stop the others. Raises DeliveryError if no connection is
    possible or the journal cannot be written; a later run sends what is missing.
    """
    line: smtplib.SMTP | None = None
    found = []
    try:
        for outcome in planned(messages, journal):
            if outcome.state == UNSENT:
                line = line or connect()
                outcome, whole = _try(line, outcome.message, journal)
                if not whole:
                    hang_up(line)
                    line = None
            report(outcome)
            found.append(outcome)
        if line:
            close(line)
    finally:
        hang_up(line)
    return tuple(found)


def _try(line: smtplib.SMTP, message: Message, journal: Journal) -> tuple[SendResult, bool]:
    """Return the outcome of a message, and whether the connection can be used for the next one."""
    if journal.last(_to(message), message.digest) is None:
        _note(journal, message, "begun", "")
    dotted: list[bool] = []

    def before_dot() -> None:
        _note(journal, message, "handing", "")
        dotted.append(True)

    outcome = SendResult(message, SENT, False)
    content = message.written(_date(journal, message))
    try:
        reply = send_message(line, message.sender.addr_spec, message.recipient.addr_spec, content, before_dot)
    except RefusedError as error:
        _note(journal, message, "refused", str(error))
        return replace(outcome, state=UNSENT, answer=tr_error(error)), not error.ends
    except BrokenError as error:
        if dotted:
            return replace(outcome, state=DOUBT, answer=tr_error(error)), False
        _note(journal, message, "broken", str(error))
        return replace(outcome, state=UNSENT, answer=tr_error(error)), False
    _note(journal, message, "sent", reply)
    return replace(outcome, answer=reply), True


def _to(message: Message) -> str:
    return message.recipient.addr_spec.casefold()


def _date(journal: Journal, message: Message) -> str:
    """Return the date of a message: when it was first tried, or now."""
    last = journal.last(_to(message), message.digest)
    return last.date if last else format_datetime(localtime())


def _note(journal: Journal, message: Message, event: str, answer: str) -> None:
    journal.write(
        event=event,
        to=_to(message),
        digest=message.digest,
        message_id=message.id,
        date=_date(journal, message),
        answer=answer,
    )


def unfinished(outcomes: Sequence[SendResult]) -> Problems:
    """Return a problem for each unsent message, and for each one in doubt with the operator's choices."""
    problems: Problems = []
    for each in outcomes:
        box = each.message.recipient.addr_spec
        if each.state == UNSENT:
            problems.append(
                Problem(
                    Place(box),
                    tr("not sent: {answer}", answer=each.answer),
                    tr("deliver again: only what is missing is sent"),
                )
            )
        elif each.state == DOUBT:
            what = tr("it was handed over and no answer came: it may have arrived or not")
            hint = tr(
                "look for the message {message} in the server's log or ask the recipient; then deliver "
                "with --arrived {box} or --again {box}",
                message=each.message.id,
                box=box,
            )
            problems.append(Problem(Place(box), what, hint))
    return problems
