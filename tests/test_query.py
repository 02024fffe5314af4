"""Questions to objectives, in Python and on the command line, against direct look-ups."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import attrs
import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from nasapi.cli.main import cli
from nasapi.constraint import Constraint
from nasapi.errors import InvalidArchitecture, InvalidOption, NotAvailable, UnknownId, near
from nasapi.problem import Metric
from nasapi.tables import Condition, Selection, parse_conditions, query
from nasapi.tables.selection import every_code
from nasapi.testing.problems import two_goals
from nasapi.testing.toy import Toy, ToyObjective, toy_v1

METRICS = ("valid_accuracy", "test_accuracy", "params", "cost")
VALUES = ToyObjective().evaluate(np.concatenate(list(Toy().enumerate())))


def output_of(*arguments: str) -> str:
    result = CliRunner().invoke(cli, ["query", *arguments], standalone_mode=False)
    if result.exception is not None:
        raise result.exception
    return result.stdout


def warned(*arguments: str) -> str:
    return CliRunner().invoke(cli, ["query", *arguments], standalone_mode=False).stderr


@pytest.mark.parametrize("forms", [("--csv", "--json"), ("--format", "csv", "--json"), ("--format=table", "--csv")])
def test_two_forms_of_output_are_refused(forms):
    with pytest.raises(InvalidOption, match=r"printed in one form, not as csv and (json|table); give one"):
        output_of("toy/formula", "--sample", "1", *forms)


def test_every_architecture_is_asked_where_none_is_named():
    found = query("toy/formula")
    assert len(found) == Toy.size
    assert found.to_dict()["architecture"][0] == Toy().format(found.codes[0])
    assert {name: found.columns[name].tolist() for name in METRICS} == {n: VALUES[n].tolist() for n in METRICS}


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("params<400,000", "params<400000"),
        ("params<=1,000,000.5,cost>1", "params<=1000000.5 and cost>1"),
        ("params<400_000", "params<400000"),
        ("params<100 AND cost>=1,000", "params<100 and cost>=1000"),
        ("params<100 & cost>1&&cost<3", "params<100 and cost>1 and cost<3"),
        ("1e6>params", "params<1e6"),
        ("16 = cost", "cost=16"),
        ("60<=valid_accuracy< 90,cost!=1", "valid_accuracy>=60 and valid_accuracy<90 and cost!=1"),
    ],
)
def test_conditions_are_read_as_people_write_them(text, same):
    assert parse_conditions(text, METRICS) == parse_conditions(same, METRICS)


class Lost(ToyObjective):
    """The toy without its accuracies, which are in files that are not here, and with unknown costs."""

    def __init__(self):
        super().__init__()
        self.metrics = tuple(metric for metric in self.metrics if metric.name == "params")
        self.missing = dict.fromkeys(("valid_accuracy", "test_accuracy", "cost"), "fetch the files.")


def test_nothing_is_ranked_by_another_metric_than_the_one_whose_data_are_lost():
    found = query(Lost())
    for ask in (lambda: found.top(1), lambda: found.top(1, "cost"), lambda: found.where("valid_accuracy>=90")):
        with pytest.raises(NotAvailable, match=r"is not here, so that .* by it, but by params: fetch the files\.$"):
            ask()
    assert found.top(1, "params").to_dict()["params"] == [min(VALUES["params"])]
    assert np.isnan(found.columns["cost"]).all()


def test_what_is_not_here_is_reported_once(tmp_path):
    (tmp_path / "mine.py").write_text(
        f"import sys\nsys.path.insert(0, {str(Path(__file__).parent)!r})\n"
        "from test_query import Lost\nclass Mine(Lost): pass\n"
    )
    output = warned(f"{tmp_path}/mine.py:Mine", "--sample", "1").splitlines()
    assert output == ["valid_accuracy, test_accuracy, cost are not here: fetch the files."]


def test_it_is_reported_before_how_long_a_computation_for_all_takes(tmp_path, monkeypatch):
    monkeypatch.setattr("nasapi.cli.query._LONG", 0.5)
    (tmp_path / "mine.py").write_text(
        "import time\nfrom nasapi.testing.toy import ToyObjective\nclass Slow(ToyObjective):\n"
        "    def evaluate(self, codes, *others):\n"
        "        time.sleep(0.03)\n        return super().evaluate(codes, *others)\n"
    )
    message = f"All {Toy.size} architectures are computed, which takes 0 minutes at most; --sample N asks some alone."
    assert message in warned(f"{tmp_path}/mine.py:Slow", "--top", "2")
    assert "computed" not in warned("toy/formula", "--top", "2")


def test_counts_are_whole_numbers_in_files():
    rows = list(csv.DictReader(io.StringIO(output_of("toy/formula", "--top", "2", "--csv"))))
    assert all("." not in row["params"] for row in rows)
    assert all(type(row["params"]) is int for row in json.loads(output_of("toy/formula", "--top", "2", "--json")))


def test_names_with_numbers_are_offered_by_their_size():
    assert near("x", ["64", "8", "16"]) == "Known: 8, 16, 64."
    with pytest.raises(InvalidOption, match=r"has no notation 'nope'.* It has string, code"):
        output_of("toy/formula", "--sample", "1", "--write", "nope")


def test_the_best_are_those_of_a_full_sort():
    assert (
        query("toy/formula").top(5, "valid_accuracy").columns["valid_accuracy"].tolist()
        == sorted(VALUES["valid_accuracy"].tolist(), reverse=True)[:5]
    )
    assert query("toy/formula").top(3, "cost").columns["cost"].tolist() == sorted(VALUES["cost"].tolist())[:3]


@pytest.mark.parametrize("asked", ["toy/formula-v1", "toy/formula", ToyObjective(), toy_v1()])
def test_ids_objectives_and_benchmarks_are_asked_alike(asked):
    assert query(asked).top(1).to_dict()["valid_accuracy"] == [99.0]


def test_a_benchmarks_goal_is_what_its_best_are_ranked_by():
    found = query(two_goals())
    assert found.goal == two_goals().problem.goals[0].name


def test_a_benchmarks_best_keep_its_constraints():
    bound = Constraint("params", upper=100)
    found = query(attrs.evolve(toy_v1(), problem=attrs.evolve(toy_v1().problem, constraints=(bound,))))
    within = VALUES["valid_accuracy"][VALUES["params"] <= 100]
    assert found.top(1).columns["valid_accuracy"].tolist() == [within.max()] != [VALUES["valid_accuracy"].max()]
    assert len(found) == Toy.size and len(found.ranked()) == len(found.ranked("params")) == len(within)
    assert len(found.where("params>100").top(3)) == 0


def test_a_person_is_told_which_constraints_the_best_keep(tmp_path):
    (tmp_path / "mine.py").write_text(
        "import attrs, nasapi\nfrom nasapi.testing.toy import toy_v1\n\n\ndef within() -> nasapi.Benchmark:\n"
        "    bounds = (nasapi.Constraint('params', upper=99),)\n"
        "    return attrs.evolve(toy_v1(), problem=attrs.evolve(toy_v1().problem, constraints=bounds))\n"
    )
    message = "Ranked are those that keep the benchmark's constraints: params up to 99"
    assert f"{message}.\n" in warned(f"{tmp_path}/mine.py:within", "--top", "1")
    assert f"{message}, of 1 architecture none.\n" in warned(
        f"{tmp_path}/mine.py:within", "conv|conv|conv", "--top", "1"
    )


def test_a_person_is_told_that_nothing_has_a_value_to_rank_by(tmp_path):
    (tmp_path / "mine.py").write_text(
        "import numpy as np\nfrom nasapi.testing.toy import ToyObjective\n\n\nclass Failed(ToyObjective):\n"
        "    def evaluate(self, codes, fidelity=None, noise=None):\n"
        "        found = super().evaluate(codes, fidelity, noise)\n"
        "        return {**found, 'valid_accuracy': np.full(len(codes), np.nan)}\n"
    )
    assert "Of 22 architectures none has a value of valid_accuracy." in warned(
        f"{tmp_path}/mine.py:Failed", "--top", "1"
    )


def test_an_objective_is_not_ranked_by_what_it_has_of_training_data():
    class Trained(ToyObjective):
        def __init__(self):
            super().__init__()
            self.metrics = (Metric("train_loss", "min", "nats", "train"), *self.metrics)

        def evaluate(self, codes, fidelity=None, noise=None):
            return {"train_loss": np.zeros(len(codes)), **super().evaluate(codes, fidelity, noise)}

    assert query(Trained()).goal == query(ToyObjective()).goal == "valid_accuracy"


def test_conditions_keep_what_a_filter_by_hand_keeps():
    found = query("toy/formula").where("params<=200 and valid_accuracy>=80", "cost != 32")
    by_hand = (VALUES["params"] <= 200) & (VALUES["valid_accuracy"] >= 80) & (VALUES["cost"] != 32)
    assert len(found) == by_hand.sum() > 0
    assert sorted(found.columns["params"]) == sorted(VALUES["params"][by_hand])


def test_a_missing_value_keeps_no_condition_and_is_never_among_the_best():
    class Lacking(ToyObjective):
        def evaluate(self, codes, fidelity=None, noise=None):
            columns = dict(super().evaluate(codes, fidelity, noise))
            columns["params"] = np.where(columns["params"] > 100, np.nan, columns["params"])
            return columns

    found = query(Lacking())
    few = int((VALUES["params"] <= 100).sum())
    assert [len(found.where(f"params{sign}-5")) for sign in ("!=", "<", ">")] == [few, 0, few]
    assert len(found.top(100, "params")) == few


def test_one_row_a_network_is_the_best_of_its_codes():
    found = query("toy/formula").ranked("valid_accuracy").distinct()
    networks = Toy().canonical(found.codes)
    assert len(found) == len(np.unique(networks, axis=0)) == Toy.identities["network"]
    assert found.columns["valid_accuracy"].tolist() == sorted(found.columns["valid_accuracy"], reverse=True)


def test_a_level_is_asked_for():
    assert query("toy/formula", fidelity=1).top(1).columns["valid_accuracy"][0] < 99


def test_named_codes_keep_their_order_and_repeats():
    codes = np.array([[2, 2, 2], [1, 1, 1], [2, 2, 2]])
    assert query("toy/formula", codes).codes.tolist() == codes.tolist()
    assert len(query("toy/formula", codes[:0]).distinct().top(3)) == 0


def test_a_notebook_shows_the_first_twenty_rows():
    shown, few = query("toy/formula")._repr_html_(), query("toy/formula").head(20)._repr_html_()
    assert "22 architectures of toy with valid_accuracy, test_accuracy, params, cost, of which the first 20" in shown
    assert shown.count("<tr") == few.count("<tr") == 21
    assert "20 architectures of toy" in few and "of which" not in few


def test_a_selection_is_read_only_and_says_what_it_has():
    found = query("toy/formula").top(1)
    assert repr(found) == "<1 architecture of toy with valid_accuracy, test_accuracy, params, cost>"
    with pytest.raises(ValueError, match="read-only"):
        found.codes[0, 0] = 1


@pytest.mark.parametrize(
    ("wrong", "error", "words"),
    [
        (lambda: query("toy/formule"), UnknownId, "Did you mean"),
        (lambda: query(7), InvalidOption, "is an Objective, a Benchmark or the id of one, not 7"),
        (lambda: query("toy/formula", np.array([[9, 9, 9]])), InvalidArchitecture, "gene 0"),
        (lambda: query("toy/formula", fidelity=3), InvalidOption, "its levels are"),
        (lambda: query("toy/formula").top(3, "flops"), InvalidOption, "No metric 'flops' to rank by"),
        (lambda: query("toy/formula").head(-1), InvalidOption, "whole number from 0"),
    ],
)
def test_what_cannot_be_asked_is_refused_in_a_sentence(wrong, error, words):
    with pytest.raises(error, match=words):
        wrong()


def test_a_space_too_large_to_list_is_refused_before_it_is_evaluated(monkeypatch):
    class Vast(Toy):
        size = 10**18

    class Never(ToyObjective):
        def evaluate(self, codes, fidelity=None, noise=None):
            raise AssertionError("it was evaluated")

    objective = Never()
    objective.space = Vast()
    with pytest.raises(InvalidOption, match="toy has 1,000,000,000,000,000,000 architectures, and at most 1,000,000"):
        query(objective)


def test_a_space_with_too_many_codes_is_listed_by_its_numbers_of_networks():
    class Numbered(Toy):
        size = 10**9
        numbered = 3

        def codes_at(self, indices):
            return np.array([[2, 2, 2], [1, 1, 1], [0, 1, 0]])[indices % 3]

    assert every_code(Numbered()).tolist() == [[2, 2, 2], [1, 1, 1], [0, 1, 0]]
    assert len(every_code(Toy())) == Toy.size


def test_a_million_architectures_are_listed_and_no_more():
    class Numbered(Toy):
        def codes_at(self, indices):
            return np.zeros((len(indices), 3), int)

    space = Numbered()
    space.size = 1_000_000
    assert len(every_code(space)) == Toy.size
    space.size, space.numbered = 1_000_001, 1_000_000
    assert len(every_code(space)) == 1_000_000
    space.numbered = 1_000_001
    with pytest.raises(InvalidOption, match="toy has 1,000,001 architectures, and at most 1,000,000 are listed"):
        every_code(space)


def test_an_objective_that_calls_a_metric_as_another_column_is_refused():
    class Named(ToyObjective):
        def __init__(self):
            super().__init__()
            self.metrics = (Metric("architecture", "max"), *self.metrics)

    with pytest.raises(InvalidOption, match="A metric of the objective of toy cannot be called 'architecture'"):
        query(Named())


@given(
    st.sampled_from(METRICS),
    st.sampled_from(["<", "<=", ">", ">=", "=", "==", "!="]),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(["", " "]),
)
def test_a_condition_is_read_as_it_is_written(metric, sign, number, blank):
    (found,) = parse_conditions(f"{metric}{blank}{sign}{blank}{number!r}", METRICS)
    assert found == Condition(metric, sign, number)


def test_a_metric_whose_name_begins_with_another_is_read_whole():
    found = parse_conditions("acc=test>=3, acc=4", ["acc", "acc=test"])
    assert list(map(str, found)) == ["acc=test>=3", "acc=4"]


@given(st.text(max_size=30))
def test_no_text_is_more_than_conditions(text):
    try:
        found = parse_conditions(text, METRICS)
    except InvalidOption as error:
        assert "\n" not in str(error)[:3]
    else:
        assert all(condition.metric in METRICS for condition in found)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "'' is no condition; write a metric"),
        ("params", "'params' is no condition"),
        ("params<", "'' in 'params<' is no number"),
        ("params<nan", "'nan' in 'params<nan' is no number"),
        ("params<inf", "is no number"),
        ("params<1 or cost<2", "'1 or cost' in .* is no number"),
        ("parms<1", "No metric 'parms' to compare in 'parms<1'. Did you mean 'params'"),
        ("params<__import__('os').getpid()", "is no number"),
    ],
)
def test_what_is_no_condition_is_reported(text, words):
    with pytest.raises(InvalidOption, match=words):
        parse_conditions(text, METRICS)


def test_the_command_line_gives_what_python_gives():
    rows = list(csv.DictReader(io.StringIO(output_of("toy/formula", "--where", "params<=200", "--top", "4", "--csv"))))
    same = json.loads(output_of("toy/formula", "--where", "params<=200", "--top", "4", "--json"))
    found: Selection = query("toy/formula").where("params<=200").top(4)
    assert [row["architecture"] for row in rows] == found.to_dict()["architecture"] == [r["architecture"] for r in same]
    assert [float(row["valid_accuracy"]) for row in rows] == found.to_dict()["valid_accuracy"]


def test_the_best_of_each_network_is_shown():
    rows = json.loads(output_of("toy/formula", "--top", "22", "--distinct", "--json", "--by", "valid_accuracy"))
    assert len(rows) == Toy.identities["network"]


def test_the_best_of_a_sample_are_among_the_sample():
    drawn = json.loads(output_of("toy/formula", "--sample", "5", "--json"))
    best = json.loads(output_of("toy/formula", "--sample", "5", "--top", "2", "--json"))
    assert best == sorted(drawn, key=lambda row: -row["valid_accuracy"])[:2]


def test_a_sample_that_repeats_says_so():
    assert "100 were drawn, 22 of them distinct; --distinct" in warned("toy/formula", "--sample", "100")
    assert warned("toy/formula", "--sample", "100", "--distinct") == ""


def test_conditions_that_nothing_keeps_are_named():
    output = warned("toy/formula", "--where", "params<=200", "--where", "valid_accuracy>100")
    assert output == "Of 22 architectures none keeps params<=200 and valid_accuracy>100.\n"


def test_what_the_best_are_ranked_by_is_reported_where_no_one_gave_it():
    assert (
        warned("toy/formula", "--top", "1") == "By valid_accuracy, the highest first; --by ranks by another metric.\n"
    )
    assert warned("toy/formula", "--top", "1", "--by", "cost") == ""


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--all", "conv|skip|none"), "--all is every architecture; leave it out"),
        (("--by", "params", "--all"), "--by ranks what --top shows"),
        (("--seed", "1", "--top", "1"), "--seed is that of --sample; give --sample N too"),
        (("--notation", "code", "--all"), "--notation says how an ARCH is written; name one, or leave it out"),
        (("--top", "1", "--by", "parms"), "No metric 'parms' to rank by. Did you mean 'params'"),
        (("--distinct",), "No architecture of toy was named"),
    ],
)
def test_options_that_do_not_go_together_are_refused(arguments, words):
    with pytest.raises(InvalidOption, match=words):
        output_of("toy/formula", *arguments)


def test_an_architecture_is_named_and_printed_in_the_notation_asked_for():
    (row,) = csv.DictReader(io.StringIO(output_of("toy/formula", "--notation", "code", "(2, 1, 0)", "--csv")))
    assert row["architecture"] == "conv|skip|none"
    (row,) = csv.DictReader(io.StringIO(output_of("toy/formula", "conv|skip|none", "--write", "code", "--csv")))
    assert row["architecture"] == "[2, 1, 0]"
    for option in ("--notation", "--write"):
        with pytest.raises(InvalidOption, match=r"toy has no notation 'cod'\. Did you mean 'code'"):
            output_of("toy/formula", option, "cod", "conv|skip|none")


def test_notations_are_listed_with_what_they_are():
    result = CliRunner().invoke(cli, ["info", "toy", "--json"])
    assert json.loads(result.stdout)["notations"]["code"] == "the code: a list of its genes"
