"""Nothing is done twice, and what was kept is never taken for what it is not."""

import os
import pickle
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pytest

from jianbao.app import batch, build, project, workspace
from jianbao.app import workspace as workspaces
from jianbao.app.build import BuildOptions
from jianbao.app.workspace import CACHED, LABEL, BuildRequest, ProductFilter, edition_key, rebuilt_from_cache
from jianbao.core import private_files
from jianbao.core.cache import BuildCache, fingerprint, installation_fingerprint
from jianbao.core.errors import UsageError
from jianbao.core.snapshot import Snapshot
from jianbao.render import product
from jianbao.render.fonts.registry import read_fonts
from tests.workspaces import amend, linked_fonts, run, snapshot

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Shop:
    """A workspace, what is kept of its builds, and the products that were really set, in order."""

    order: BuildRequest
    kept: BuildCache
    said: list[str]

    def build(self) -> Path:
        """Build as the command line does, and note what was set."""
        self.said.clear()
        found = workspaces.snapshot(self.order.root)
        made = rebuilt_from_cache(self.kept, self.order, found) or build.build_and_write(
            self.order, found, self.said.append, BuildOptions(1, self.kept)
        )
        assert isinstance(made, Path)
        return made

    def key(self) -> str:
        """Return the name under which what is built now would be kept."""
        return edition_key(self.kept, workspaces.snapshot(self.order.root), self.order.edition, self.order.choice)

    @property
    def set_anew(self) -> list[str]:
        return [each.partition(" (")[0] for each in self.rendered]

    @property
    def rendered(self) -> list[str]:
        """Return what was said of each product that was rendered."""
        return [said.removeprefix("rendering ") for said in self.said if said.startswith("rendering brief")]


@pytest.fixture
def shop(workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """Return a workspace whose pages show, in a moment, what they are made from."""
    monkeypatch.setitem(product.RENDERERS, "pdf", lambda each: product.page_html(each, each.brief).encode())
    kept = BuildCache(tmp_path / "kept", "test", SECRET)
    return Shop(BuildRequest(root=workspace, choice=ProductFilter(formats=("pdf",))), kept, [])


SECRET = b"sesame and lilies"
ALL = ["brief.zh-en.pdf", "brief.zh.pdf", "brief.en.pdf"]


def test_an_unchanged_edition_is_not_made_again_nor_written_again(shop: Shop) -> None:
    folder = shop.build()
    before, stamp = snapshot(folder), folder.stat().st_mtime_ns
    assert shop.set_anew == ALL
    assert shop.build() == folder and shop.said == []
    assert (snapshot(folder), folder.stat().st_mtime_ns) == (before, stamp)


@pytest.mark.parametrize("spoil", ["gone", "a file less", "a byte changed"])
def test_an_unchanged_edition_is_put_out_again_where_it_is_not_as_it_was(shop: Shop, spoil: str) -> None:
    folder = shop.build()
    before = snapshot(folder)
    if spoil == "gone":
        folder.rename(folder.with_name("elsewhere"))
    elif spoil == "a file less":
        (folder / ALL[0]).unlink()
    else:
        (folder / ALL[0]).write_bytes(b"changed")
    shop.build()
    assert shop.said == [] and snapshot(folder) == before


def test_a_changed_wording_sets_only_the_pages_of_its_language(shop: Shop) -> None:
    shop.build()
    assert shop.rendered == [f"{name} ({number} of 3)" for number, name in enumerate(ALL, 1)]
    amend(shop.order.root, "templates/wording/harbour.yml", "How the harbour does", "How the harbour fares")
    folder = shop.build()
    assert shop.set_anew == ["brief.zh-en.pdf", "brief.en.pdf"]
    assert b"fares" in (folder / "brief.en.pdf").read_bytes()


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("data/tallies.csv", "ties,6,", "ties,7,"),
        ("templates/brief/page.css", "", "p { color: #123456 }\n"),
        ("templates/theme.yml", "accent:", "accent: '#123456'\nmore:"),
    ],
)
def test_whatever_file_changes_the_edition_is_made_anew(shop: Shop, file: str, old: str, new: str) -> None:
    before = shop.key()
    path = shop.order.root / file
    path.parent.mkdir(exist_ok=True)
    text = path.read_text("utf-8") if path.exists() else ""
    path.write_text(text.replace(old, new, 1) if old else new + text, "utf-8")
    assert shop.key() != before


def test_every_question_has_a_name_of_its_own(shop: Shop) -> None:
    order, kept = shop.order, shop.kept
    asked = [order, replace(order, edition="winter"), replace(order, choice=ProductFilter(layouts=("zh",)))]
    shops = [replace(shop, kept=replace(kept, maker="another version")), *(replace(shop, order=each) for each in asked)]
    assert len({each.key() for each in shops}) == 4


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "nothing": lambda _: b"",
    "half": lambda content: content[: len(content) // 2],
    "more": lambda content: content + b"x",
    "another byte": lambda content: content[:-1] + bytes([content[-1] ^ 1]),
    "another text": lambda _: b'{"": "' + b"0" * 64 + b'"}',
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_entry_is_made_anew(shop: Shop, damage: str) -> None:
    before = snapshot(shop.build())
    for path in shop.kept.folder.iterdir():
        path.write_bytes(DAMAGES[damage](path.read_bytes()))
    assert snapshot(shop.build()) == before and shop.set_anew == ALL
    shop.build()
    assert shop.said == []


def test_entries_in_each_others_places_are_made_anew(shop: Shop) -> None:
    before = snapshot(shop.build())
    paths = sorted(shop.kept.folder.iterdir())
    contents = [path.read_bytes() for path in paths]
    for path, content in zip(paths, contents[1:] + contents[:1], strict=True):
        path.write_bytes(content)
    assert snapshot(shop.build()) == before and shop.set_anew == ALL


def test_files_that_change_while_the_edition_is_made_are_in_the_next_one_only(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = project.project_of

    def slow(snapshot: Snapshot) -> object:
        amend(shop.order.root, "templates/wording/harbour.yml", "How the harbour does", "How the harbour fares")
        return read(snapshot)

    monkeypatch.setattr(build, "project_of", slow)
    assert b"fares" not in (shop.build() / "brief.en.pdf").read_bytes()
    monkeypatch.setattr(build, "project_of", read)
    assert b"fares" in (shop.build() / "brief.en.pdf").read_bytes() and shop.said
    amend(shop.order.root, "templates/wording/harbour.yml", "How the harbour fares", "How the harbour does")
    assert b"fares" not in (shop.build() / "brief.en.pdf").read_bytes() and not shop.said


def test_what_is_set_is_kept_although_the_build_breaks_off(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(*_: object, **__: object) -> bytes:
        raise KeyboardInterrupt

    monkeypatch.setattr(build, "_manifest", killed)
    with pytest.raises(KeyboardInterrupt):
        shop.build()
    monkeypatch.undo()
    monkeypatch.setitem(product.RENDERERS, "pdf", killed)
    assert shop.build() and shop.set_anew == []


def test_a_failed_build_is_not_kept(shop: Shop) -> None:
    amend(shop.order.root, "templates/brief/page.html.j2", "<main>", "<main>{{ breif }}")
    for _ in range(2):
        with pytest.raises(Exception, match="'breif' is undefined"):
            shop.build()


def test_where_nothing_can_be_kept_the_edition_is_made_all_the_same(shop: Shop) -> None:
    shop.kept.folder.write_text("in the way")
    before = snapshot(shop.build())
    assert snapshot(shop.build()) == before and shop.set_anew == ALL


def test_what_was_not_used_for_longest_gives_way(tmp_path: Path) -> None:
    kept = BuildCache(tmp_path / "kept", "test", b"secret", room=2_500)
    for number in (1, 2):
        kept.keep(kept.key(number), {"a": bytes([number]) * 1_000})
    for path in kept.folder.iterdir():
        os.utime(path, ns=(0, 0))
    assert kept.find(kept.key(1))
    kept.keep(kept.key(3), {"a": b"3" * 1_000})
    assert [bool(kept.find(kept.key(number))) for number in (1, 2, 3)] == [True, False, True]
    assert sum(path.stat().st_size for path in kept.folder.iterdir()) <= 2_500


def test_the_command_line_keeps_and_finds_unless_told_not_to(
    workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(product.RENDERERS, "pdf", lambda each: product.page_html(each, each.brief).encode())
    linked_fonts(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    words = ("build", workspace, "--lang", "en")
    assert run(*words, "--no-cache").code == 0 and not (tmp_path / "jianbao" / CACHED).exists()
    first, again = run(*words, "--cache"), run(*words, "--cache")
    assert (first.code, again.code, again.err) == (0, 0, "") and first.out == again.out
    assert "rendering brief.en.pdf" in run(*words, "--no-cache").err


def test_nothing_is_kept_with_a_damaged_font(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fonts = linked_fonts(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    before = workspace.open_cache()
    face = fonts / "NotoSansSC-400.otf"
    content = face.read_bytes()
    face.unlink()
    face.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    after = workspace.open_cache()
    assert before and after is None


def test_without_a_version_of_each_library_nothing_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    assert installation_fingerprint()
    monkeypatch.setattr(workspace, "installation_fingerprint", lambda: "")
    assert workspace.open_cache() is None


def test_values_have_one_fingerprint_each() -> None:
    values: list[object] = ["1", 1, 1.0, True, None, b"1", ("1",), ("1", ""), ("", "1"), {"1": ""}, ["1", "", ""]]
    values += [
        date(2020, 1, 1),
        ProductFilter(("a",)),
        ProductFilter(layouts=("a",)),
        ProductFilter(("a", "b")),
        (("a",), ("b",)),
    ]
    assert len({fingerprint(value) for value in values}) == len(values)
    assert fingerprint("a", "b") != fingerprint("ab") != fingerprint(("a", "b"))
    with pytest.raises(TypeError, match="a set has no fingerprint"):
        fingerprint({"a"})


# Others than the user


def key_for(kept: BuildCache, order: BuildRequest) -> str:
    """Return the name under which a build with an order keeps what it made."""
    return edition_key(kept, workspaces.snapshot(order.root), order.edition, order.choice)


def forge(shop: Shop, label: str, files: dict[str, bytes], secret: bytes = b"another's") -> None:
    """Keep an edition under the name that the next build looks for, sealed with a secret."""
    forged = replace(shop.kept, secret=secret)
    forged.keep(key_for(forged, shop.order), {**files, LABEL: label.encode()})


def test_an_entry_of_somebody_elses_is_never_published(shop: Shop) -> None:
    before = snapshot(shop.build())
    forge(shop, "midsummer", {"brief.en.html": b"<script>alert(1)</script>", "manifest.json": b"{}"})
    assert snapshot(shop.build()) == before


@pytest.mark.parametrize("name", ["../../../../x", "/tmp/x", "a/../../x", "..", "a\\b", "a\0b", "./x", "a//b"])
def test_an_entry_whose_names_lead_out_is_not_taken_even_if_its_seal_is_right(shop: Shop, name: str) -> None:
    forge(shop, "midsummer", {name: b"x"}, shop.kept.secret)
    assert rebuilt_from_cache(shop.kept, shop.order, workspaces.snapshot(shop.order.root)) is None


@pytest.mark.parametrize("label", ["../Documents", "", "archive", ".ssh", "a/b", "\udcff"])
def test_an_entry_with_an_odd_label_is_not_taken(shop: Shop, label: str) -> None:
    kept = shop.kept
    kept.keep(key_for(kept, shop.order), {"a": b"x", LABEL: label.encode("utf-8", "surrogateescape")})
    assert rebuilt_from_cache(kept, shop.order, workspaces.snapshot(shop.order.root)) is None


RECORDS = (
    b"",
    b"[]",
    b"1",
    b'"x"',
    b"[" * 100_000,
    b'{"a": 1}',
    b'{"a": ["b"]}',
    b'{"a": "../x"}',
    b"\xff",
    b"{",
    b"null",
)


@pytest.mark.parametrize("record", RECORDS)
def test_an_odd_record_is_no_entry(shop: Shop, record: bytes) -> None:
    kept, key = shop.kept, "0" * 64
    kept.keep(key, {"a": b"x"})
    (kept.folder / key).write_bytes(kept._seal(key, record) + record)
    assert kept.find(key) is None


def test_an_entry_that_is_a_link_or_a_folder_is_no_entry(shop: Shop, tmp_path: Path) -> None:
    kept, key = shop.kept, "0" * 64
    kept.keep(key, {"a": b"x"})
    path = kept.folder / key
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    assert kept.find(key) is None
    path.unlink()
    path.mkdir()
    assert kept.find(key) is None


@pytest.mark.parametrize("mode", [0o777, 0o770, 0o702, 0o1777])
@pytest.mark.parametrize("above", [True, False])
def test_a_folder_that_others_can_write_to_is_not_used(shop: Shop, mode: int, above: bool) -> None:
    kept = replace(shop.kept, folder=shop.kept.folder / "jianbao" / "standing")
    kept.keep("0" * 64, {"a": b"x"})
    assert kept.find("0" * 64)
    (kept.folder.parent if above else kept.folder).chmod(mode)
    assert kept.find("0" * 64) is None
    kept.keep("1" * 64, {"a": b"x"})
    assert not (kept.folder / ("1" * 64)).exists()


def test_a_folder_of_another_users_is_not_used(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.kept.keep("0" * 64, {"a": b"x"})
    assert shop.kept.find("0" * 64)
    if os.geteuid() == 0:
        os.chown(shop.kept.folder, 1, -1)
    else:
        monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    assert shop.kept.find("0" * 64) is None


def test_a_folder_that_is_a_link_is_not_used(shop: Shop, tmp_path: Path) -> None:
    shop.kept.keep("0" * 64, {"a": b"x"})
    shop.kept.folder.rename(tmp_path / "elsewhere")
    shop.kept.folder.symlink_to(tmp_path / "elsewhere")
    assert shop.kept.find("0" * 64) is None


def test_the_secret_is_the_users_alone_made_once_and_never_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    file = tmp_path / "jianbao" / workspace.SECRET
    first = private_files.own_secret(workspace.SECRET)
    assert first and first == private_files.own_secret(workspace.SECRET) and [*file.parent.iterdir()] == [file]
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert "first" not in repr(BuildCache(tmp_path, "test", b"first"))


@pytest.mark.parametrize("spoil", ["readable", "short", "long", "link", "folder", "open folder"])
def test_a_secret_that_others_could_know_or_have_put_there_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spoil: str
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert private_files.own_secret("key")
    file = tmp_path / "jianbao" / "key"
    if spoil == "readable":
        file.chmod(0o640)
    elif spoil in ("short", "long"):
        file.write_bytes(b"x" * (31 if spoil == "short" else 33))
    elif spoil == "open folder":
        file.parent.chmod(0o777)
    else:
        file.rename(tmp_path / "elsewhere")
        (file.symlink_to if spoil == "link" else lambda _: file.mkdir())(tmp_path / "elsewhere")
    assert private_files.own_secret("key") is None


def test_without_a_secret_nothing_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "jianbao").touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert workspace.open_cache() is None


def test_the_secret_does_not_travel_to_other_machines(shop: Shop) -> None:
    assert pickle.dumps(shop.kept).count(shop.kept.secret)
    sent = batch._with_snapshot(batch._Task(shop.order, shop.kept))
    assert shop.kept.secret not in pickle.dumps(sent) and sent.keeps and sent.snapshot


def test_fonts_that_others_could_have_put_there_are_not_used(tmp_path: Path) -> None:
    folder = linked_fonts(tmp_path)
    folder.parent.chmod(0o777)
    with pytest.raises(UsageError, match="not safe to use: others can write to"):
        read_fonts(tmp_path / "jianbao")
    folder.parent.chmod(0o700)
    assert read_fonts(tmp_path / "jianbao")
