"""An export as `datasets` reads it, held against the bytes that were written."""

import gzip
import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from datasets import Dataset, concatenate_datasets, load_dataset

from .outcome import CheckFailed, require, say

FORMATS = ("hf", "sft", "dpo", "kto", "rl")
# Declared as floats: a whole number written as 1 comes back as 1.0.
FLOAT_COLUMNS = ("reward",)
MESSAGE_COLUMNS = ("messages", "prompt", "completion", "chosen", "rejected", "tools")


def check_loading(exports: Path) -> None:
    for format in FORMATS:
        written = written_rows(exports / "jsonl" / format)
        require(len(written) > 0, f"{exports / 'jsonl' / format} holds no row: there is nothing to check")
        for encoding in ("jsonl", "parquet"):
            folder = exports / encoding / format
            require_same(load(folder), written, str(folder))
            say(f"{format} as {encoding}: load_dataset gives back all {len(written)} rows, no null filled in")


def check_mixed_arguments(mixed: Path) -> None:
    written = written_rows(mixed / "jsonl" / "sft")
    odd = odd_arguments(written)
    require(len(written) >= 15_000 and odd == 3, f"{mixed} holds {len(written)} rows, {odd} of them with other arguments")
    for encoding in ("jsonl", "parquet"):
        require_same(load(mixed / encoding / "sft"), written, f"{mixed}/{encoding}/sft")
        say(f"{len(written)} rows, {odd} of them with other argument types, as {encoding}: all intact")
    require_readme_matters(mixed / "jsonl" / "sft", written)


def check_strings(strings: Path) -> None:
    """What `--compat strings` writes needs no JSON type, which readers before `datasets` 4.7 do not have."""
    written = written_rows(strings / "jsonl" / "sft")
    for encoding in ("jsonl", "parquet"):
        folder = strings / encoding / "sft"
        loaded = load(folder)
        require("Json" not in str(loaded.features), f"{folder} declares {loaded.features}")
        require(len(loaded) == len(written), f"{folder}: {len(loaded)} rows, {len(written)} were written")
        for row in loaded:
            require_held(row, written[row["id"]], f"{folder}: row {row['id']}")
        say(f"sft for old readers as {encoding}: strings, lists and structs alone, all {len(written)} rows as they were written")


def require_held(got, expected, path: str) -> None:
    """Every value that was written; structs hold a null for each key that a message does not have."""
    if isinstance(expected, dict):
        absent = {key: value for key, value in got.items() if key not in expected}
        require(all(value is None for value in absent.values()), f"{path} has {absent}, which was not written")
        for key, each in expected.items():
            require_held(got.get(key), each, f"{path}.{key}")
    elif isinstance(expected, list):
        require(len(got) == len(expected), f"{path} has {len(got)} elements, not {len(expected)}")
        for index, each in enumerate(expected):
            require_held(got[index], each, f"{path}[{index}]")
    else:
        require(got == expected, f"{path} is {got!r}, was written as {expected!r}")


def load(folder: Path) -> Dataset:
    """Every split, in a cache of its own: a second build under the same path must not be answered from the first."""
    with tempfile.TemporaryDirectory() as cache:
        splits = load_dataset(str(folder), cache_dir=cache, keep_in_memory=True)
        return concatenate_datasets(list(splits.values()))


def written_rows(folder: Path) -> dict[str, dict]:
    rows = (json.loads(line) for file in data_files(folder) for line in lines_of(file))
    return {row["id"]: {**row, **{name: float(row[name]) for name in FLOAT_COLUMNS if name in row}} for row in rows}


def data_files(folder: Path) -> list[Path]:
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return [folder / file["path"] for file in manifest["files"]]


def lines_of(file: Path) -> Iterator[str]:
    opened = gzip.open(file, "rt", encoding="utf-8") if file.suffix == ".gz" else file.open(encoding="utf-8")
    with opened as lines:
        # Not splitlines(): U+2028 and its like are legal inside JSON strings.
        yield from (line for line in lines if line.strip())


def require_same(loaded: Dataset, written: dict[str, dict], where: str) -> None:
    seen = set()
    for row in loaded:
        expected = written.get(row["id"])
        require(expected is not None, f"{where}: row {row['id']} was never written")
        # A column that is absent from a row is null in Arrow; that alone is allowed.
        present = {name: value for name, value in row.items() if not (value is None and name not in expected)}
        require_equal(present, expected, f"{where}: row {row['id']}")
        for column in MESSAGE_COLUMNS:
            require_no_null(present.get(column, []), f"{where}: row {row['id']}.{column}")
        seen.add(row["id"])
    require(seen == written.keys(), f"{where}: {len(written.keys() - seen)} rows are missing")
    require(len(loaded) == len(written), f"{where}: {len(loaded) - len(written)} rows too many")


def require_equal(got, expected, path: str) -> None:
    """Equal in type too: True is no 1, and 1 no 1.0."""
    require(type(got) is type(expected), f"{path} is {got!r}, was written as {expected!r}")
    if isinstance(expected, dict):
        require(list(got) == list(expected) or got.keys() == expected.keys(), f"{path} has keys {list(got)}, not {list(expected)}")
        for key in expected:
            require_equal(got[key], expected[key], f"{path}.{key}")
    elif isinstance(expected, list):
        require(len(got) == len(expected), f"{path} has {len(got)} elements, not {len(expected)}")
        for index, each in enumerate(expected):
            require_equal(got[index], each, f"{path}[{index}]")
    else:
        require(got == expected, f"{path} is {got!r}, was written as {expected!r}")


def require_no_null(value, path: str) -> None:
    """Arguments are the model's own: a null there is what it said."""
    require(value is not None, f"{path} is null")
    if isinstance(value, dict):
        for key, each in value.items():
            if key not in ("arguments", "parameters"):
                require_no_null(each, f"{path}.{key}")
    elif isinstance(value, list):
        for index, each in enumerate(value):
            require_no_null(each, f"{path}[{index}]")


def odd_arguments(rows: dict[str, dict]) -> int:
    """How many calls have arguments of other types than the most frequent ones."""
    shapes = Counter(
        json.dumps({name: type(value).__name__ for name, value in call["function"]["arguments"].items()})
        for row in rows.values()
        for message in row["completion"]
        for call in message.get("tool_calls", [])
    )
    return shapes.total() - max(shapes.values(), default=0)


def require_readme_matters(folder: Path, written: dict[str, dict]) -> None:
    """The control: the same lines without the README do not load intact, so the check above can fail."""
    with tempfile.TemporaryDirectory() as bare:
        shutil.copytree(folder / "data", Path(bare) / "data")
        try:
            require_same(load(Path(bare)), written, "bare JSONL")
        except CheckFailed as error:
            say(f"control: without the README the same lines load changed ({str(error)[:100]}…)")
        except Exception as error:  # whatever the reader raises is the point
            say(f"control: without the README the same lines do not load ({type(error).__name__})")
        else:
            raise CheckFailed("the same lines load intact without the README: the rows are not mixed enough to prove anything")
