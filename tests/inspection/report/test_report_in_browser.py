"""The report in a browser: only the file is loaded, all fits, and is seen on light and dark."""

import numpy as np
import pytest
from browser import chromium, find_chromium
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from skembed.datasets import load_feedback
from skembed.inspection import model_report

pytestmark = pytest.mark.skipif(
    find_chromium() is None, reason="there is no Chromium to open the page in"
)

SCRIPT = "<script>document.title='injected'</script>"
IMAGE = "\"'><img src='http://localhost/x' onerror=\"document.title='injected'\">"
LONG = "AnUnusuallyLongNameOfAClassWithoutAnySpaceThatNoPhoneCanShowInOneLine"
STYLE = "</style><b id='bold'>"
COLOURS = """(() => {{ const style = getComputedStyle(document.querySelector('{}'), '{}');
return [style.color, style.backgroundColor, style.width]; }})()"""
PHONE, DESKTOP = (390, 800), (1280, 900)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """A search whose texts, classes, parameters and title hold markup and long words."""
    comments = load_feedback(target="topic")
    names = np.array([SCRIPT, IMAGE, LONG, STYLE])
    y = names[np.unique(comments.target, return_inverse=True)[1]]
    X = [f"{text} {SCRIPT} {IMAGE} {'x' * 500}" for text in comments.data]
    search = GridSearchCV(
        make_pipeline(CountVectorizer(token_pattern=rf"\w+|{SCRIPT[:8]}"), LogisticRegression()),
        {"countvectorizer__stop_words": [[SCRIPT], [IMAGE, LONG], [STYLE]]},
        cv=2,
    ).fit(X[::2], y[::2])
    path = tmp_path_factory.mktemp("report") / "report.html"
    return model_report(search, X[1::2], y[1::2], path, title=f"Report {SCRIPT}")


@pytest.fixture(scope="module")
def ordinary(topics, tmp_path_factory):
    return model_report(*topics, tmp_path_factory.mktemp("report") / "report.html")


@pytest.fixture(scope="module")
def tab():
    with chromium() as tab:
        yield tab


@pytest.fixture
def page(tab, hostile):
    tab.shape(*DESKTOP)
    tab.requests.clear()
    tab.open(hostile)
    yield tab
    assert tab.problems == []
    assert {*tab.requests} == {hostile.as_uri()}


def test_nothing_is_injected(page, hostile):
    assert page.run("document.title") == f"Report {SCRIPT}"
    assert page.run("document.querySelectorAll('script, img, iframe, object, #bold').length") == 0
    assert page.run("document.querySelectorAll('style').length") == 2
    assert (
        page.run("[...document.querySelectorAll('*')].some(x => x.onerror || x.onclick)") is False
    )
    text = page.run("document.body.textContent")
    for name in (SCRIPT, IMAGE, LONG, STYLE):
        assert name in text
    assert "<script" not in hostile.read_text(encoding="utf-8")


def test_no_script_runs_even_if_there_were_one(page):
    page.run(
        "document.body.append(Object.assign(document.createElement('script'),"
        "{textContent: 'document.title = 1'}))"
    )
    assert page.run("document.title") == f"Report {SCRIPT}"
    assert "Content Security Policy" in page.problems.pop()


@pytest.mark.parametrize("size", [PHONE, DESKTOP, (320, 600)], ids=str)
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_nothing_is_wider_than_the_screen(page, size, dark):
    page.shape(*size, phone=size[0] < 500, dark=dark)
    page.run("document.querySelectorAll('details').forEach(x => { x.open = true; })")
    page.frames()
    assert page.run("document.documentElement.scrollWidth") <= size[0]
    cut = page.run(
        "[...document.querySelectorAll('h1, h2, p, li, dd, dt, summary')]"
        ".filter(x => x.scrollWidth > x.clientWidth + 1).map(x => x.textContent)"
    )
    assert cut == []


def test_links_lead_to_sections(page):
    links = page.run("[...document.querySelectorAll('nav a')].map(x => x.getAttribute('href'))")
    sections = page.run("[...document.querySelectorAll('section')].map(x => '#' + x.id)")
    assert links == sections
    assert "#search" in links


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_texts_are_read_on_both_papers(tab, ordinary, dark):
    tab.shape(*DESKTOP, dark=dark)
    tab.open(ordinary)
    for selector in ("body", ".note", ".key-figures small", "summary", ".matrix .right", "pre"):
        if tab.run(f"document.querySelector('{selector}')") is not None:
            assert contrast(tab, selector) >= 4.5, selector
    paper = tab.run(COLOURS.format("html", ""))[1]
    assert (luminance(paper) < 0.1) is dark


def test_bars_are_as_long_as_their_figures(tab, ordinary):
    tab.shape(*DESKTOP)
    tab.open(ordinary)
    rows = tab.run(
        "[...document.querySelectorAll('.by-class tbody tr')].map(row => ["
        "row.children[3].innerText,"
        "parseFloat(getComputedStyle(row.querySelector('.bar'), '::before').width) /"
        "row.querySelector('.bar').clientWidth])"
    )
    assert len(rows) == 4
    for text, share in rows:
        assert share == pytest.approx(float(text.rstrip("%")) / 100, abs=0.01)


def test_cells_are_shaded_by_their_share_of_the_row(tab, ordinary):
    tab.shape(*DESKTOP)
    tab.open(ordinary)
    cells = tab.run(
        "[...document.querySelectorAll('.matrix tbody tr')].map(row =>"
        "[...row.querySelectorAll('td')].map(x => [x.innerText,"
        "getComputedStyle(x).backgroundColor]))"
    )
    for row in cells:
        counts = np.array([int(text) for text, _ in row])
        shades = [
            float(colour.rstrip(")").split("/")[-1]) if "/" in colour else 0.0 for _, colour in row
        ]
        assert shades == pytest.approx(0.55 * counts / counts.sum(), abs=0.01)


def test_long_texts_are_read_on_paper(page):
    page.call("Emulation.setEmulatedMedia", media="print")
    page.frames()
    assert page.run("document.querySelectorAll('article details:not([open])').length") == 10
    heights = page.run(
        "[...document.querySelectorAll('details .skembed-explanation')].map(x => x.offsetHeight)"
    )
    page.call("Emulation.setEmulatedMedia", media="")
    assert min(heights) > 50


def contrast(tab, selector):
    """Return the contrast of a text with the nearest background that is not transparent."""
    colours = tab.run(
        f"(() => {{ let x = document.querySelector('{selector}'); const ink ="
        "getComputedStyle(x).color;"
        "while (/, 0\\)|\\/ 0/.test(getComputedStyle(x).backgroundColor))"
        "x = x.parentElement; return [ink, getComputedStyle(x).backgroundColor]; })()"
    )
    dark, light = sorted(map(luminance, colours))
    return (light + 0.05) / (dark + 0.05)


def luminance(colour):
    parts = colour[colour.index("(") + 1 : -1].replace(",", " ").split()
    values = np.array([float(part) / 255 for part in parts[:3]])
    linear = np.where(values <= 0.03928, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])
