"""Sign with a PKCS#11 token (card, stick or security module), which does not reveal the office's key."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pkcs11
from pkcs11 import Attribute, ObjectClass
from pyhanko.sign.pkcs11 import PKCS11Signer

from jianbao.core.errors import DeliveryError, Place, Problem, nearest
from jianbao.core.messages import Translatable, tr, tr_list
from jianbao.delivery.signature import Key, valid_today

_WRONG = pkcs11.PinIncorrect, pkcs11.PinInvalid, pkcs11.PinLenRange


@dataclass(frozen=True)
class Token:
    """The place of a key: the module (a library of the token's maker), the labels of token, key and certificate.

    A token with a single key needs no label for it; without a label, the certificate is the one with the key's id.
    """

    module: Path
    label: str
    key: str = ""
    certificate: str = ""


@contextmanager
def open_token(token: Token, ask: Callable[[], str]) -> Iterator[Key]:
    """Yield the key of a token, which signs while the context is open; ask for the PIN once the token is found.

    Raises DeliveryError if the module does not load, the token, key or certificate is not there, the PIN is wrong, or
    the certificate is not valid today.
    """
    found = _found(token)
    with _session(found, token, ask()) as session:
        yield _signer(session, token)


def _found(token: Token) -> Any:
    place = Place(str(token.module))
    try:
        slots = pkcs11.lib(str(token.module)).get_slots(token_present=True)
        there = [slot.get_token() for slot in slots]
    except (pkcs11.PKCS11Error, RuntimeError, OSError) as error:
        hint = tr("name the PKCS#11 library that the token's maker gives for this system (.so, .dylib, .dll)")
        raise DeliveryError(Problem(place, tr("it does not load: {error}", error=_message_of(error)), hint)) from error
    return _only(there, [each.label for each in there], token.label, tr("token"), place)


def _only(things: Sequence[Any], names: Sequence[str], wanted: str, kind: Translatable, place: Place) -> Any:
    """Return the object of this name, or the only one if no name is given; raises DeliveryError otherwise."""
    fitting = [thing for thing, name in zip(things, names, strict=True) if not wanted or name == wanted]
    if len(fitting) == 1:
        return fitting[0]
    called = f" '{wanted}'" if wanted else ""
    if fitting:
        meant = tr("name one of them: {names}", names=tr_list(names))
        hint = tr("rename one of them") if wanted else meant
        raise DeliveryError(Problem(place, tr("there is more than one {kind}{called}", kind=kind, called=called), hint))
    raise DeliveryError(
        Problem(place, tr("there is no {kind}{called}", kind=kind, called=called), nearest(wanted, names))
    )


def _session(found: Any, token: Token, pin: str) -> Any:
    place = Place(str(token.module), column=token.label)
    try:
        return found.open(user_pin=pin)
    except _WRONG:
        hint = tr("make sure it is the user's PIN; a token locks itself after a few wrong ones")
        raise DeliveryError(Problem(place, tr("the PIN is wrong"), hint)) from None
    except pkcs11.PinLocked:
        hint = tr("ask the token's administrator to unlock it")
        raise DeliveryError(Problem(place, tr("its PIN is locked"), hint)) from None
    except pkcs11.PKCS11Error as error:
        raise DeliveryError(Problem(place, tr("it does not open: {error}", error=_message_of(error)))) from None


def _signer(session: Any, token: Token) -> Key:
    place = Place(str(token.module), column=token.label)
    try:
        keys = list(session.get_objects({Attribute.CLASS: ObjectClass.PRIVATE_KEY, Attribute.SIGN: True}))
        key = _only(keys, [each.label for each in keys], token.key, tr("key"), place)
        papers = list(session.get_objects({Attribute.CLASS: ObjectClass.CERTIFICATE}))
        own = papers if token.certificate else [each for each in papers if each[Attribute.ID] == key.id]
        paper = _only(own, [each[Attribute.LABEL] for each in own], token.certificate, tr("certificate"), place)
        signer = PKCS11Signer(
            session,
            cert_label=paper[Attribute.LABEL],
            cert_id=paper[Attribute.ID] or None,
            key_label=key.label,
            key_id=key.id or None,
            other_certs_to_pull=None,
        )
        valid_today(signer.signing_cert, place)
    except pkcs11.PKCS11Error as error:
        raise DeliveryError(
            Problem(place, tr("its key and certificate cannot be used: {error}", error=_message_of(error)))
        ) from error
    return signer


def _message_of(error: Exception) -> str:
    """Return the message of an error, or its name if it is empty, as with most errors of tokens."""
    return str(error) or type(error).__name__
