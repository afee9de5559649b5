"""The recipe and the notebook themselves, with a tiny model on this machine: they must execute on the exported columns."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from transformers import PreTrainedTokenizerFast, set_seed

from .outcome import require, say
from .training import MAX_LENGTH, tiny_model

HERE = Path(__file__).resolve().parent.parent
STEPS = "1"


def check_recipes(sft: Path, tokenizer: PreTrainedTokenizerFast) -> None:
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder) / "tiny"
        set_seed(0)
        tiny_model(tokenizer).save_pretrained(model)
        tokenizer.save_pretrained(model)
        script = Path(folder) / "notebook.py"
        script.write_text(notebook_code(HERE / "train.ipynb"), encoding="utf-8")
        for name, program in (("train.py", HERE / "train.py"), ("train.ipynb", script)):
            output = Path(folder) / f"{name}-out"
            flags = ["--model", model, "--output", output, "--max-length", str(MAX_LENGTH), "--max-steps", STEPS]
            execute([sys.executable, program, sft, *flags])
            require((output / "adapter_model.safetensors").exists(), f"{name} left no adapter in {output}")
            say(f"{name}: {STEPS} step with LoRA on the exported columns, adapter saved")


def notebook_code(notebook: Path) -> str:
    """Its code cells as one program. Shell lines (installing) are the reader's to execute."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    return "\n\n".join(line for cell in code for line in cell.split("\n") if not line.startswith(("%", "!")))


def execute(command: list) -> None:
    offline = {**os.environ, "HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "CUDA_VISIBLE_DEVICES": ""}
    done = subprocess.run([str(word) for word in command], env=offline, capture_output=True, text=True, check=False)
    require(done.returncode == 0, f"{' '.join(map(str, command))} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}")
