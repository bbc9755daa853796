#!/bin/bash
# Submit the study: the job array once for each of its stages, then the analysis. Submit again to go on where it stopped.
set -euo pipefail
cd "$(dirname "$0")"
mkdir -p logs

# Checks the study, and compiles its model once instead of in every job.
stages=$(sensitivity validate study.yaml --run --json | sed -n 's/^ "stages": \([0-9]*\),$/\1/p')
after=()
for _ in $(seq "$stages"); do
    # afterany: a part that failed must not hold up the others; the next array, or the next submission, makes up for it.
    after=(--dependency="afterany:$(sbatch --parsable "${after[@]}" chunks.sbatch | cut -d';' -f1)")
done
sbatch "${after[@]}" analyze.sbatch
