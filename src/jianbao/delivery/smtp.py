"""The SMTP dialogue: always TLS with a checked certificate; the final dot is sent on its own.

A server may deliver a message only once it has the line with a single dot that ends it (RFC 5321, 4.1.1.4): until that
dot is on its way nothing is sent, and after it only the server's answer tells.
"""

import re
import smtplib
import ssl
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from jianbao.core.errors import DeliveryError, Place, Problem
from jianbao.core.messages import tr, tr_error
from jianbao.delivery.recipients import MailServer

PATIENCE = 60.0  # seconds for an answer
_OK, _GO_ON, _CLOSING = 250, 354, 421
_DOT = re.compile(rb"(?m)^\.")


class RefusedError(Exception):
    """The server says no to a message; what it answered, and whether it ends the dialogue with that."""

    def __init__(self, said: str, ends: bool) -> None:
        super().__init__(said)
        self.ends = ends


class BrokenError(Exception):
    """The line broke."""


def secured(authority: Path | None) -> ssl.SSLContext:
    """Return what checks a server's certificate, by the machine's authorities or by one of the office's own."""
    try:
        return ssl.create_default_context(cafile=str(authority) if authority else None)
    except (OSError, ssl.SSLError) as error:
        raise DeliveryError(
            Problem(Place(str(authority)), tr("there is no certificate to read: {error}", error=tr_error(error)))
        ) from error


def connect(server: MailServer, password: str, context: ssl.SSLContext) -> smtplib.SMTP:
    """Return a line to the server, secured and logged in; raises DeliveryError that says which step failed."""
    step = "connect"
    line: smtplib.SMTP | None = None
    try:
        if server.security == "tls":
            line = smtplib.SMTP_SSL(server.host, server.port, timeout=PATIENCE, context=context)
        else:
            line = smtplib.SMTP(server.host, server.port, timeout=PATIENCE)
            step = "STARTTLS"
            line.starttls(context=context)
        step = "EHLO"
        line.ehlo_or_helo_if_needed()
        if server.user:
            step = "login"
            line.login(server.user, password)
    except (smtplib.SMTPException, OSError) as error:
        hang_up(line)
        raise DeliveryError(_unreachable(server, step, error)) from None  # the trace could hold the password
    return line


def _unreachable(server: MailServer, step: str, error: Exception) -> Problem:
    hints = {
        "login": tr("check the user name and the password"),
        "STARTTLS": tr("check `security` in data/delivery.yml: tls (465) or starttls (587)"),
    }
    hint = hints.get(step, tr("check `host` and `port` in data/delivery.yml and the network, then deliver again"))
    if isinstance(error, ssl.SSLCertVerificationError):
        hint = tr("the server's certificate is not trusted; name the office's own authority with --ca")
    return Problem(
        Place(f"{server.host}:{server.port}"), tr("{step} failed: {error}", step=step, error=_told(error)), hint
    )


def _told(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return answer(error.smtp_code, error.smtp_error)
    return str(error) or type(error).__name__


def answer(code: int, text: bytes | str) -> str:
    """Return a server's answer as one line."""
    said = text.decode(errors="replace") if isinstance(text, bytes) else text
    return " ".join(f"{code} {said}".split())


def send_message(
    line: smtplib.SMTP, sender: str, recipient: str, content: bytes, before_dot: Callable[[], None]
) -> str:
    """Give the server a message for one recipient and return its answer to the dot.

    `before_dot` is called when everything is said but the dot. Raises RefusedError where the server says no, and
    BrokenError where the line breaks; whether that was before or after the dot, the caller knows from `before_dot`.
    """
    try:
        _accepted(line.mail(sender), _OK)
        _accepted(line.rcpt(recipient), _OK, 251)
        line.putcmd("data")
        _accepted(line.getreply(), _GO_ON)
        line.send(_DOT.sub(b"..", content.rstrip(b"\r\n") + b"\r\n"))
        before_dot()
        line.send(b".\r\n")
        code, text = line.getreply()
        if code != _OK and code < 400:
            raise BrokenError(tr("an answer that is neither yes nor no: {answer}", answer=answer(code, text)))
        return _accepted((code, text), _OK)
    except RefusedError as error:
        if not error.ends:
            with suppress(smtplib.SMTPException, OSError):
                line.rset()
        raise
    except (smtplib.SMTPException, OSError) as error:
        raise BrokenError(_told(error)) from error


def _accepted(reply: tuple[int, bytes], *codes: int) -> str:
    said = answer(*reply)
    if reply[0] not in codes:
        raise RefusedError(said, ends=reply[0] == _CLOSING)
    return said


def close(line: smtplib.SMTP) -> None:
    """End a dialogue in which nothing is left unsaid."""
    with suppress(smtplib.SMTPException, OSError):
        line.quit()


def hang_up(line: smtplib.SMTP | None) -> None:
    """End a dialogue without a word: in the midst of a message a word would become part of it."""
    if line is not None:
        line.close()
