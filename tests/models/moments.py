"""The reference network as numbers, and exact moments of its linear part (van Kampen 2007, chapter VIII)."""

import numpy as np
import sympy as sp
from scipy.integrate import solve_ivp

from models.engine.stochastic.counts import channels, counted
from tests.models.chance import PLAIN, reference


class Reactions:
    """The reference network as numbers: starts, and channels with a rate constant, reactants and changes."""

    def __init__(self, scale):
        made = counted(reference(), PLAIN)
        values = {made.symbols[p.name]: p.nominal for p in made.parameters} | {made.symbols["scale"]: scale}
        self.names = [s.name for s in made.species]
        self.start = [float(e.subs(values)) for e in made.initial]
        self.channels = []
        for channel in channels(made):
            rate = sp.nsimplify(channel.rate.subs(values))
            reactants = sorted(str(s) for s in rate.free_symbols)
            constant = float(rate.subs(dict.fromkeys(rate.free_symbols, 1)))
            changes = {self.names[i]: int(c) for i, c in channel.changes.items()}
            self.channels.append((constant, reactants, changes))

    def sides(self, reactants, changes):
        """Lists of what goes in and comes out of one event, with repeats."""
        into = {name: max(-changes.get(name, 0), int(name in reactants)) for name in self.names}
        out = {name: into[name] + changes.get(name, 0) for name in self.names}
        return ([name for name, n in side.items() for _ in range(n)] for side in (into, out))

    def antimony(self):
        lines = ["model reference()"]
        for j, (constant, reactants, changes) in enumerate(self.channels):
            into, out = self.sides(reactants, changes)
            rate = "*".join([f"k{j}", *reactants])
            lines.append(f"  j{j}: {' + '.join(into)} -> {' + '.join(out)}; {rate}; k{j} = {constant!r};")
        lines += [f"  {name} = {value!r};" for name, value in zip(self.names, self.start, strict=True)]
        return "\n".join([*lines, "end"])


def exact(reactions, watched, t):
    """Means and variances at time `t` of species whose rates are linear in one another: their moments close."""
    index = {name: i for i, name in enumerate(watched)}
    n = len(index)

    def slope(_, y):
        m, v = y[:n], y[n:].reshape(n, n)
        dm, a, noise = np.zeros(n), np.zeros((n, n)), np.zeros((n, n))
        for constant, reactants, changes in reactions.channels:
            change = np.zeros(n)
            for name, c in changes.items():
                if name in index:
                    change[index[name]] = c
            if not np.any(change):
                continue
            rate = constant * (m[index[reactants[0]]] if reactants else 1.0)
            if reactants:
                a[:, index[reactants[0]]] += constant * change
            dm += change * rate
            noise += np.outer(change, change) * rate
        return np.concatenate([dm, (a @ v + v @ a.T + noise).ravel()])

    start = [reactions.start[reactions.names.index(name)] for name in watched]
    got = solve_ivp(slope, (0.0, t), [*start, *np.zeros(n * n)], rtol=1e-10, atol=1e-10, method="LSODA").y[:, -1]
    return got[:n], np.diag(got[n:].reshape(n, n))
