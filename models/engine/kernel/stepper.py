"""One step of Rodas5P with its dense output.

Rodas5P is a Rosenbrock method of order 5 with 8 stages, stiffly accurate, with an embedded error estimate of order 4
and dense output of order 4: G. Steinebach, Construction of Rosenbrock-Wanner method Rodas5P and numerical benchmarks
within the Julia Differential Equations package, BIT Numer. Math. 63:27 (2023), doi 10.1007/s10543-023-00967-x. It is
written with the transformed coefficients of Hairer and Wanner, which need no product with the Jacobian:
``(I/(gamma h) - J) k_s = f(y + sum_j A_sj k_j) + sum_j C_sj/h k_j``. The systems have no explicit time: inputs are
constant between the breaks of the schedule.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from models.engine.kernel.generated import (
        D1,
        D2,
        D3,
        FLOOR,
        K1,
        K2,
        K3,
        K4,
        K5,
        K6,
        K7,
        K8,
        Y1,
        N,
        R,
        Y,
        Z,
        factor,
        rhs,
        solve,
    )
    from models.engine.kernel.types import Vector

GAMMA = 0.21193756319429014
A21 = 3.0
A31 = 2.849394379747939
A32 = 0.45842242204463923
A41 = -6.954028509809101
A42 = 2.489845061869568
A43 = -10.358996098473584
A51 = 2.8029986275628964
A52 = 0.5072464736228206
A53 = -0.3988312541770524
A54 = -0.04721187230404641
A61 = -7.502846399306121
A62 = 2.561846144803919
A63 = -11.627539656261098
A64 = -0.18268767659942256
A65 = 0.030198172008377946
C21 = -14.155112264123755
C31 = -17.97296035885952
C32 = -2.859693295451294
C41 = 147.12150275711716
C42 = -1.41221402718213
C43 = 71.68940251302358
C51 = 165.43517024871676
C52 = -0.4592823456491126
C53 = 42.90938336958603
C54 = -5.961986721573306
C61 = 24.854864614690072
C62 = -3.0009227002832186
C63 = 47.4931110020768
C64 = 5.5814197821558125
C65 = -0.6610691825249471
C71 = 30.91273214028599
C72 = -3.1208243349937974
C73 = 77.79954646070892
C74 = 34.28646028294783
C75 = -19.097331116725623
C76 = -28.087943162872662
C81 = 37.80277123390563
C82 = -3.2571969029072276
C83 = 112.26918849496327
C84 = 66.9347231244047
C85 = -40.06618937091002
C86 = -54.66780262877968
C87 = -9.48861652309627
H11 = 25.948786856663858
H12 = -2.5579724845846235
H13 = 10.433815404888879
H14 = -2.3679251022685204
H15 = 0.524948541321073
H16 = 1.1241088310450404
H17 = 0.4272876194431874
H18 = -0.17202221070155493
H21 = -9.91568850695171
H22 = -0.9689944594115154
H23 = 3.0438037242978453
H24 = -24.495224566215796
H25 = 20.176138334709044
H26 = 15.98066361424651
H27 = -6.789040303419874
H28 = -6.710236069923372
H31 = 11.419903575922262
H32 = 2.8879645146136994
H33 = 72.92137995996029
H34 = 80.12511834622643
H35 = -52.072871366152654
H36 = -59.78993625266729
H37 = -0.15582684282751913
H38 = 4.883087185713722


def attempt(w: "Vector", h: float, rtol: float) -> float:
    """Step from `Y` to `Y1` by `h`; return the error over its tolerance (NaN when something was not finite)."""
    q = 1.0 / h
    factor(w, q / GAMMA)
    for i in range(N):
        w[Z + i] = w[Y + i]
    rhs(w)
    solve(w)
    for i in range(N):
        w[K1 + i] = w[R + i]
        w[Z + i] = w[Y + i] + A21 * w[K1 + i]
    rhs(w)
    for i in range(N):
        w[R + i] += q * (C21 * w[K1 + i])
    solve(w)
    for i in range(N):
        w[K2 + i] = w[R + i]
        w[Z + i] = w[Y + i] + A31 * w[K1 + i] + A32 * w[K2 + i]
    rhs(w)
    for i in range(N):
        w[R + i] += q * (C31 * w[K1 + i] + C32 * w[K2 + i])
    solve(w)
    for i in range(N):
        w[K3 + i] = w[R + i]
        w[Z + i] = w[Y + i] + A41 * w[K1 + i] + A42 * w[K2 + i] + A43 * w[K3 + i]
    rhs(w)
    for i in range(N):
        w[R + i] += q * (C41 * w[K1 + i] + C42 * w[K2 + i] + C43 * w[K3 + i])
    solve(w)
    for i in range(N):
        w[K4 + i] = w[R + i]
        w[Z + i] = w[Y + i] + A51 * w[K1 + i] + A52 * w[K2 + i] + A53 * w[K3 + i] + A54 * w[K4 + i]
    rhs(w)
    for i in range(N):
        w[R + i] += q * (C51 * w[K1 + i] + C52 * w[K2 + i] + C53 * w[K3 + i] + C54 * w[K4 + i])
    solve(w)
    for i in range(N):
        w[K5 + i] = w[R + i]
        w[Z + i] = w[Y + i] + A61 * w[K1 + i] + A62 * w[K2 + i] + A63 * w[K3 + i] + A64 * w[K4 + i] + A65 * w[K5 + i]
    rhs(w)
    for i in range(N):
        w[R + i] += q * (C61 * w[K1 + i] + C62 * w[K2 + i] + C63 * w[K3 + i] + C64 * w[K4 + i] + C65 * w[K5 + i])
    solve(w)
    for i in range(N):
        w[K6 + i] = w[R + i]
        w[Z + i] += w[K6 + i]
    rhs(w)
    for i in range(N):
        w[R + i] += q * (
            C71 * w[K1 + i] + C72 * w[K2 + i] + C73 * w[K3 + i] + C74 * w[K4 + i] + C75 * w[K5 + i] + C76 * w[K6 + i]
        )
    solve(w)
    for i in range(N):
        w[K7 + i] = w[R + i]
        w[Z + i] += w[K7 + i]
    rhs(w)
    for i in range(N):
        w[R + i] += q * (
            C81 * w[K1 + i]
            + C82 * w[K2 + i]
            + C83 * w[K3 + i]
            + C84 * w[K4 + i]
            + C85 * w[K5 + i]
            + C86 * w[K6 + i]
            + C87 * w[K7 + i]
        )
    solve(w)
    for i in range(N):
        w[K8 + i] = w[R + i]
        w[Y1 + i] = w[Z + i] + w[K8 + i]
    worst = 0.0
    total = 0.0
    for i in range(N):
        size = max(abs(w[Y + i]), abs(w[Y1 + i]))
        error = abs(w[K8 + i]) / max(size, w[FLOOR + i])
        worst = max(worst, error)
        total += error + abs(w[Y1 + i])
    # A maximum hides a NaN; a sum does not.
    return worst / rtol if total < 1e300 else float("nan")


def prepare_dense(w: "Vector") -> None:
    """Compute the coefficients of the dense output of the step just taken."""
    for i in range(N):
        w[D1 + i] = (
            H11 * w[K1 + i]
            + H12 * w[K2 + i]
            + H13 * w[K3 + i]
            + H14 * w[K4 + i]
            + H15 * w[K5 + i]
            + H16 * w[K6 + i]
            + H17 * w[K7 + i]
            + H18 * w[K8 + i]
        )
        w[D2 + i] = (
            H21 * w[K1 + i]
            + H22 * w[K2 + i]
            + H23 * w[K3 + i]
            + H24 * w[K4 + i]
            + H25 * w[K5 + i]
            + H26 * w[K6 + i]
            + H27 * w[K7 + i]
            + H28 * w[K8 + i]
        )
        w[D3 + i] = (
            H31 * w[K1 + i]
            + H32 * w[K2 + i]
            + H33 * w[K3 + i]
            + H34 * w[K4 + i]
            + H35 * w[K5 + i]
            + H36 * w[K6 + i]
            + H37 * w[K7 + i]
            + H38 * w[K8 + i]
        )


def dense(w: "Vector", theta: float) -> None:
    """Put the state at the fraction `theta` of the step into `Z`."""
    rest = 1.0 - theta
    for i in range(N):
        bend = w[D1 + i] + theta * (w[D2 + i] + theta * w[D3 + i])
        w[Z + i] = rest * w[Y + i] + theta * (w[Y1 + i] + rest * bend)
