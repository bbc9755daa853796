"""Rows side by side: a numba type for a vector of doubles, one row a lane, and what kernels do with it.

An explicit vector type needs no auto-vectoriser, which falls back to scalar code without a word. LLVM cuts a vector
into as many registers as the processor needs for it. Every operation acts on each lane alone and the compiler may only
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
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import intrinsic, lower_builtin, models, register_model

_CONTRACT = ("contract",)
_ALIGNED = 8
"""Bytes that NumPy's arrays are aligned to for certain."""


class Lanes(types.Type):
    """A vector of doubles, one for each of `width` rows."""

    def __init__(self, width: int) -> None:
        self.width = width
        super().__init__(f"lanes{width}")


class Mask(types.Type):
    """A vector of truth values."""

    def __init__(self, width: int) -> None:
        self.width = width
        super().__init__(f"mask{width}")


def _doubles(width: int) -> ir.VectorType:
    return ir.VectorType(ir.DoubleType(), width)


def _longs(width: int) -> ir.VectorType:
    return ir.VectorType(ir.IntType(64), width)


@register_model(Lanes)
class _LanesModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, _doubles(kind.width))


@register_model(Mask)
class _MaskModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, ir.VectorType(ir.IntType(1), kind.width))


def _width(kinds: Any) -> int:
    """Width of the vectors among numba's types."""
    return next((kind.width for kind in kinds if isinstance(kind, (Lanes, Mask))), 0)


def _spread(builder: Any, value: Any, width: int) -> Any:
    """Put a double into every lane."""
    if isinstance(value.type, ir.VectorType):
        return value
    kind = _doubles(width)
    first = builder.insert_element(ir.Constant(kind, ir.Undefined), value, ir.Constant(ir.IntType(32), 0))
    zeros = ir.Constant(ir.VectorType(ir.IntType(32), width), [0] * width)
    return builder.shuffle_vector(first, ir.Constant(kind, ir.Undefined), zeros)


def _alike(builder: Any, values: Any) -> Any:
    """Put doubles beside a vector into every lane."""
    width = next(value.type.count for value in values if isinstance(value.type, ir.VectorType))
    return [_spread(builder, value, width) for value in values]


def _operation(operation: Callable[..., Any], result: type[types.Type], emit: Callable[[Any, Any], Any]) -> None:
    """Teach numba `operation` on vectors, or a vector and a double."""

    @infer_global(operation)
    class Template(AbstractTemplate):
        def generic(self, args: Any, kws: Any) -> Any:
            width = _width(args)
            good = width and not kws and all(isinstance(a, (Lanes, Mask, types.Float)) for a in args)
            return signature(result(width), *args) if good else None

    def lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return emit(builder, _alike(builder, args))

    double = types.Float
    for kinds in ((Lanes,), (Lanes, Lanes), (Lanes, double), (double, Lanes), (Mask, Mask)):
        lower_builtin(operation, *kinds)(lower)


for _operations, _name in (
    ((operator.add, operator.iadd), "fadd"),
    ((operator.sub, operator.isub), "fsub"),
    ((operator.mul, operator.imul), "fmul"),
    ((operator.truediv, operator.itruediv), "fdiv"),
):
    for _one in _operations:
        _operation(_one, Lanes, lambda builder, args, name=_name: getattr(builder, name)(*args, flags=_CONTRACT))
for _one, _sign in ((operator.lt, "<"), (operator.le, "<="), (operator.gt, ">"), (operator.ge, ">=")):
    _operation(_one, Mask, lambda builder, args, sign=_sign: builder.fcmp_ordered(sign, *args))
_operation(operator.neg, Lanes, lambda builder, args: builder.fneg(*args))
_operation(operator.and_, Mask, lambda builder, args: builder.and_(*args))


def memory(width: int) -> tuple[Callable[..., Any], Callable[..., None], Callable[..., Any]]:
    """Return what loads, stores and makes vectors of one width."""
    kind = Lanes(width)

    def place(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        """Pointer to the vector at index ``args[1]`` of the workspace ``args[0]``."""
        data = context.make_array(sig.args[0])(context, builder, args[0]).data
        first = builder.gep(data, [builder.mul(args[1], ir.Constant(ir.IntType(64), width))])
        return builder.bitcast(first, _doubles(width).as_pointer())

    @intrinsic
    def get(context, w, i):
        """Load vector `i` of the workspace."""

        def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            value = builder.load(place(context, builder, sig, args))
            value.align = _ALIGNED
            return value

        return kind(w, types.int64), emit

    @intrinsic
    def put(context, w, i, value):
        """Store vector `i` of the workspace."""

        def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            where = place(context, builder, sig, args)
            builder.store(_spread(builder, args[2], width), where).align = _ALIGNED
            return context.get_dummy_value()

        return types.void(w, types.int64, value), emit

    @intrinsic
    def spread(context, value):
        """Return a vector with `value` in every lane, or the vector that it is."""
        return kind(value), lambda context, builder, sig, args: _spread(builder, args[0], width)

    return get, put, spread


@intrinsic
def pick(context, vector, lane):
    """Return the double in one lane."""
    return types.float64(vector, types.int64), lambda context, builder, sig, args: builder.extract_element(*args)


@intrinsic
def chosen(context, mask, lane):
    """Tell whether one lane of a mask is set."""
    return types.boolean(mask, types.int64), lambda context, builder, sig, args: builder.extract_element(*args)


@intrinsic
def some(context, mask):
    """Tell whether any lane of a mask is set."""

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        bits = ir.IntType(args[0].type.count)
        return builder.icmp_unsigned("!=", builder.bitcast(args[0], bits), ir.Constant(bits, 0))

    return types.boolean(mask), emit


@intrinsic
def select(context, mask, yes, no):
    """Return `yes` in the lanes of the mask and `no` elsewhere; a single truth value counts for every lane."""

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        width = sig.return_type.width
        return builder.select(args[0], *(_spread(builder, value, width) for value in args[1:]))

    return Lanes(_width((mask, yes, no)))(mask, yes, no), emit


def _function(count: int, emit: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    """Return a function of one or two vectors; a double beside a vector counts in every lane."""

    def lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return emit(builder, _alike(builder, args))

    if count == 1:

        @intrinsic
        def one(context, a):
            return a(a), lower

        return one

    @intrinsic
    def two(context, a, b):
        return Lanes(_width((a, b)))(a, b), lower

    return two


def _standard(name: str) -> Callable[[Any, Any], Any]:
    """Return what calls an LLVM intrinsic."""

    def emit(builder: Any, args: Any) -> Any:
        kind = args[0].type
        full = f"{name}.v{kind.count}f64"
        function = builder.module.declare_intrinsic(full, (), ir.FunctionType(kind, [kind] * len(args)))
        return builder.call(function, args)

    return emit


def _extreme(sign: str) -> Callable[[Any, Any], Any]:
    """Return what takes one of two by comparison, the second where the first is not a number: one instruction."""
    return lambda builder, args: builder.select(builder.fcmp_ordered(sign, *args), *args)


def _constant(kind: ir.VectorType, value: float) -> Any:
    return ir.Constant(kind, [value] * kind.count)


_HALF_ROOT = 0x3FE6A09E667F3BCD
"""Bits of the square root of 1/2."""


def _above_half_root(builder: Any, x: Any) -> Any:
    """Bits of a number less those of the root of 1/2: the upper 12 are its exponent where the mantissa starts there."""
    longs = _longs(x.type.count)
    return builder.sub(builder.bitcast(x, longs), _constant(longs, _HALF_ROOT))


def _exponent(builder: Any, args: Any) -> Any:
    """Whole n of a positive normal number m * 2**n with m from the root of 1/2 to that of 2."""
    above = _above_half_root(builder, args[0])
    return builder.sitofp(builder.ashr(above, _constant(above.type, 52)), args[0].type)


def _mantissa(builder: Any, args: Any) -> Any:
    """The m of `_exponent`."""
    above = _above_half_root(builder, args[0])
    power = builder.and_(above, _constant(above.type, 0xFFF << 52))
    return builder.bitcast(builder.sub(builder.bitcast(args[0], above.type), power), args[0].type)


def _scaled(builder: Any, args: Any) -> Any:
    """Product of x and 2**n for whole n, in two factors because 2**1024 is no double and 2**-1074 no normal one."""
    x, longs = args[0], _longs(args[0].type.count)
    n = builder.fptosi(args[1], longs)
    half = builder.ashr(n, _constant(longs, 1))
    for part in (half, builder.sub(n, half)):
        bits = builder.shl(builder.add(part, _constant(longs, 1023)), _constant(longs, 52))
        x = builder.fmul(x, builder.bitcast(bits, x.type))
    return x


def _guess(n: int) -> Callable[[Any, Any], Any]:
    """Return what guesses x**(-1/n) of a positive normal number: read as a whole number, its bits are a logarithm."""

    def emit(builder: Any, args: Any) -> Any:
        doubles, longs = args[0].type, _longs(args[0].type.count)
        bits = builder.sitofp(builder.bitcast(args[0], longs), doubles)
        scaled = builder.fmul(bits, _constant(doubles, -1.0 / n))
        # 1 + 1/n times the bits of 1.0, less what centres the error.
        shifted = builder.fadd(scaled, _constant(doubles, (1.0 + 1.0 / n) * (1023 - 0.045) * 2.0**52))
        return builder.bitcast(builder.fptosi(shifted, longs), doubles)

    return emit


magnitude = _function(1, _standard("llvm.fabs"))
root = _function(1, _standard("llvm.sqrt"))
nearest = _function(1, _standard("llvm.rint"))
larger = _function(2, _extreme(">"))
smaller = _function(2, _extreme("<"))
exponent = _function(1, _exponent)
mantissa = _function(1, _mantissa)
scaled = _function(2, _scaled)
guess_third = _function(1, _guess(3))
guess_fifth = _function(1, _guess(5))
