"""Specs: options written into an id and read back."""

import pickle
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nasapi.errors import InvalidOption
from nasapi.specs import Spec, read_value

words = st.text(string.ascii_letters + string.digits + "_-/.:", min_size=1, max_size=12)
texts = st.text(max_size=12).filter(lambda text: not {"'", '"'} <= set(text))
values = st.one_of(st.booleans(), st.none(), st.integers(), st.floats(allow_nan=False), texts)
names = st.text(string.ascii_lowercase + "_", min_size=1, max_size=8)
specs = st.builds(lambda name, options: str(Spec(name, options)), words, st.dictionaries(names, values, max_size=3))


@given(words, st.dictionaries(names, values | specs, max_size=4))
def test_parse_undoes_format(name, options):
    again = Spec.parse(str(Spec(name, options)))
    assert again == Spec(name, options)
    assert hash(again) == hash(Spec(name, options))
    assert pickle.loads(pickle.dumps(again)) == again
    assert [type(again.options[key]) for key in options] == [type(value) for value in options.values()]


@given(st.dictionaries(names, values, min_size=2, max_size=4))
def test_the_order_of_options_makes_no_difference(options):
    backwards = dict(reversed(options.items()))
    assert str(Spec("x", options)) == str(Spec("x", backwards))


def test_values_are_numbers_words_or_text():
    options = Spec.parse("x[a=1, b=1e-3, c=true, d=None, e=text, f='7 8', g=y[h=1,i=2]]").options
    assert options == {"a": 1, "b": 0.001, "c": True, "d": None, "e": "text", "f": "7 8", "g": "y[h=1,i=2]"}


def test_empty_brackets_are_no_options():
    assert Spec.parse("x[]") == Spec("x")


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
        Spec.parse(spec)


def test_text_with_both_kinds_of_quotes_is_refused():
    with pytest.raises(InvalidOption, match="has both kinds of quotes and cannot be an option"):
        str(Spec("x", {"a": "'\""}))


def test_text_that_reads_as_itself_has_no_quotes():
    assert str(Spec("x", {"a": "first", "b": "y[c=1,d=2]", "c": "1", "d": "e,f"})) == (
        "x[a=first,b=y[c=1,d=2],c='1',d='e,f']"
    )


def test_a_spec_is_read_only_and_is_itself_when_it_is_parsed():
    spec = Spec.parse("x[a=1]")
    assert Spec.parse(spec) is spec
    with pytest.raises(TypeError, match="does not support item assignment"):
        spec.options["a"] = 2


def test_what_is_neither_a_spec_nor_text_is_refused():
    with pytest.raises(InvalidOption, match=r"A spec is an id as text, .* not 7"):
        Spec.parse(7)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("7", 7),
        ("-7", -7),
        ("7.0", 7.0),
        ("inf", float("inf")),
        ("TRUE", True),
        ("False", False),
        ("None", None),
        ("'7'", "7"),
        ('"7"', "7"),
        ("''", ""),
        ("'", "'"),
        ("'7\"", "'7\""),
        ("x7x", "x7x"),
        ("7 8", "7 8"),
    ],
)
def test_a_value_is_a_number_a_word_or_text(text, value):
    read = read_value(text)
    assert (read, type(read)) == (value, type(value))


def test_blanks_around_names_and_values_are_of_no_account():
    assert Spec.parse("  x [ a = 1 , b = y z ] ") == Spec("x", {"a": 1, "b": "y z"})


def test_a_quote_within_a_word_is_a_letter_and_one_at_its_start_hides_commas_and_brackets():
    assert Spec.parse("x[a=it's,b='1,[',c= \"],\"]").options == {"a": "it's", "b": "1,[", "c": "],"}
    assert Spec.parse("x[a=y[b='[,',c=2],d=3]").options == {"a": "y[b='[,',c=2]", "d": 3}


@pytest.mark.parametrize("spec", ["x[a=1,]", "x[,a=1]", "x[a=1,,b=2]", "x[=1]"])
def test_a_part_without_a_name_is_no_option(spec):
    with pytest.raises(InvalidOption, match=r"'.*' in .* is no option; write name=value"):
        Spec.parse(spec)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (" a", "' a'"),
        ("it's", "it's"),
        ("'a'", "\"'a'\""),
        ("true", "'true'"),
        ("a]", "'a]'"),
        ("", ""),
        ("a b", "a b"),
    ],
)
def test_a_text_is_quoted_where_it_would_be_read_as_something_else(text, shown):
    assert str(Spec("x", {"a": text})) == f"x[a={shown}]"
    assert Spec.parse(f"x[a={shown}]").options["a"] == text


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("genes", ["genes"]),
        ("genes+path[longest=3]", ["genes", "path[longest=3]"]),
        (" a[x=b[y=c+d]+e] + f ", ["a[x=b[y=c+d]+e]", "f"]),
        ("+", ["", ""]),
        ("", [""]),
    ],
)
def test_specs_are_joined_by_plus_signs_outside_brackets(text, parts):
    assert Spec.joined(text) == parts


def test_options_that_are_no_text_are_shown_as_words_and_numbers():
    assert str(Spec("x", {"b": None, "a": True, "c": 1.5})) == "x[a=true,b=none,c=1.5]"
