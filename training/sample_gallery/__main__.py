"""The command `python -m training.sample_gallery`: writes the demo's files into `cli/demo/`."""

import argparse
from pathlib import Path

from training.sample_gallery.write import write_demo


def main() -> None:
    """Write the sample gallery and print its size."""
    parser = argparse.ArgumentParser(prog="python -m training.sample_gallery", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("cli/demo"), help="folder to fill")
    folder: Path = parser.parse_args().out
    n_bytes = write_demo(folder)
    print(f"{folder}: {n_bytes / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
