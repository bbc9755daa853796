"""The language of declarations: which names can be declared, and what an expression over them may say.

Expressions are numbers, names, ``+ - * / **`` and a few functions. The text is read by Python's grammar but never
evaluated: Python gives a condition, ``and`` or ``^`` a meaning that nobody wants in a rate, so all of them are refused.
"""

import ast
import keyword
import math
import operator
import re
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any

import sympy as sp

OPERATORS: Mapping[type, Callable[..., Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
    ast.UAdd: operator.pos,
    ast.USub: operator.neg,
}
FUNCTIONS: Mapping[str, Callable[..., Any]] = {"erf": sp.erf, "exp": sp.exp, "log": sp.log, "sqrt": sp.sqrt}
CONSTANTS = {"pi": sp.pi}

RESERVED = re.compile(
    r"p|q|u|w|k|d|v|n|m|i|h|out|of|lane|theta|classes|own|tail|base|source|into"
    r"|get|put|spread|power|cube_root|range|stride|totals"
    r"|([acdfgjlrstvxz]|total|total_change|carry|up|down)_\d.*|(nominal|next|previous|has)_.*"
    r"|.*[^a-z0-9_].*"
)
"""Names that generated code uses itself; declared names are lower case."""


class GrammarError(ValueError):
    """A text that is no expression over the names known."""


def is_name(name: str) -> bool:
    """Tell whether a quantity may be called so."""
    taken = keyword.iskeyword(name) or name in FUNCTIONS or name in CONSTANTS or RESERVED.fullmatch(name)
    return name.isidentifier() and not taken


def parse(text: str, known: Mapping[str, sp.Symbol]) -> sp.Expr:
    """Read an expression.

    Raises
    ------
    GrammarError
        Saying what cannot be read, which name is unknown, or that no number comes out.
    """
    try:
        tree = ast.parse(" ".join(text.split()), mode="eval")
    except (SyntaxError, ValueError, AttributeError, TypeError) as error:
        raise GrammarError(f"cannot read {text!r} ({error})") from error
    expression: sp.Expr = _value(tree.body, text, known)
    if expression.has(sp.zoo, sp.nan, sp.oo, -sp.oo) or not all(map(_is_double, expression.atoms(sp.Number))):
        raise GrammarError(f"{text!r} divides by zero or holds a number beyond every double")
    return expression


def _value(node: ast.expr, text: str, known: Mapping[str, sp.Symbol]) -> Any:
    """Turn one node of the tree into an expression."""
    match node:
        case ast.Constant(value=bool()):
            pass
        case ast.Constant(value=int(number)):
            return sp.Integer(number)
        case ast.Constant(value=float(number)):
            return sp.Float(repr(number))
        case ast.Name(id=name) if name in known or name in CONSTANTS:
            return known.get(name, CONSTANTS.get(name))
        case ast.Name(id=name) if name not in FUNCTIONS:
            close = get_close_matches(name, known, n=1)
            raise GrammarError(f"unknown symbol '{name}'" + (f"; did you mean '{close[0]}'?" if close else ""))
        case ast.UnaryOp(op=sign, operand=inner) if type(sign) in OPERATORS:
            return OPERATORS[type(sign)](_value(inner, text, known))
        case ast.BinOp(left=left, op=sign, right=right) if type(sign) in OPERATORS:
            return OPERATORS[type(sign)](_value(left, text, known), _value(right, text, known))
        case ast.Call(func=ast.Name(id=name), args=[inner], keywords=[]) if name in FUNCTIONS:
            return FUNCTIONS[name](_value(inner, text, known))
    allowed = f"numbers, names, + - * / ** and {', '.join(FUNCTIONS)} of one argument"
    raise GrammarError(f"cannot read '{ast.unparse(node)}' in {text!r}: an expression is made of {allowed}")


def _is_double(number: sp.Number) -> bool:
    """Tell whether a number fits a double."""
    try:
        return math.isfinite(float(number))
    except OverflowError:
        return False
