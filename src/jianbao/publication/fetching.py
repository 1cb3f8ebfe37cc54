"""What a page may read: data in the page itself. No file, no network."""

from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse


class LockedFetcher(URLFetcher):  # type: ignore[misc]
    """Answers `data:` addresses; any other stops the rendering: FatalURLFetchingError says which one was asked for."""

    def __init__(self) -> None:
        super().__init__(allowed_protocols=("data",), allow_redirects=False, fail_on_errors=True)

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
        """Return what is in an address that holds its data."""
        if not url.startswith("data:"):
            raise FatalURLFetchingError(f"'{url}' is outside the page")
        return super().fetch(url, headers)
