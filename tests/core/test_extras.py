"""What only some installations have is missed by nothing else, and what needs it says how to install it."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from jianbao.core.cache import RemoteStore, upload
from jianbao.core.errors import Extra, UsageError, load_extra
from tests.repository.tree import modules
from tests.workspaces import MINIATURE, ROOT, run

LIBRARIES = ("asn1crypto", "distributed", "dask", "fsspec", "pkcs11", "pyarrow", "pyhanko", "pyhanko_certvalidator")
NEEDY = ("core.dask_cluster", "delivery.signature", "delivery.pkcs11_token")
WITHOUT = f"import sys\nsys.modules |= dict.fromkeys({LIBRARIES})\n"


def alone(code: str) -> subprocess.CompletedProcess[str]:
    """Run code in a process that has none of the libraries of extras."""
    world = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    return subprocess.run(
        [sys.executable, "-c", WITHOUT + code], env=world, capture_output=True, text=True, check=False
    )


@pytest.mark.slow
def test_every_module_but_those_of_extras_is_imported_without_their_libraries() -> None:
    names = [f"jianbao.{source.name.removesuffix('.__init__')}" for source in modules()]
    plain = [name for name in names if not name.endswith((*NEEDY, "__main__"))]
    done = alone("".join(f"import {name}\n" for name in plain))
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_a_workspace_is_checked_without_the_libraries_of_extras() -> None:
    done = alone(f"sys.argv = ['jianbao', 'check', {str(MINIATURE)!r}]\nfrom jianbao import cli\ncli.main()")
    assert done.returncode == 0, done.stderr


@pytest.fixture
def missing(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Return what takes a library away, and the module of the program that has imported it."""

    def take(library: str, module: str) -> None:
        loaded = [name for name in sys.modules if name.startswith(f"{library}.")]  # by an earlier test
        for name in (library, *loaded):
            monkeypatch.setitem(sys.modules, name, None)
        monkeypatch.delitem(sys.modules, module, raising=False)

    return take


def test_a_library_that_is_missing_is_named_with_the_command_that_installs_it(
    missing: Callable[[str, str], None],
) -> None:
    missing("fsspec", "fsspec.core")
    with pytest.raises(UsageError, match=r"remote: this needs the library .*fsspec.*pip install 'jianbao\[remote\]'"):
        load_extra("remote", "fsspec.core")
    later = Extra("remote", "fsspec.core")
    with pytest.raises(UsageError, match="pip install"):
        later.url_to_fs("memory://x")


def test_an_edition_is_not_sent_to_a_store_without_the_library(missing: Callable[[str, str], None]) -> None:
    missing("fsspec", "fsspec.core")
    with pytest.raises(UsageError, match=r"memory://x/2031/.*pip install 'jianbao\[remote\]'"):
        upload(RemoteStore("memory://x"), "2031", {"a": b"1"})


def test_signing_and_proving_say_what_to_install(
    missing: Callable[[str, str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing("pyhanko", "jianbao.delivery.signature")
    monkeypatch.setenv("JIANBAO_KEY_PASSPHRASE", "secret")
    page = tmp_path / "page.pdf"
    page.write_bytes(b"%PDF-1.7")
    for words in (("sign", page, "--key", tmp_path / "key.p12"), ("verify", page), ("verify", page, "--trust", page)):
        done = run(*words)
        assert done.code == 2 and "pip install 'jianbao[sign]'" in done.err, (words, done.err)
