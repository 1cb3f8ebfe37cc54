"""The reprint: an edition whose every input is as it was, put out again from what was kept of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from jianbao import workspace
from jianbao.editions.series import is_label
from jianbao.publication.depot import Depot
from jianbao.publication.edition import publish, published
from jianbao.publication.standing import StandingType
from jianbao.snapshot import Snapshot

LABEL = ""  # no file has this name: the edition's own stands here


@dataclass(frozen=True)
class Choice:
    """Which of an edition's products are asked for; what names nothing leaves all."""

    templates: tuple[str, ...] = ()
    layouts: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()


@dataclass(frozen=True)
class Order:
    """What is asked for: an edition of a workspace, which of its products, and where they go (None: output/)."""

    root: Path
    edition: str = ""
    choice: Choice = Choice()
    output: Path | Depot | None = None

    @property
    def destination(self) -> Path | Depot:
        """Return the folder in which the edition's folder stands, as it is named."""
        return self.output or self.root / workspace.OUTPUT


def destination_of(order: Order) -> Path | Depot:
    """Return where an order's editions are written; raises DeliveryError if that leads out of its workspace unasked."""
    return order.output if isinstance(order.output, Depot) else workspace.output_folder(order.root, order.output)


def key_of(kept: StandingType, snapshot: Snapshot, edition: str, choice: Choice) -> str:
    """Return the name under which what is made of a snapshot is kept; any changed file gives another one."""
    return kept.key("edition", snapshot.fingerprint(), edition, choice)


def reprinted(kept: StandingType, order: Order, snapshot: Snapshot) -> Path | Depot | None:
    """Return the folder of an edition of which nothing has changed; None if it has to be made.

    The folder is written only if it is not already as it should be. Raises DeliveryError if disk or depot refuses.
    """
    files = kept.find(key_of(kept, snapshot, order.edition, order.choice))
    label = (files or {}).pop(LABEL, b"").decode(errors="replace")
    if not files or not is_label(label):
        return None
    destination = destination_of(order)
    return published(destination, label, files) or publish(destination, label, files)


def remember(kept: StandingType, key: str, label: str, files: Mapping[str, bytes]) -> None:
    """Keep an edition that was made of the snapshot from which `key` was taken."""
    kept.keep(key, {**files, LABEL: label.encode()})
