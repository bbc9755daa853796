"""Philox for vectors of rows: `models.engine.stochastic.philox`, a lane a key, as uniform numbers of 32 bits.

Multiplications of 32-bit words are one instruction for eight lanes; compilers do not find that by themselves.
"""

# Numba's extension interface carries no types.
# mypy: ignore-errors

from typing import Any

from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

_MULTIPLY, _WEYL = (0xD2511F53, 0xCD9E8D57), (0x9E3779B9, 0xBB67AE85)
_TWO52 = 0x4330000000000000
"""Bits of 2**52, beside whose last place a whole number of 32 bits can be written."""


def _four(builder: Any, keys: Any, counter: Any) -> list[Any]:
    """Write ten rounds and what turns words into numbers inside (0, 1)."""
    width = keys[0].type.count
    longs = ir.VectorType(ir.IntType(64), width)
    doubles = ir.VectorType(ir.DoubleType(), width)

    def every(value: int) -> ir.Constant:
        return ir.Constant(longs, [value] * width)

    def spread(value: Any) -> Any:
        first = builder.insert_element(ir.Constant(longs, ir.Undefined), value, ir.Constant(ir.IntType(32), 0))
        zeros = ir.Constant(ir.VectorType(ir.IntType(32), width), [0] * width)
        return builder.shuffle_vector(first, ir.Constant(longs, ir.Undefined), zeros)

    low, half = every(0xFFFFFFFF), every(32)
    k0, k1 = (builder.and_(builder.bitcast(key, longs), low) for key in keys)
    c = [builder.and_(spread(value), low) for value in counter]
    for _ in range(10):
        a, b = (builder.mul(c[i], every(m)) for i, m in zip((0, 2), _MULTIPLY, strict=True))
        c = [
            builder.xor(builder.xor(builder.lshr(b, half), c[1]), k0),
            builder.and_(b, low),
            builder.xor(builder.xor(builder.lshr(a, half), c[3]), k1),
            builder.and_(a, low),
        ]
        k0, k1 = (builder.and_(builder.add(k, every(w)), low) for k, w in zip((k0, k1), _WEYL, strict=True))
    found = []
    for word in c:
        shifted = builder.fsub(
            builder.bitcast(builder.or_(word, every(_TWO52)), doubles), _real(doubles, 2.0**52 - 0.5)
        )
        found.append(builder.fmul(shifted, _real(doubles, 2.0**-32)))
    return found


def _real(kind: ir.VectorType, value: float) -> ir.Constant:
    return ir.Constant(kind, [value] * kind.count)


@intrinsic
def four_numbers(context, key0, key1, draw, channel, step, replicate):
    """Return four vectors of uniform numbers, from the bits of two vectors of keys and a counter of four words."""

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return context.make_tuple(builder, sig.return_type, _four(builder, args[:2], args[2:]))

    return types.UniTuple(key0, 4)(key0, key1, types.int64, types.int64, types.int64, types.int64), emit
