"""Write `workflows/agencies/data/communes.csv`: the communes and wards of the province after 01/07/2025.

Names and codes come from the PyPI package `vietnam-provinces`, which the program itself does not need; run this again
with a newer release of the package when names change:

    pip install vietnam-provinces && python scripts/communes_csv.py
"""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import vietnam_provinces

TARGET = Path(__file__).parent.parent / "workflows" / "agencies" / "data" / "communes.csv"
PROVINCE_CODE = 25
HEADINGS = (
    "id,kind,name,short_name,abbreviation,superior_name,place,head_title,collective,"
    "valid_from,valid_to,legal_basis,confidence,division_code,note"
).split(",")


def row(ward: dict[str, Any]) -> list[str]:
    """One commune or ward as a line of the agency format."""
    kind, place = ward["name"].split(" ", 1)
    name = f"{kind.lower()} {place}"
    return [
        ward["codename"].replace("_", "-"),
        "commune",
        f"Ủy ban nhân dân {name}",
        f"UBND {name}",
        "UBND",
        "",
        place,
        "Chủ tịch",
        "có",
        "01/07/2025",
        "",
        "NQ 1676/NQ-UBTVQH15",
        "V",
        f"{ward['code']:05d}",
        f"vietnam-provinces {vietnam_provinces.__version__}",
    ]


def main() -> None:
    """Read the package's data and write the file, ordered by code."""
    provinces = json.loads(vietnam_provinces.NESTED_DIVISIONS_JSON_PATH.read_text(encoding="utf-8"))
    wards = next(province["wards"] for province in provinces if province["code"] == PROVINCE_CODE)
    with TARGET.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADINGS)
        writer.writerows(row(ward) for ward in sorted(wards, key=lambda ward: int(ward["code"])))


if __name__ == "__main__":
    main()
