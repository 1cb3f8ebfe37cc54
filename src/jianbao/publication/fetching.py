"""What a page may read: data in the page itself, and files under the workspace. Nothing else, no network."""

from pathlib import Path
from urllib.request import url2pathname

from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse


class LockedFetcher(URLFetcher):  # type: ignore[misc]
    """Answers `data:` addresses and, given a root, files whose resolved path lies under it.

    Everything else stops the rendering: FatalURLFetchingError says which address was asked for and why not.
    """

    def __init__(self, root: Path | None = None) -> None:
        super().__init__(allowed_protocols=("data", "file"), allow_redirects=False, fail_on_errors=True)
        self._root = root.resolve() if root else None

    @property
    def base(self) -> str | None:
        """Return the address that relative ones start from."""
        return f"{self._root.as_uri()}/" if self._root else None

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
        """Return what is at an allowed address."""
        if url.startswith("data:"):
            return super().fetch(url, headers)
        if not url.startswith("file:"):
            raise FatalURLFetchingError(f"'{url}' is outside the workspace: pages read no network")
        path = Path(url2pathname(url.removeprefix("file:").removeprefix("//").split("?")[0].split("#")[0])).resolve()
        if self._root is None or not path.is_relative_to(self._root):
            raise FatalURLFetchingError(f"'{url}' is outside the workspace")
        return URLFetcherResponse(url, path.read_bytes())
