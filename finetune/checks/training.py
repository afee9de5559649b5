"""A tiny, randomly initialised Qwen3 learns an export with the real trainer: no row is lost, and the loss is on the
completion and nothing else."""

import tempfile
from pathlib import Path

from datasets import Dataset
from transformers import PreTrainedTokenizerFast, PrinterCallback, Qwen3Config, Qwen3ForCausalLM, set_seed
from trl import SFTConfig, SFTTrainer

from .loading import load
from .outcome import require, say
from .rendering import rendered

MAX_LENGTH = 2048
COLUMNS = ["prompt", "completion", "tools", "chat_template_kwargs"]


def check_training(sft: Path, tokenizer: PreTrainedTokenizerFast) -> None:
    rows = load(sft).select_columns(COLUMNS)
    set_seed(0)
    with tempfile.TemporaryDirectory() as output:
        trainer = SFTTrainer(
            model=tiny_model(tokenizer), processing_class=tokenizer, train_dataset=rows, args=training_settings(output)
        )
        trainer.remove_callback(PrinterCallback)
        require_all_trained(trainer.train_dataset, rows, tokenizer)
        trainer.train()
        require_learnt([entry["loss"] for entry in trainer.state.log_history if "loss" in entry])


def tiny_model(tokenizer: PreTrainedTokenizerFast) -> Qwen3ForCausalLM:
    return Qwen3ForCausalLM(
        Qwen3Config(
            vocab_size=len(tokenizer),
            hidden_size=64,
            intermediate_size=128,
            num_hidden_layers=2,
            num_attention_heads=4,
            num_key_value_heads=2,
            head_dim=16,
            tie_word_embeddings=True,
        )
    )


def training_settings(output: str) -> SFTConfig:
    return SFTConfig(
        output_dir=output,
        use_cpu=True,
        bf16=False,
        max_length=MAX_LENGTH,
        completion_only_loss=True,
        per_device_train_batch_size=4,
        learning_rate=5e-3,
        lr_scheduler_type="constant",
        max_steps=30,
        logging_steps=1,
        save_strategy="no",
        disable_tqdm=True,
        report_to="none",
        seed=0,
    )


def require_all_trained(prepared: Dataset, rows: Dataset, tokenizer: PreTrainedTokenizerFast) -> None:
    require(len(prepared) == len(rows), f"the trainer kept {len(prepared)} of {len(rows)} rows")
    for index, (ready, row) in enumerate(zip(prepared, rows, strict=True)):
        prompt, whole = rendered(row, "completion", tokenizer)
        unmasked = tokenizer.decode([label for label in ready["labels"] if label != -100])
        require(
            unmasked == whole[len(prompt) :],
            f"row {index}: the loss is on {unmasked!r}, the completion renders as {whole[len(prompt) :]!r}",
        )
        require(tokenizer.decode(ready["input_ids"]) == whole, f"row {index} was cut: it is longer than {MAX_LENGTH} tokens")
    say(f"training: none of {len(rows)} rows dropped or cut, the unmasked text of each is its rendered completion")


def require_learnt(losses: list[float]) -> None:
    first, last = sum(losses[:5]) / 5, sum(losses[-5:]) / 5
    require(len(losses) == 30, f"{len(losses)} steps were logged, not 30")
    require(last < first / 2, f"the loss fell from {first:.2f} to {last:.2f} only: {losses}")
    say(f"training: 30 steps, loss {losses[0]:.2f} to {losses[-1]:.2f} (first five {first:.2f}, last five {last:.2f} on average)")
