"""The page of word vectors in a browser: opened, searched, turned, read back from what it drew."""

import numpy as np
import pytest
from browser import chromium, find_chromium

from skembed import KerasTokenizerTransformer, export_projector

pytestmark = pytest.mark.skipif(
    find_chromium() is None, reason="there is no Chromium to open the page in"
)

POSITIVE = ["good", "goodness", "fine"]
HOSTILE = ["</script><script>document.title='injected'</script>", "<b>bold</b>", "\u2028", " "]
WORDS = [*POSITIVE, "poor", "Größe", "film", *HOSTILE, *(f"word{i}" for i in range(300))]
VECTORS = dict(zip(WORDS, np.random.RandomState(0).normal(size=(len(WORDS), 20))))
TEXTS = ["good goodness fine film"] * 20 + ["poor film"] * 20
CLASSES = ["pos"] * 20 + ["neg"] * 20

TEXT = "document.getElementById('{}').innerText"
PIXELS = """
(() => { const canvas = document.getElementById("canvas");
const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
const seen = {};
for (let i = 0; i < data.length; i += 4) {
  const colour = data.slice(i, i + 3).join(); seen[colour] = (seen[colour] || 0) + 1; }
return seen; })()
"""


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    documents = KerasTokenizerTransformer().fit_transform(TEXTS)
    return export_projector(VECTORS, folder, html=True, documents=documents, y=CLASSES)


@pytest.fixture(scope="module")
def tab():
    with chromium() as tab:
        yield tab


@pytest.fixture
def page(tab, path):
    tab.shape(1000, 700)
    tab.open(path)
    yield tab
    assert tab.problems == []
    assert {*tab.requests} == {path.as_uri()}
    assert tab.run("document.title") == "Word vectors"


def search(page, text):
    page.run("document.getElementById('query').select()")
    page.type(text)


def texts(page, selector):
    found = f"[...document.querySelectorAll('{selector}')].map(x => x.innerText)"
    return page.run(found)


def coloured(page):
    """Count the pixels that are bluish and those that are orange, the colours of two classes."""
    colours = [([*map(int, name.split(","))], n) for name, n in page.run(PIXELS).items()]
    blue = sum(n for (red, _, b), n in colours if b - red > 60)
    orange = sum(n for (red, _, b), n in colours if red - b > 60)
    return blue, orange


def test_the_page_says_what_it_shows(page):
    summary = page.run(TEXT.format("summary"))
    assert summary.startswith(f"{len(WORDS)} words, vectors of 20 dimensions.")


def test_the_words_are_drawn(page):
    drawn = page.run(PIXELS)
    assert max(drawn, key=drawn.get) == "255,255,255"
    assert len(drawn) > 100


def test_search_finds_words_and_shows_their_neighbours(page):
    search(page, "GOOD")
    assert texts(page, "#matches bdi") == ["good", "goodness"]
    page.press("Enter", "\r")
    assert page.run(TEXT.format("word")) == "good"
    values = np.array([*VECTORS.values()])
    units = values / np.linalg.norm(values, axis=1, keepdims=True)
    cosines = units @ units[0]
    nearest = np.argsort(-cosines)[1:11]
    invisible = {"\u2028": '"\u2028"', " ": '" "'}
    shown = [" ".join(invisible.get(WORDS[row], WORDS[row]).split()) for row in nearest]
    assert [" ".join(text.split()) for text in texts(page, "#neighbors bdi")] == shown
    found = [float(text) for text in texts(page, "#neighbors span:last-child")]
    assert np.allclose(found, cosines[nearest], atol=6e-4)


def test_a_neighbour_can_be_chosen_with_the_keyboard(page):
    search(page, "größe")
    page.press("Enter", "\r")
    neighbour = texts(page, "#neighbors bdi")[0]
    page.run("document.querySelector('#neighbors button').focus()")
    page.press("Enter", "\r")
    assert page.run(TEXT.format("word")) == neighbour
    assert page.run("document.activeElement.id") == "word"
    assert neighbour in page.run("document.getElementById('canvas').ariaLabel")


def test_words_stay_text(page):
    search(page, "<")
    assert texts(page, "#matches bdi") == HOSTILE[:2]
    page.press("Enter", "\r")
    assert page.run(TEXT.format("word")) == HOSTILE[0]


def test_a_search_without_result_says_so(page):
    search(page, "nowhere")
    assert page.run(TEXT.format("found")) == "0 words found"
    page.press("Enter", "\r")
    assert page.run("document.getElementById('details').hidden")


def test_words_have_the_colour_of_their_class(page):
    assert texts(page, "#classes bdi") == ["neg", "pos", "no clear leaning"]
    blue, orange = coloured(page)
    assert blue > 10
    assert orange > 10
    page.run("document.querySelector('#classes li:nth-child(2) button').click()")
    page.frames()
    blue, orange = coloured(page)
    assert blue == 0
    assert orange > 10
    search(page, "poor")
    page.press("Enter", "\r")
    assert "leans to neg" in page.run(TEXT.format("facts"))
    assert "20 times in the documents" in page.run(TEXT.format("facts"))


@pytest.mark.parametrize("dimensions", ["flat", "deep"])
def test_mouse_wheel_and_keys_move_the_picture(dimensions, page):
    page.run(f"document.getElementById('{dimensions}').click()")
    page.frames()
    pictures = [page.run("document.getElementById('canvas').toDataURL()")]

    def has_moved():
        page.frames()
        pictures.append(page.run("document.getElementById('canvas').toDataURL()"))
        return pictures[-1] not in pictures[:-1]

    page.mouse("Pressed", 300, 300, button="left", buttons=1, clickCount=1)
    page.mouse("Moved", 350, 330, button="left", buttons=1)
    page.mouse("Released", 350, 330, button="left", clickCount=1)
    assert has_moved()
    page.mouse("Wheel", 300, 300, deltaX=0, deltaY=-200)
    assert has_moved()
    page.run("document.getElementById('canvas').focus()")
    for key in ("ArrowLeft", "ArrowUp", "+"):
        page.press(key)
        assert has_moved(), key
    page.mouse("Moved", 990, 690)  # away from any word
    page.run("document.getElementById('reset').click()")
    page.frames()
    assert page.run("document.getElementById('canvas').toDataURL()") == pictures[0]


def test_two_fingers_zoom(page):
    page.shape(390, 844, scale=2, phone=True)
    page.call("Emulation.setTouchEmulationEnabled", enabled=True)

    def fingers(kind, *places):
        points = [{"x": x, "y": 400, "id": number} for number, x in enumerate(places)]
        page.call("Input.dispatchTouchEvent", type=f"touch{kind}", touchPoints=points)

    page.frames()
    before = page.run(PIXELS)["255,255,255"]
    fingers("Start", 180, 200)
    fingers("Move", 150, 230)
    fingers("Move", 30, 350)
    fingers("End")
    page.call("Emulation.setTouchEmulationEnabled", enabled=False)
    page.frames()
    assert page.run("document.getElementById('details').hidden")  # no tap
    assert page.run(PIXELS)["255,255,255"] > before  # fewer words in sight


def test_a_click_chooses_the_word_under_it(page):
    search(page, "film")
    page.press("Enter", "\r")
    page.frames()
    page.run("document.getElementById('clear').click()")
    assert page.run("document.getElementById('details').hidden")
    middle = page.run(
        "(() => { const box = document.getElementById('canvas').getBoundingClientRect();"
        "return [box.x + box.width / 2, box.y + box.height / 2]; })()"
    )
    page.mouse("Pressed", *middle, button="left", buttons=1, clickCount=1)
    page.mouse("Released", *middle, button="left", clickCount=1)
    assert page.run(TEXT.format("word")) == "film"


@pytest.mark.parametrize("dark", [True, False], ids=["dark", "light"])
def test_colours_follow_the_preference_until_switched(dark, page, path):
    page.shape(1000, 700, dark=dark)
    page.open(path)

    def is_dark():
        page.frames()
        drawn = page.run(PIXELS)
        return max(map(int, max(drawn, key=drawn.get).split(","))) < 64

    assert is_dark() == dark
    page.run("document.getElementById('theme').click()")
    assert is_dark() != dark


@pytest.mark.parametrize("width", [320, 390, 1000])
def test_nothing_scrolls_sideways(width, page, path):
    page.shape(width, 844, scale=2, phone=width < 1000)
    page.open(path)
    search(page, "o")
    page.press("Enter", "\r")
    page.frames()
    assert page.run("document.documentElement.scrollWidth") <= width
    assert page.run("document.getElementById('canvas').clientHeight") > 300


def test_everything_that_can_be_used_has_a_name(page):
    search(page, "good")
    page.press("Enter", "\r")
    tree = page.call("Accessibility.getFullAXTree")["nodes"]
    roles = {"button", "searchbox", "textbox", "application", "canvas"}
    named = [(n["role"]["value"], n.get("name", {}).get("value")) for n in tree if "role" in n]
    used = [(role, name) for role, name in named if role in roles]
    assert ("button", "3-D") in used
    assert ("searchbox", "Search for a word") in used
    assert all(name for _, name in used), used
