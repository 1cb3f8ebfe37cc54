"""An invented city's finished edition, its office's papers, and messages to three recipients."""

import shutil
from collections.abc import Iterator
from email.headerregistry import Address
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest

from jianbao.app import deliver
from jianbao.delivery.recipients import MailServer
from jianbao.delivery.smtp import Message
from tests import workspaces
from tests.delivery import mail_server
from tests.delivery.mail_server import Papers, PostOffice
from tests.product.official.conftest import OVERLAY

BOOK = """
mail: {host: localhost, port: 1, security: starttls, sender: Lantern Guild <brief@guild.example>, user: brief}
groups:
  council:
    language: zh-en
    files: [onepage.en.pdf, package]
    recipients: ["港务议会 <council@harbour.example>", second@harbour.example]
  press:
    language: en
    recipients: [Q. Quillon <q@quillon.example>]
"""
SENDER = Address("Lantern Guild", addr_spec="brief@guild.example")
BOXES = ("council@harbour.example", "second@harbour.example", "q@quillon.example")


def addressed() -> tuple[Message, ...]:
    """Return a message to each of the recipients."""
    return tuple(
        Message(
            group="all",
            sender=SENDER,
            recipient=Address(addr_spec=box),
            subject="简报 / Brief",
            text="第一行\n.\n.dot\n",
            files={"brief.pdf": b"%PDF-\r\n"},
        )
        for box in BOXES
    )


@pytest.fixture(scope="session")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Papers:
    return mail_server.issue(tmp_path_factory.mktemp("papers"))


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a workspace with a finished edition of one product."""
    root = workspaces.copy(workspaces.MINIATURE, tmp_path_factory.mktemp("finished") / "workspace")
    shutil.copytree(OVERLAY, root, dirs_exist_ok=True)
    (root / "templates/theme.yml").unlink()
    workspaces.amend(
        root,
        "templates/outline.yml",
        "[onepage.zh.pdf, onepage.en.pdf, gongwen.zh.pdf, gongwen.en.pdf]",
        "[onepage.en.pdf]",
    )
    book = root / "data/delivery.yml"
    book.write_text(book.read_text("utf-8") + BOOK, "utf-8")
    done = workspaces.run("build", root, "--output", root / "output")
    assert done.code == 0, done.err
    return root


@pytest.fixture
def root(finished: Path, tmp_path: Path) -> Path:
    """Return a copy of that workspace, to be changed."""
    shutil.copytree(finished, tmp_path / "workspace")
    return tmp_path / "workspace"


@pytest.fixture
def blank_letters(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spare the setting of covering letters, which are written all the same, where their pages are not looked at."""
    blank = BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.save(blank, deterministic_id=True)
    monkeypatch.setattr(deliver, "render_pdf", lambda *_, **__: blank.getvalue())


@pytest.fixture
def office(papers: Papers) -> Iterator[PostOffice]:
    with mail_server.opened(papers) as found:
        yield found


@pytest.fixture
def server(office: PostOffice) -> MailServer:
    return MailServer(host="localhost", port=office.port, security="starttls", sender=SENDER, user=mail_server.USER)


@pytest.fixture
def messages() -> tuple[Message, ...]:
    return addressed()
