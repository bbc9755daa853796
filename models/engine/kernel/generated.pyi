from models.engine.kernel.types import Vector

N: int
Y: int
Z: int
R: int
Y1: int
K1: int
K2: int
K3: int
K4: int
K5: int
K6: int
K7: int
K8: int
D1: int
D2: int
D3: int
FLOOR: int
C: int
LU: int
SIZE: int

def constants(p: Vector, u: Vector, w: Vector) -> None: ...
def initial(w: Vector) -> None: ...
def rhs(w: Vector) -> None: ...
def factor(w: Vector, d: float) -> None: ...
def solve(w: Vector) -> None: ...
def jacobian(w: Vector, out: Vector) -> None: ...
def observe(k: int, w: Vector) -> float: ...
def slope(k: int, w: Vector) -> float: ...
