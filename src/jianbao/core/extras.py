"""Libraries that not every installation has, loaded when something first needs them."""

from importlib import import_module
from typing import Any

from jianbao.core.errors import Place, Problem, UsageError
from jianbao.core.messages import tr, verbatim


def load_extra(extra: str, module: str, place: str = "") -> Any:
    """Return a module that needs the libraries of an extra ("sign").

    Raises UsageError with the command that installs them, at a place: the option that asks for it, or else the extra.
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        what = tr("this needs the library '{name}', which is not installed", name=error.name)
        hint = verbatim(f"pip install 'jianbao[{extra}]'")
        raise UsageError(Problem(Place(place or extra), what, hint)) from error


class Extra:
    """A module that needs the libraries of an extra: whatever is first taken from it loads it (see `load_extra`)."""

    def __init__(self, extra: str, module: str) -> None:
        self._extra, self._module = extra, module

    def __getattr__(self, name: str) -> Any:
        return getattr(load_extra(self._extra, self._module), name)
