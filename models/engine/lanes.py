"""Eight rows side by side: a numba type for a vector of doubles, one row a lane, and what kernels do with it.

An explicit vector type needs no auto-vectoriser, which falls back to scalar code without a word. On AVX-512 eight
doubles are one register; elsewhere LLVM splits them. Every operation acts on each lane alone and the compiler may only
contract a product and a sum into one rounding, so a row's bits do not depend on its lane or its neighbours.
`models.engine.scalar` has the same functions for one row at a time, in plain Python.
"""

# Numba's extension interface carries no types.
# mypy: ignore-errors

import operator
from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba.core import types
from numba.core.typing.templates import ConcreteTemplate, infer_global, signature
from numba.extending import intrinsic, lower_builtin, models, register_model

W = 8
"""Rows in a vector."""

_DOUBLES = ir.VectorType(ir.DoubleType(), W)
_LONGS = ir.VectorType(ir.IntType(64), W)
_BITS = ir.VectorType(ir.IntType(1), W)
_CONTRACT = ("contract",)
_ALIGNED = 8
"""Bytes that NumPy's arrays are aligned to for certain."""


class Lanes(types.Type):
    """A vector of doubles."""

    def __init__(self) -> None:
        super().__init__("lanes")


class Mask(types.Type):
    """A vector of truth values."""

    def __init__(self) -> None:
        super().__init__("mask")


LANES, MASK = Lanes(), Mask()


@register_model(Lanes)
class _LanesModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, _DOUBLES)


@register_model(Mask)
class _MaskModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, _BITS)


def _spread(builder: Any, value: Any) -> Any:
    """Put a double into every lane."""
    if value.type == _DOUBLES:
        return value
    first = builder.insert_element(ir.Constant(_DOUBLES, ir.Undefined), value, ir.Constant(ir.IntType(32), 0))
    zeros = ir.Constant(ir.VectorType(ir.IntType(32), W), [0] * W)
    return builder.shuffle_vector(first, ir.Constant(_DOUBLES, ir.Undefined), zeros)


_PAIRS = ((LANES, LANES), (LANES, types.float64), (types.float64, LANES))


def _binary(operation: Callable[..., Any], result: types.Type, emit: Callable[[Any, Any, Any], Any]) -> None:
    """Teach numba `operation` on two vectors, or a vector and a double."""

    @infer_global(operation)
    class Template(ConcreteTemplate):
        cases = [signature(result, *pair) for pair in _PAIRS]  # noqa: RUF012  # numba's form

    def lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return emit(builder, *(_spread(builder, a) for a in args))

    for pair in _PAIRS:
        lower_builtin(operation, *pair)(lower)


for _operations, _name in (
    ((operator.add, operator.iadd), "fadd"),
    ((operator.sub, operator.isub), "fsub"),
    ((operator.mul, operator.imul), "fmul"),
    ((operator.truediv, operator.itruediv), "fdiv"),
):
    for _operation in _operations:
        _binary(_operation, LANES, lambda builder, a, b, name=_name: getattr(builder, name)(a, b, flags=_CONTRACT))
for _operation, _sign in ((operator.lt, "<"), (operator.le, "<="), (operator.gt, ">"), (operator.ge, ">=")):
    _binary(_operation, MASK, lambda builder, a, b, sign=_sign: builder.fcmp_ordered(sign, a, b))


@infer_global(operator.neg)
class _Negative(ConcreteTemplate):
    cases = [signature(LANES, LANES)]  # noqa: RUF012


@lower_builtin(operator.neg, LANES)
def _negate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    return builder.fneg(args[0])


@infer_global(operator.and_)
class _Both(ConcreteTemplate):
    cases = [signature(MASK, MASK, MASK)]  # noqa: RUF012


@lower_builtin(operator.and_, MASK, MASK)
def _and(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    return builder.and_(*args)


def _place(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    """Pointer to the vector at index ``args[1]`` of the workspace ``args[0]``."""
    data = context.make_array(sig.args[0])(context, builder, args[0]).data
    first = builder.gep(data, [builder.mul(args[1], ir.Constant(ir.IntType(64), W))])
    return builder.bitcast(first, _DOUBLES.as_pointer())


@intrinsic
def get(context, w, i):
    """Load vector `i` of the workspace."""

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        value = builder.load(_place(context, builder, sig, args))
        value.align = _ALIGNED
        return value

    return LANES(w, types.int64), emit


@intrinsic
def put(context, w, i, value):
    """Store vector `i` of the workspace."""

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        instruction = builder.store(_spread(builder, args[2]), _place(context, builder, sig, args))
        instruction.align = _ALIGNED
        return context.get_dummy_value()

    return types.void(w, types.int64, value), emit


@intrinsic
def spread(context, value):
    """Return a vector with `value` in every lane, or the vector that it is."""
    return LANES(value), lambda context, builder, sig, args: _spread(builder, args[0])


@intrinsic
def pick(context, vector, lane):
    """Return the double in one lane."""
    return types.float64(LANES, types.int64), lambda context, builder, sig, args: builder.extract_element(*args)


@intrinsic
def chosen(context, mask, lane):
    """Tell whether one lane of a mask is set."""
    return types.boolean(MASK, types.int64), lambda context, builder, sig, args: builder.extract_element(*args)


@intrinsic
def some(context, mask):
    """Tell whether any lane of a mask is set."""

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        bits = builder.bitcast(args[0], ir.IntType(W))
        return builder.icmp_unsigned("!=", bits, ir.Constant(ir.IntType(W), 0))

    return types.boolean(MASK), emit


@intrinsic
def select(context, mask, yes, no):
    """Return `yes` in the lanes of the mask and `no` elsewhere."""

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.select(args[0], _spread(builder, args[1]), _spread(builder, args[2]))

    return LANES(mask, yes, no), emit


def _standard(name: str, count: int) -> Callable[..., Any]:
    """Return an LLVM intrinsic of one or two vectors."""

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        kind = ir.FunctionType(_DOUBLES, [_DOUBLES] * count)
        function = builder.module.declare_intrinsic(f"{name}.v{W}f64", (), kind)
        return builder.call(function, [_spread(builder, a) for a in args])

    if count == 1:

        @intrinsic
        def one(context, a):
            return LANES(a), emit

        return one

    @intrinsic
    def two(context, a, b):
        return LANES(a, b), emit

    return two


magnitude = _standard("llvm.fabs", 1)
root = _standard("llvm.sqrt", 1)
nearest = _standard("llvm.rint", 1)


@intrinsic
def larger(context, a, b):
    """Return the larger of two, the second where the first is not a number: one instruction."""

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        a, b = (_spread(builder, x) for x in args)
        return builder.select(builder.fcmp_ordered(">", a, b), a, b)

    return LANES(a, b), emit


@intrinsic
def smaller(context, a, b):
    """Return the smaller of two, the second where the first is not a number."""

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        a, b = (_spread(builder, x) for x in args)
        return builder.select(builder.fcmp_ordered("<", a, b), a, b)

    return LANES(a, b), emit


@intrinsic
def power_of_two(context, n):
    """Return 2**n for whole n from -1022 to 1023."""

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        biased = builder.add(builder.fptosi(args[0], _LONGS), ir.Constant(_LONGS, [1023] * W))
        return builder.bitcast(builder.shl(biased, ir.Constant(_LONGS, [52] * W)), _DOUBLES)

    return LANES(LANES), emit


@intrinsic
def exponent(context, x):
    """Return the binary exponent of a positive normal number."""

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        raised = builder.lshr(builder.bitcast(args[0], _LONGS), ir.Constant(_LONGS, [52] * W))
        return builder.sitofp(builder.sub(raised, ir.Constant(_LONGS, [1023] * W)), _DOUBLES)

    return LANES(LANES), emit


@intrinsic
def fifth_root_guess(context, x):
    """Return x**(-1/5) of a positive normal number to 6 %: read as a whole number, its bits are nearly a logarithm."""

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        bits = builder.sitofp(builder.bitcast(args[0], _LONGS), _DOUBLES)
        scaled = builder.fmul(bits, ir.Constant(_DOUBLES, [-0.2] * W))
        # 1.2 times the bits of 1.0, less what centres the error.
        shifted = builder.fadd(scaled, ir.Constant(_DOUBLES, [1.2 * (1023 - 0.045) * 2.0**52] * W))
        return builder.bitcast(builder.fptosi(shifted, _LONGS), _DOUBLES)

    return LANES(LANES), emit
