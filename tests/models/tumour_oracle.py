"""The whole tumour written out by hand for SciPy: plasma, lesions, every class of cells, fates and clones.

Nothing of the model's declarations is used: units are hours, nmol, litres, mm^3 (1e-6 L) and nM, and the classes are
laid out here again. Class arrays run over the bins, the class without amplification and the six resistant families.
"""

import numpy as np
from scipy.integrate import solve_ivp
from scipy.special import ndtr

AVOGADRO, MOLAR_MASS = 6.02214076e23, 148781.0
FAMILIES = ("mdr1", "vatpase", "slc46a3", "her2_loss", "tubulin", "survival")
SHARED = (
    "adc", "adc2", "payload", "payload2", "naked", "naked2", "shed", "shed_adc", "shed_naked",
    "i_adc", "i_naked", "i_shed", "i_shed_adc", "i_shed_naked", "dar", "outside", "tissue", "synthesis",
    "apoptotic", "catastrophic", "trafficked",
)  # fmt: skip
OWN = ("r", "s", "n", "re", "e", "en", "lys", "cat", "cyt", "cycling", "resting", "arrested", "slipped", "damage")


class Tumour:
    """One patient: parameters in the units of the table, turned into hours, litres and nM."""

    def __init__(self, p, bins, dose=3.6, infusion=0.5):
        self.p, self.bins, self.count = p, bins, bins + 7
        day = 24.0
        self.weight = p["body_weight"] / 70.0
        self.dose = dose * p["body_weight"] / MOLAR_MASS * 1e6  # nmol
        self.infusion = infusion
        self.vc = p["volume_central"] * self.weight ** p["volume_weight_exponent"]
        self.vp = p["volume_peripheral"]
        scale = self.weight ** p["clearance_weight_exponent"] / day
        self.cl = p["clearance"] * scale * np.exp(p["dar_clearance_slope"] * (p["dar"] - 3.5))
        self.cl_naked = p["trastuzumab_clearance"] * scale
        self.q = p["q_intercompartmental"] / day
        self.soluble = p["soluble_her2"] * 1e3 / p["soluble_her2_mass"]  # nM
        self.k_soluble = np.log(2.0) / p["soluble_her2_half_life"]
        self.before = p["trastuzumab_before"] * 1e6 / MOLAR_MASS  # nM
        # The cell
        self.cell = p["cell_volume"] * 1e-12  # L
        self.per_copy = 1e9 / (AVOGADRO * self.cell)  # nM of cell volume for one copy
        self.shown = (1.0 - p["p95_fraction"]) * (1.0 - p["masked_fraction"]) * self.per_copy
        f = p["recycling_fraction"]
        self.k_rec = p["k_sort"] * f / (1.0 - f)
        usual_sort, usual_f = 0.6, 7.0 / 7.6
        usual_rec = usual_sort * usual_f / (1.0 - usual_f)
        # Turnover
        self.g = np.log(2.0) / (p["tumour_doubling_time"] * day)
        self.births = self.g / (1.0 - p["cell_loss"])
        self.cycle = self.births / (1.0 - p["quiescent_fraction"])
        self.odds = p["quiescent_fraction"] / (1.0 - p["quiescent_fraction"])
        growth = self.births * self.vigour(p["lesion_volume"])
        free_sort = p["k_sort"] / p["rho_down"]

        def turnover(k_e, rec, sort, shed):
            return shed + growth + k_e * (sort + growth) / (rec + sort + growth)

        self.made = turnover(0.75, usual_rec, usual_sort / 2.0, 0.002)
        self.surface = self.made / turnover(p["k_e"], self.k_rec, free_sort, p["k_shed"])
        self.endosomal = p["k_e"] / (self.k_rec + free_sort + growth)
        self._classes()
        self.cell_part = 1.0 - p["void_fraction_payload"]
        self.start_volume = self.cell_part * p["lesion_volume"] * p["lesions"]

    def vigour(self, volume):
        p = self.p
        free = (1.0 - volume / p["largest_volume"]) / (
            1.0 + (self.g * 24.0 * volume / p["linear_growth"]) ** 20
        ) ** 0.05
        return p["cell_loss"] + (1.0 - p["cell_loss"]) * free

    def _classes(self):
        p, b, k = self.p, self.bins, self.count
        z = np.zeros(k)
        z[:b] = np.linspace(-4.5, 4.5, b)
        gap = z[1] - z[0]
        share = np.exp(-0.5 * z[:b] ** 2)
        share /= share.sum()
        self.up, self.down = np.zeros(k), np.zeros(k)
        tau = p["memory_time"] * 24.0
        self.up[: b - 1] = np.sqrt(share[1:] / share[:-1]) / gap**2 / tau
        self.down[1:b] = np.sqrt(share[:-1] / share[1:]) / gap**2 / tau
        in_bin = np.arange(k) < b
        is_ = {name: np.arange(k) == b + 1 + i for i, name in enumerate(FAMILIES)}
        fold = p["resistance_fold"]

        def spread(sigma):
            return np.where(in_bin, np.exp(sigma * z - 0.5 * sigma**2), 1.0)

        copies = np.where(in_bin, spread(p["her2_spread"]), 1.0) * p["her2_copies"]
        copies[b] = p["nonamplified_copies"]
        copies[is_["her2_loss"]] /= fold
        self.copies = copies
        self.access = spread(p["krogh_radius"] / (np.sqrt(18.0) * p["penetration_depth"]))
        self.tolerance = p["map_fold"] * np.exp(-p["tolerance_spread"] * z)
        self.share = np.zeros(k)
        rest = 1.0 - p["resistant_fraction"]
        self.share[:b] = rest * (1.0 - p["nonamplified_fraction"]) * share
        self.share[b] = rest * p["nonamplified_fraction"]
        self.share[b + 1 :] = p["resistant_fraction"] / 6.0
        self.in_bin = in_bin.astype(float)
        self.resistant = (np.arange(k) > b) / 6.0
        self.pump = p["mdr1_efflux"] + np.where(is_["mdr1"], (fold - 1.0) * p["k_out"] * p["mdr1_km"], 0.0)
        acid = np.where(is_["vatpase"], p["vatpase_activity"] / fold, p["vatpase_activity"])
        self.acid = acid ** p["vatpase_exponent"]
        self.escape = np.where(is_["slc46a3"], p["k_esc"] / fold, p["k_esc"])
        affinity = 1.0 - p["beta3_fraction"] + p["beta3_fraction"] / p["beta3_kd_ratio"]
        self.kd = p["tubulin_kd"] * p["tubulin_mutation_fold"] * np.where(is_["tubulin"], fold, 1.0) / affinity
        rescue = p["neuregulin"] * (1.0 - p["pik3ca_mutant"]) * p["neuregulin_rescue"]
        self.competence = p["apoptosis_competence"] * (1.0 - p["survival_signal"]) * (1.0 - rescue)
        self.competence = self.competence / np.where(is_["survival"], fold, 1.0)

    def start(self):
        p, k = self.p, self.count
        y = {name: 0.0 for name in SHARED} | {name: np.zeros(k) for name in OWN}
        cells = self.share * self.start_volume
        y["r"] = self.copies * self.shown * self.surface * cells * 1e-6  # nM in mm^3 (1e-6 L)
        y["re"] = y["r"] * self.endosomal
        y["cycling"] = cells * (1.0 - p["quiescent_fraction"])
        y["resting"] = cells * p["quiescent_fraction"]
        y["naked"], y["naked2"] = self.before * self.vc, self.before * self.vp
        y["shed"] = self.soluble * self.vc
        y["dar"] = p["dar"]
        y["tissue"] = self.start_volume
        y["synthesis"] = 1.0
        volume = p["lesion_volume"]
        exchange = p["soluble_her2_exchange"] * self.exchange(volume, "")
        fluid = p["void_fraction_adc"] * volume * p["lesions"] * 1e-6
        source = p["k_shed"] * p["her2_copies"] * self.shown * self.surface * self.start_volume * 1e-6
        y["i_shed"] = (source + exchange * fluid * self.soluble) / (exchange + p["k_wash"])
        return np.concatenate([[y[name] for name in SHARED], *(y[name] for name in OWN)])

    def exchange(self, volume, what):
        """1/h, of antibody or of DM1, in a lesion of `volume` mm^3."""
        p = self.p
        vessels = 2.0 * p[f"{what}permeability"] * p["capillary_radius"] / p["krogh_radius"] ** 2
        radius2 = (3.0 * volume / (4.0 * np.pi)) ** (2.0 / 3.0) + (p["krogh_radius"] * 1e-3) ** 2  # mm^2
        return (vessels + 6.0 * p[f"{what}diffusivity"] * 100.0 / radius2) / 24.0

    def rates(self, t, y, infusing):
        p, k, day = self.p, self.count, 24.0
        v = dict(zip(SHARED, y[: len(SHARED)], strict=True))
        v |= dict(zip(OWN, y[len(SHARED) :].reshape(len(OWN), k), strict=True))
        d = {name: 0.0 for name in SHARED} | {name: np.zeros(k) for name in OWN}
        # Plasma and periphery
        c, c_naked, c_shed = v["adc"] / self.vc, v["naked"] / self.vc, v["shed"] / self.vc
        conjugate = v["adc"] + v["shed_adc"]
        ratio = v["payload"] / (conjugate + self.dose * 1e-9)
        gone = self.cl * c
        d["adc"] -= gone
        d["naked"] += p["deconjugation_systemic_fraction"] * gone
        d["payload"] -= ratio * gone
        d["naked"] -= self.cl_naked * c_naked
        d["shed_adc"] -= self.cl / self.vc * v["shed_adc"]
        d["payload"] -= ratio * self.cl / self.vc * v["shed_adc"]
        d["shed_naked"] -= self.cl_naked / self.vc * v["shed_naked"]
        sink = p["normal_her2"] * p["normal_her2_uptake"] / (p["normal_her2_affinity"] + c + c_naked)
        d["adc"] -= sink * c
        d["payload"] -= ratio * sink * c
        d["naked"] -= sink * c_naked
        for name, here in (("adc", v["adc"]), ("naked", v["naked"]), ("payload", ratio * v["adc"])):
            flow = self.q * (here / self.vc - v[name + "2"] / self.vp)
            d[name] -= flow
            d[name + "2"] += flow
        kept = min(1.0, p["dar"])
        k_dar = p["dar_loss_rate"] / day
        d["payload"] -= k_dar * (v["payload"] - kept * conjugate)
        d["payload2"] -= k_dar * (v["payload2"] - kept * v["adc2"])
        d["shed"] += self.k_soluble * (self.soluble * self.vc - v["shed"])
        for name, level in (("adc", c), ("naked", c_naked)):
            caught = p["k_on"] * level * v["shed"] - p["k_off"] * v[f"shed_{name}"]
            d[name] -= caught
            d["shed"] -= caught
            d[f"shed_{name}"] += caught
        if infusing:
            d["adc"] += self.dose / self.infusion
            d["payload"] += p["dar"] * self.dose / self.infusion
        # Cells of every class
        living = v["cycling"] + v["resting"] + v["arrested"] + v["slipped"]
        room = (living + self.cell * 1e6 / 1000.0) * 1e-6  # L
        volume = v["tissue"] / self.cell_part + self.cell * 1e6
        fluid = p["void_fraction_adc"] * volume * 1e-6
        a, n = v["i_adc"] / fluid, v["i_naked"] / fluid
        outside = v["outside"] / (p["void_fraction_payload"] * volume * 1e-6)
        content = v["cyt"] / room
        gap = p["tubulin_total"] + self.kd - content
        loose = 2.0 * self.kd * content / (gap + np.sqrt(gap**2 + 4.0 * self.kd * content))
        theta = loose / (self.kd + loose)
        per_cell = self.cell * AVOGADRO * 1e-9 / room  # molecules in a cell for a nmol in the class
        bound = (v["s"] + v["n"]) * per_cell
        surface = (v["r"] + v["s"] + v["n"]) * per_cell + 1e-3
        mitoses = self.cycle * (1.0 - p["cytostatic_effect"] * bound / surface * (1.0 - p["survival_signal"]))
        threshold = p["apoptosis_occupancy"] * self.tolerance
        hill = (theta**2 + 1e-20) ** (p["apoptosis_hill"] / 2.0)
        effect = hill / (hill + threshold ** p["apoptosis_hill"])
        # Clocks: ln time to death ~ N(ln t_d, s_d), to slippage ~ N(ln t_s, s_s); the mean of the first of the two.
        t_d, t_s = p["mitotic_death_time"] / self.competence, p["slippage_time"]
        s_d, s_s = p["mitotic_death_spread"], p["slippage_spread"]
        width, lead = np.hypot(s_d, s_s), np.log(t_s / t_d)
        first = ndtr(lead / width)
        stay = t_d * np.exp(s_d**2 / 2) * ndtr((lead - s_d**2) / width)
        stay = stay + t_s * np.exp(s_s**2 / 2) * ndtr((-lead - s_s**2) / width)
        low = p["catastrophe_ratio"] * threshold
        commit = theta**2 / (theta**2 + low**2) * (1.0 - effect) / (p["catastrophe_time"] * day)
        over = v["damage"] / low - 1.0
        hazard = p["damage_killing"] / day * self.competence * (over + np.sqrt(over**2 + 1e-20)) / 2.0
        late = p["catastrophe_death"] / day * self.competence + hazard
        immune = p["adcc_rate"] / day * bound / (bound + p["adcc_copies"])
        room_left = self.vigour(volume / p["lesions"])
        natural = self.births * p["cell_loss"]
        sleepy = (p["quiescence_exit"] / day + self.births * room_left) * self.odds * v["cycling"]
        wake = p["quiescence_exit"] / day * v["resting"]
        divided = room_left * mitoses * (1.0 - effect) * v["cycling"]
        held = room_left * mitoses * effect * v["cycling"]
        mutants = np.sum(self.in_bin * p["mutation_rate"] * mitoses * (1.0 - effect) * v["cycling"])
        repaired = p["catastrophe_recovery"] / day * v["slipped"]
        harm = p["trafficking_kill"] * hazard
        d["cycling"] += divided * (1.0 - p["mutation_rate"] * self.in_bin) - sleepy + wake - held
        d["cycling"] += self.resistant * room_left * mutants + repaired
        d["cycling"] -= (natural + immune + commit + harm) * v["cycling"]
        d["resting"] += sleepy - wake - (natural + immune + harm) * v["resting"]
        d["arrested"] += held - (natural + immune + harm + 1.0 / stay) * v["arrested"]
        d["slipped"] += (1.0 - first) / stay * v["arrested"] + commit * v["cycling"] - repaired
        d["slipped"] -= (natural + immune + late) * v["slipped"]
        d["damage"] += np.log(2.0) / (p["damage_half_life"] * day) * (theta - v["damage"])
        d["apoptotic"] += np.sum(first / stay * v["arrested"])
        d["catastrophic"] += np.sum(late * v["slipped"])
        soft = v["cycling"] + v["resting"] + v["arrested"]
        d["trafficked"] += np.sum(harm * soft)
        d["tissue"] += np.sum(divided - natural * living)
        d["tissue"] -= np.log(2.0) / (p["dead_clearance"] * day) * (v["tissue"] - living.sum())
        deaths = (natural + immune) * living + harm * soft + first / stay * v["arrested"] + late * v["slipped"]
        dying = deaths / (room * 1e6)
        # Receptors and what travels with them
        sort = p["k_sort"] / (1.0 + theta / p["trafficking_occupancy"])
        made = self.copies * self.shown * self.made * v["synthesis"] * room
        on_adc = self.access * p["k_on"] * a * v["r"] - p["k_off"] * v["s"]
        on_naked = self.access * p["k_on"] * n * v["r"] - p["k_off"] * v["n"]
        loss = p["shedding_bound_ratio"] * p["k_shed"]
        d["r"] += made - on_adc - on_naked - (p["k_shed"] + p["k_e"] + dying) * v["r"] + self.k_rec * v["re"]
        d["s"] += on_adc - (p["k_dec"] + loss + p["k_e"] + dying) * v["s"] + self.k_rec * v["e"]
        d["n"] += on_naked + p["k_dec"] * v["s"] - (loss + p["k_e"] + dying) * v["n"] + self.k_rec * v["en"]
        d["re"] += p["k_e"] * v["r"] - (self.k_rec + sort / p["rho_down"] + dying) * v["re"]
        d["e"] += p["k_e"] * v["s"] - (self.k_rec + sort + dying) * v["e"]
        d["en"] += p["k_e"] * v["n"] - (self.k_rec + sort + dying) * v["en"]
        d["lys"] += sort * v["e"] - (p["k_lys"] * self.acid + p["k_lex"] + dying) * v["lys"]
        cut = p["k_lys"] * self.acid * v["lys"] * v["dar"]
        d["cat"] += cut - (self.escape * self.acid + p["k_lex"] + dying) * v["cat"]
        pumped = p["linker_efflux_factor"] * self.pump * loose / (p["mdr1_km"] + loose)
        back = p["dm1_uptake_ratio"] * p["k_out"] * outside
        leak = (p["k_out"] * loose + pumped - back) * room
        d["cyt"] += self.escape * self.acid * v["cat"] - leak - dying * v["cyt"]
        d["outside"] += np.sum(leak + p["k_lex"] * v["cat"])
        for name in ("cycling", "resting", "cyt"):
            climb, slip = self.up * v[name], self.down * v[name]
            d[name] -= climb + slip
            d[name][1:] += climb[:-1]
            d[name][:-1] += slip[1:]
        # Between the cells
        k_x, k_d = (self.exchange(volume / p["lesions"], what) for what in ("", "dm1_"))
        inside = np.sum(v["s"] + v["e"] + v["lys"]) + v["i_adc"] + v["i_shed_adc"]
        d["i_adc"] -= on_adc.sum() + (p["k_wash"] + p["k_dec"]) * v["i_adc"]
        d["i_naked"] -= on_naked.sum() + p["k_wash"] * v["i_naked"] - p["k_dec"] * v["i_adc"]
        d["i_shed"] += np.sum(p["k_shed"] * v["r"]) - p["k_wash"] * v["i_shed"]
        flow = p["soluble_her2_exchange"] * k_x * (fluid * c_shed - v["i_shed"])
        d["i_shed"] += flow
        d["shed"] -= flow
        for name, level in (("adc", a), ("naked", n)):
            flow = k_x * (fluid * v[name] / self.vc - v[f"i_{name}"])
            d[f"i_{name}"] += flow
            d[name] -= flow
            flow = k_x * (fluid * v[f"shed_{name}"] / self.vc - v[f"i_shed_{name}"])
            d[f"i_shed_{name}"] += flow - p["k_wash"] * v[f"i_shed_{name}"]
            d[f"shed_{name}"] -= flow
            caught = p["k_on"] * level * v["i_shed"] - p["k_off"] * v[f"i_shed_{name}"]
            d[f"i_{name}"] -= caught
            d["i_shed"] -= caught
            d[f"i_shed_{name}"] += caught
        inflow = k_x * fluid / self.vc * conjugate
        d["payload"] += k_x * (v["i_adc"] + v["i_shed_adc"]) * v["dar"] - inflow * ratio
        least = self.start_volume * p["her2_copies"] * self.shown * 1e-6 * 1e-12
        d["dar"] += inflow / (inside + least) * (ratio - v["dar"]) - k_dar * (v["dar"] - kept)
        d["outside"] -= k_d * v["outside"]
        half = c / (c + p["k_off"] / p["k_on"])
        d["synthesis"] -= p["her2_loss_rate"] / (365.25 / 12.0 * day) * half * v["synthesis"]
        return np.concatenate([[d[name] for name in SHARED], *(d[name] for name in OWN)])

    def solve(self, times, method="LSODA", rtol=1e-10):
        """Return, by name, what the model calls the same, at each of `times` (h)."""
        y, states, t0 = self.start(), [], 0.0
        floor = np.full(len(y), 1e-14)
        floor[len(SHARED) : len(SHARED) + 9 * self.count] = 1e-22  # nmol in the cells of a class
        for until, infusing in ((self.infusion, True), (max(times), False)):
            inner = [t for t in times if t0 < t <= until]
            found = solve_ivp(
                self.rates, (t0, until), y, method=method, t_eval=[*inner, until] if until not in inner else inner,
                rtol=rtol, atol=floor, args=(infusing,),
            )  # fmt: skip
            assert found.success, found.message
            states += [found.y[:, i] for i in range(len(inner))]
            y, t0 = found.y[:, -1], until
        return {name: np.array([self.read(s)[name] for s in states]) for name in self.read(states[0])}

    def read(self, y):
        k = self.count
        v = dict(zip(SHARED, y[: len(SHARED)], strict=True))
        v |= dict(zip(OWN, y[len(SHARED) :].reshape(len(OWN), k), strict=True))
        living = v["cycling"] + v["resting"] + v["arrested"] + v["slipped"]
        spare = self.cell * 1e6 / 1000.0
        all_cells = (living.sum() + spare) * 1e-6
        return {
            "living_cells": living.sum(), "volume": v["tissue"] / self.cell_part + self.cell * 1e6,
            "dm1_cytosolic": v["cyt"].sum() / all_cells, "lysosomal_catabolite": v["cat"].sum() / all_cells,
            "surface_bound": v["s"].sum() / all_cells, "plasma_tdm1": v["adc"] / self.vc * MOLAR_MASS * 1e-6,
            "plasma_ratio": v["payload"] / (v["adc"] + v["shed_adc"] + self.dose * 1e-9),
            "resistant_fraction": living[self.bins + 1 :].sum() / (living.sum() + spare),
            "unamplified_fraction": living[self.bins] / (living.sum() + spare),
            "quiescent_share": v["resting"].sum() / (living.sum() + spare), "apoptotic_cells": v["apoptotic"],
            "catastrophic_cells": v["catastrophic"], "trafficked_cells": v["trafficked"],
        }  # fmt: skip
