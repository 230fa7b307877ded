"""What a newcomer looks for is found, and search and colours can be set on a telephone."""

import pytest

TASKS = {
    "missing values": "howto/missing_values",
    "macro-F1 in cross-validation": "howto/unbalanced",
    "own GloVe": "howto/my_vectors",
    "text and numbers": "howto/text_beside_columns",
    "several labels": "howto/several_labels",
    "tuning": "howto/reading_a_search",
    "table of a search": "howto/reading_a_search",
    "explanation": "explaining",
    "early stopping curve": "howto/early_stopping",
    "German": "other_languages",
    "Japanese": "howto/no_spaces",
    "saving and serving": "howto/serving",
    "explain": "explaining",
    "imbalanced": "howto/unbalanced",
    "ColumnTransformer": "howto/text_beside_columns",
    "skops": "howto/skops",
    "saving": "guide/saving",
    "GPU": "howto/card",
    "cluster": "cluster",
    "resume search": "howto/resumed_search",
}
# The list of results fills itself, and the status says when it is complete.
FOUND = """new Promise(done => {
    const look = () => document.querySelector("#search-results .search-summary")?.innerText
        .match(/finished|did not match/)
        ? done([...document.querySelectorAll("ul.search > li")].map(x => x.querySelector("a").href))
        : setTimeout(look, 50);
    look();
})"""
COLOURS = "[document.documentElement.dataset.mode, document.documentElement.dataset.theme]"


@pytest.mark.parametrize("query", TASKS)
def test_one_search_leads_to_the_page(page, site, query):
    page.open(site / "search.html", f"?q={query.replace(' ', '+')}")
    found = [address.split("#")[0] for address in page.run(FOUND)]
    first = [*dict.fromkeys(found)][:3]
    assert (site / f"{TASKS[query]}.html").as_uri() in first


def test_the_search_works_on_a_telephone(page, site):
    page.shape(390, 844, phone=True)
    page.open(site / "start.html")
    assert page.click("button.search-button__button")
    page.type("macro-F1")
    with page.loading():
        page.press("Enter", "\r")
    assert page.run("location.search") == "?q=macro-F1"
    assert page.run(FOUND)


def test_the_colours_can_be_switched_on_a_telephone(page, site):
    page.shape(390, 844, phone=True)
    page.open(site / "start.html")
    for mode in ("dark", "light"):
        assert page.click("button.primary-toggle")
        assert page.click("button.theme-switch-button")
        assert page.click(f"button.theme-change-button[data-mode={mode}]")
        assert page.run(COLOURS) == [mode, mode]
        page.open(site / "guide/index.html")
        assert page.run(COLOURS) == [mode, mode]
