"""`sightline categories`: taxonomies imported and exported, assigned, reviewed and corrected."""

from __future__ import annotations

from cli.categories import deciding, managing, reviewing
from cli.options import new_app

app = new_app("Import taxonomies, assign their categories to items, and correct what is wrong.")

app.command("import")(managing.import_taxonomy)
app.command("export")(managing.export)
app.command("list")(managing.list_taxonomies)
app.command("assign")(managing.assign)
app.command("remove")(managing.remove)
app.command("review")(reviewing.review)
app.command("accept")(deciding.accept)
app.command("reject")(deciding.reject)
app.command("forget")(deciding.forget)
