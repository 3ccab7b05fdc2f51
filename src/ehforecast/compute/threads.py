"""Sums in one order: the same figures to the last bit, however many threads a machine would use."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from threadpoolctl import threadpool_limits

Given = ParamSpec("Given")
Result = TypeVar("Result")


def one_thread(function: Callable[Given, Result]) -> Callable[Given, Result]:
    """Run a function with linear algebra on one thread.

    With several, partial sums are added in an order that hangs on their number, and the last bits differ. For the small
    matrices of this package one thread is also the quickest. LightGBM has its own number, and the same trees with any.
    """

    @wraps(function)
    def alone(*given: Given.args, **named: Given.kwargs) -> Result:
        with threadpool_limits(limits=1, user_api="blas"):
            return function(*given, **named)

    return alone
