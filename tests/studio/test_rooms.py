"""The studio in a real browser: a number is corrected, its sentence mended, approved by somebody else, all by hand."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from jianbao.studio import server
from jianbao.studio.application import application
from jianbao.studio.guard import Access
from tests.studio.requesting import keep_records, studio_of
from tests.workspaces import amend

if TYPE_CHECKING:
    from tests.render.browser import Browser

pytestmark = [pytest.mark.slow, pytest.mark.validators]

TOKEN = "0123456789abcdef"
ROOMS = (
    *("/", "/brief", "/data", "/data/ties", "/brief/wording/harbour.ties:2", "/facts/ties.latest_on", "/framework"),
    *("/review", "/changes", "/compare", "/hand-over", "/help", "/machine", "/intake", "/due", "/data/nothing"),
    *("/history/row/ties?row=8", "/history/sentence/harbour.ties:2", "/log"),
)
SENTENCE = "harbour.ties:2"
TIES, NAME = "data/ties.csv", "{town},town,某城,{town},,,"
PASTE = """
const data = new DataTransfer(); data.setData("text/plain", arguments[1]);
arguments[0].dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}));
"""
LEAVING = "return !window.dispatchEvent(new Event('beforeunload', {cancelable: true}))"  # whether somebody is asked
CARET = "arguments[0].focus(); getSelection().collapse(arguments[0].firstChild, 0)"


class Person:
    """Somebody at the browser, who waits until what they look for is there."""

    def __init__(self, seen: "Browser", address: str) -> None:
        self.seen, self.driver, self.address = seen, seen.driver, address

    def go(self, path: str) -> None:
        self.driver.get(self.address + path)

    def wait(self, found: Callable[[Any], Any]) -> Any:
        from selenium.common.exceptions import NoSuchElementException, StaleElementReferenceException
        from selenium.webdriver.support.ui import WebDriverWait

        passing = (NoSuchElementException, StaleElementReferenceException)
        return WebDriverWait(self.driver, 300, ignored_exceptions=passing).until(found)

    def find(self, selector: str) -> Any:
        return self.wait(lambda driver: driver.find_element("css selector", selector))

    def says(self, text: str) -> None:
        self.wait(lambda driver: text in driver.find_element("css selector", "body").text)

    def press(self, selector: str) -> None:
        """Press a button that leads to another page, and wait for that page."""
        self.driver.execute_script("window.old = true")
        self.find(selector).click()
        self.wait(lambda driver: driver.execute_script("return !window.old && document.readyState === 'complete'"))

    def type(self, *keys: str) -> None:
        self.driver.switch_to.active_element.send_keys(*keys)

    def call_themselves(self, name: str) -> None:
        field = self.find("[name=name]")
        field.clear()
        field.send_keys(name)
        self.press(".settings button")


@contextmanager
def office(root: Path) -> Iterator[tuple[str, str]]:
    """Serve a workspace; yield its address, and the address that opens it."""
    bound = server.listen(0)
    port = bound.getsockname()[1]
    app, ending = application(studio_of(root), Access(port=port, token=TOKEN))
    with server.serving(app, bound, ending):
        yield f"http://127.0.0.1:{port}", f"http://127.0.0.1:{port}/open?token={TOKEN}"


@pytest.fixture
def person(workspace: Path, seen: "Browser") -> Iterator[Person]:
    with office(workspace) as (address, opened):
        seen.size(1280)
        seen.speak(address, "en")
        seen.driver.get(opened)
        someone = Person(seen, address)
        someone.says("Edition")
        seen.fetched()
        seen.complaints()
        yield someone
        seen.driver.get("about:blank")


@pytest.mark.parametrize(
    ("language", "width", "dark"),
    [("zh", 1280, False), pytest.param("en", 390, True, marks=pytest.mark.deep)],
)
def test_every_room_is_accessible_fits_its_window_and_asks_nobody_else(
    person: Person, seen: "Browser", language: str, width: int, dark: bool
) -> None:
    seen.speak(person.address, language)
    seen.size(width, dark)
    found: dict[str, list[str]] = {}
    for room in ROOMS:
        person.go(room)
        person.find("main")
        wider = seen.ask("return document.documentElement.scrollWidth - document.documentElement.clientWidth")
        faults = [*seen.faults(), *([f"{wider} pixels too wide"] if wider > 0 else [])]
        found |= {room: faults} if faults else {}
    assert found == {}
    assert [each for each in seen.fetched() if not each.startswith((person.address, "about:", "blob:"))] == []
    expected = (f"{person.address}/data/nothing",)
    assert [each for each in seen.complaints() if not each.startswith(expected)] == []


@pytest.mark.parametrize(
    ("language", "width", "dark"),
    [("zh", 390, True), pytest.param("en", 1280, False, marks=pytest.mark.deep)],
)
def test_the_pages_that_show_a_change_are_accessible_with_everything_unfolded(
    person: Person, workspace: Path, seen: "Browser", language: str, width: int, dark: bool
) -> None:
    studio = studio_of(workspace)
    label = studio.state().assessment.issue.label  # type: ignore[union-attr]
    keep_records(studio, workspace / "output/archive" / label)
    person.call_themselves("Ann")
    seen.speak(person.address, language)
    seen.size(width, dark)
    found: dict[str, list[str]] = {}

    def judge(name: str) -> None:
        person.find("main")
        seen.ask("document.querySelectorAll('details').forEach(each => { each.open = true })")
        wider = seen.ask("return document.documentElement.scrollWidth - document.documentElement.clientWidth")
        faults = [*seen.faults(), *([f"{wider} pixels too wide"] if wider > 0 else [])]
        found.update({name: faults} if faults else {})

    folder = workspace / "output" / label
    folder.mkdir()
    (folder / "brief.zh.docx").write_bytes(b"PK")
    person.go("/")
    assert not person.driver.find_element("id", "fetched").is_displayed()
    person.find("a[data-file='brief.zh.docx']").click()
    assert "brief.zh.docx" in person.find("#fetched").text
    judge("fetched")
    (folder / "brief.zh.docx").unlink()
    folder.rmdir()
    amend(workspace, TIES, "Uldhaven,QUO,Highlands", "Uldhaven,QUO,Delta")
    for room in ("/review?state=changed", "/compare", "/data?find=Uldhaven"):
        person.go(room)
        judge(room)
    person.go("/review?state=changed")
    person.press("form.decide button")
    judge("approved")
    person.go("/compare")
    assert person.driver.find_elements("css selector", "main p.good")
    judge("compared")
    assert found == {}


def unfolded(driver: Any, selector: str) -> bool:
    """Open every fold of the page; return whether an element is shown, as a page that still loads may fold it again."""
    driver.execute_script("document.querySelectorAll('details').forEach(each => { each.open = true })")
    return bool(driver.find_element("css selector", selector).is_displayed())


def test_a_number_is_corrected_its_sentence_mended_and_somebody_else_approves_it(
    person: Person, workspace: Path
) -> None:
    from selenium.webdriver.common.keys import Keys

    person.call_themselves("Ann")
    person.go("/data/ties")
    person.find("#row-8 td:nth-of-type(3)").click()
    person.type(Keys.ENTER, Keys.BACKSPACE * 20, "Delta", Keys.ENTER)
    person.find("#row-8 td.drafted")
    assert "Uldhaven,QUO,Highlands" in (workspace / TIES).read_text("utf-8")
    person.press("#draft-bar a")
    person.says("Scores, with their intervals")
    person.find("[name=why]").send_keys("The almanac says so")
    person.press("button[formaction='/changes/apply']")
    assert "Uldhaven,QUO,Delta" in (workspace / TIES).read_text("utf-8")

    person.go("/brief")
    frame = person.find("#page")
    person.driver.switch_to.frame(frame)
    person.find("[data-block='harbour.ties']").click()
    person.driver.switch_to.default_content()
    person.says("How the harbour does · item 2")
    person.wait(lambda driver: len(driver.find_elements("css selector", "#items article")) == 3)
    person.press("a[href='/brief/wording/harbour.ties%3A2']")
    box = person.find("#text-en + .chips")
    assert len(box.find_elements("css selector", ".chip")) == 2
    person.driver.execute_script(
        "const box = arguments[0]; box.focus(); getSelection().collapse(box.firstChild, 0);", box
    )
    assert not person.driver.execute_script(LEAVING)
    person.type("By now: ")
    assert person.driver.execute_script(LEAVING)
    person.press("main form button.main")
    person.says("Draft changes, and what they would move")
    assert person.find(".sentence ins").text.startswith("By now")
    person.find("[name=why]").send_keys("Plainer")
    person.press("button[formaction='/changes/apply']")
    wording = (workspace / "templates/wording/harbour.yml").read_text("utf-8")
    assert "By now: The latest to join was {{ ties.latest | name }}, on {{ ties.latest_on | date }}." in wording

    person.call_themselves("Ben")
    person.go("/review")
    approve = "[id='item-harbour.ties:2'] button[value=approve]"
    person.wait(lambda driver: unfolded(driver, approve))
    person.press(approve)
    person.go("/review?state=approved")
    person.says("How the harbour does · item 2")
    person.says("approved by Ben")


def test_the_caret_goes_before_or_behind_a_chip_where_it_is_clicked_and_backspace_deletes_what_is_before_it(
    person: Person,
) -> None:
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.keys import Keys

    def click(chip: Any, part: float) -> None:
        width = chip.size["width"]
        ActionChains(person.driver).move_to_element_with_offset(chip, round(width * part), 0).click().perform()

    def written() -> str:
        return str(person.driver.execute_script("return document.querySelector('#text-en').value"))

    person.go(f"/brief/wording/{SENTENCE}")
    chip = person.find("#text-en + .chips .chip")
    before = written()
    click(chip, -0.4)
    person.type("X")
    assert written() == before.replace("{{ ties.latest | name }}", "X{{ ties.latest | name }}")
    person.type(Keys.BACKSPACE)
    assert written() == before
    click(person.find("#text-en + .chips .chip"), 0.4)
    person.type("Y", Keys.BACKSPACE)
    assert written() == before
    person.type(Keys.BACKSPACE)
    assert written() == before.replace("{{ ties.latest | name }}", "")
    person.type(Keys.CONTROL + "z")
    assert written() == before


def test_a_number_that_is_typed_into_a_sentence_is_told_and_a_fact_that_has_it_put_in_its_place(person: Person) -> None:
    person.go(f"/brief/wording/{SENTENCE}")
    box = person.find("#text-en + .chips")
    person.driver.execute_script(CARET, box)
    option = "const all = [...document.querySelectorAll('#fact-names option')]"
    number, fact = person.driver.execute_script(
        f"{option}; const found = all.find(each => /^[0-9]+$/.test(each.dataset.value));"
        "return [found.dataset.value, found.dataset.fact]"
    )
    person.type(f"Of {number}: ")
    person.says(f"{number} is typed by hand: put a box in its place")
    person.find("#text-en ~ .typed-number button").click()
    text = str(person.driver.execute_script("return document.querySelector('#text-en').value"))
    assert text.startswith(f"Of {{{{ {fact} }}}}: ")
    assert not person.find("#text-en ~ .typed-number").is_displayed()


def test_the_day_of_a_new_number_is_that_of_its_source_until_somebody_writes_another(person: Person) -> None:
    from selenium.webdriver.common.keys import Keys

    person.go("/data/tallies")
    person.find("#row-6 td:nth-of-type(2)").click()
    person.type(Keys.ENTER, Keys.BACKSPACE * 9, "39990", Keys.ENTER)
    person.find("#row-6 td.drafted")
    assert person.driver.switch_to.active_element.text == "39990"
    person.press("#draft-bar a")
    assert not person.find("[name='published.0']").is_displayed(), "the fields of the source are folded"
    person.find("details.fields summary").click()
    source, own = person.find("[name='published.0']"), person.find("[name='on.0']")
    source.send_keys("2031-02-01")
    assert own.get_attribute("value") == "2031-02-01"
    person.says("as its date of publication: check it")
    person.find("[name='note.0']").send_keys("As of that day, 39990 came")
    person.says("in its words “As of that day”")
    own.clear()
    own.send_keys("2031-01-31")
    source.send_keys(Keys.BACKSPACE)
    assert own.get_attribute("value") == "2031-01-31"


def test_a_pasted_source_is_read_in_one_line_and_what_else_is_asked_comes_however_often_it_is_asked(
    person: Person,
) -> None:
    from selenium.webdriver.common.keys import Keys

    person.go("/data/tallies")
    person.find("#row-6 td:nth-of-type(2)").click()
    person.type(Keys.ENTER, Keys.BACKSPACE * 9, "39990", Keys.ENTER)
    person.find("#row-6 td.drafted")
    person.press("#draft-bar a")
    paste = "arguments[0].focus(); document.execCommand('insertText', false, arguments[1])"
    person.driver.execute_script(paste, person.find("[name='sentence.0']"), "“More came”, Invented Press, 2031-02-01")
    person.says("Filled in, check it:")
    assert person.find(".told").text == "“More came”, Invented Press, 2031-02-01"
    assert not person.find("details.fields").get_attribute("open")
    person.find("[name='way.0'][value='added']").click()
    person.driver.execute_script("toldSources = ''; askRest(); askRest()")
    person.find("#rest:not([aria-busy]) button.main")
    title, empty = person.find("[name='title.0']"), "arguments[0].dispatchEvent(new Event('input', {bubbles: true}))"
    person.driver.execute_script(f"arguments[0].value = ''; {empty}", title)
    assert title.is_displayed(), "what is needed and empty is shown"


def test_who_comes_from_a_found_number_types_over_it_and_the_button_that_goes_on_stays_in_sight(
    person: Person, seen: "Browser"
) -> None:
    from selenium.webdriver.common.keys import Keys

    person.go("/data?find=38750")
    person.press("a[href*='row=6']")
    assert person.driver.switch_to.active_element.get_attribute("value") == "38750"
    person.type("39990", Keys.ENTER)
    person.find("#row-6 td.drafted")
    person.wait(lambda driver: driver.find_element("id", "draft-next").text == "Next: say where it comes from")
    person.press("#draft-next.main")
    paste = "arguments[0].focus(); document.execCommand('insertText', false, arguments[1])"
    source = "“More came”, Invented Press, 2031-02-01, https://press.invalid/1: By now 39990 came."
    person.driver.execute_script(paste, person.find("[name='sentence.0']"), source)
    person.says("Filled in, check it:")
    assert "https://press.invalid/1" in person.find(".told").text
    low = "return document.querySelector('#rest button.main').getBoundingClientRect().bottom <= innerHeight"
    assert seen.ask(low), "though the page is longer than the window"


def test_cells_are_chosen_and_given_back_by_keys(person: Person) -> None:
    from selenium.webdriver.common.keys import Keys

    person.go("/data/ties")
    first = person.find("#row-2 td:nth-of-type(1)")
    person.driver.execute_script("arguments[0].focus()", first)
    person.type(Keys.ARROW_DOWN, Keys.ARROW_RIGHT)
    assert person.driver.switch_to.active_element.text == "RIN"
    person.type("X")
    person.type("YZ", Keys.ESCAPE)
    assert person.driver.switch_to.active_element.text == "RIN"
    assert not person.find("#draft-bar").is_displayed()
    person.type("QUO", Keys.ENTER)
    person.find("#row-3 td.drafted")
    person.driver.execute_script("arguments[0].focus()", person.find("#row-3 td.drafted"))
    person.type(Keys.ESCAPE)
    person.wait(lambda driver: not driver.find_element("css selector", "#draft-bar").is_displayed())
    assert person.find("#row-3 td:nth-of-type(2)").text.startswith("RIN")


def test_two_hundred_rows_are_pasted_and_five_bad_cells_are_told(person: Person, workspace: Path) -> None:
    towns = [f"Town {number}" for number in range(200)]
    for file, row in ((TIES, "{town},QUO,Delta,2031-01-01,gazette,stated"), ("data/names.csv", NAME)):
        with (workspace / file).open("a", encoding="utf-8") as table:
            table.write("".join(row.format(town=town) + "\n" for town in towns))
    person.go("/data/ties")
    written = (workspace / TIES).read_text("utf-8")
    bad = {3, 50, 99, 150, 199}
    block = "\n".join("soon" if n in bad else f"2030-0{n % 9 + 1}-11" for n in range(200))
    cell = person.find("#row-9 td:nth-of-type(4)")
    person.driver.execute_script(PASTE, cell, block)
    person.wait(lambda driver: driver.find_element("css selector", "#draft-count").text == "200")
    person.wait(lambda driver: len(driver.find_elements("css selector", "td.wrong")) == 5)
    said = person.find("#cell-problems").text
    assert "soon" in said and all(str(n + 9) in re.findall(r"\d+", said) for n in bad), "each is named by its row"
    wrong = person.driver.find_elements("css selector", "td.wrong")
    assert {each.find_element("xpath", "..").get_attribute("data-row") for each in wrong} == {str(n + 9) for n in bad}
    person.go("/changes")
    person.says("Would be refused")
    assert person.driver.find_elements("css selector", "button[formaction='/changes/apply']") == []
    assert (workspace / TIES).read_text("utf-8") == written, "nothing is written"
    person.find("details:has(> form[action='/changes/drop']) summary").click()
    person.press("details > form[action='/changes/drop'] button")
    person.says("There is no draft change")


@pytest.mark.deep
def test_of_two_browsers_on_one_sentence_the_second_to_write_is_shown_both_texts(
    person: Person, workspace: Path, tmp_path: Path
) -> None:
    from tests.render.browser import browser

    wording = workspace / "templates/wording/harbour.yml"
    with browser(tmp_path / "profile") as other:
        other.size(1280)
        other.speak(person.address, "en")
        other.driver.get(f"{person.address}/open?token={TOKEN}")
        second = Person(other, person.address)
        second.says("Edition")
        for name, someone in (("Ann", person), ("Ben", second)):
            someone.call_themselves(name)
            someone.go("/brief/wording/harbour.ties:2")
            someone.find("#text-en + .chips")
        second.says("Open on another screen: Ann")
        for text, someone in (("Now, ", person), ("Today, ", second)):
            box = someone.find("#text-en + .chips")
            someone.driver.execute_script(
                "arguments[0].focus(); getSelection().collapse(arguments[0].firstChild, 0)", box
            )
            someone.type(text)
        for someone in (person, second):
            someone.press("main form button.main")
            if someone is person:
                someone.says("What now?")
                someone.find("[name=why]").send_keys("Plainer")
                someone.press("button[formaction='/changes/apply']")
        second.says("Somebody else has changed the same place")
        said = second.find(".refused").text
        assert "Now, The latest to join" in said and "Today, The latest to join" in said
        assert "Today, " not in wording.read_text("utf-8") and "Now, The latest" in wording.read_text("utf-8")
        second.press("form[action='/changes/mine'] button")
        second.find("[name=why]").send_keys("Talked to Ann")
        second.press("button[formaction='/changes/apply']")
        assert "Today, The latest" in wording.read_text("utf-8")
        other.driver.get("about:blank")


def test_a_file_changed_outside_is_noticed_by_an_open_page(person: Person, workspace: Path) -> None:
    person.go("/data/ties")
    person.wait(lambda driver: driver.execute_script("try { return turn !== null } catch { return false }"))
    amend(workspace, TIES, "Mirefoot,SOV,Delta", "Mirefoot,SOV,Islands")
    person.wait(lambda driver: driver.find_element("css selector", "#news").is_displayed())


def test_a_page_says_that_the_studio_is_gone(workspace: Path, seen: "Browser") -> None:
    with office(workspace) as (address, opened):
        seen.speak(address, "en")
        seen.driver.get(opened)
        person = Person(seen, address)
        person.says("Edition")
        person.wait(lambda driver: driver.execute_script("try { return turn !== null } catch { return false }"))
    person.wait(lambda driver: driver.find_element("css selector", "#gone").is_displayed())
    seen.driver.get("about:blank")
