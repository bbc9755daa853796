"""One step of Rodas5P with its dense output.

Rodas5P is a Rosenbrock method of order 5 with 8 stages, stiffly accurate, with dense output of order 4: G. Steinebach,
Construction of Rosenbrock-Wanner method Rodas5P and numerical benchmarks within the Julia Differential Equations
package, BIT Numer. Math. 63:27 (2023), doi 10.1007/s10543-023-00967-x. It is written with the transformed coefficients
of Hairer and Wanner, which need no product with the Jacobian:
``(I/(gamma h) - J) k_s = f(y + sum_j A_sj k_j) + sum_j C_sj/h k_j``. The systems have no explicit time: inputs are
constant between the breaks of the schedule.

The embedded solution of order 4 is the later one, Rodas5Pe (G. Steinebach, Rosenbrock methods within OrdinaryDiffEq.jl,
preprint 2024; weights as in that package). The first one's error estimate, the last stage, loses its order on stiff
components, so that errors stop following the tolerance.
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
        M,
        N,
        R,
        Y,
        Z,
        factor,
        rhs,
        solve,
        stride,
    )
    from models.engine.kernel.types import Integers, Lanes, Vector
    from models.engine.scalar import get, larger, magnitude, put, select, spread

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
E1 = 0.2606326497975715
E2 = -0.005158627295444251
E3 = 1.3038988631109731
E4 = 1.235000722062074
E5 = -0.7931985603795049
E6 = -1.005448461135913
E7 = -0.18044626132120234
E8 = 0.17051519239113755


def attempt(w: "Vector", h: "Lanes", rtol: float, classes: int) -> "Lanes":
    """Step from `Y` to `Y1` by `h`; return the error over its tolerance (NaN when something was not finite).

    One loop before each stage reads the earlier ones once, for the argument `Z` and for what `rhs` adds itself to.
    """
    n = stride(classes)
    count = N + classes * M
    q = 1.0 / h
    factor(w, q * (1.0 / GAMMA), classes)
    for i in range(count):
        put(w, Z * n + i, get(w, Y * n + i))
        put(w, R * n + i, 0.0)
    rhs(w, classes)
    solve(w, K1 * n, classes)
    for i in range(count):
        k1 = get(w, K1 * n + i)
        put(w, Z * n + i, get(w, Y * n + i) + (A21 * k1))
        put(w, R * n + i, q * (C21 * k1))
    rhs(w, classes)
    solve(w, K2 * n, classes)
    for i in range(count):
        k1 = get(w, K1 * n + i)
        k2 = get(w, K2 * n + i)
        put(w, Z * n + i, get(w, Y * n + i) + (A31 * k1 + A32 * k2))
        put(w, R * n + i, q * (C31 * k1 + C32 * k2))
    rhs(w, classes)
    solve(w, K3 * n, classes)
    for i in range(count):
        k1 = get(w, K1 * n + i)
        k2 = get(w, K2 * n + i)
        k3 = get(w, K3 * n + i)
        put(w, Z * n + i, get(w, Y * n + i) + (A41 * k1 + A42 * k2 + A43 * k3))
        put(w, R * n + i, q * (C41 * k1 + C42 * k2 + C43 * k3))
    rhs(w, classes)
    solve(w, K4 * n, classes)
    for i in range(count):
        k1 = get(w, K1 * n + i)
        k2 = get(w, K2 * n + i)
        k3 = get(w, K3 * n + i)
        k4 = get(w, K4 * n + i)
        put(w, Z * n + i, get(w, Y * n + i) + (A51 * k1 + A52 * k2 + A53 * k3 + A54 * k4))
        put(w, R * n + i, q * (C51 * k1 + C52 * k2 + C53 * k3 + C54 * k4))
    rhs(w, classes)
    solve(w, K5 * n, classes)
    for i in range(count):
        k1 = get(w, K1 * n + i)
        k2 = get(w, K2 * n + i)
        k3 = get(w, K3 * n + i)
        k4 = get(w, K4 * n + i)
        k5 = get(w, K5 * n + i)
        put(w, Z * n + i, get(w, Y * n + i) + (A61 * k1 + A62 * k2 + A63 * k3 + A64 * k4 + A65 * k5))
        put(w, R * n + i, q * (C61 * k1 + C62 * k2 + C63 * k3 + C64 * k4 + C65 * k5))
    rhs(w, classes)
    solve(w, K6 * n, classes)
    for i in range(count):
        k1 = get(w, K1 * n + i)
        k2 = get(w, K2 * n + i)
        k3 = get(w, K3 * n + i)
        k4 = get(w, K4 * n + i)
        k5 = get(w, K5 * n + i)
        k6 = get(w, K6 * n + i)
        put(w, Z * n + i, get(w, Z * n + i) + k6)
        put(w, R * n + i, q * (C71 * k1 + C72 * k2 + C73 * k3 + C74 * k4 + C75 * k5 + C76 * k6))
    rhs(w, classes)
    solve(w, K7 * n, classes)
    for i in range(count):
        k1 = get(w, K1 * n + i)
        k2 = get(w, K2 * n + i)
        k3 = get(w, K3 * n + i)
        k4 = get(w, K4 * n + i)
        k5 = get(w, K5 * n + i)
        k6 = get(w, K6 * n + i)
        k7 = get(w, K7 * n + i)
        put(w, Z * n + i, get(w, Z * n + i) + k7)
        put(w, R * n + i, q * (C81 * k1 + C82 * k2 + C83 * k3 + C84 * k4 + C85 * k5 + C86 * k6 + C87 * k7))
        put(w, Y1 * n + i, E1 * k1 + E2 * k2 + E3 * k3 + E4 * k4 + E5 * k5 + E6 * k6 + E7 * k7)
    rhs(w, classes)
    solve(w, K8 * n, classes)
    worst, total = spread(0.0), spread(0.0)
    for i in range(count):
        last = get(w, K8 * n + i)
        end = get(w, Z * n + i) + last
        gap = get(w, Y1 * n + i) + E8 * last
        put(w, Y1 * n + i, end)
        size = larger(larger(magnitude(get(w, Y * n + i)), magnitude(end)), get(w, FLOOR * n + i))
        error = magnitude(gap) / size
        worst = larger(error, worst)
        total = total + error + magnitude(end)
    # A maximum hides a NaN; a sum does not.
    return select(total < 1e300, worst * (1.0 / rtol), float("nan"))


def prepare_dense(w: "Vector", needed: "Integers", classes: int) -> None:
    """Compute the coefficients of the dense output of the step just taken, for the states needed."""
    n = stride(classes)
    for at in range(len(needed)):
        i = needed[at]
        k1 = get(w, K1 * n + i)
        k2 = get(w, K2 * n + i)
        k3 = get(w, K3 * n + i)
        k4 = get(w, K4 * n + i)
        k5 = get(w, K5 * n + i)
        k6 = get(w, K6 * n + i)
        k7 = get(w, K7 * n + i)
        k8 = get(w, K8 * n + i)
        bend = H11 * k1 + H12 * k2 + H13 * k3 + H14 * k4 + H15 * k5
        put(w, D1 * n + i, bend + (H16 * k6 + H17 * k7 + H18 * k8))
        bend = H21 * k1 + H22 * k2 + H23 * k3 + H24 * k4 + H25 * k5
        put(w, D2 * n + i, bend + (H26 * k6 + H27 * k7 + H28 * k8))
        bend = H31 * k1 + H32 * k2 + H33 * k3 + H34 * k4 + H35 * k5
        put(w, D3 * n + i, bend + (H36 * k6 + H37 * k7 + H38 * k8))


def blend(w: "Vector", i: int, theta: "Lanes", n: int) -> "Lanes":
    """State `i` at the fraction `theta` of the step."""
    rest = 1.0 - theta
    bend = get(w, D1 * n + i) + theta * (get(w, D2 * n + i) + theta * get(w, D3 * n + i))
    return rest * get(w, Y * n + i) + theta * (get(w, Y1 * n + i) + rest * bend)


def dense(w: "Vector", theta: "Lanes", needed: "Integers", classes: int) -> None:
    """Put the states needed at the fraction `theta` of the step into `Z`."""
    n = stride(classes)
    for at in range(len(needed)):
        put(w, Z * n + needed[at], blend(w, needed[at], theta, n))


def derivative(w: "Vector", classes: int) -> None:
    """Put the right-hand side at `Z` into `R`."""
    n = stride(classes)
    for i in range(N + classes * M):
        put(w, R * n + i, 0.0)
    rhs(w, classes)
