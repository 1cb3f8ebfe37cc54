"""The people of a studio: accounts with hashed passwords, sessions, limits on failed attempts, and who works where.

The accounts of a workspace are kept in a file outside it. Sessions are only in the memory of the server, which stores
the SHA-256 of each token instead of the token. When the server ends, everybody must sign in again.
"""

import hashlib
import hmac
import json
import secrets
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field, replace
from hashlib import scrypt, sha256
from pathlib import Path
from threading import BoundedSemaphore, Lock
from time import monotonic

from jianbao.core.errors import DeliveryError, Place, Problem, UsageError, disk_problem, nearest, raise_all
from jianbao.core.messages import Translatable, tr, tr_list
from jianbao.core.private_files import keep, kept_file, read_kept
from jianbao.review.roles import StationPlan, same_person

COST, BLOCK, AT_ONCE = 2**15, 8, 2  # of scrypt: 32 MB for each password; how many are checked at the same time
WAITING = 8  # passwords that are being checked or wait for it; further ones are refused
MIN_PASSWORD_LENGTH, MAX_PASSWORD_LENGTH = 12, 200  # characters of a password
LONGEST_NAME = 80
IDLE, WHOLE = 2 * 3600.0, 12 * 3600.0  # seconds after which a session ends: without a request; in any case
MOST_SESSIONS = 20  # of an account; the oldest one ends
WINDOW = 900.0  # seconds for which a failed attempt counts
BY_BOTH, BY_ADDRESS, BY_NAME = 5, 30, 50  # failed attempts allowed meanwhile, by name and address, or by one
MOST_COUNTED = 50_000  # names and addresses that are counted; beyond that nobody signs in
OPEN = 90.0  # seconds for which a row or sentence counts as open since its page last said so
MOST_OPEN = 2_000  # places that are remembered
_NOBODY = "scrypt$" + "00" * 16 + "$" + "00" * 32


class TooManyError(UsageError):
    """Too many attempts have failed, or are being made at once."""


def kept_name(root: Path, what: str) -> str:
    """Return the name of a file that is kept outside a workspace for it; each folder has its own."""
    return f"studio/{hashlib.sha256(str(root.resolve()).encode()).hexdigest()[:32]}{what}"


@dataclass(frozen=True, kw_only=True)
class Account:
    """Somebody who may sign in: the name put on changes, a role of data/roles.yml or "", the hashed password."""

    name: str
    role: str
    password: str


def read_accounts(root: Path) -> tuple[Account, ...]:
    """Return the accounts of a workspace; raises DeliveryError if the file is damaged, and then nobody can sign in."""
    file = kept_name(root, ".accounts.json")
    try:
        text = read_kept(file)
        found = tuple(Account(**each) for each in json.loads(text)) if text else ()
        if not all(isinstance(value, str) for each in found for value in asdict(each).values()):
            raise ValueError(file)
        return found
    except (OSError, ValueError, TypeError, RecursionError) as error:
        what = tr("the accounts cannot be read")
        raise DeliveryError(Problem(Place(str(kept_file(file))), what, tr("restore it from a backup"))) from error


def write_accounts(root: Path, accounts: Iterable[Account]) -> None:
    """Replace the stored accounts of a workspace; raises DeliveryError."""
    file, found = kept_name(root, ".accounts.json"), [asdict(each) for each in accounts]
    try:
        keep(file, json.dumps(found, ensure_ascii=False, indent=1).encode() if found else b"")
    except OSError as error:
        raise DeliveryError(disk_problem(error, kept_file(file), tr("the accounts cannot be kept"))) from error


def with_account(accounts: Iterable[Account], name: str, role: str, password: str) -> tuple[Account, ...]:
    """Return accounts with one added, or with another role and password for an existing one; raises UsageError."""
    name, problems = " ".join(name.split()), list[Problem]()
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        what = tr("'{value}' is no name for an account", value=name)
        problems.append(Problem(Place("NAME"), what, tr("give the name that each change is to bear")))
    if not MIN_PASSWORD_LENGTH <= len(password) <= MAX_PASSWORD_LENGTH:
        what = tr("a password has {least} to {most} characters", least=MIN_PASSWORD_LENGTH, most=MAX_PASSWORD_LENGTH)
        problems.append(Problem(Place("--password"), what, tr("several words are easy to remember")))
    elif same_person(password, name) or len(set(password)) < 5:
        problems.append(Problem(Place("--password"), tr("this password is easily guessed"), tr("choose another one")))
    raise_all(problems, UsageError)
    others = [each for each in accounts if not same_person(each.name, name)]
    return (*others, Account(name=name, role=role, password=hashed(password)))


def without_account(accounts: Iterable[Account], name: str) -> tuple[Account, ...]:
    """Return accounts without the one of a name; raises UsageError if there is none."""
    known = tuple(accounts)
    left = tuple(each for each in known if not same_person(each.name, name))
    if len(left) == len(known):
        names = [each.name for each in known]
        raise UsageError(Problem(Place("NAME"), tr("there is no account '{name}'", name=name), nearest(name, names)))
    return left


def check_role(plan: StationPlan, name: str, role: str) -> None:
    """Raise UsageError for a role that data/roles.yml does not have, or that it gives to other named people."""
    place = Place("--role")
    if role and role not in plan.roles:
        raise UsageError(Problem(place, tr("there is no role '{role}'", role=role), nearest(role, plan.roles)))
    people = plan.roles[role].people if role else ()
    if people and not any(same_person(name, each) for each in people):
        what = tr("data/roles.yml gives the role '{role}' to others: {people}", role=role, people=tr_list(people))
        raise UsageError(Problem(place, what, tr("add the name there first")))


# Passwords


def hashed(password: str) -> str:
    """Return the salted hash of a password, by a function that makes guessing slow."""
    salt = secrets.token_bytes(16)
    return f"scrypt${salt.hex()}${_scrypt(password, salt).hex()}"


def _scrypt(password: str, salt: bytes) -> bytes:
    plain = unicodedata.normalize("NFKC", password).encode("utf-8", "replace")
    return scrypt(plain, salt=salt, n=COST, r=BLOCK, p=1, maxmem=256 * COST * BLOCK, dklen=32)


def matches(password: str, kept: str) -> bool:
    """Return whether a password matches a stored hash; the hash for unknown names takes as long and never matches."""
    kind, _, rest = kept.partition("$")
    salt, _, wanted = rest.partition("$")
    try:
        found = _scrypt(password[: MAX_PASSWORD_LENGTH + 1], bytes.fromhex(salt)).hex()
    except ValueError:
        return False
    return kind == "scrypt" and kept != _NOBODY and hmac.compare_digest(found, wanted)


# Sessions


@dataclass(frozen=True, kw_only=True)
class _Session:
    account: Account
    began: float
    seen: float


@dataclass(kw_only=True)
class SignIn:
    """Signs people in by name and password, recognises them by their tokens, and counts failed attempts.

    `accounts` returns the current accounts, so that removing one or changing its password ends its sessions at
    once. `clock` returns seconds.
    """

    accounts: Callable[[], tuple[Account, ...]]
    clock: Callable[[], float] = monotonic
    _lock: Lock = field(default_factory=Lock)
    _sessions: dict[str, _Session] = field(default_factory=dict)
    _failed: dict[str, list[float]] = field(default_factory=dict)
    _trying: BoundedSemaphore = field(default_factory=lambda: BoundedSemaphore(AT_ONCE))
    _waiting: BoundedSemaphore = field(default_factory=lambda: BoundedSemaphore(WAITING))

    def sign_in(self, name: str, password: str, address: str, former: Iterable[str] = ()) -> str:
        """Return a new token for somebody; the `former` ones of the same browser become invalid.

        Raises UsageError without saying whether the name or the password was wrong, TooManyError after too many failed
        attempts.
        """
        limits = {f"{address}\n{_plain(name)}": BY_BOTH, address: BY_ADDRESS, f"\n{_plain(name)}": BY_NAME}
        self._refuse_too_many(limits)
        account = next((each for each in self.accounts() if same_person(each.name, name)), None)
        if not self._is_right(password, account) or account is None:
            self._count(limits)
            raise UsageError(Problem(Place("sign-in"), tr("name or password is wrong"), tr("try again")))
        with self._lock:
            self._failed.pop(next(iter(limits)), None)
            for each in former:
                self._sessions.pop(_digest(each), None)
            own = [key for key, each in self._sessions.items() if each.account.name == account.name]
            for key in own[: max(len(own) - MOST_SESSIONS + 1, 0)]:
                del self._sessions[key]
            token = secrets.token_urlsafe(32)
            self._sessions[_digest(token)] = _Session(account=account, began=self.clock(), seen=self.clock())
        return token

    def _is_right(self, password: str, account: Account | None) -> bool:
        """Return whether a password is that of an account; raises TooManyError if too many checks are waiting."""
        if not self._waiting.acquire(blocking=False):
            raise TooManyError(Problem(Place("sign-in"), tr("too many sign in at once"), tr("try again in a minute")))
        try:
            with self._trying:
                return matches(password, account.password if account else _NOBODY)
        finally:
            self._waiting.release()

    def account_of(self, token: str) -> Account | None:
        """Return the account of a token; None if it has none, has expired, or the account has changed."""
        key, now = _digest(token), self.clock()
        with self._lock:
            found = self._sessions.get(key)
            if found is None:
                return None
            account = next((each for each in self.accounts() if each.name == found.account.name), None)
            old = now - found.seen > IDLE or now - found.began > WHOLE
            if old or account is None or account.password != found.account.password:
                del self._sessions[key]
                return None
            self._sessions[key] = replace(found, seen=now)
            return account

    def sign_out(self, tokens: Iterable[str]) -> None:
        """End the sessions of tokens."""
        with self._lock:
            for token in tokens:
                self._sessions.pop(_digest(token), None)

    def _refuse_too_many(self, limits: dict[str, int]) -> None:
        with self._lock:
            after = self.clock() - WINDOW
            recent = {key: [each for each in times if each > after] for key, times in self._failed.items()}
            self._failed = {key: times for key, times in recent.items() if times}
            full = len(self._failed) > MOST_COUNTED
            if full or any(len(self._failed.get(key, ())) >= most for key, most in limits.items()):
                minutes = int(WINDOW / 60)
                what = tr("too many failed attempts")
                raise TooManyError(Problem(Place("sign-in"), what, tr("try again in {count} minutes", count=minutes)))

    def _count(self, limits: dict[str, int]) -> None:
        with self._lock:
            for key in limits:
                self._failed.setdefault(key, []).append(self.clock())


def _digest(token: str) -> str:
    return sha256(token.encode("utf-8", "replace")).hexdigest()


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold()[:LONGEST_NAME]


# Rights


def may(plan: StationPlan, account: Account | None, right: str) -> bool:
    """Return whether somebody may do something; without accounts, or without declared roles, everybody may."""
    if account is None or not plan.roles:
        return True
    role = plan.roles.get(account.role)
    return role is not None and (right in role.may or (right == "work" and bool(role.may)))


def refusal(plan: StationPlan, account: Account | None, right: str, what: Translatable) -> Problem:
    """Return why an account may not do something, and where that is declared."""
    name, role = (account.name, account.role) if account else ("", "")
    message = tr("'{name}' may not do this: {what}", name=name, what=what)
    hint = tr("write `may: {right}` at the role '{role}' in data/roles.yml", right=right, role=role)
    if role not in plan.roles:
        hint = tr("give the account a role: jianbao user add NAME --role ROLE")
    return Problem(Place("studio"), message, hint)


# Who works where


class OpenPlaces:
    """Records who has which row or sentence open; it locks nothing, and drops entries that are not renewed."""

    def __init__(self, now: Callable[[], float] = monotonic) -> None:
        """Begin with nothing; `now` returns seconds."""
        self._now, self._lock = now, Lock()
        self._until: dict[tuple[str, str], float] = {}

    def note(self, place: str, name: str) -> None:
        """Note that somebody has a place open: "sentence ID" or "row TABLE NUMBER"; nothing is noted without a name."""
        with self._lock:
            self._forget()
            if name and len(self._until) < MOST_OPEN:
                self._until[place, name] = self._now() + OPEN

    def others(self, place: str, name: str) -> tuple[str, ...]:
        """Return who else has a place open."""
        with self._lock:
            self._forget()
            return tuple(sorted(who for where, who in self._until if where == place and who != name))

    def rows(self, table: str, name: str) -> dict[str, tuple[str, ...]]:
        """Return the rows of a table that others have open, by row number, with the names of these people."""
        start = f"row {table} "
        with self._lock:
            self._forget()
            found = sorted({where for where, who in self._until if where.startswith(start) and who != name})
        return {where.removeprefix(start): self.others(where, name) for where in found}

    def _forget(self) -> None:
        self._until = {key: until for key, until in self._until.items() if until > self._now()}


def right_to_pack(draft: bool) -> str:
    """Return the right that packing needs; anybody who may build may pack a draft, which has a watermark."""
    return "work" if draft else "deliver"
