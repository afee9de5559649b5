"""Every row through real chat templates: what the model saw is how the training text begins."""

import json
from collections.abc import Iterator
from pathlib import Path

from transformers import PreTrainedTokenizerFast

from .loading import load
from .outcome import require, say
from .tokenizers import chat_templates

CONTINUATIONS = {"sft": ("completion",), "dpo": ("chosen", "rejected"), "kto": ("completion",)}


def check_rendering(exports: Path, tokenizer: PreTrainedTokenizerFast, packages: Path) -> None:
    for name, template in chat_templates(packages).items():
        counts = []
        for format, columns in CONTINUATIONS.items():
            cuts = list(cuts_of(load(exports / "parquet" / format), columns))
            for row, column in cuts:
                require_prefix(row, column, tokenizer, template, f"{format} row {row['id']}, {column}, {name}")
            counts.append(f"{len(cuts)} {format}")
        say(f"{name}: at every cut the prompt is a prefix of prompt + completion ({', '.join(counts)})")


def cuts_of(rows, columns: tuple[str, ...]) -> Iterator[tuple[dict, str]]:
    for row in rows:
        for column in columns:
            yield row, column


def require_prefix(row: dict, column: str, tokenizer, template: str, where: str) -> None:
    prompt, whole = rendered(row, column, tokenizer, template)
    require(whole.startswith(prompt), f"{where}: the rendered prompt is no prefix of prompt + completion")
    trained = whole[len(prompt) :]
    for message in row[column]:
        require(message["content"].strip() in trained, f"{where}: the content is not in the trained text {trained!r}")
        for call in message.get("tool_calls", []):
            require_call(call["function"], trained, where)


def rendered(row: dict, column: str, tokenizer, template: str | None = None) -> tuple[str, str]:
    settings = {"tools": row["tools"], "tokenize": False, "chat_template": template, **row.get("chat_template_kwargs", {})}
    prompt = tokenizer.apply_chat_template(row["prompt"], add_generation_prompt=True, **settings)
    return prompt, tokenizer.apply_chat_template(row["prompt"] + row[column], **settings)


def require_call(function: dict, trained: str, where: str) -> None:
    require(function["name"] in trained, f"{where}: the call of {function['name']} is not in the trained text {trained!r}")
    for name, value in function["arguments"].items():
        require(name in trained, f"{where}: argument {name} is not in the trained text {trained!r}")
        texts = (json.dumps(value, ensure_ascii=False), str(value))
        require(any(text in trained for text in texts), f"{where}: {name}={value!r} is not in the trained text {trained!r}")
