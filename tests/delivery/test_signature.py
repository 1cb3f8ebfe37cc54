"""A signature is invisible, keeps the page archival and accessible, and tells of every change after it."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pypdf.annotations
import pytest
from asn1crypto import tsp
from pyhanko.keys import load_cert_from_pemder, load_private_key_from_pemder
from pyhanko.sign.timestamps import DummyTimeStamper

from jianbao.core.errors import DeliveryError
from jianbao.delivery import signature
from jianbao.delivery.checksums import Trust
from jianbao.delivery.signature import (
    examine_content,
    inspect_signatures,
    read_key,
    read_trust,
    sign_content,
    sign_pdf,
)
from tests.delivery import mail_server
from tests.delivery.mail_server import PASSPHRASE, Papers
from tests.validators.verapdf import CONFORMING, judge
from tests.workspaces import run

NAME = "onepage.en.pdf"


@pytest.fixture(scope="session")
def page(finished: Path) -> bytes:
    return (finished / "output/midsummer" / NAME).read_bytes()


@pytest.fixture(scope="session")
def signed(page: bytes, papers: Papers) -> bytes:
    return sign_pdf(page, NAME, read_key(papers.office, PASSPHRASE))


def faults(content: bytes, trust: Trust | None = None) -> list[str]:
    return [problem.what for problem in inspect_signatures(content, NAME, trust or Trust())[1]]


def test_what_was_there_before_is_left_byte_for_byte(page: bytes, signed: bytes) -> None:
    assert signed.startswith(page) and len(signed) > len(page)


def test_a_signature_is_good_and_names_its_signer(signed: bytes, papers: Papers) -> None:
    ((seal,), problems) = inspect_signatures(signed, NAME, read_trust([papers.authority]))
    assert not problems and seal.signer == "Lantern Guild" and seal.trusted and not seal.clock


def test_a_signer_is_vouched_for_only_by_an_authority_that_was_named(signed: bytes, tmp_path: Path) -> None:
    assert not inspect_signatures(signed, NAME, Trust())[0][0].trusted
    strangers = mail_server.issue(tmp_path)
    assert faults(signed, read_trust([strangers.authority])) == ["its signer is not certified by a trusted authority"]


def test_nothing_of_it_is_seen_on_the_page(page: bytes, signed: bytes, tmp_path: Path) -> None:
    drawn = []
    for name, content in (("before.pdf", page), ("after.pdf", signed)):
        (tmp_path / name).write_bytes(content)
        command = ["pdftoppm", "-r", "50", "-png", str(tmp_path / name)]
        drawn.append(subprocess.run(command, check=True, capture_output=True).stdout)
    assert drawn[0] == drawn[1]


@pytest.mark.validators
def test_a_signed_page_stays_archival_and_accessible(signed: bytes, tmp_path: Path) -> None:
    path = tmp_path / NAME
    path.write_bytes(signed)
    assert judge(path) == CONFORMING


def test_a_changed_byte_is_found(page: bytes, signed: bytes) -> None:
    middle = len(page) // 2
    assert faults(signed[:middle] + bytes([signed[middle] ^ 1]) + signed[middle + 1 :])


@pytest.mark.parametrize("what", ["annotation", "page"])
def test_what_was_added_after_it_is_found(signed: bytes, tmp_path: Path, what: str) -> None:
    path = tmp_path / NAME
    path.write_bytes(signed)
    writer = pypdf.PdfWriter(path, incremental=True)
    if what == "page":
        writer.add_blank_page(100, 100)
    else:
        writer.add_annotation(0, pypdf.annotations.FreeText(text="more", rect=(10, 10, 90, 40)))
    writer.write(path)
    assert path.read_bytes().startswith(signed)
    (said,) = faults(path.read_bytes())
    assert said.startswith("after it was signed, ")


def test_a_second_office_may_sign_after_the_first(signed: bytes, tmp_path: Path) -> None:
    second = mail_server.issue(tmp_path, holder="Harbour Council")
    both = sign_pdf(signed, NAME, read_key(second.office, PASSPHRASE))
    seals, problems = inspect_signatures(both, NAME, Trust())
    assert [seal.signer for seal in seals] == ["Lantern Guild", "Harbour Council"] and not problems


@contextmanager
def clock(papers: Papers) -> Iterator[str]:
    """Run a timestamp server on this machine."""
    stamper = DummyTimeStamper(
        load_cert_from_pemder(str(papers.certificate)), load_private_key_from_pemder(str(papers.key), None)
    )

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = tsp.TimeStampReq.load(self.rfile.read(int(self.headers["Content-Length"])))
            content = stamper.request_tsa_response(asked).dump()
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="session")
def tower(tmp_path_factory: pytest.TempPathFactory) -> Papers:
    """Return the papers of a timestamp authority that the office's own does not vouch for."""
    return mail_server.issue(tmp_path_factory.mktemp("tower"), holder="Clock Tower", clock=True)


@pytest.fixture(scope="session")
def stamped(page: bytes, papers: Papers, tower: Papers) -> bytes:
    with clock(tower) as address:
        return sign_pdf(page, NAME, read_key(papers.office, PASSPHRASE), address)


def test_a_timestamp_says_when_and_by_whose_clock(stamped: bytes) -> None:
    ((seal,), problems) = inspect_signatures(stamped, NAME, Trust())
    assert seal.clock == "Clock Tower" and not seal.clock_trusted and not problems


def test_a_timestamp_is_believed_of_an_authority_that_was_named_alone(
    stamped: bytes, papers: Papers, tower: Papers
) -> None:
    what = "its timestamp is by 'Clock Tower', for which no trusted authority vouches"
    assert faults(stamped, read_trust([papers.authority])) == [what]
    ((seal,), problems) = inspect_signatures(stamped, NAME, read_trust([papers.authority, tower.authority]))
    assert seal.clock_trusted and seal.trusted and not problems


def test_the_command_says_whose_clock_it_was(stamped: bytes, papers: Papers, tower: Papers, tmp_path: Path) -> None:
    path = tmp_path / NAME
    path.write_bytes(stamped)
    assert "by a timestamp of Clock Tower (whose clock that is was not asked)" in run("verify", path).out
    words = [word for each in (papers, tower) for word in ("--trust", each.authority)]
    assert "by a timestamp of Clock Tower, unchanged since; vouched for" in run("verify", path, *words).out


def test_a_manifest_is_stamped_as_a_page_is(papers: Papers, tower: Papers) -> None:
    with clock(tower) as address:
        made = sign_content(b"{}", "a", read_key(papers.office, PASSPHRASE), address)
    assert examine_content(b"{}", made, "a", Trust())[0].clock == "Clock Tower"  # type: ignore[union-attr]
    assert "Clock Tower" in examine_content(b"{}", made, "a", read_trust([papers.authority]))[1][0].what


def test_without_its_timestamp_nothing_is_signed(page: bytes, papers: Papers) -> None:
    with pytest.raises(DeliveryError, match="check that the timestamp server answers"):
        sign_pdf(page, NAME, read_key(papers.office, PASSPHRASE), "http://127.0.0.1:1/")
    done = run("sign", "page.pdf", "--key", papers.office, "--timestamp", "")
    assert done.code == 2 and "name the timestamp server, or leave the option out" in done.err


def test_a_certificate_that_has_run_out_signs_nothing(tmp_path: Path) -> None:
    with pytest.raises(DeliveryError, match="its certificate is valid from"):
        read_key(mail_server.issue(tmp_path, days=-2).office, PASSPHRASE)


def test_a_strange_file_is_one_problem() -> None:
    assert faults(b"%PDF-1.7 /ByteRange nonsense")[0].startswith("its signature cannot be read")


def test_the_command_signs_beside_the_file_by_a_variable_or_a_descriptor(
    page: bytes, papers: Papers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "brief.pdf"
    path.write_bytes(page)
    monkeypatch.setenv("JIANBAO_KEY_PASSPHRASE", PASSPHRASE)
    assert run("sign", path, "--key", papers.office).out == f"{tmp_path / 'brief.signed.pdf'}\n"
    done = run("verify", tmp_path / "brief.signed.pdf", "--trust", papers.authority)
    assert done.code == 0 and "signed by Lantern Guild" in done.out and "vouched for" in done.out
    reading, writing = os.pipe()
    os.write(writing, PASSPHRASE.encode() + b"\n")
    os.close(writing)
    monkeypatch.delenv("JIANBAO_KEY_PASSPHRASE")
    assert run("sign", path, "--key", papers.office, "--passphrase-fd", reading).code == 0
    os.close(reading)
    assert path.read_bytes() == page


def test_a_key_that_is_not_there_is_named_before_its_passphrase_is_asked_for(tmp_path: Path) -> None:
    done = run("sign", "page.pdf", "--key", tmp_path / "none.p12")
    assert done.code == 2 and "none.p12' does not exist" in done.err and "passphrase" not in done.err


@pytest.mark.parametrize("link", [True, False])
def test_only_a_signed_page_gives_way_to_a_signed_page(
    page: bytes, signed: bytes, papers: Papers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, link: bool
) -> None:
    monkeypatch.setenv("JIANBAO_KEY_PASSPHRASE", PASSPHRASE)
    path, made = tmp_path / "brief.pdf", tmp_path / "brief.signed.pdf"
    path.write_bytes(page)
    made.write_bytes(signed)
    assert run("sign", path, "--key", papers.office).code == 0
    made.unlink()
    if link:
        made.symlink_to(path)
    else:
        made.write_bytes(page)
    done = run("sign", path, "--key", papers.office)
    assert done.code == 7 and "this is no signed PDF" in done.err and made.read_bytes() == page


def test_a_passphrase_is_never_shown(
    papers: Papers, page: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "brief.pdf"
    path.write_bytes(page)
    monkeypatch.setenv("JIANBAO_KEY_PASSPHRASE", "sword of Damocles")
    done = run("sign", path, "--key", papers.office)
    assert done.code == 7 and "the key does not open" in done.err
    assert "Damocles" not in done.out + done.err + caplog.text
    monkeypatch.delenv("JIANBAO_KEY_PASSPHRASE")
    assert "set JIANBAO_KEY_PASSPHRASE" in run("sign", path, "--key", papers.office).err


def test_a_pdf_without_a_signature_proves_nothing(page: bytes, tmp_path: Path) -> None:
    path = tmp_path / "brief.pdf"
    path.write_bytes(page)
    done = run("verify", path)
    assert done.code == 7 and "it has no signature" in done.err


@pytest.mark.slow
def test_an_edition_is_signed_in_its_place_and_its_package_says_by_whom(
    root: Path, papers: Papers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JIANBAO_KEY_PASSPHRASE", PASSPHRASE)
    assert run("sign", "--edition", "midsummer", "--workspace", root, "--key", papers.office).code == 0
    assert run("package", "midsummer", root).code == 0
    done = run("verify", root / "output/midsummer.zip", "--trust", papers.authority)
    assert done.code == 0 and f"edition/{NAME}: signed by Lantern Guild" in done.out


def test_one_page_that_cannot_be_signed_leaves_all_as_they_were(
    root: Path, papers: Papers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JIANBAO_KEY_PASSPHRASE", PASSPHRASE)
    folder = root / "output/midsummer"
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    monkeypatch.setattr(signature, "PdfSigner", lambda *_, **__: (_ for _ in ()).throw(ValueError("no")))
    assert run("sign", "--edition", "midsummer", "--workspace", root, "--key", papers.office).code == 7
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
