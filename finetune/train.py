"""Fine-tunes a model on the `sft` rows of a dataset: LoRA, with loss on the completion alone.

python finetune/train.py --repo-id me/my-traces          # a dataset repository that `push-traces` filled
python finetune/train.py exports/sft                     # a folder that `export-traces --format sft` wrote

The columns are used as they are exported. Rows longer than --max-length are left out and counted: TRL would cut off
their end, and the end is what is to be learnt.
"""

import argparse
from pathlib import Path

import torch
from datasets import Dataset, load_dataset
from peft import LoraConfig
from transformers import AutoTokenizer, PreTrainedTokenizerBase
from trl import SFTConfig, SFTTrainer

COLUMNS = ["prompt", "completion", "tools", "chat_template_kwargs"]


def main() -> None:
    flags = read_flags()
    tokenizer = AutoTokenizer.from_pretrained(flags.model)
    rows = load_rows(flags.repo_id or flags.folder)
    rows = without_long_rows(rows, tokenizer, flags.max_length)
    has_gpu = torch.cuda.is_available()
    trainer = SFTTrainer(
        model=flags.model,
        processing_class=tokenizer,
        train_dataset=rows,
        args=SFTConfig(
            output_dir=flags.output,
            max_length=flags.max_length,
            completion_only_loss=True,
            assistant_only_loss=False,
            per_device_train_batch_size=1,
            gradient_accumulation_steps=8,
            gradient_checkpointing=True,
            learning_rate=flags.learning_rate,
            num_train_epochs=flags.epochs,
            max_steps=flags.max_steps,
            bf16=has_gpu,
            use_cpu=not has_gpu,
            logging_steps=1,
            report_to="none",
        ),
        peft_config=LoraConfig(r=16, lora_alpha=32, target_modules="all-linear"),
    )
    trainer.train()
    trainer.save_model(flags.output)
    print(f"The adapter is in {flags.output}.")


def read_flags() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--repo-id", help="dataset repository on the Hub, owner/name")
    source.add_argument("folder", nargs="?", help="folder that export-traces wrote")
    parser.add_argument("--model", default="Qwen/Qwen3-4B", help="model to start from (default: %(default)s)")
    parser.add_argument("--output", default="out", help="folder for the adapter (default: %(default)s)")
    parser.add_argument("--max-length", type=int, default=8192, help="tokens of a row at most (default: %(default)s)")
    parser.add_argument("--learning-rate", type=float, default=2e-4)
    parser.add_argument("--epochs", type=float, default=1)
    parser.add_argument("--max-steps", type=int, default=-1, help="stop after this many steps (default: all epochs)")
    return parser.parse_args()


def load_rows(source: str) -> Dataset:
    """The rows of the `sft` config: of a repository, of its folder, or of the folder above it."""
    inner = Path(source) / "sft"
    return load_dataset(str(inner) if inner.is_dir() else source, "sft", split="train").select_columns(COLUMNS)


def without_long_rows(rows: Dataset, tokenizer: PreTrainedTokenizerBase, max_length: int) -> Dataset:
    def fits(row: dict) -> bool:
        messages = row["prompt"] + row["completion"]
        tokens = tokenizer.apply_chat_template(messages, tools=row["tools"], **row["chat_template_kwargs"])["input_ids"]
        return len(tokens) <= max_length

    kept = rows.filter(fits)
    print(f"Training on {len(kept)} rows; {len(rows) - len(kept)} are longer than {max_length} tokens and left out.")
    if len(kept) == 0:
        raise SystemExit("No row is left: raise --max-length.")
    return kept


if __name__ == "__main__":
    main()
