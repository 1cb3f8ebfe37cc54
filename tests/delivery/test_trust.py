"""What `--trust` is asked for it proves of every file, or fails: whatever is stripped, swapped, changed or added."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pikepdf
import pypdf
import pytest

from jianbao.core.edition_folder import MANIFEST, SIGNATURE
from jianbao.core.zip_csv import write_archive
from jianbao.delivery.checksums import INVENTORY, Checksums, Trust, as_inventory, make_checksums
from jianbao.delivery.signature import (
    examine_content,
    inspect_signatures,
    read_key,
    read_trust,
    sign_content,
    sign_pdf,
)
from jianbao.delivery.verify import unzip_safely
from tests.delivery import mail_server
from tests.delivery.mail_server import PASSPHRASE, Papers
from tests.delivery.test_package import DAY
from tests.delivery.test_signature import NAME
from tests.workspaces import Done, amend, run

PAGE, LIST, PROOF = f"edition/{NAME}", f"edition/{MANIFEST}", f"edition/{SIGNATURE}"
OTHER = "edition/onepage.zh.pdf"
Files = dict[str, bytes]


@pytest.fixture(scope="session")
def office_signed(finished: Path, papers: Papers, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a workspace whose edition is signed and packed; its page is there twice, as in two languages."""
    root = tmp_path_factory.mktemp("signed") / "workspace"
    shutil.copytree(finished, root)
    folder = root / "output/midsummer"
    shutil.copy(folder / NAME, folder / OTHER.removeprefix("edition/"))
    record = json.loads((folder / MANIFEST).read_bytes())
    record["outputs"]["onepage.zh.pdf"] = record["outputs"][NAME]
    (folder / MANIFEST).write_text(json.dumps(record))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JIANBAO_KEY_PASSPHRASE", PASSPHRASE)
        done = run("sign", "--edition", "midsummer", "--workspace", root, "--key", papers.office)
    assert done.code == 0 and "every PDF and the manifest signed" in done.out, done.err
    assert run("package", "midsummer", root).code == 0
    return root


@pytest.fixture
def root(office_signed: Path, tmp_path: Path) -> Path:
    shutil.copytree(office_signed, tmp_path / "workspace")
    return tmp_path / "workspace"


@pytest.fixture
def attack(office_signed: Path, papers: Papers, tmp_path: Path) -> Callable[..., Done]:
    """Return what changes a package as an attacker would, with its manifests remade, and has it verified."""
    whole = dict(unzip_safely((office_signed / "output/midsummer.zip").read_bytes(), "package"))

    def carried_out(change: Callable[[Files], Files], trust: Path | None = papers.authority) -> Done:
        files = remade(change(dict(whole)))
        path = tmp_path / "attack.zip"
        path.write_bytes(write_archive(files, DAY))
        return run("verify", path, *(("--trust", trust) if trust else ()))

    return carried_out


def remade(files: Files) -> Files:
    """Return a package with its inventory made anew, so that it is whole."""
    former = as_inventory(json.loads(files.pop(INVENTORY)))
    made = replace(make_checksums(former.edition, DAY, former.made_by, files), as_of=former.as_of)
    return {**files, INVENTORY: made.written()}


def resealed(files: Files) -> Files:
    """Return a package with the edition's own manifest made anew for the files that are there."""
    record = json.loads(files[LIST])
    record["outputs"] = {name: sha256(files[f"edition/{name}"]).hexdigest() for name in record["outputs"]}
    listed = {name: each for name, each in files.items() if name not in (LIST, PROOF, INVENTORY)}
    about = record["signed"]["package"]
    record["signed"]["package"]["files"] = make_checksums(about["edition"], DAY, "", listed).record()["files"]
    return {**files, LIST: json.dumps(record).encode()}


def cut(content: bytes) -> bytes:
    """Return a PDF as it was before it was signed."""
    return content[: content.index(b"%%EOF\n") + len(b"%%EOF\n")]


def hidden(content: bytes) -> bytes:
    """Return a signed PDF with another page, whose signature a search for its usual name does not find."""
    return content.replace(b"/ByteRange", b"/Byte#52ange") + b"%"


def stripped(files: Files) -> Files:
    return resealed({**files, PAGE: cut(files[PAGE]), OTHER: cut(files[OTHER])})


ATTACKS: dict[str, tuple[Callable[[Files], Files], str]] = {
    "both cut back": (stripped, "manifest.json: what it signs was changed"),
    "one of two cut back": (lambda files: resealed({**files, PAGE: cut(files[PAGE])}), "what it signs was changed"),
    "one cut back, the list as it was": (
        lambda files: {**files, PAGE: cut(files[PAGE])},
        "not the file that was signed",
    ),
    "all signatures gone": (
        lambda files: {name: each for name, each in stripped(files).items() if name != PROOF},
        "manifest.json: it has no signature",
    ),
    "languages swapped": (
        lambda files: {**files, PAGE: files[OTHER], OTHER: files[PAGE]},
        "not the file that was signed",
    ),
    "languages swapped, the list too": (
        lambda files: resealed({**files, PAGE: files[OTHER], OTHER: files[PAGE]}),
        "what it signs was changed",
    ),
    "a table changed": (
        lambda files: {**files, "data/ties.csv": b"tie\n"},
        "ties.csv: this is not the file that was signed",
    ),
    "the ledger changed": (
        lambda files: resealed({**files, "edition/ledger.json": b"{}"}),
        "what it signs was changed",
    ),
    "a letter changed": (lambda files: {**files, "letter.en.pdf": files[PAGE]}, "letter.en.pdf: this is not the file"),
    "a file more": (lambda files: {**files, "edition/more.pdf": files[PAGE]}, "more.pdf: the signature does not cover"),
    "a page less": (
        lambda files: {k: v for k, v in files.items() if k != OTHER},
        "zh.pdf: the file was signed and is missing",
    ),
    "the list gone": (lambda files: {k: v for k, v in files.items() if k != LIST}, "it has no signature"),
    "a name written otherwise": (lambda files: {**files, PAGE: hidden(files[PAGE])}, "onepage.en.pdf"),
    "no signature of any kind": (lambda files: {**files, PROOF: b""}, "its signature cannot be read"),
    "more than a signature": (lambda files: {**files, PROOF: files[PROOF] + b"\0"}, "its signature cannot be read"),
    "another's list": (lambda files: {**files, LIST: b"{}"}, "what it signs was changed"),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_every_attack_fails_and_is_named(attack: Callable[..., Done], name: str) -> None:
    change, said = ATTACKS[name]
    done = attack(change)
    assert done.code == 7 and said in done.err and "Traceback" not in done.err, done.err


def test_what_nobody_touched_is_vouched_for(attack: Callable[..., Done]) -> None:
    done = attack(lambda files: files)
    assert done.code == 0, done.err
    assert "the manifest, with every file: signed by Lantern Guild" in done.out
    assert f"{PAGE}: signed by Lantern Guild" in done.out and f"{OTHER}: signed by" in done.out


def test_a_package_says_nothing_that_was_not_signed_of_itself(attack: Callable[..., Done]) -> None:
    def renamed(about: dict[str, Any]) -> Callable[[Files], Files]:
        def change(files: Files) -> Files:
            known: Checksums = as_inventory(json.loads(files[INVENTORY]))
            return {**files, INVENTORY: replace(known, **about).written()}

        return change

    for about in ({"edition": "winter"}, {"as_of": "2020-01-01"}, {"made_by": "the Ministry"}):
        done = attack(renamed(about))
        assert done.code == 7 and "it says that it is" in done.err, about


def test_the_signer_of_the_manifest_is_of_the_authority_that_was_named(
    attack: Callable[..., Done], tmp_path: Path
) -> None:
    mallory = mail_server.issue(tmp_path / "mallory")
    key = read_key(mallory.office, PASSPHRASE)

    def taken_over(files: Files) -> Files:
        made = resealed(stripped(files))
        return {**made, PROOF: sign_content(made[LIST], LIST, key)}

    done = attack(taken_over)
    assert done.code == 7 and "its signer is not certified by a trusted authority" in done.err
    assert "it has no signature" in done.err
    assert attack(taken_over, None).code == 0, "nobody was asked who they are"


def test_without_an_authority_a_signature_that_does_not_hold_fails_too(attack: Callable[..., Done]) -> None:
    for name in ("both cut back", "languages swapped", "a table changed", "a name written otherwise"):
        assert attack(ATTACKS[name][0], None).code == 7, name
    unsigned = attack(ATTACKS["all signatures gone"][0], None)
    assert unsigned.code == 0 and "Its manifest is not signed: nobody vouches" in unsigned.out


def test_the_manifest_says_what_each_pdf_is(office_signed: Path) -> None:
    record = json.loads((office_signed / "output/midsummer" / MANIFEST).read_bytes())
    assert record["signed"]["pdfs"] == {
        "onepage.en.pdf": {"template": "onepage", "languages": ["en"]},
        "onepage.zh.pdf": {"template": "onepage", "languages": ["zh"]},
    }


# In the folder of an edition


def test_trust_in_an_edition_is_asked_of_its_folder(root: Path, papers: Papers) -> None:
    from jianbao.delivery.verify import verify_signed_edition

    folder = root / "output/midsummer"
    trust = read_trust([papers.authority])
    found = verify_signed_edition(folder, trust)
    assert found.manifest and found.manifest.trusted and len(found.seals) == 2
    content = (folder / NAME).read_bytes()
    for spoil in (
        lambda: (folder / NAME).write_bytes(cut(content)),
        (folder / NAME).unlink,
        (folder / SIGNATURE).unlink,
    ):
        spoil()
        with pytest.raises(Exception, match=r"not the file that was signed|is missing|has no signature"):
            verify_signed_edition(folder, trust)


def test_a_signed_edition_is_told_who_signed_it_and_no_signature_is_a_difference(root: Path) -> None:
    done = run("verify", "midsummer", root)
    assert "the manifest, with every file: signed by Lantern Guild" in done.out, done.err
    assert f"{NAME}: signed by Lantern Guild" in done.out and "differs" not in done.out


def test_an_edition_that_is_not_signed_is_not_trusted(finished: Path, papers: Papers) -> None:
    done = run("verify", "midsummer", finished, "--trust", papers.authority)
    assert done.code == 7 and "it has no signature" in done.err and "jianbao sign --edition" in done.err


def test_what_is_asked_for_and_cannot_be_answered_is_an_error(finished: Path, tmp_path: Path) -> None:
    assert run("verify", "midsummer", finished, "--digest", "").code == 2
    assert run("verify", "midsummer", finished, "--digest", "0" * 64).code == 2
    path = tmp_path / NAME
    path.write_bytes((finished / "output/midsummer" / NAME).read_bytes())
    assert "no digest to compare" in run("verify", path, "--digest", "0" * 64).err


def test_the_archive_keeps_the_signature(root: Path, papers: Papers) -> None:
    from jianbao.delivery.verify import verify_signed_edition

    assert run("archive", "midsummer", "-w", root).code == 0
    folder, trust = root / "output/archive/midsummer", read_trust([papers.authority])
    found = verify_signed_edition(folder, trust, whole=False)
    assert found.manifest and found.records_only and not found.seals
    (folder / "ledger.json").write_bytes(b"{}")
    with pytest.raises(Exception, match="not the file that was signed"):
        verify_signed_edition(folder, trust, whole=False)
    (folder / "ledger.json").unlink()
    with pytest.raises(Exception, match=r"ledger\.json: the file was signed and is missing"):
        verify_signed_edition(folder, trust, whole=False)


def test_an_edition_whose_pages_are_gone_is_no_record_of_it(root: Path, papers: Papers) -> None:
    folder = root / "output/midsummer"
    shutil.copytree(folder, root / "records", ignore=shutil.ignore_patterns("*.pdf"))
    for page in folder.glob("*.pdf"):
        page.unlink()
    done = run("verify", "midsummer", root, "--trust", papers.authority)
    assert done.code == 7 and f"{NAME}: the file was signed and is missing" in done.err
    named = run("verify", "midsummer", root, "--archive", root / "records", "--trust", papers.authority)
    assert "the manifest, with the records alone, since no PDF is here: signed by" in named.out, named.err


@pytest.mark.parametrize("spoil", ["no signature", "another manifest", "a letter"])
def test_a_signed_edition_that_is_not_as_it_was_signed_is_not_packed(root: Path, spoil: str) -> None:
    folder = root / "output/midsummer"
    if spoil == "no signature":
        (folder / SIGNATURE).unlink()
    elif spoil == "another manifest":
        (folder / MANIFEST).write_bytes((folder / MANIFEST).read_bytes() + b"\n")
    else:
        amend(root, "data/delivery.yml", "en: Lantern Guild", "en: Lantern House")
    done = run("package", "midsummer", root)
    said = {"no signature": "is missing", "another manifest": "was changed", "a letter": "sign the edition again"}
    assert done.code == 7 and said[spoil] in done.err, done.err


def test_signing_again_leaves_pages_that_bear_the_signature_as_they_are(
    root: Path, papers: Papers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JIANBAO_KEY_PASSPHRASE", PASSPHRASE)
    before = (root / "output/midsummer" / NAME).read_bytes()
    assert run("sign", "--edition", "midsummer", "--workspace", root, "--key", papers.office).code == 0
    assert (root / "output/midsummer" / NAME).read_bytes() == before
    assert run("package", "midsummer", root).code == 0


# In a PDF


@pytest.fixture(scope="session")
def page(finished: Path) -> bytes:
    return (finished / "output/midsummer" / NAME).read_bytes()


@pytest.fixture(scope="session")
def signed(page: bytes, papers: Papers) -> bytes:
    return sign_pdf(page, NAME, read_key(papers.office, PASSPHRASE))


def faults(content: bytes) -> str:
    return " / ".join(problem.what for problem in inspect_signatures(content, NAME, Trust())[1])


def test_a_signature_is_found_however_its_names_are_written(signed: bytes) -> None:
    seals, problems = inspect_signatures(signed.replace(b"/ByteRange", b"/Byte#52ange"), NAME, Trust())
    assert problems and not seals


def test_a_signature_that_was_taken_out_afterwards_is_missed(signed: bytes, tmp_path: Path) -> None:
    path = tmp_path / NAME
    path.write_bytes(signed)
    writer = pypdf.PdfWriter(path, incremental=True)
    del writer.root_object["/AcroForm"]
    writer.write(path)
    assert path.read_bytes().startswith(signed)
    assert "its signature 'Signature1' was taken out" in faults(path.read_bytes())


def test_a_field_without_its_signature_is_told(signed: bytes, tmp_path: Path) -> None:
    path = tmp_path / NAME
    path.write_bytes(signed)
    writer = pypdf.PdfWriter(path, incremental=True)
    form: Any = writer.root_object["/AcroForm"]
    field = form["/Fields"][0].get_object()
    del field["/V"]
    writer.write(path)
    assert "its field 'Signature1' holds no signature" in faults(path.read_bytes())


@pytest.mark.parametrize("more", [b"\n", b"%", b"PK\x03\x04", b"\0" * 100])
def test_bytes_after_the_end_are_found(signed: bytes, more: bytes) -> None:
    assert "something was added at its end" in faults(signed + more)


def test_other_metadata_after_the_signature_are_found(signed: bytes, tmp_path: Path) -> None:
    path = tmp_path / NAME
    path.write_bytes(signed)
    writer = pypdf.PdfWriter(path, incremental=True)
    writer.add_metadata({"/Author": "Mallory"})
    writer.write(path)
    assert "after it was signed" in faults(path.read_bytes())


def test_a_page_without_any_signature_has_no_fault(page: bytes) -> None:
    assert inspect_signatures(page, NAME, Trust()) == ((), [])


def test_what_is_no_pdf_any_more_is_a_fault(signed: bytes) -> None:
    assert faults(signed[: len(signed) // 2]) and faults(b"%PDF-1.7\n")


# Beside any file


def test_a_signature_beside_a_file_is_good_for_that_file_alone(papers: Papers) -> None:
    made = sign_content(b"{}", "a", read_key(papers.office, PASSPHRASE))
    seal, problems = examine_content(b"{}", made, "a", read_trust([papers.authority]))
    assert seal and seal.trusted and seal.signer == "Lantern Guild" and not problems
    assert examine_content(b"{ }", made, "a", Trust())[1][0].what == "what it signs was changed"


@pytest.mark.parametrize("content", [b"", b"\x30\x00", b"\x30\x80", b"x" * 99, b"0" * 100_000])
def test_a_signature_that_is_none_is_one_problem(content: bytes) -> None:
    seal, problems = examine_content(b"{}", content, "a", Trust())
    assert seal is None and len(problems) == 1


def test_pikepdf_reads_a_signed_page(signed: bytes, tmp_path: Path) -> None:
    path = tmp_path / NAME
    path.write_bytes(signed)
    with pikepdf.open(path) as opened:
        assert opened.Root.AcroForm.SigFlags == 3
