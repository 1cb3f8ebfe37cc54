"""A key that never leaves its token signs as one from a file does; whatever is not there is one error and no change."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pkcs11
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from pkcs11 import Attribute, CertificateType, ObjectClass

from jianbao.core.errors import DeliveryError
from jianbao.delivery.checksums import Trust
from jianbao.delivery.pkcs11_token import Token, open_token
from jianbao.delivery.signature import examine_content, inspect_signatures, read_trust, sign_content, sign_pdf
from tests.delivery import mail_server
from tests.delivery.mail_server import Papers
from tests.delivery.test_signature import NAME
from tests.repository.tree import ROOT
from tests.validators.verapdf import CONFORMING, judge
from tests.workspaces import Done, run, snapshot

PIN = "4711"
MODULES = ("/usr/lib/softhsm", "/usr/lib64", "/usr/lib/pkcs11", "/usr/local/lib/softhsm", "/opt/homebrew/lib/softhsm")


def soft(*words: object) -> None:
    subprocess.run(["softhsm2-util", *map(str, words)], check=True, capture_output=True)


def lay(module: Path, token: str, certificates: dict[tuple[str, bytes], Path]) -> None:
    """Lay certificates into a token, each under a label and an id."""
    with pkcs11.lib(str(module)).get_token(token_label=token).open(rw=True, user_pin=PIN) as session:
        for (label, id_), path in certificates.items():
            content = x509.load_pem_x509_certificate(path.read_bytes())
            session.create_object(
                {
                    Attribute.CLASS: ObjectClass.CERTIFICATE,
                    Attribute.CERTIFICATE_TYPE: CertificateType.X_509,
                    Attribute.TOKEN: True,
                    Attribute.LABEL: label,
                    Attribute.ID: id_,
                    Attribute.SUBJECT: content.subject.public_bytes(),
                    Attribute.VALUE: content.public_bytes(Encoding.DER),
                }
            )


@pytest.fixture(scope="session")
def module(papers: Papers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return a module with four tokens: of one key, of two keys, of an old certificate, of none."""
    folder = tmp_path_factory.mktemp("tokens")
    (folder / "kept").mkdir()
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder / 'kept'}\nlog.level = ERROR\n")
    old = mail_server.issue(folder / "old", days=-2)
    second = mail_server.issue(folder / "second", holder="Harbour Council")
    keys = {
        "Guild": {"office": papers},
        "Both": {"guild": papers, "council": second},
        "Old": {"office": old},
        "Blank": {},
    }
    found = next(path for place in MODULES if (path := Path(place) / "libsofthsm2.so").is_file())
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOFTHSM2_CONF", str(folder / "softhsm2.conf"))
        for token, held in keys.items():
            soft("--init-token", "--free", "--label", token, "--pin", PIN, "--so-pin", "0815")
            for number, (label, each) in enumerate(held.items(), 1):
                soft("--import", each.key, "--token", token, "--label", label, "--id", f"0{number}", "--pin", PIN)
        for token, held in keys.items():
            ids = enumerate(held.items(), 1)
            lay(found, token, {(label, bytes([number])): each.certificate for number, (label, each) in ids})
        lay(found, "Guild", {("authority", b"\x0f"): papers.authority})
        yield found


@pytest.fixture
def page(finished: Path, tmp_path: Path) -> Path:
    path = tmp_path / NAME
    path.write_bytes((finished / "output/midsummer" / NAME).read_bytes())
    return path


def typed(page: Path, module: Path, *more: object, token: str = "Guild", pin: str = PIN) -> Done:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JIANBAO_TOKEN_PIN", pin)
        return run("sign", page, "--pkcs11", module, "--token", token, *more)


def test_a_token_signs_and_verify_proves_whose_key_it_holds(page: Path, module: Path, papers: Papers) -> None:
    before = page.read_bytes()
    made = page.with_suffix(".signed.pdf")
    assert typed(page, module).out == f"{made}\n"
    done = run("verify", made, "--trust", papers.authority)
    assert done.code == 0 and "signed by Lantern Guild" in done.out and "vouched for by the authority" in done.out
    assert page.read_bytes() == before and made.read_bytes().startswith(before)


def test_a_token_signs_a_manifest_too(module: Path, papers: Papers) -> None:
    with open_token(Token(module, "Guild"), lambda: PIN) as signer:
        made = sign_content(b"{}", "manifest.json", signer)
    seal, problems = examine_content(b"{}", made, "manifest.json", read_trust([papers.authority]))
    assert seal and seal.trusted and not problems


def test_of_several_keys_the_one_that_is_named_signs(page: Path, module: Path) -> None:
    typed(page, module, "--key-label", "council", token="Both")
    ((seal,), problems) = inspect_signatures(page.with_suffix(".signed.pdf").read_bytes(), NAME, Trust())
    assert seal.signer == "Harbour Council" and not problems


@pytest.mark.validators
def test_a_page_signed_by_a_token_stays_archival_and_accessible(page: Path, module: Path) -> None:
    assert typed(page, module).code == 0
    made = page.with_suffix(".signed.pdf")
    assert judge(made) == CONFORMING


@pytest.mark.slow
def test_an_edition_is_signed_by_a_token_in_its_place(root: Path, module: Path, papers: Papers) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OFFICE_PIN", PIN)
        words = ("--pkcs11", module, "--token", "Guild", "--passphrase-env", "OFFICE_PIN")
        assert run("sign", "--edition", "midsummer", "--workspace", root, *words).code == 0
    seals, problems = inspect_signatures(
        (root / "output/midsummer" / NAME).read_bytes(), NAME, read_trust([papers.authority])
    )
    assert seals[0].trusted and not problems and run("package", "midsummer", root).code == 0
    done = run("verify", root / "output/midsummer.zip", "--trust", papers.authority)
    assert done.code == 0 and "the manifest, with every file: signed by Lantern Guild" in done.out


WRONG: dict[str, tuple[dict[str, Any], str, str]] = {
    "a wrong PIN": ({"pin": "0000"}, "the PIN is wrong", "locks itself"),
    "an empty PIN": ({"pin": ""}, "the PIN is wrong", "locks itself"),
    "a missing token": ({"token": "Gild"}, "there is no token 'Gild'", "did you mean 'Guild'?"),
    "a token without a key": ({"token": "Blank"}, "there is no key", ""),
    "a missing key": ({"more": ("--key-label", "ofice")}, "there is no key 'ofice'", "did you mean 'office'?"),
    "an open choice": ({"token": "Both"}, "there is more than one key", "name one of them: "),
    "a missing certificate": ({"more": ("--cert-label", "own")}, "there is no certificate 'own'", "allowed: "),
    "another's certificate": ({"more": ("--cert-label", "authority")}, "not made by its certificate", ""),
    "an old certificate": ({"token": "Old"}, "its certificate is valid from", "ask the authority"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_not_there_or_wrong_is_one_error_and_changes_nothing(
    page: Path, module: Path, case: str, caplog: pytest.LogCaptureFixture
) -> None:
    given, what, hint = WRONG[case]
    before = snapshot(page.parent)
    done = typed(page, module, *given.get("more", ()), token=given.get("token", "Guild"), pin=given.get("pin", PIN))
    assert done.code == 7 and what in done.err and hint in done.err and "1 problem for the operator" in done.err
    assert snapshot(page.parent) == before
    assert PIN not in done.err + done.out + caplog.text and "Traceback" not in done.err


@pytest.mark.parametrize("name", ["missing.so", "pyproject.toml"])
def test_a_module_that_does_not_load_is_one_error_before_any_pin_is_asked_for(page: Path, name: str) -> None:
    done = run("sign", page, "--pkcs11", ROOT / name, "--token", "Guild")
    assert done.code == 7 and f"{name}: it does not load: " in done.err and "1 problem" in done.err


def test_a_library_that_is_no_module_is_one_error(page: Path) -> None:
    done = run("sign", page, "--pkcs11", pkcs11.__file__.replace("__init__.py", "types.py"), "--token", "Guild")
    assert done.code == 7 and "it does not load" in done.err


def test_a_pin_comes_from_a_descriptor_too(page: Path, module: Path) -> None:
    reading, writing = os.pipe()
    os.write(writing, f"{PIN}\n".encode())
    os.close(writing)
    assert run("sign", page, "--pkcs11", module, "--token", "Guild", "--passphrase-fd", reading).code == 0
    os.close(reading)


def test_without_a_pin_the_variable_is_named(page: Path, module: Path) -> None:
    assert "set JIANBAO_TOKEN_PIN" in run("sign", page, "--pkcs11", module, "--token", "Guild").err


@pytest.mark.parametrize(
    "words", [(), ("--pkcs11", "x.so"), ("--token", "Guild"), ("--key", "a.p12", "--pkcs11", "x.so", "--token", "G")]
)
def test_one_key_is_to_be_named(page: Path, words: tuple[str, ...]) -> None:
    done = run("sign", page, *words)
    assert done.code == 2 and "name a key: --key FILE" in done.err


def test_without_the_library_the_command_says_what_to_install(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pkcs11", None)
    monkeypatch.delitem(sys.modules, "jianbao.delivery.pkcs11_token")
    done = run("sign", page, "--pkcs11", "x.so", "--token", "Guild")
    assert done.code == 2 and "pip install 'jianbao[pkcs11]'" in done.err


def test_a_session_is_closed_when_the_block_ends(page: Path, module: Path) -> None:
    with open_token(Token(module, "Guild"), lambda: PIN) as signer:
        pass
    with pytest.raises(DeliveryError, match="it cannot be signed"):
        sign_pdf(page.read_bytes(), NAME, signer)
