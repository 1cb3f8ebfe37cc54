"""The cache of builds on this machine, for this user, this program and these fonts."""

from hashlib import sha256

from jianbao.core.cache import BuildCache, fingerprint, program
from jianbao.core.errors import RenderError
from jianbao.core.private import cache_folder, own_secret
from jianbao.render.fonts.registry import read_fonts

FOLDER = "standing"
SECRET = "cache.key"


def open_cache() -> BuildCache | None:
    """Return what this program has kept on this machine for this user.

    None where it cannot tell all that it is made of, or has no secret to seal with.
    """
    made_by, secret = program_fingerprint(), own_secret(SECRET)
    return BuildCache(cache_folder() / FOLDER, made_by, secret) if made_by and secret else None


def program_fingerprint() -> str:
    """Return the fingerprint of this program with its fonts; nothing ("") where it cannot tell all of it."""
    try:
        fonts = read_fonts()
    except RenderError:
        return ""
    prepared = sorted(path for path in fonts.folder.iterdir() if path.is_file())
    hashes = {path.name: sha256(path.read_bytes()).hexdigest() for path in prepared}
    return fingerprint(program(), hashes) if program() else ""
