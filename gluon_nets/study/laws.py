"""Laws that the numbers of a design are drawn by: few values, exact probabilities."""

from __future__ import annotations

import dataclasses
import math
from typing import Any, Callable, Mapping

import numpy as np

from gluon_nets.checks import check_choice

MOST = 1_000_000  # values of a law


@dataclasses.dataclass(frozen=True)
class Law:
    """Values in rising order, and the probability of each.

    Attributes
    ----------
    values : tuple of numbers
    weights : tuple of float
        They sum to 1.
    """

    values: tuple[float, ...]
    weights: tuple[float, ...]

    def __len__(self) -> int:
        return len(self.values)

    def arrays(self) -> tuple[np.ndarray, np.ndarray]:
        """Values and weights as arrays."""
        return np.asarray(self.values), np.asarray(self.weights)

    def free(self, rng: np.random.Generator, shape) -> np.ndarray:
        """Values drawn one independently of the other."""
        values, weights = self.arrays()
        total = np.cumsum(weights)
        return values[_place(total, rng.random(shape) * total[-1])]

    def rising(self, rng: np.random.Generator, rows: int, columns: int) -> np.ndarray:
        """Rows of values drawn so, on condition that no row falls.

        Exactly the law of rows that are drawn and kept where they do not fall. To sort
        a row instead would make rows with equal values too rare: each of them comes
        from fewer arrangements.
        """
        values, weights = self.arrays()
        # ways[k][u]: probability that k further values, none below its forerunner,
        # follow the u-th one
        ways = [np.ones(len(values))]
        for _ in range(columns - 1):
            following = np.cumsum((weights * ways[-1])[::-1])[::-1]
            ways.append(following)
        drawn = np.zeros((rows, columns), np.int64)
        least = np.zeros(rows, np.int64)
        for column in range(columns):
            total = np.cumsum(weights * ways[columns - 1 - column])
            below = np.where(least > 0, total[least - 1], 0.0)
            x = below + rng.random(rows) * (total[-1] - below)
            least = drawn[:, column] = np.maximum(least, _place(total, x))
        return values[drawn]


def _place(total: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Where x falls among running sums; values of no probability are never hit."""
    last = len(total) - 1 - np.argmax(np.diff(total[::-1], append=0.0) != 0)
    return np.minimum(np.searchsorted(total, x, side="right"), last)


def _law(values, weights=None) -> Law:
    values = [float(value) if value % 1 else int(value) for value in values]
    weights = np.ones(len(values)) if weights is None else np.asarray(weights, float)
    return Law(tuple(values), tuple((weights / weights.sum()).tolist()))


def choice(values) -> Law:
    """Each of some values with the same probability.

    Raises
    ------
    ValueError
        Where there is none, one twice, or one that is no number above 0.
    """
    if not isinstance(values, (list, tuple)) or not values:
        raise ValueError(f"values is {values!r}: it must be a list of numbers")
    for value in values:
        _check("values", value)
    if len(set(values)) < len(values):
        raise ValueError(f"values is {values!r}: each may be there only once")
    return _law(sorted(values))


def uniform(low, high, step=1) -> Law:
    """Each multiple of `step` from `low` to `high` with the same probability."""
    return _law(_multiples(low, high, step))


def log_uniform(low, high, step=1) -> Law:
    """Multiples of `step`, the nearest above a number whose logarithm is uniform.

    The number is from low - min(step, low/2) to high, such that `low` itself is drawn
    about as often as the law has it: the sampler of the paper's code.
    """
    values = _multiples(low, high, step)
    first = low - min(step, low / 2)
    # NumPy's logarithm is another in the last digit on some processors: a study's file
    # would be taken for another study's there
    edges = [math.log(value) for value in (first, *values)]
    return _law(values, np.diff(edges))


def power_of_two(low, high) -> Law:
    """Each power of two from `low` to `high` with the same probability."""
    _check_range(low, high)
    exponents = range(math.ceil(math.log2(low)), math.floor(math.log2(high)) + 1)
    if not exponents:
        raise ValueError(f"there is no power of two from {low} to {high}")
    return _law([2.0**exponent for exponent in exponents])


def _multiples(low, high, step) -> list:
    _check_range(low, high)
    _check("step", step)
    for name, value in (("low", low), ("high", high)):
        if abs(value / step - round(value / step)) > 1e-9:
            raise ValueError(f"{name} is {value}: it must be a multiple of {step}")
    first, last = round(low / step), round(high / step)
    if last - first >= MOST:
        raise ValueError(
            f"from {low} to {high} there are {last - first + 1} multiples of {step}: "
            f"{MOST} are the most"
        )
    # 10·0.1 is 1 in doubles, 3·0.1 is not 0.3: rounded as the step is written
    digits = max(0, 9 - math.floor(math.log10(step)))
    return [round(k * step, digits) for k in range(first, last + 1)]


def _check_range(low, high) -> None:
    _check("low", low)
    _check("high", high)
    if high < low:
        raise ValueError(f"high is {high}: it must be low, {low}, or more")


def _check(name: str, value) -> None:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not number or not 0 < value < math.inf:
        raise ValueError(f"{name} is {value!r}: it must be a number above 0")


LAWS: Mapping[str, Callable[..., Law]] = {
    "choice": choice,
    "uniform": uniform,
    "log_uniform": log_uniform,
    "power_of_two": power_of_two,
}


def read_law(name: str, data: Any) -> Law:
    """A law as a study's file has it: a number, a list, or a table with its `law`.

    Raises
    ------
    ValueError
        Names the parameter that the law is for, and what is wrong.
    """
    try:
        if isinstance(data, (int, float)):
            return choice([data])
        if isinstance(data, list):
            return choice(data)
        options = dict(data)
        kind = options.pop("law", "choice")
        check_choice("law", kind, tuple(LAWS))
        return LAWS[kind](**options)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name}: {error}") from None
