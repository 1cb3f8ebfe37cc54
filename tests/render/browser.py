"""A browser that looks at a page: Debian's Chromium, driven by Selenium, cut off from every network.

Selenium and axe are imported when they are needed: tests without a browser are collected where they are missing.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from shutil import which
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

HEIGHT = 900
AXE = """axe.run(document, {rules: {'target-size': {enabled: true}}, resultTypes: ['violations']})
    .then(arguments[0])"""
PATIENCE = 900  # seconds, to find a page that never answers, on a machine however loaded
# A browser that runs as root has no sandbox; the rest keeps it from asking after updates, accounts and certificates.
FLAGS = (
    *("headless", "no-sandbox", "disable-gpu", "disable-dev-shm-usage", "disable-quic", "no-first-run"),
    *("disable-background-networking", "disable-component-update", "disable-sync", "hide-scrollbars"),
)
ALONE = "host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"  # this machine's own address, where the studio is
PROGRAMS = ("chromium", "chromium-browser", "google-chrome")


@dataclass(frozen=True)
class Browser:
    """A running browser."""

    driver: "Chrome"

    def open(self, page: Path, width: int, dark: bool = False, medium: str = "screen") -> None:
        """Show a file in a window of that many CSS pixels, light or dark, on screen or as it would be printed."""
        self.size(width, dark, medium)
        self.driver.get(page.as_uri())

    def size(self, width: int, dark: bool = False, medium: str = "screen") -> None:
        """Make the window that many CSS pixels wide, light or dark, on screen or as it would be printed."""
        shape = {"width": width, "height": HEIGHT, "deviceScaleFactor": 1, "mobile": width < 600}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", shape)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": medium, "features": [scheme]})

    def ask(self, script: str, *given: object) -> Any:
        """Return what a script in the page returns."""
        return self.driver.execute_script(script, *given)

    def show(self, address: str) -> None:
        """Show whatever is at an address, a picture that is held in it for instance."""
        self.driver.get(address)

    def speak(self, address: str, language: str) -> None:
        """Keep the language that a reader of the studio chooses."""
        self.driver.execute_cdp_cmd(
            "Network.setCookie", {"name": "jianbao-language", "value": language, "url": address}
        )

    def press_tab(self) -> None:
        """Go to the next stop of the keyboard."""
        from selenium.webdriver.common.keys import Keys

        self.driver.switch_to.active_element.send_keys(Keys.TAB)

    def fetched(self) -> list[str]:
        """Return the addresses that were asked for since the last time, data in the page itself aside."""
        messages = (json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance"))
        asked = [each["params"]["request"]["url"] for each in messages if each["method"] == "Network.requestWillBeSent"]
        return [address for address in asked if not address.startswith("data:")]

    def complaints(self) -> list[str]:
        """Return what the browser's console said since the last time."""
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def faults(self) -> list[str]:
        """Return what axe finds wrong with the page that is shown, best practices and the size of targets included.

        Every rule is tried on every element; only the lists of what passed are not made.
        """
        self.driver.execute_script(files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8"))
        found = self.driver.execute_async_script(AXE)
        return [
            f"{rule['id']}: {node['html'][:200]} {node['failureSummary']}"
            for rule in found["violations"]
            for node in rule["nodes"][:3]
        ]


@contextmanager
def browser(profile: Path) -> Iterator[Browser]:
    """Start a browser with an empty profile, and end it."""
    from selenium.webdriver import Chrome, ChromeOptions
    from selenium.webdriver.chrome.service import Service

    options = ChromeOptions()
    options.binary_location = next(found for name in PROGRAMS if (found := which(name)))
    for flag in (*FLAGS, ALONE, f"user-data-dir={profile}"):
        options.add_argument(f"--{flag}")
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    driver = Chrome(options, Service(which("chromedriver")))
    executor: Any = driver.command_executor
    executor.client_config.timeout = PATIENCE
    driver.set_script_timeout(PATIENCE)
    driver.set_page_load_timeout(PATIENCE)
    seen = Browser(driver)
    try:
        driver.get("about:blank")
        seen.fetched()
        yield seen
    finally:
        driver.quit()
