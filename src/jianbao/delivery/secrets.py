"""Secrets: passwords and passphrases, from the environment, a file descriptor or a prompt; never kept, never shown."""

import getpass
import os
import sys
from dataclasses import dataclass

from jianbao.core.errors import DeliveryError, Place, Problem
from jianbao.core.messages import Translatable, in_ui_language, tr

LONGEST = 4096  # bytes


@dataclass(frozen=True)
class SecretSource:
    """Where a secret comes from: the descriptor if there is one, else the variable, else a prompt; `what` names it."""

    what: Translatable
    variable: str
    descriptor: int | None = None


def read_secret(source: SecretSource) -> str:
    """Return the secret; raises DeliveryError where there is none and nobody can be asked."""
    if source.descriptor is not None:
        return _from_descriptor(source)
    if source.variable in os.environ:
        return os.environ[source.variable]
    if sys.stdin.isatty():
        return getpass.getpass(in_ui_language(tr("{what}: ", what=source.what)))
    hint = tr("set {variable}, name a file descriptor, or run the command in a terminal", variable=source.variable)
    raise DeliveryError(Problem(Place(source.variable), tr("the {what} is not known", what=source.what), hint))


def _from_descriptor(source: SecretSource) -> str:
    number = source.descriptor if source.descriptor is not None else -1
    try:
        with os.fdopen(os.dup(number), "rb") as stream:
            return stream.read(LONGEST).split(b"\n")[0].rstrip(b"\r").decode()
    except (OSError, UnicodeDecodeError) as error:
        what = tr("the {what} cannot be read from it", what=source.what)
        raise DeliveryError(Problem(Place(tr("file descriptor {number}", number=number)), what)) from error
