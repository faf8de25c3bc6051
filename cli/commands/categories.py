"""`sightline categories`: taxonomies imported, assigned, corrected, and taught by that."""

from __future__ import annotations

from cli.categories import deciding, learning, managing, reviewing
from cli.options import new_app

app = new_app(
    "Import taxonomies, assign their categories to items, correct what is wrong and teach it."
)

app.command("import")(managing.import_taxonomy)
app.command("export")(managing.export)
app.command("list")(managing.list_taxonomies)
app.command("assign")(managing.assign)
app.command("remove")(managing.remove)
app.command("review")(reviewing.review)
app.command("accept")(deciding.accept)
app.command("reject")(deciding.reject)
app.command("forget")(deciding.forget)
app.command("calibrate")(learning.calibrate)
app.command("teach")(learning.teach)
app.command("health")(learning.health)
