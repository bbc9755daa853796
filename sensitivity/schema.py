"""The study file as pydantic models: which keys there are, of which type, and what they mean.

The same models validate a file and write the JSON Schema that gives editors completion. Editors know draft 7, which
has no ``prefixItems``: no tuples here. What needs the model or the other sections is checked in `sensitivity.config`.
"""

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import ConfigDict, Discriminator, Field, Tag
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from sensitivity.contracts import REDUCERS
from sensitivity.distributions import REQUIRED
from sensitivity.executors.catalogue import EXECUTORS
from sensitivity.schema_values import Correlation, Line, Number, Quantity, Section, Unit, kind

VERSION = "sensitivity-config/1"
NAME = r"^[A-Za-z_][A-Za-z0-9_]{0,63}$"
INTERFACE = r"^[A-Za-z0-9_.:-]{1,64}$"

if TYPE_CHECKING:
    ExecutorKind = str
else:
    ExecutorKind = Literal[tuple(EXECUTORS)]

SAMPLING = "trajectories on a grid (default), or radial stars on scrambled Sobol' points"


class ModelEntry(Section):
    """The model, as "module:object"; all other keys are the model's own options."""

    model_config = ConfigDict(extra="allow", strict=True, frozen=True)
    use: str = Field(
        description='"module:object": a model class, or a plain function, in an installed module or beside this file'
    )


class FactorEntry(Section):
    """A parameter made uncertain; keys left out come from the model's declaration."""

    dist: str | None = Field(default=None, description="distribution", json_schema_extra={"enum": [*REQUIRED]})
    low: Number | None = Field(default=None, description="lower bound, in `unit`")
    high: Number | None = Field(default=None, description="upper bound, in `unit`")
    mean: Number | None = Field(default=None, description="mean before truncation, in `unit`")
    sd: Number | None = Field(default=None, description="standard deviation before truncation, in `unit`")
    median: Number | None = Field(default=None, description="median, in `unit`")
    gsd: Number | None = Field(default=None, description="geometric standard deviation, above 1")
    mode: Number | None = Field(default=None, description="most likely value, in `unit`")
    alpha: Number | None = Field(default=None, description="first shape of the beta law")
    beta: Number | None = Field(default=None, description="second shape of the beta law")
    value: Number | None = Field(default=None, description="the value of a constant, in `unit`")
    values: list[Number] | None = Field(default=None, description="the values of a choice, in `unit`")
    weights: list[Number] | None = Field(default=None, description="weights of the values of a choice")
    atom: Number | None = Field(default=None, description="probability of exactly 0, beside a loguniform law")
    unit: Unit | None = Field(default=None, description='unit of the numbers, such as "1/hour"; "1" for none')
    source: str | None = Field(default=None, description="where the range comes from; counted as assumed when left out")
    label: str | None = Field(default=None, description="name in plots and tables")
    mechanism: str | None = Field(default=None, description="mechanism it belongs to")
    nominal: Number | None = Field(default=None, description="value when not varied, in `unit`")


class GroupEntry(Section):
    """Factors that depend on each other: ranked as one, like a factor."""

    members: list[str] = Field(min_length=2, description="the factors")
    correlation: Correlation | None = Field(
        default=None,
        description="of their normal scores (of the logarithms of log-normal factors): a number for two, else a matrix",
    )
    ensemble: str | None = Field(
        default=None, description="CSV file beside this one, a column a member in its unit: its rows are drawn whole"
    )


class TimesGrid(Section):
    """Equally spaced times."""

    start: Quantity = Field(description="first time, such as 0 day")
    stop: Quantity = Field(description="last time, such as 21 day")
    n: int = Field(ge=2, le=100_000, description="number of times")


class OutputEntry(Section):
    """One output: an observable reduced over a window, or its time course."""

    of: str = Field(description="the model's observable, or the key that a plain function returns")
    reduce: str | None = Field(
        default=None, description="reduction over the window", json_schema_extra={"enum": [*REDUCERS]}
    )
    window: list[Quantity] | None = Field(
        default=None, min_length=2, max_length=2, description="start and end, such as [0 day, 21 day]"
    )
    times: (
        Annotated[
            Annotated[TimesGrid, Tag("grid")]
            | Annotated[list[Quantity], Tag("list"), Field(min_length=1, max_length=100_000)],
            Discriminator(kind),
        ]
        | None
    ) = Field(default=None, description="times of a time course: a grid, or a list of quantities")
    threshold: Quantity | None = Field(default=None, description="for time_above, in the observable's unit")
    quantity: Literal["mean", "variance", "probability", "quantile"] = Field(
        default="mean", description="what is analysed of a stochastic output's distribution over the replicates"
    )
    above: Quantity | None = Field(default=None, description="for a probability: that of values above this one")
    below: Quantity | None = Field(default=None, description="for a probability: that of values below this one")
    level: Number | None = Field(default=None, gt=0.0, lt=1.0, description="for a quantile: its level, such as 0.9")
    unit: Unit | None = Field(
        default=None, description="unit of a plain function's output; a declared model brings its own"
    )


class ScreenEntry(Section):
    """A screening before the main method."""

    method: Literal["morris"] = Field(description="method of the screening")
    trajectories: int = Field(ge=2, le=1_000_000, description="number of trajectories")
    levels: int | None = Field(default=None, ge=4, le=1_000, description="levels of the grid, even (default 4)")
    sampling: Literal["trajectories", "radial"] | None = Field(default=None, description=SAMPLING)
    scrambles: int | None = Field(default=None, ge=1, le=4096, description="radial: independent scramblings")
    keep: int = Field(ge=1, description="factors passed on to the main method")
    check: int = Field(
        default=64, ge=0, le=4096, description="random points, of three runs each, that test the decision; 0 for none"
    )


class DesignEntry(Section):
    """The method and the size of its design."""

    method: Literal["sobol", "efast", "morris"] = Field(description="sobol, efast: variance shares; morris: screening")
    seed: int = Field(ge=0, le=2**63 - 1, description="root of all randomness")
    n_base: int | None = Field(default=None, ge=1, description="sobol: base samples in all scramblings, a power of two")
    scrambles: int | None = Field(
        default=None, ge=1, le=4096, description="sobol, radial morris: independent scramblings, a power of two"
    )
    second_order: bool | None = Field(
        default=None, description="sobol: also estimate second-order indices (default false)"
    )
    symmetric: bool | None = Field(default=None, description="sobol: symmetric design (default true)")
    screen: ScreenEntry | None = Field(default=None, description="sobol: a screening before it")
    trajectories: int | None = Field(default=None, ge=2, le=10**12, description="morris: number of trajectories")
    levels: int | None = Field(default=None, ge=4, le=1_000, description="morris: levels of the grid, even (default 4)")
    n: int | None = Field(default=None, ge=5, le=10**7, description="efast: steps of a curve, odd")
    curves: int | None = Field(default=None, ge=1, le=4096, description="efast: independent curve sets (default 8)")
    harmonics: int | None = Field(default=None, ge=1, le=16, description="efast: harmonics of a factor (default 4)")
    sampling: Literal["trajectories", "radial"] | None = Field(default=None, description=f"morris: {SAMPLING}")


class NoiseEntry(Section):
    """Repetition of stochastic runs."""

    replicates: int = Field(default=1, ge=1, le=65_536, description="runs at each point, with independent streams")
    twin: bool | None = Field(
        default=None,
        description="sobol, one replicate: run A rows twice, which tells the noise (default: where the model has any)",
    )


class FailuresEntry(Section):
    """What may fail."""

    max_fraction: Number = Field(
        default=0.05, ge=0.0, le=1.0, description="share of failed runs above which the study stops"
    )


class ConvergeEntry(Section):
    """When the design counts as large enough (Sarrazin, Pianosi & Wagener 2016)."""

    width: Number = Field(default=0.05, gt=0.0, description="width of the widest interval")
    ranking: Number = Field(default=1.0, gt=0.0, description="95 % quantile of the weighted changes of ranks")
    screening: Number = Field(default=0.05, gt=0.0, description="widest interval of a factor with an index below 0.05")


class SplitEntry(Section):
    """Which runs are called resistant: one of the four."""

    below: Quantity | None = Field(default=None, description="runs with the output below this value")
    above: Quantity | None = Field(default=None, description="runs with the output above this value")
    lowest: Number | None = Field(default=None, gt=0.0, lt=1.0, description="this share of the runs, the lowest ones")
    highest: Number | None = Field(default=None, gt=0.0, lt=1.0, description="this share of the runs, the highest ones")


class AnalysisEntry(Section):
    """The analysis."""

    ci: Number = Field(default=0.95, gt=0.5, lt=1.0, description="confidence level of the intervals")
    ledger: list[str] = Field(
        default_factory=list,
        description="factors, groups and levels of chance of the model whose shares of the variance are to add up, in "
        "this order (a factor or group costs two rows)",
    )
    together: dict[Annotated[str, Field(pattern=NAME)], Annotated[list[str], Field(min_length=2)]] = Field(
        default_factory=dict, description="outputs that also get one index together"
    )
    resistant: dict[Annotated[str, Field(pattern=NAME)], SplitEntry] = Field(
        default_factory=dict, description="which runs are called resistant, by output (the lowest quarter if unsaid)"
    )
    converge: ConvergeEntry = Field(default_factory=ConvergeEntry, description="when the design is large enough")


class ScenarioEntry(Section):
    """The model under other settings, on the same points and streams."""

    model: dict[str, Any] = Field(default_factory=dict, description="options of the model, over those of the study")
    parameters: dict[str, Quantity] = Field(
        default_factory=dict, description="parameters held at a value, such as mdr1_efflux: 0.3 1/hour"
    )


class SlurmEntry(Section):
    """What the Slurm jobs of Dask workers ask for; each is one worker on one processor."""

    partition: Line | None = Field(default=None, description="partition, the cluster's default when left out")
    account: Line | None = Field(default=None, description="account that is charged")
    walltime: Line = Field(default="01:00:00", description="time limit of a job; one that ends is submitted again")
    memory: Line = Field(default="2 GB", description="memory of a job")
    interface: Annotated[str, Field(pattern=INTERFACE)] | None = Field(
        default=None, description='network that the nodes share, such as "ib0"'
    )
    options: list[Line] = Field(default_factory=list, description='further options of sbatch, such as "--qos=low"')


class ExecutorEntry(Section):
    """Where the runs are made; changes no number."""

    kind: ExecutorKind = Field(
        default="joblib", description="; ".join(f"{name}: {entry.title}" for name, entry in EXECUTORS.items())
    )
    workers: int | None = Field(
        default=None, ge=1, le=4096, description="number of processes or jobs; all processors of this machine if unsaid"
    )
    chunk_size: int | None = Field(
        default=None, ge=1, le=2**31, description="blocks in a chunk; chosen by timing when left out"
    )
    slurm: SlurmEntry | None = Field(default=None, description="dask: workers are Slurm jobs")
    scheduler: Line | None = Field(default=None, description='dask: a scheduler that runs, as "tcp://host:8786"')


class StudyFile(Section):
    """A sensitivity study."""

    format: Literal["sensitivity-config/1"] = Field(alias="schema", description="version of this format")
    title: str = Field(default="", description="the question, in one line")
    context_of_use: str = Field(default="", description="what the answer may be used for; printed in the report")
    extends: str = Field(
        default="", description="a study file, beside this one, whose keys are taken where this one has none"
    )
    model: ModelEntry
    factors: dict[Annotated[str, Field(pattern=NAME)], FactorEntry] = Field(
        description="the parameters made uncertain, by name", min_length=1
    )
    groups: dict[
        Annotated[str, Field(pattern=NAME)],
        Annotated[
            Annotated[GroupEntry, Tag("grid")] | Annotated[list[str], Tag("list"), Field(min_length=1)],
            Discriminator(kind),
        ],
    ] = Field(default_factory=dict, description="factors that are also ranked together, or that depend on each other")
    outputs: dict[Annotated[str, Field(pattern=NAME)], OutputEntry] = Field(
        description="what is asked of the model, by name", min_length=1
    )
    design: DesignEntry
    noise: NoiseEntry = Field(default_factory=NoiseEntry)
    failures: FailuresEntry = Field(default_factory=FailuresEntry)
    analysis: AnalysisEntry = Field(default_factory=AnalysisEntry)
    scenarios: dict[Annotated[str, Field(pattern=NAME)], ScenarioEntry] = Field(
        default_factory=dict, min_length=2, description="settings to compare; the others with the first"
    )
    executor: ExecutorEntry = Field(default_factory=ExecutorEntry)


class _EditorSchema(GenerateJsonSchema):
    """An optional key is one that may be left out, not one that may be null."""

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        if schema.get("default") is None:
            return self.generate_inner(schema["schema"])
        return super().default_schema(schema)


def json_schema() -> dict[str, Any]:
    """JSON Schema (draft 7) of a study file, for completion and checks in an editor."""
    schema = StudyFile.model_json_schema(by_alias=True, schema_generator=_EditorSchema)
    for section in ("factors", "groups", "outputs", "scenarios"):
        schema["properties"][section]["additionalProperties"] = False
    # What a file does not write may stand in the one that it extends.
    schema["anyOf"] = [{"required": schema.pop("required")}, {"required": ["extends"]}]
    for section in ("factors", "scenarios"):  # nothing written: the declared distribution, the study's settings
        entries = schema["properties"][section]["patternProperties"]
        entries[NAME] = {"anyOf": [entries[NAME], {"type": "null"}]}
    return {"$schema": "http://json-schema.org/draft-07/schema#", **schema}
