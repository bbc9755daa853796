from models.engine.kernel.types import Lanes, Matrix, Vector

N: int
M: int
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
VECTORS: int
SHARED: int
OWN: int

def stride(classes: int) -> int: ...
def size(classes: int) -> int: ...
def constants(p: Vector, q: Matrix, u: Vector, w: Vector, lane: int, classes: int) -> None: ...
def refresh(p: Vector, q: Matrix, u: Vector, w: Vector, lane: int, classes: int) -> None: ...
def initial(p: Vector, q: Matrix, u: Vector, w: Vector, lane: int, classes: int) -> None: ...
def rhs(w: Vector, classes: int) -> None: ...
def factor(w: Vector, d: Lanes, classes: int) -> None: ...
def solve(w: Vector, into: int, classes: int) -> None: ...
def observe(k: int, w: Vector, classes: int) -> Lanes: ...
def least(k: int) -> float: ...
