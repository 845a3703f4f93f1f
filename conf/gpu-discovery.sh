#!/usr/bin/env bash
# Tells Spark the GPUs of this machine (spark.worker/executor/driver.resource.gpu.discoveryScript): their numbers, as
# {"name": "gpu", "addresses": ["0", "1"]}; none where there is no nvidia-smi.
set -euo pipefail
indices=""
if command -v nvidia-smi >/dev/null; then
    indices=$(nvidia-smi --query-gpu=index --format=csv,noheader)
fi
addresses=""
for index in $indices; do
    addresses+="${addresses:+, }\"$index\""
done
printf '{"name": "gpu", "addresses": [%s]}\n' "$addresses"
