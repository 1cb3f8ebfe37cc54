"""The cache of builds on this machine, for this user, this program and these fonts."""

from hashlib import sha256

from jianbao.errors import RenderError
from jianbao.publication.fingerprint import fingerprint, program
from jianbao.publication.fonts import read_fonts
from jianbao.publication.private import cache_folder, read_secret
from jianbao.publication.standing import StandingType

FOLDER = "standing"
SECRET = "cache.key"


def standing_type() -> StandingType | None:
    """Return what this program has kept on this machine for this user.

    None where it cannot tell all that it is made of, or has no secret to seal with.
    """
    made_by, secret = maker(), read_secret(SECRET)
    return StandingType(cache_folder() / FOLDER, made_by, secret) if made_by and secret else None


def maker() -> str:
    """Return the fingerprint of this program with its fonts; nothing ("") where it cannot tell all of it."""
    try:
        fonts = read_fonts()
    except RenderError:
        return ""
    prepared = sorted(path for path in fonts.folder.iterdir() if path.is_file())
    hashes = {path.name: sha256(path.read_bytes()).hexdigest() for path in prepared}
    return fingerprint(program(), hashes) if program() else ""
