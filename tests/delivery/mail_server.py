"""A real mail server that fails where it is told to, and a key, certificate and authority made for the occasion."""

import asyncio
import ssl
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

USER, PASSWORD, PASSPHRASE = "brief", "swordfish", "open sesame"
STAGES = ("connect", "EHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "content")


@dataclass(frozen=True)
class Papers:
    """Files: a server's certificate and key, an office's PKCS#12, and the certificate of the authority behind both."""

    certificate: Path
    key: Path
    office: Path
    authority: Path


def issue(folder: Path, days: int = 9, holder: str = "Lantern Guild", clock: bool = False) -> Papers:
    """Make an authority and what it vouches for, valid from yesterday for some days; a `clock` stamps times."""
    folder.mkdir(parents=True, exist_ok=True)
    root = rsa.generate_private_key(65537, 2048)
    own = _certificate("Harbour Authority", root, None, root, days)
    key = rsa.generate_private_key(65537, 2048)
    certificate = _certificate(holder=holder, key=key, issuer=own, signer=root, days=days, clock=clock)
    papers = Papers(*(folder / name for name in ("server.pem", "server.key", "office.p12", "authority.pem")))
    papers.certificate.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    papers.authority.write_bytes(own.public_bytes(serialization.Encoding.PEM))
    secret = serialization.NoEncryption()
    form = serialization.PrivateFormat.PKCS8
    papers.key.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, secret))
    locked = serialization.BestAvailableEncryption(PASSPHRASE.encode())
    papers.office.write_bytes(pkcs12.serialize_key_and_certificates(b"office", key, certificate, [own], locked))
    return papers


def _certificate(
    holder: str, key: Any, issuer: x509.Certificate | None, signer: Any, days: int, clock: bool = False
) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, holder)])
    now = datetime.now(UTC)
    authority = issuer is None
    uses = x509.KeyUsage(not authority, not authority, False, False, False, authority, authority, False, False)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer.subject if issuer else name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=30))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.BasicConstraints(authority, None), critical=True)
        .add_extension(uses, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    )
    if clock:
        made = made.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
    return made.sign(signer, hashes.SHA256())


@dataclass(kw_only=True)
class PostOffice:
    """What arrived, as recipient and bytes, and where the next dialogue fails: a stage, and how ("drop" or a reply)."""

    mailbox: list[tuple[str, bytes]] = field(default_factory=list)
    stage: str = ""
    how: str = "drop"
    only: str = ""
    times: int = 1
    port: int = 0

    def fail(self, stage: str, how: str = "drop", only: str = "", times: int = 1) -> None:
        self.stage, self.how, self.only, self.times = stage, how, only, times

    def strikes(self, stage: str, recipient: str = "") -> bool:
        """Say whether it fails here and now; each failure is used up."""
        if stage != self.stage or not self.times or (self.only and self.only != recipient):
            return False
        self.times -= 1
        return True

    def arrivals(self) -> list[str]:
        return sorted(recipient for recipient, _ in self.mailbox)


class _Clerk(SMTP):
    """A server that asks the post office at every stage whether it is to fail."""

    def __init__(self, office: PostOffice, *args: Any, **more: Any) -> None:
        self.office = office
        super().__init__(*args, **more)

    def _drop(self) -> None:
        assert isinstance(self.transport, asyncio.WriteTransport)
        self.transport.abort()
        raise asyncio.CancelledError

    async def _fails(self, stage: str, recipient: str = "") -> bool:
        if not self.office.strikes(stage, recipient):
            return False
        if self.office.how == "drop":
            self._drop()
        await self.push(self.office.how)
        if self.office.how.startswith("421"):  # after which a server closes
            assert self.transport is not None
            self.transport.close()
        return True

    def connection_made(self, transport: Any) -> None:
        if self.office.strikes("connect"):
            transport.abort()
            return
        super().connection_made(transport)

    async def smtp_EHLO(self, hostname: str) -> None:
        if not await self._fails("EHLO"):
            await super().smtp_EHLO(hostname)

    async def smtp_STARTTLS(self, arg: str) -> None:
        if not await self._fails("STARTTLS"):
            await super().smtp_STARTTLS(arg)

    async def smtp_AUTH(self, arg: str) -> None:
        if not await self._fails("AUTH"):
            await super().smtp_AUTH(arg)

    async def smtp_MAIL(self, arg: str) -> None:
        if not await self._fails("MAIL"):
            await super().smtp_MAIL(arg)

    async def smtp_RCPT(self, arg: str) -> None:
        box = arg.partition("<")[2].partition(">")[0]
        if not await self._fails("RCPT", box):
            await super().smtp_RCPT(arg)

    async def smtp_DATA(self, arg: str) -> None:
        if await self._fails("DATA"):
            return
        if self.office.strikes("content"):
            await self.push("354 go on")
            await self._reader.readline()
            self._drop()
        await super().smtp_DATA(arg)


class _Hooks:
    """What the server does with a whole message: keep it, and answer, or fall silent before or after keeping it."""

    def __init__(self, office: PostOffice) -> None:
        self.office = office

    async def handle_DATA(self, server: Any, session: Session, envelope: Envelope) -> str:
        (box,) = envelope.rcpt_tos
        if self.office.strikes("dot, lost"):
            server._drop()
        if self.office.strikes("dot, refused"):
            if self.office.how.startswith("421"):
                asyncio.get_running_loop().call_later(0.01, server.transport.close)
            return self.office.how
        self.office.mailbox.append((box, envelope.original_content or b""))
        if self.office.strikes("dot, kept"):
            server._drop()
        return "250 kept"


def _checked(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
    return AuthResult(success=(data.login, data.password) == (USER.encode(), PASSWORD.encode()), handled=False)


@contextmanager
def opened(papers: Papers, tls: bool = False) -> Iterator[PostOffice]:
    """Open a post office on this machine for as long as it is needed."""
    office = PostOffice()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(papers.certificate, papers.key)
    loop = asyncio.new_event_loop()
    loop.set_exception_handler(lambda *_: None)  # dialogues that it broke off itself

    def clerk() -> _Clerk:
        secured = {"tls_context": None if tls else context, "require_starttls": not tls, "auth_require_tls": not tls}
        with warnings.catch_warnings(action="ignore"):  # it does not see that TLS is there from the first byte
            return _Clerk(office, _Hooks(office), loop=loop, authenticator=_checked, auth_required=True, **secured)

    server = loop.run_until_complete(loop.create_server(clerk, "127.0.0.1", 0, ssl=context if tls else None))
    office.port = server.sockets[0].getsockname()[1]
    thread = Thread(target=loop.run_forever)
    thread.start()
    try:
        yield office
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        server.close()
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0.01))
        loop.close()
