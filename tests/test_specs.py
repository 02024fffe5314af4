"""Specs: options written into an id and read back."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nasapi.errors import InvalidOption
from nasapi.plugins.specs import format_spec, parse_spec

words = st.text(string.ascii_letters + string.digits + "_-/.:", min_size=1, max_size=12)
texts = st.text(max_size=12).filter(lambda text: not {"'", '"'} <= set(text))
values = st.one_of(st.booleans(), st.none(), st.integers(), st.floats(allow_nan=False), texts)
names = st.text(string.ascii_lowercase + "_", min_size=1, max_size=8)
specs = st.builds(format_spec, words, st.dictionaries(names, values, max_size=3))


@given(words, st.dictionaries(names, values | specs, max_size=4))
def test_parse_undoes_format(name, options):
    again = parse_spec(format_spec(name, options))
    assert again == (name, options)
    assert [type(again[1][key]) for key in options] == [type(value) for value in options.values()]


@given(st.dictionaries(names, values, min_size=2, max_size=4))
def test_the_order_of_options_makes_no_difference(options):
    backwards = dict(reversed(options.items()))
    assert format_spec("x", options) == format_spec("x", backwards)


def test_values_are_numbers_words_or_text():
    _, options = parse_spec("x[a=1, b=1e-3, c=true, d=None, e=text, f='7 8', g=y[h=1,i=2]]")
    assert options == {"a": 1, "b": 0.001, "c": True, "d": None, "e": "text", "f": "7 8", "g": "y[h=1,i=2]"}


def test_empty_brackets_are_no_options():
    assert parse_spec("x[]") == ("x", {})


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("x[a=1", r"'x\[a=1' has an opening bracket without its closing one at the end"),
        ("x[a=1]b", "has an opening bracket without its closing one at the end"),
        ("x[a]", r"'a' in 'x\[a\]' is no option; write name=value, separated by commas"),
        ("x[1a=2]", "'1a=2' in .* is no option"),
        ("x[a=1,a=2]", r"'x\[a=1,a=2\]' gives option 'a' twice"),
        ("x[a=1],b=2]", "closes a bracket that it did not open"),
        ("x[a='y]", r"does not close a quote that it opened"),
        ("x[a=y[b=1]", "does not close a bracket that it opened"),
    ],
)
def test_a_malformed_spec_says_what_is_wrong(spec, message):
    with pytest.raises(InvalidOption, match=message):
        parse_spec(spec)


def test_text_with_both_kinds_of_quotes_is_refused():
    with pytest.raises(InvalidOption, match="has both kinds of quotes and cannot be an option"):
        format_spec("x", {"a": "'\""})


def test_text_that_reads_as_itself_has_no_quotes():
    assert format_spec("x", {"a": "first", "b": "y[c=1,d=2]", "c": "1", "d": "e,f"}) == (
        "x[a=first,b=y[c=1,d=2],c='1',d='e,f']"
    )
