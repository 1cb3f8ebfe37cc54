"""An OFD from the outline to the recipient: built, proven, packed and handed over like every other product."""

import shutil
from pathlib import Path
from zipfile import ZipFile

import pytest

from jianbao.app import products
from jianbao.brief.outline import Product
from jianbao.cli.deliver import KEY
from jianbao.delivery.package import kind_of
from jianbao.delivery.smtp import TYPES
from jianbao.render import product
from tests import workspaces
from tests.delivery import mail_server
from tests.delivery.conftest import BOOK
from tests.delivery.mail_server import PASSPHRASE, Papers
from tests.ofd_reader import Ofd
from tests.product.official.conftest import LONG, OVERLAY
from tests.workspaces import amend, run

pytestmark = pytest.mark.slow

OUTLINE = "[onepage.zh.pdf, onepage.en.pdf, gongwen.zh.pdf, gongwen.en.pdf]"
# GB/T 9704-2012, 7: the parts in the order in which they are read, of an office that gives them all.
PARTS = {
    "份号": "000042",
    "密级和保密期限": "内部",
    "紧急程度": "加急",
    "发文机关标志": "灯笼行会文件",
    "发文字号": "灯行〔2031〕7号",
    "签发人": "签发人：奎隆",
    "成文日期": "2031年7月4日",
    "附注": "（此件公开）",
}
POSTER = "  poster:\n    - {section: onepage, role: summary}\n"
ALL = {*PARTS, "标题", "主送机关", "正文", "附件说明", "发文机关署名", "附件", "抄送机关", "印发机关和印发日期"}


def workspace_of(folder: Path, outline: str) -> Path:
    """Return a workspace of the invented city with these products, whose office sends its OFD to a council."""
    root = workspaces.copy(workspaces.MINIATURE, folder)
    shutil.copytree(OVERLAY, root, dirs_exist_ok=True)
    (root / "templates/theme.yml").unlink()
    amend(root, "templates/outline.yml", OUTLINE, outline)
    amend(root, "data/editions.yml", "draft: no", "draft: yes")
    for old, new in LONG.items():
        amend(root, "templates/wording/gongwen.yml", old, new)
    book = root / "data/delivery.yml"
    book.write_text(book.read_text("utf-8") + BOOK.replace("onepage.en.pdf", "gongwen.zh.ofd"), "utf-8")
    return root


@pytest.fixture(scope="session")
def official(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return such a workspace, with its edition."""
    root = workspace_of(tmp_path_factory.mktemp("ofd") / "letters", "[gongwen.zh.ofd, gongwen.zh.pdf, onepage.en.pdf]")
    done = run("build", root, "--output", root / "output")
    assert done.code == 0, done.err
    return root


@pytest.fixture(scope="session")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Papers:
    return mail_server.issue(tmp_path_factory.mktemp("papers"))


@pytest.fixture(scope="session")
def letter(official: Path) -> Ofd:
    return Ofd.of((official / "output/midsummer/gongwen.zh.ofd").read_bytes())


def test_the_parts_of_an_official_document_are_tagged_as_its_standard_names_them(letter: Ofd) -> None:
    found = {part: text.replace("\u2006", "") for part, text in letter.parts().items()}
    assert set(found) == ALL and letter.faults() == []
    assert {part: found[part] for part in PARTS} == PARTS
    assert found["标题"] and found["正文"] and found["标题"] not in found["正文"]
    assert found["附件说明"].startswith("附件：") and found["附件"].startswith("附件")


def test_a_draft_bears_its_watermark_behind_the_text_of_every_page(letter: Ofd) -> None:
    for _, page in letter.pages():
        first = page.find(".//{*}Layer/*")
        assert first is not None and first.tag.endswith("PathObject")
        assert float(first.attrib["Boundary"].split()[2]) > 60 and first.find("{*}FillColor") is not None


def test_it_is_verified_byte_for_byte(official: Path) -> None:
    done = run("verify", "midsummer", official)
    assert done.code == 0 and "byte for byte" in done.out, done.out + done.err


def test_it_is_packed_as_what_it_is_and_handed_to_whom_it_is_meant_for(official: Path, tmp_path: Path) -> None:
    done = run("deliver", "midsummer", official, "--folder", tmp_path)
    assert done.code == 0, done.err
    sent = tmp_path / "council" / "gongwen.zh.ofd"
    assert sent.read_bytes() == (official / "output/midsummer/gongwen.zh.ofd").read_bytes()
    assert kind_of("edition/gongwen.zh.ofd") == "ofd" and TYPES[".ofd"] == ("application", "ofd")
    proven = run("verify", tmp_path / "council" / "midsummer.zip")
    assert proven.code == 0, proven.out + proven.err


def test_a_changed_one_is_refused_in_the_edition_and_in_the_package(official: Path, tmp_path: Path) -> None:
    root = tmp_path / "letters"
    shutil.copytree(official, root)
    assert run("package", "midsummer", root).code == 0
    inside = {name: (root / "output/midsummer" / name).read_bytes() for name in ("gongwen.zh.ofd", "manifest.json")}
    changed = inside["gongwen.zh.ofd"].replace(b"Doc_0/Pages/Page_0", b"Doc_0/Pages/Page_1", 1)
    (root / "output/midsummer/gongwen.zh.ofd").write_bytes(changed)
    refused = run("package", "midsummer", root)
    assert refused.code == 7 and "gongwen.zh.ofd: the file was changed after the build" in refused.err
    with ZipFile(root / "output/midsummer.zip") as whole, ZipFile(tmp_path / "changed.zip", "w") as other:
        for name in whole.namelist():
            other.writestr(name, changed if name == "edition/gongwen.zh.ofd" else whole.read(name))
    refused = run("verify", tmp_path / "changed.zip")
    assert refused.code == 7 and "edition/gongwen.zh.ofd: the file was changed" in refused.err


def test_it_neither_proves_itself_nor_is_signed_and_the_message_says_what_to_do(
    official: Path, papers: Papers, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = official / "output/midsummer/gongwen.zh.ofd"
    proven = run("verify", file)
    assert proven.code == 7 and "verify the package with it, or its edition by name" in proven.err
    monkeypatch.setenv(KEY, PASSPHRASE)
    signed = run("sign", file, "--key", papers.office)
    assert signed.code == 7 and "this is not a PDF" in signed.err and "the seal of an OFD" in signed.err


def test_a_batch_that_asks_for_one_that_the_outline_lacks_says_where_products_are_named(tmp_path: Path) -> None:
    listed = tmp_path / "list.yml"
    listed.write_text(f"- {{workspace: {workspaces.MINIATURE}, format: ofd, output: out}}\n", "utf-8")
    done = run("batch", listed, "--jobs", 1)
    assert done.code == 2 and "templates/outline.yml names the products: brief.zh-en.pdf" in done.err


def test_the_pages_are_made_once_for_both_formats(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root, made = workspace_of(tmp_path / "letters", "[gongwen.zh.ofd, gongwen.zh.pdf]"), list[str]()

    def pages(job: product.RenderJob) -> bytes:
        made.append(job.product.name)
        return b"%PDF-pages"

    monkeypatch.setitem(product.RENDERERS, "pdf", pages)
    monkeypatch.setitem(product.RENDERERS, "ofd", lambda job: b"of " + job.pages)
    assert run("build", root, "--output", root / "output").code == 0
    assert made == ["gongwen.zh.pdf"]
    assert (root / "output/midsummer/gongwen.zh.ofd").read_bytes() == b"of %PDF-pages"


def test_pages_that_stand_already_are_not_made_again_for_an_ofd() -> None:
    pdf, ofd = (Product("gongwen", ("zh",), form) for form in ("pdf", "ofd"))
    job = product.RenderJob(product=ofd, brief=None, wide=None, design=None)  # type: ignore[arg-type]
    ((due,),) = products._by_pages([products._Job(job, None, "")], {pdf: {pdf.name: b"%PDF-kept"}})
    assert due.job.pages == b"%PDF-kept"


@pytest.mark.parametrize("wanted", ["gongwen.zh-en.ofd", "onepage.en.ofd"])
def test_any_product_with_pages_can_be_one(tmp_path: Path, wanted: str) -> None:
    root = workspace_of(tmp_path / "letters", f"[{wanted}]")
    amend(root, "data/delivery.yml", "[gongwen.zh.ofd, package]", f"[{wanted}]")
    done = run("check", root)
    assert done.code == 0, done.out + done.err
    assert run("build", root, "--format", "ofd", "--output", root / "output").code == 0
    found = Ofd.of((root / "output/midsummer" / wanted).read_bytes())
    assert found.faults() == [] and len(found.text()) > 200


def test_a_template_that_is_missing_is_named_for_an_ofd_too(tmp_path: Path) -> None:
    root = workspace_of(tmp_path / "letters", "[gongwen.zh.ofd]")
    amend(
        root, "templates/outline.yml", "outlines:\n", "outlines:\n  poster:\n    - {section: onepage, role: summary}\n"
    )
    amend(root, "templates/outline.yml", "[gongwen.zh.ofd]", "[gongwen.zh.ofd, poster.zh.ofd]")
    done = run("check", root)
    assert done.code == 4 and "there is no template 'poster/page.html.j2'" in done.err, done.err
