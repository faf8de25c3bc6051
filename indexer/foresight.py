"""What a run would do, as far as stamps tell; nothing is read or written."""

from __future__ import annotations

from collections.abc import Sequence

from indexer.missing import why_confirm
from indexer.plan import Reason
from indexer.report import Tally
from indexer.scanning import Scanned
from indexer.settling import scan_facts


def foresee(scans: Sequence[Scanned], tally: Tally, *, confirmed: bool) -> None:
    """Count what the scans ask for. Moves show as one new and one missing file."""
    for scanned in scans:
        for reading in scanned.plan.readings:
            if reading.reason is Reason.NEW:
                tally.new += 1
            elif reading.reason in (Reason.CHANGED, Reason.RETRY):
                tally.changed += 1
            else:
                tally.unchanged += 1
        for entry in scanned.plan.unreadable:
            tally.fail(scanned.uri(entry.path), entry.reason)
        tally.returned += len(scanned.plan.returned)
        n_gone = len(scanned.plan.vanished)
        refusal = why_confirm(scan_facts(scanned, n_gone))
        if refusal is None or confirmed:
            tally.missing += n_gone
        else:
            tally.refusals.append(refusal)
