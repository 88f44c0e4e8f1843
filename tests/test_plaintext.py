"""HTML becomes the text that a reader sees, however deep it is nested and however it is broken."""

from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.collect.plaintext import element_text, lines, one_line, plain_text, tree

DEPTHS = [300, 2_040, 3_000, 50_000]


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("tag", ["div", "b", "section", "blockquote"])
def test_words_however_deep_and_those_behind_them_are_read(tag: str, depth: int) -> None:
    deep = f"<p>до</p>{f'<{tag}>' * depth}слово{f'</{tag}>' * depth}<p>после</p>"

    assert plain_text(deep) == "до\nслово\nпосле"


@pytest.mark.parametrize("depth", DEPTHS)
def test_what_nobody_closes_is_read_to_its_end(depth: int) -> None:
    assert plain_text("<div>" * depth + "слово<p>после") == "слово\nпосле"
    assert plain_text("<ul><li>раз" * depth + "<p>после").count("раз") == depth


def test_only_a_page_that_is_nested_too_deep_loses_elements() -> None:
    list_ = "<ul>" + "<li>раз" * 5_000 + "</ul>"

    flat, whole = tree(f"<html><body>{list_}</body></html>")
    assert (whole, len(list(flat.iter("li")))) == (True, 5_000)
    deep, whole = tree(f"<html><body>{list_}{'<div>' * 3_000}слово</body></html>")
    assert (whole, len(list(deep.iter("li")))) == (False, 5_000)
    assert element_text(deep).endswith("слово")


def test_tags_in_comments_and_scripts_of_a_deep_page_are_no_tags() -> None:
    hidden = "<!-- </div></div> --><script>'<div><p>'</script><style>a>b{}</style>"

    said = plain_text(f"{'<div>' * 3_000}{hidden}слово{hidden}{'</div>' * 3_000}<p>после")

    assert said == "слово\nпосле"


@pytest.mark.parametrize("opening", ["<script", "<style", "<script>x</script", "<p"])
def test_what_a_deep_page_opens_and_never_closes_hides_nothing_before_it(opening: str) -> None:
    said = plain_text(f"{'<div>' * 3_000}слово{'</div>' * 3_000}<p>после{opening}")

    assert said.startswith("слово\nпосле")


def test_end_tags_of_nothing_do_no_harm() -> None:
    assert plain_text("</b></i>" * 5_000 + "<div>" * 3_000 + "</p></b>слово") == "слово"


def test_a_page_of_nothing_has_a_tree_without_text() -> None:
    for nothing in ("", " ", "<!-- -->", "\x00", "<", "</"):
        root, whole = tree(nothing)
        assert whole
        assert element_text(root) in {"", "<", "</"}


NESTED = st.recursive(
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20).map(
        lambda said: (escape(said), said)
    ),
    lambda inner: st.tuples(
        st.sampled_from(["div", "b", "p", "span", "section", "td"]),
        st.integers(1, 900),
        st.lists(inner, min_size=1, max_size=3),
    ).map(
        lambda one: (
            f"<{one[0]}>" * one[1] + "".join(m for m, _ in one[2]) + f"</{one[0]}>" * one[1],
            "".join(said for _, said in one[2]),
        )
    ),
    max_leaves=6,
)


@given(NESTED)
def test_no_letter_is_lost_whatever_it_is_nested_in(made: tuple[str, str]) -> None:
    markup, said = made

    root, _whole = tree(f"<html><body>{markup}</body></html>")

    assert one_line(element_text(root)).replace(" ", "") == one_line(said).replace(" ", "")
    assert element_text(root) == lines(element_text(root))
