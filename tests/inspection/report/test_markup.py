"""What the report escapes."""

from skembed.inspection.report.markup import Markup, bar, breakable, element, section, table


def test_text_is_escaped_and_markup_is_not():
    inner = element("b", "<i>&\"'")
    assert inner == "<b>&lt;i&gt;&amp;&quot;&#x27;</b>"
    assert element("p", inner, None, ["x<", inner]) == f"<p>{inner}x&lt;{inner}</p>"


def test_attributes_are_escaped():
    found = element("p", class_='"><script>', aria_label="a", title=None)
    assert found == '<p class="&quot;&gt;&lt;script&gt;" aria-label="a"></p>'


def test_joined_markup_is_text_again():
    assert not isinstance(element("b", "x") + "<", Markup)


def test_tables_escape_heads_and_cells():
    found = table(["<a>"], [["<b>", "<c>", 1234, bar(0.5)]], name="<d>")
    assert "&lt;a&gt;" in found
    assert '<th scope="row">&lt;b&gt;</th><td>&lt;c&gt;</td><td>1,234</td>' in found
    assert 'aria-label="&lt;d&gt;"' in found
    assert "--v:0.5000" in found


def test_a_cell_that_looks_like_markup_is_escaped():
    assert "<td><td>" not in table([""], [["", "<td>x"]], name="")


def test_code_breaks_after_punctuation():
    assert breakable("f(a='<b>/c')") == "f(<wbr>a=<wbr>&#x27;&lt;b&gt;/<wbr>c&#x27;)"


def test_sections_have_a_heading_to_lead_to():
    found = section("Size and speed", "<")
    assert found == '<section id="size-and-speed"><h2>Size and speed</h2>&lt;</section>'
