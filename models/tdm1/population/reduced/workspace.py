"""Where a lesion's classes lie in one flat workspace: offsets are constants, so that loops over classes are vectors."""

from models.tdm1.population.reduced.rates import CELLS, CLASS

W = 24
"""Length of a row of the workspace: the classes, ectodomain, and padding to whole vectors."""

POOLS = CELLS + 1
C = {name: i * W for i, name in enumerate(CLASS)}
ON, SYNTHESIS, START, MDR1, ACID, ESCAPE, KD = (C[n] for n in CLASS[:7])
THRESHOLD, COMPETENCE, DIES, ARREST, SHARE = (C[n] for n in CLASS[7:])
FREE, ADC, NAKED, LYSO, DONE, CYTO, DAMAGE, CYCLING, QUIET, SLIPPED, ROOM, OCC, EFFECT = (
    (len(CLASS) + i) * W for i in range(13)
)
OFF, LOSS_FREE, LOSS_BOUND, STRIP, INV_A, INV_N, WEIGHT, BIRTH, FIRST, ADC0, NAKED0, SOURCE, KAPPA, MOVED = (
    (len(CLASS) + 13 + i) * W for i in range(14)
)
DIVIDES, DIES_CYCLING, DIES_QUIET, DIES_SLIPPED, SLIPS = ((len(CLASS) + 27 + i) * W for i in range(5))
BIND_A, BIND_N, EASE, STRIPPED, STAY = ((len(CLASS) + 32 + i) * W for i in range(5))
SIZE = (len(CLASS) + 37) * W
TABLE = 128
