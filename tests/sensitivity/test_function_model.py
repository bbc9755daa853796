"""A plain function as a model: shapes, failures that cost one row, and hidden state that is found."""

import itertools

import numpy as np
import pytest

from sensitivity.contracts import OutputRequest, Status
from sensitivity.function_model import FunctionModel, ModelError, hidden_state_problem

Y = OutputRequest("y", "y", "1")
Z = OutputRequest("z", "other", "1")
COURSE = OutputRequest("c", "c", "1", times=(0.0, 1.0, 2.0))


def streams(n, start=0):
    return np.stack([np.full(n, 5), np.arange(start, start + n)], axis=1).astype(np.uint64)


def rows(n):
    return {"a": np.linspace(1.0, 2.0, n), "b": np.linspace(0.0, 1.0, n)}


def simulate(function, n=6, request=(Y,), x=None):
    return FunctionModel(function).simulate(rows(n) if x is None else x, streams(n), request)


def test_values_and_dimensions():
    dataset = simulate(
        lambda x: {"y": x["a"] + x["b"], "other": x["b"], "c": x["a"][:, None] * [1.0, 2.0, 3.0]}, 4, (Y, Z, COURSE)
    )
    assert dataset["y"].dims == ("run",)
    assert dataset["c"].dims == ("run", "time_c")
    np.testing.assert_array_equal(dataset["time_c"], [0.0, 1.0, 2.0])
    np.testing.assert_array_equal(dataset["y"], rows(4)["a"] + rows(4)["b"])
    np.testing.assert_array_equal(dataset["z"], rows(4)["b"])
    np.testing.assert_array_equal(dataset["c"], rows(4)["a"][:, None] * [1.0, 2.0, 3.0])
    np.testing.assert_array_equal(dataset["status"], [Status.OK] * 4)
    assert dataset["status"].dtype == np.int8


def test_no_rows():
    assert simulate(lambda x: 1 / 0, 0)["y"].shape == (0,)


def test_whole_numbers_and_lists_become_floats():
    assert simulate(lambda x: {"y": [1] * len(x["a"])})["y"].dtype == np.float64


def test_the_input_is_a_copy():
    x = rows(5)
    before = {name: values.copy() for name, values in x.items()}

    def spoil(x):
        x["a"][:] = -1.0
        x["b"] = None
        return {"y": np.zeros(5)}

    simulate(spoil, 5, x=x)
    assert list(x) == list(before)
    np.testing.assert_array_equal(x["a"], before["a"])


def test_a_row_that_raises_costs_itself_only():
    def picky(x):
        if np.any((x["a"] > 1.35) & (x["a"] < 1.45)):
            raise RuntimeError(f"bad {x['a'][0]:.1f}\nmore")
        return {"y": 10.0 * x["a"]}

    dataset = simulate(picky, 11)
    expected = 10.0 * rows(11)["a"]
    expected[4] = np.nan
    np.testing.assert_array_equal(dataset["y"], expected)
    assert [i for i, s in enumerate(dataset["status"].values) if s == Status.ERROR] == [4]
    assert dataset.attrs["error"] == "RuntimeError: bad 1.4 more"


def test_every_row_may_raise_and_the_first_message_stays():
    def stop(x):
        raise SystemExit(f"{x['a'][0]:.1f}")

    dataset = simulate(stop, 3)
    assert np.all(dataset["status"] == Status.ERROR)
    assert dataset.attrs["error"] == "SystemExit: 1.0"


def test_a_stochastic_row_keeps_its_stream_when_a_neighbour_raises():
    def noisy(x, rngs):
        if np.any(x["b"] == 1.0):
            raise ValueError("last row")
        return {"y": np.array([rng.normal() for rng in rngs])}

    def quiet(x, rngs):
        return {"y": np.array([rng.normal() for rng in rngs])}

    np.testing.assert_array_equal(simulate(noisy, 7)["y"][:-1], simulate(quiet, 7)["y"][:-1])


def test_what_is_not_finite_is_counted_and_the_other_outputs_stay():
    dataset = simulate(lambda x: {"y": 1.0 / x["b"], "other": x["a"]}, 3, (Y, Z))
    np.testing.assert_array_equal(dataset["status"], [Status.NON_FINITE, Status.OK, Status.OK])
    assert np.isnan(dataset["y"][0])
    np.testing.assert_array_equal(dataset["z"], rows(3)["a"])


def test_a_masked_value_is_a_missing_one():
    dataset = simulate(lambda x: {"y": np.ma.masked_less(x["b"], 0.3)}, 3)
    np.testing.assert_array_equal(dataset["y"], [np.nan, 0.5, 1.0])


@pytest.mark.parametrize(
    ("result", "fragment"),
    [
        (lambda x: x["a"], "must return a dictionary of arrays, got ndarray"),
        (lambda x: None, "got NoneType"),
        (lambda x: {"x": x["a"]}, "returned no 'y' (output y); it returned: x"),
        (lambda x: {}, "it returned: nothing"),
        (lambda x: {"y": 1.0}, "with shape (), expected (6,) = (rows,) for output y"),
        (lambda x: {"y": x["a"][:3]}, "with shape (3,), expected (6,)"),
        (lambda x: {"y": x["a"][:, None]}, "with shape (6, 1), expected (6,)"),
        (lambda x: {"y": x["a"] * 1j}, "as complex128, expected real numbers"),
        (lambda x: {"y": ["a"] * 6}, "expected real numbers"),
        (lambda x: {"y": [[1.0], [1.0, 2.0]]}, "no array"),
    ],
)
def test_other_keys_or_shapes_are_an_error_that_names_them(result, fragment):
    with pytest.raises(ModelError) as caught:
        simulate(result)
    assert fragment in str(caught.value)
    assert "<lambda>" in str(caught.value)


def test_a_course_of_another_length_is_an_error():
    with pytest.raises(ModelError, match=r"shape \(6, 2\), expected \(6, 3\) = \(rows, times\) for output c"):
        simulate(lambda x: {"c": np.zeros((6, 2))}, 6, (COURSE,))


def one(x): ...
def two(x, rngs): ...
def any_second(x, generators): ...
def optional(x, scale=2.0): ...
def optional_rngs(x, rngs=None): ...
def keyword(x, *, scale=2.0): ...
def star(*args): ...


@pytest.mark.parametrize(
    ("function", "stochastic"),
    [
        (one, False),
        (two, True),
        (any_second, True),
        (optional, False),
        (optional_rngs, True),
        (keyword, False),
        (star, False),
    ],
)
def test_a_second_argument_makes_it_stochastic(function, stochastic):
    assert FunctionModel(function).stochastic is stochastic


@pytest.mark.parametrize("function", [lambda: 1, lambda x, r, z: 1, lambda x, *, z: 1])
def test_a_function_of_other_arguments_is_refused(function):
    with pytest.raises(ValueError, match="must be a function of x"):
        FunctionModel(function)


def hidden(function, request=(Y,)):
    return hidden_state_problem(FunctionModel(function), rows(2), request)


def test_an_honest_function_has_no_hidden_state():
    assert hidden(lambda x: {"y": np.exp(x["a"]) + x["b"], "other": 1.0 / x["b"]}, (Y, Z)) is None
    assert hidden(lambda x, rngs: {"y": np.array([rng.normal() for rng in rngs])}) is None


def test_hidden_state_is_found():
    counter = itertools.count()
    generator = np.random.default_rng(0)
    assert "another order" in hidden(lambda x: {"y": x["a"] + next(counter)})
    assert "another order" in hidden(lambda x: {"y": x["a"] + generator.normal(size=len(x["a"]))})
    assert "one by one" in hidden(lambda x: {"y": x["a"] - x["a"].mean()})
    assert "another order" in hidden(lambda x: {"y": np.cumsum(x["a"])})
    assert "another order" in hidden(lambda x, rngs: {"y": x["a"] * rngs[0].normal()})


def test_a_course_is_compared_too():
    course = (COURSE,)
    assert hidden(lambda x: {"c": x["a"][:, None] * [1.0, 2.0, 3.0]}, course) is None
    assert "'c'" in hidden(lambda x: {"c": x["a"][:, None] * [1.0, 2.0, len(x["a"])]}, course)


def test_rounding_that_depends_on_the_number_of_rows_is_told_from_state():
    def nearly(x):
        return {"y": x["a"] * (1.0 + 1e-15 * len(x["a"]))}

    assert "last digits" in hidden(nearly)


def test_a_status_that_depends_on_neighbours_is_found():
    def picky(x):
        if len(x["a"]) == 1 and x["a"][0] == 1.0:
            raise ValueError("alone")
        return {"y": x["a"]}

    assert "one by one" in hidden(picky)
