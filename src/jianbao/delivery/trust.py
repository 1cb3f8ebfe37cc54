"""Who signed a file, as far as that is proved, and the authorities that a signer is compared with."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jianbao.core.errors import DeliveryError, Place, Problem
from jianbao.core.messages import tr

LARGEST = 2_000_000_000  # bytes of a package or PDF


@dataclass(frozen=True)
class Trust:
    """The certificates of the authorities that are trusted; none leaves open who a signer really is."""

    roots: Sequence[Any] = ()


@dataclass(frozen=True, kw_only=True)
class SignatureReport:
    """A good signature: whose it is, the SHA-256 of the certificate, when, and by whose clock and word.

    `clock` is the timestamp authority, nothing ("") if the signer's own clock told the time. `trusted` and
    `clock_trusted` say whether an authority that was named vouches for signer and clock.
    """

    signer: str
    fingerprint: str
    at: str
    trusted: bool
    clock: str = ""
    clock_trusted: bool = False


def read_whole(path: Path) -> bytes:
    """Return the bytes of a file that is signed or verified; raises DeliveryError if it cannot be read."""
    place = Place(str(path))
    try:
        if path.stat().st_size > LARGEST:
            raise DeliveryError(Problem(place, tr("the file is too large: {size:,} bytes", size=path.stat().st_size)))
        return path.read_bytes()
    except OSError as error:
        raise DeliveryError(Problem(place, tr("it cannot be read: {error}", error=error.strerror or error))) from error
