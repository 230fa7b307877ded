"""Text without HTML."""

import html
import re

__all__ = ["tag_spans", "without_html"]

_COMMENT_END = "-->"
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
_TAG_OR_COMMENT = re.compile(rf"<!--.*?{_COMMENT_END}|{_TAG.pattern}", re.DOTALL)
_LONG_REFERENCE = re.compile(r"&#0*([0-9]{8})[0-9]*")  # eight digits are beyond all characters


def without_html(text: str) -> str:
    """Replace tags, comments and entities, in time linear in the length of the text.

    Comments are looked for only before the last place where one ends. Otherwise, each of many
    comments without an end would be searched to the end of the text.
    """
    before, end, after = text.rpartition(_COMMENT_END)
    text = _TAG.sub(" ", after)
    if end:
        text = _TAG_OR_COMMENT.sub(" ", before + end) + text
    # Python refuses to convert thousands of digits to a number.
    return html.unescape(_LONG_REFERENCE.sub(r"&#\1", text)) if "&" in text else text


def tag_spans(text: str) -> list[tuple[int, int]]:
    """Return start and end of the tags and comments that `without_html` replaces."""
    end = text.rfind(_COMMENT_END)
    end = 0 if end < 0 else end + len(_COMMENT_END)
    before = [found.span() for found in _TAG_OR_COMMENT.finditer(text, 0, end)]
    return before + [found.span() for found in _TAG.finditer(text, end)]
