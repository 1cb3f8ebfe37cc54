"""At an address an edition is whole or not there: its sign is turned last, and nothing that it points to is touched."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any, ClassVar

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem

from jianbao.core.cache import POINTER, RemoteStore, store_or_path
from jianbao.core.edition_folder import file_sizes, find_published, manifest, publish
from jianbao.core.errors import DeliveryError
from tests.workspaces import MINIATURE, Edition, amend, linked_fonts, run

OLD = {"brief.pdf": b"%PDF- old", "pages/one.html": b"old", "ledger.json": b"{}"}
NEW = {"brief.pdf": b"%PDF- new", "pages/one.html": b"new!", "ledger.json": b"{}"}


class Quay(MemoryFileSystem):  # type: ignore[misc] # fsspec has no types
    """A store whose write of a number fails: it is refused, or cut short with an error, or cut short in silence."""

    protocol = "quay"
    store: ClassVar[dict[str, Any]] = {}
    pseudo_dirs: ClassVar[list[str]] = [""]
    written: ClassVar[list[str]] = []
    fails: ClassVar[int | None] = None
    how: ClassVar[str] = ""

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return str(super()._strip_protocol(path.replace("quay://", "memory://")))

    def pipe_file(self, path: str, value: bytes, mode: str = "overwrite", **more: Any) -> None:
        Quay.written.append(path)
        failing = len(Quay.written) - 1 == Quay.fails
        if failing and Quay.how == "refused":
            raise PermissionError("not now")
        super().pipe_file(path, value[: len(value) // 2] if failing else value, mode, **more)
        if failing and Quay.how == "cut short":
            raise TimeoutError


@pytest.fixture
def quay(monkeypatch: pytest.MonkeyPatch) -> RemoteStore:
    fsspec.register_implementation("quay", Quay, clobber=True)
    for name, empty in (("store", {}), ("pseudo_dirs", [""]), ("written", []), ("fails", None), ("how", "")):
        monkeypatch.setattr(Quay, name, empty)
    return RemoteStore("quay://bucket/out")


def shown(place: RemoteStore) -> dict[str, bytes]:
    """Return the files of the edition that the sign points to, each as its manifest has it."""
    store, path = fsspec.url_to_fs(str(place / "2025"))
    folder = f"{path}/{json.loads(store.cat_file(f'{path}/{POINTER}'))['folder']}"
    files = {name.removeprefix(f"{folder}/"): content for name, content in store.cat(store.find(folder)).items()}
    stated = json.loads(files.pop("manifest.json"))["outputs"]
    assert {name: sha256(content).hexdigest() for name, content in files.items()} == stated
    return files


def test_the_sign_points_to_the_last_edition_and_the_former_one_stays_where_it_was(quay: RemoteStore) -> None:
    first = publish(quay, "2025", OLD)
    second = publish(quay, "2025", NEW)
    assert shown(quay) == NEW and first != second and str(second).startswith("quay://bucket/out/2025/")
    assert Quay().cat_file(f"{first}/brief.pdf") == OLD["brief.pdf"]
    assert publish(quay, "2025", OLD) == first and shown(quay) == OLD


@pytest.mark.parametrize("how", ["refused", "cut short", "cut short in silence"])
@pytest.mark.parametrize("write", range(5))
def test_whichever_write_fails_the_sign_points_to_a_whole_edition_or_cannot_be_read(
    quay: RemoteStore, write: int, how: str
) -> None:
    publish(quay, "2025", OLD)
    Quay.written.clear()
    Quay.fails, Quay.how = write, how
    with pytest.raises(DeliveryError, match="the store refuses: "):
        publish(quay, "2025", NEW)
    if Quay.written[-1].endswith(POINTER) and how != "refused":  # which a store of objects does not do
        with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
            shown(quay)
    else:
        assert shown(quay) == OLD
    publish(quay, "2025", NEW)
    assert shown(quay) == NEW and len(Quay.written) > 5


def test_what_stands_there_as_it_is_wanted_is_known_by_its_sign_its_names_and_its_sizes(quay: RemoteStore) -> None:
    whole = {**OLD, "manifest.json": manifest("2025", OLD)}
    assert find_published(quay, "2025", whole) is None
    folder = publish(quay, "2025", OLD)
    Quay.written.clear()
    assert find_published(quay, "2025", whole) == folder and file_sizes(folder) == {k: len(v) for k, v in whole.items()}
    Quay().pipe_file(f"{folder}/brief.pdf", b"longer than it was")
    assert find_published(quay, "2025", whole) is None
    publish(quay, "2025", NEW)
    assert find_published(quay, "2025", whole) is None and Quay.written


def test_a_store_that_knows_folders_gets_them(tmp_path: Path) -> None:
    folder = publish(RemoteStore(f"file://{tmp_path}/a/b"), "2025", OLD)
    assert (tmp_path / "a/b/2025" / str(folder).rpartition("/")[2] / "pages/one.html").read_bytes() == b"old"
    assert shown(RemoteStore(f"file://{tmp_path}/a/b")) == OLD


@pytest.mark.parametrize(("url", "said"), [("nosuch://x", "Protocol not known: nosuch"), ("s3://x", "Install s3fs")])
def test_a_store_without_its_plugin_is_one_error_that_says_what_to_install(url: str, said: str) -> None:
    with pytest.raises(DeliveryError, match=f"{url}/2025/.*: the store refuses: .*{said}"):
        publish(RemoteStore(url), "2025", OLD)


def test_an_address_is_a_depot_and_all_else_a_path(tmp_path: Path) -> None:
    assert (
        store_or_path("s3://a/b/", tmp_path) == RemoteStore("s3://a/b")
        and store_or_path("../out", tmp_path) == tmp_path / "../out"
    )


def test_an_address_with_a_password_is_refused_and_not_repeated(workspace: Path) -> None:
    (workspace / "batch.yml").write_text("- {workspace: ., output: 'ftp://ann:swordfish@host/x'}\n", "utf-8")
    done = run("batch", workspace / "batch.yml")
    assert done.code == 4 and "batch.yml:1: the address contains a password" in done.err
    again = run("build", workspace, "--output", "ftp://ann:swordfish@host/x")
    assert again.code == 2 and "the address contains a password" in again.err
    assert "swordfish" not in done.err + again.err


@pytest.mark.slow
def test_a_batch_writes_to_an_address_and_an_unchanged_edition_is_not_written_again(
    quay: RemoteStore, workspace: Path, tmp_path: Path, unset: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    linked_fonts(tmp_path / "cache")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    listed = f"- {{workspace: ., lang: en, output: '{quay}'}}\n- {{workspace: ., lang: zh, output: '{quay}/'}}\n"
    (workspace / "batch.yml").write_text(listed, "utf-8")
    assert f"this writes to '{quay}/midsummer', as does line 1" in run("batch", workspace / "batch.yml").err
    amend(workspace, "batch.yml", "/'", "/zh'")
    first, again = (run("batch", workspace / "batch.yml", "--cache") for _ in range(2))
    assert first.code == 0 and f"built  {quay}/midsummer/" in first.out and f"built  {quay}/zh/midsummer/" in first.out
    writes = len(Quay.written)
    assert again.out.count("unchanged") == 2 and len(Quay.written) == writes > 8
    Quay.fails, Quay.how = writes, "refused"
    amend(workspace, "templates/wording/harbour.yml", "How the harbour does", "How the harbour fares")
    failed = run("batch", workspace / "batch.yml", "--cache", "--json")
    assert failed.code == 7 and [each["exit_code"] for each in json.loads(failed.out)] == [7, 0]


def test_a_build_writes_to_an_address_too(quay: RemoteStore, workspace: Path, unset: None) -> None:
    done = run("build", workspace, "--lang", "en", "--output", quay, "--json")
    made = json.loads(done.out)
    assert made["edition"] == "midsummer" and made["files"]["brief.en.pdf"] == 5
    assert made["folder"].startswith(f"{quay}/midsummer/")


@pytest.mark.slow
def test_what_is_fetched_from_there_is_verified_as_any_edition(
    quay: RemoteStore, miniature: Edition, tmp_path: Path
) -> None:
    files = {path.name: path.read_bytes() for path in miniature.folder.iterdir()}
    folder = publish(quay, "midsummer", files)
    store, path = fsspec.url_to_fs(str(folder))
    store.get(f"{path}/", f"{tmp_path}/fetched/", recursive=True)
    words = ("verify", "midsummer", MINIATURE, "--archive", tmp_path / "fetched")
    assert run(*words).code == 0
    (tmp_path / "fetched/brief.en.pdf").write_bytes(b"%PDF- cut short")
    assert run(*words).code == 7
