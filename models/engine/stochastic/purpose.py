"""What a model draws random numbers for: one part of the address of each (`models.engine.stochastic.philox`)."""

from enum import IntEnum


class Purpose(IntEnum):
    """What a model draws for; purposes never share a number."""

    START = 0  # whole numbers of molecules at the start, and of a dose
    EVENTS = 1  # which reaction fires, and when
    LEAP = 2  # firings within a step
    DIVISION = 3  # when a cell divides, who gets what, what a daughter inherits
    BRANCHING = 4  # births, deaths and switches of clones
    FOUNDERS = 5  # lineages of the cells that survived
    PATIENT = 6  # who the patients of a trial are
    LESION = 7  # which lesions they have
    DEMOGRAPHY = 8  # which clones of those lesions are there by chance
    ASSESSMENT = 9  # how they are scanned and read, and when they are lost
