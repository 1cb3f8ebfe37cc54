"""Write the e-mail with an edition for a recipient, and send it by SMTP, always by TLS with a checked certificate.

A server may deliver a message only once it has the line with a single dot that ends it (RFC 5321, 4.1.1.4). So nothing
is sent until that dot is due; once it is sent, only the server's answer tells what became of the message.
"""

import email.message
import re
import smtplib
import ssl
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from email.policy import SMTP
from hashlib import sha256
from pathlib import Path, PurePosixPath

from jianbao.brief.phrases import PhraseRenderer
from jianbao.core.errors import ContentError, DeliveryError, Place, Problem, raise_all
from jianbao.core.messages import Translatable, tr, tr_error, tr_foreign, tr_later, verbatim
from jianbao.delivery.recipients import MailServer, RecipientGroup, is_plain

MESSAGE_SECTION = "message"
MAX_LINE_BYTES = 998  # bytes of a line (RFC 5322, 2.1.1)
TYPES = {
    ".pdf": ("application", "pdf"),
    ".ofd": ("application", "ofd"),
    ".zip": ("application", "zip"),
    ".docx": ("application", "vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ".html": ("text", "html"),
    ".csv": ("text", "csv"),
    ".json": ("application", "json"),
}
OTHER = ("application", "octet-stream")
_RULE = "\n\n" + "-" * 40 + "\n\n"


@dataclass(frozen=True, kw_only=True)
class Message:
    """The message for one recipient: subject, text and files by name; `group` is the recipient's group."""

    group: str
    sender: Address
    recipient: Address
    subject: str
    text: str
    files: Mapping[str, bytes]

    @property
    def digest(self) -> str:
        """Return the SHA-256 of all that the recipient would see; another digest means another message."""
        parts = [self.sender.addr_spec, self.recipient.addr_spec.casefold(), self.subject, self.text]
        parts += [f"{name} {sha256(content).hexdigest()}" for name, content in self.files.items()]
        return sha256("\0".join(parts).encode()).hexdigest()

    @property
    def id(self) -> str:
        """Return the Message-ID, which depends only on the content, so that a second copy can be recognised."""
        return f"<{self.digest[:40]}@{self.sender.domain}>"

    def written(self, date: str) -> bytes:
        """Return the message as it is sent; `date` is when it was first tried (RFC 5322).

        Raises DeliveryError if its headers, read back, would not be those that were written.
        """
        made = EmailMessage(policy=SMTP)
        made["From"], made["To"], made["Subject"] = self.sender, self.recipient, self.subject
        made["Date"], made["Message-ID"] = date, self.id
        made.set_content(self.text, cte="base64")
        for name, content in self.files.items():
            main, sub = TYPES.get(PurePosixPath(name).suffix, OTHER)
            made.add_attachment(content, maintype=main, subtype=sub, filename=name)
        if self.files:
            made.set_boundary(f"=_{self.digest[:40]}")
        content = made.as_bytes()
        raise_all(_unlike(made, content), DeliveryError)
        return content


def _headers(message: email.message.Message) -> list[tuple[str, str]]:
    """Return the headers of a message without their spaces: Python reads one too many where a long name continues."""
    return [(name, "".join(str(value).split())) for name, value in message.items()]


def _unlike(made: EmailMessage, content: bytes) -> Iterator[Problem]:
    """Yield a problem if a message's headers are not read back as they were written, or have too long a line."""
    head = content.partition(b"\r\n\r\n")[0]
    read = BytesHeaderParser(policy=SMTP).parsebytes(head + b"\r\n\r\n")
    place = Place(str(made["To"])[:MAX_LINE_BYTES])
    if _headers(read) != _headers(made):
        yield Problem(
            place, tr("its headers would be read otherwise than they are written"), tr("see names and subject")
        )
    if max(map(len, head.split(b"\r\n"))) > MAX_LINE_BYTES:
        yield Problem(
            place,
            tr("a line of its headers is longer than {most} bytes", most=MAX_LINE_BYTES),
            tr("shorten names and subject"),
        )


def write_messages(
    renderer: PhraseRenderer,
    *,
    sender: Address,
    group: RecipientGroup,
    files: Mapping[str, bytes],
    digest: str,
    draft: bool,
) -> tuple[Message, ...]:
    """Return the message for every recipient of a group, in all languages, the group's own first.

    Raises ContentError for a subject that could add other headers.
    """
    order = [*group.languages, *(language for language in renderer.writers if language not in group.languages)]
    subject = " / ".join(renderer.phrase(MESSAGE_SECTION, "subject").text(language) for language in order)
    if not is_plain(subject):
        what = tr("{subject!r} could add headers to the mail", subject=subject)
        raise ContentError(
            Problem(Place(f"templates/wording/{MESSAGE_SECTION}.yml", 0, "subject"), what, tr("write it as it is read"))
        )
    return tuple(
        Message(
            group=group.name,
            sender=sender,
            recipient=each,
            subject=subject,
            text=_text(renderer=renderer, order=order, recipient=each, files=tuple(files), digest=digest, draft=draft),
            files=files,
        )
        for each in group.recipients
    )


def _text(
    renderer: PhraseRenderer,
    *,
    order: Sequence[str],
    recipient: Address,
    files: Sequence[str],
    digest: str,
    draft: bool,
) -> str:
    name = recipient.display_name or recipient.addr_spec
    phrases = [renderer.phrase(MESSAGE_SECTION, "greeting", recipient=name), renderer.phrase(MESSAGE_SECTION, "body")]
    phrases += [renderer.phrase(MESSAGE_SECTION, "draft")] if draft else []
    listed = [f"- {file}" for file in files]
    ends = [renderer.phrase(MESSAGE_SECTION, "digest", digest=digest), renderer.phrase(MESSAGE_SECTION, "closing")]
    parts = (
        "\n\n".join(
            [
                *(each.text(language) for each in phrases),
                "\n".join([renderer.phrase(MESSAGE_SECTION, "files").text(language), *listed]),
                *(each.text(language) for each in ends),
            ]
        )
        for language in order
    )
    return _RULE.join(parts) + "\n"


STEPS = {each: tr(each) for each in (tr_later("connect"), tr_later("login"))}  # the other steps have names in SMTP
# Messages of OpenSSL about a certificate that it does not trust.
CERTIFICATES = (
    tr_later("unable to get local issuer certificate"),
    tr_later("self-signed certificate"),
    tr_later("self-signed certificate in certificate chain"),
    tr_later("certificate has expired"),
    tr_later("certificate is not yet valid"),
    tr_later("Hostname mismatch, certificate is not valid for '{name}'."),
    tr_later("IP address mismatch, certificate is not valid for '{name}'."),
)
PATIENCE = 60.0  # seconds for an answer
_OK, _GO_ON, _CLOSING = 250, 354, 421
_DOT = re.compile(rb"(?m)^\.")


class RefusedError(Exception):
    """The server refuses a message: its answer, and whether it ends the dialogue with that."""

    def __init__(self, message: str, ends: bool) -> None:
        super().__init__(message)
        self.ends = ends


class BrokenError(Exception):
    """The connection broke."""


def secured(authority: Path | None) -> ssl.SSLContext:
    """Return a TLS context that checks a server's certificate by the machine's authorities or the office's own."""
    try:
        return ssl.create_default_context(cafile=str(authority) if authority else None)
    except (OSError, ssl.SSLError) as error:
        raise DeliveryError(
            Problem(Place(str(authority)), tr("there is no certificate to read: {error}", error=tr_error(error)))
        ) from error


def connect(server: MailServer, password: str, context: ssl.SSLContext) -> smtplib.SMTP:
    """Return a connection to the server, secured and logged in; raises DeliveryError with the step that failed."""
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
    what = tr("{step} failed: {error}", step=STEPS.get(step, step), error=_error_text(error))
    return Problem(Place(f"{server.host}:{server.port}"), what, hint)


def _error_text(error: Exception) -> Translatable:
    if isinstance(error, smtplib.SMTPResponseException):
        return verbatim(answer(error.smtp_code, error.smtp_error))
    if isinstance(error, ssl.SSLCertVerificationError):
        return tr("certificate verify failed: {why}", why=tr_foreign(error.verify_message, CERTIFICATES))
    return tr_error(error)


def answer(code: int, text: bytes | str) -> str:
    """Return a server's answer as one line."""
    message = text.decode(errors="replace") if isinstance(text, bytes) else text
    return " ".join(f"{code} {message}".split())


def send_message(
    line: smtplib.SMTP, sender: str, recipient: str, content: bytes, before_dot: Callable[[], None]
) -> str:
    """Give the server a message for one recipient and return its answer to the dot.

    `before_dot` is called when everything but the dot has been sent. Raises RefusedError if the server refuses, and
    BrokenError if the connection breaks; the caller knows from `before_dot` if that was before or after the dot.
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
        raise BrokenError(_error_text(error)) from error


def _accepted(reply: tuple[int, bytes], *codes: int) -> str:
    message = answer(*reply)
    if reply[0] not in codes:
        raise RefusedError(message, ends=reply[0] == _CLOSING)
    return message


def close(line: smtplib.SMTP) -> None:
    """Close the connection with QUIT, after the last message was answered."""
    with suppress(smtplib.SMTPException, OSError):
        line.quit()


def hang_up(line: smtplib.SMTP | None) -> None:
    """Close the connection without QUIT, which in the middle of a message would become part of its text."""
    if line is not None:
        line.close()
