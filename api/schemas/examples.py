"""An example of each body that is sent or answered, shown in the API's description."""

from __future__ import annotations

from typing import Any

_IMAGES = {
    "thumb": "/v1/galleries/default/items/7/image?view=9&made=2&size=thumb",
    "preview": "/v1/galleries/default/items/7/image?view=9&made=2&size=preview",
    "original": "/v1/galleries/default/items/7/image?view=9&size=original",
}
_SPACE = "tiny-bc02435872c9"
_HIT = {
    "item": 7,
    "view": 9,
    "kind": "photo",
    "title": "A red car at a beach",
    "uri": "/photos/2024/DSCF3756.jpg",
    "score": 0.31,
    "relevance": 0.93,
    "width": 4000,
    "height": 3000,
    "taken_at": "2024-05-04T15:20:11",
    "tags": ["holiday"],
    "categories": [],
    "images": _IMAGES,
}
_TAXONOMY = {
    "taxonomy": "pets",
    "version": 1,
    "mode": "single",
    "active": True,
    "categories": 2,
    "threshold": 0.5,
    "description": "",
    "licence": "MIT",
}
_RELIABILITY = {
    "n": 120,
    "accuracy": 0.74,
    "confidence": 0.73,
    "error": 0.04,
    "floor": 0.03,
    "bins": [{"n": 60, "confidence": 0.58, "accuracy": 0.6}],
}
_THRESHOLD = {
    "category": "dog",
    "value": 0.44,
    "positives": 61,
    "negatives": 59,
    "precision": 0.91,
    "recall": 0.84,
    "f1": 0.87,
    "note": "",
}
_CALIBRATION = {
    "labels": 120,
    "temperature": 1.7,
    "before": _RELIABILITY,
    "after": _RELIABILITY,
    "thresholds": [_THRESHOLD],
    "note": "",
}
_HEAD = {
    "labels": 40,
    "classes": 2,
    "fewest": 18,
    "checked": 40,
    "measure": "accuracy",
    "accuracy_before": 0.61,
    "accuracy": 0.74,
    "loss_before": 1.1,
    "loss": 0.8,
    "calibration_error": 0.05,
    "is_better": True,
    "note": "",
    "thresholds": [],
}
_ITEM = {
    "item": 7,
    "kind": "photo",
    "state": "live",
    "title": "A red car at a beach",
    "uri": "/photos/2024/DSCF3756.jpg",
    "revision": 12,
    "tags": ["holiday"],
    "categories": ["vehicle/car"],
    "guesses": [
        {
            "taxonomy": "everyday",
            "category": "vehicle/car",
            "probability": 0.87,
            "assigned": True,
            "verdict": None,
            "effective": True,
        }
    ],
    "attributes": {"camera": {"text": "X-T30", "number": None}},
    "views": [
        {
            "view": 9,
            "uri": "/photos/2024/DSCF3756.jpg",
            "width": 4000,
            "height": 3000,
            "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "state": "live",
            "images": _IMAGES,
        }
    ],
}
_KEY = {
    "id": 3,
    "name": "shop window",
    "prefix": "sl_djQ4T7",
    "scopes": ["search"],
    "galleries": None,
    "origin": "https://shop.example",
    "created_at": 1764000000.0,
    "last_used_at": None,
    "revoked_at": None,
}

EXAMPLES: dict[str, dict[str, Any]] = {
    # Sent
    "SearchForm": {"image": "(a file)", "box": "0.2,0.2,0.5,0.6", "q": "at night", "limit": 10},
    "ClassifyForm": {"image": "(a file)", "labels": "cat,dog", "top_k": 2},
    "UploadForm": {"image": ["(a file)", "(a file)"], "tags": "beach,2024"},
    "UploadRequest": {"image": "iVBORw0KGgo=", "name": "beach.png", "tags": ["beach"]},
    "SignIn": {"key": "sl_djQ4T7nZOQN7Ttm8RrloaB6rmVkP57oSj3Ykc7BsAiQ"},
    "Question": {"q": "red car tag:holiday", "terms": [{"item": 7, "weight": 1.0}]},
    # Answered
    "Models": {
        "models": [
            {
                "spec": "tiny",
                "dim": 256,
                "accuracy": None,
                "download_bytes": 0,
                "speed": "fastest",
                "licence": "research only",
                "research_only": True,
                "languages": "English",
                "note": "To try the program.",
            }
        ],
        "classifiers": ["timm:resnet50"],
    },
    "TaxonomyBody": _TAXONOMY,
    "Taxonomies": {"taxonomies": [_TAXONOMY], "ready_made": ["everyday", "food"]},
    "TaxonomyDetail": {
        **_TAXONOMY,
        "tree": [
            {"category": "cat", "items": 12, "words": ["cat"], "threshold": None},
            {"category": "dog", "items": 30, "words": ["dog", "puppy"], "threshold": 0.6},
        ],
        "versions": [{"version": 1, "categories": 2, "created_at": 1764000000.0}],
        "yaml": "taxonomy: pets\ncategories: [cat, dog]\n",
        "learnt": {
            "accepted": 38,
            "rejected": 4,
            "new_decisions": 2,
            "head": {**_HEAD, "created_at": 1764000000.0},
            "calibration": None,
        },
    },
    "CalibrateAnswer": {
        "taxonomy": "pets",
        "dry_run": True,
        "undone": False,
        "calibration": _CALIBRATION,
        "job": None,
    },
    "TeachAnswer": {
        "taxonomy": "pets",
        "dry_run": True,
        "undone": False,
        "head": _HEAD,
        "job": None,
    },
    "ExamplesAnswer": {
        "taxonomy": _TAXONOMY,
        "category": "garden",
        "accepted": 12,
        "revision": 34,
    },
    "TaxonomyHealth": {
        "taxonomy": "pets",
        "space": _SPACE,
        "items": 310,
        "with_category": 270,
        "without_category": 40,
        "not_told_apart": [
            {"categories": ["dog", "wolf"], "similarity": 0.97, "items": 42, "of": 120}
        ],
        "without_items": ["ferret"],
        "clusters": [
            {"items": 37, "words": ["bicycle"], "examples": [{"item": 7, "images": _IMAGES}]}
        ],
    },
    "TaxonomyImported": {
        "taxonomy": "pets",
        "version": 1,
        "added": ["cat", "dog"],
        "removed": [],
        "changed": [],
        "settings": [],
        "job": None,
    },
    "SearchAnswer": {
        "hits": [_HIT],
        "next": "WzEsIjk1ZjU2NzU4Il0",
        "line": 0.5,
        "took_ms": 12.3,
        "space": _SPACE,
        "revision": 12,
        "exact": True,
        "hint": "",
    },
    "Suggestions": {
        "suggestions": [
            {
                "kind": "tag",
                "text": "beach",
                "insert": "tag:beach",
                "count": 17,
                "taxonomy": "",
            }
        ]
    },
    "Facets": {
        "facets": [
            {
                "key": "category",
                "values": [
                    {
                        "value": "vehicle/car",
                        "count": 12,
                        "filter": 'category:"everyday:vehicle/car"',
                        "taxonomy": "everyday",
                    }
                ],
            },
            {
                "key": "year",
                "values": [{"value": "2024", "count": 31, "filter": "taken:2024", "taxonomy": ""}],
            },
        ],
        "of": 310,
        "complete": True,
        "revision": 12,
    },
    "ItemBody": _ITEM,
    "ReviewAnswer": {"items": [_ITEM], "labels": 38},
    "BatchAnswer": {
        "results": [{"op": "accept", "changed": 1}],
        "revision": 13,
        "undo": [
            {
                "op": "forget",
                "items": [4],
                "category": "cat",
                "taxonomy": "pets",
                "instead_of": None,
            }
        ],
    },
    "Deleted": {"deleted": 1, "revision": 13},
    "Galleries": {
        "galleries": [{"name": "default", "items": 310, "space": _SPACE, "revision": 12}]
    },
    "Status": {
        "gallery": "default",
        "space": _SPACE,
        "model": "tiny",
        "revision": 12,
        "items": 310,
        "views": 310,
        "embedded": 310,
        "missing": 0,
        "failed": 1,
        "tail": 0,
        "spaces": [
            {
                "space": _SPACE,
                "model": "tiny",
                "active": True,
                "previous": False,
                "wanted": True,
                "missing_views": 0,
            }
        ],
        "generations": [
            {
                "folder": "1-fe3609c5cd74195e/tiny-bc02435872c9/00000012",
                "space": _SPACE,
                "revision": 12,
                "rows": 310,
                "active": True,
            }
        ],
        "jobs": 0,
    },
    "Failures": {
        "failures": [
            {
                "uri": "/photos/broken.jpg",
                "name": "/photos/broken.jpg",
                "reason": "The file is cut short.",
            }
        ],
        "total": 1,
    },
    "ClassifyAnswer": {
        "labels": [
            {"label": "cat", "probability": 0.93},
            {"label": "dog", "probability": 0.07},
        ],
        "space": _SPACE,
    },
    "HuggingFaceLabel": {"label": "cat", "score": 0.93},
    "JobBody": {
        "job": "4f1c0d9a2b7e4c11",
        "kind": "upload",
        "state": "done",
        "done": 1,
        "total": 1,
        "note": "",
        "created_at": 1764000000.0,
        "updated_at": 1764000001.2,
        "result": {"items": [{"name": "beach.png", "item": 311}], "failed": []},
        "error": "",
        "hint": "",
    },
    "KeyBody": _KEY,
    "MadeKey": {**_KEY, "secret": "sl_djQ4T7nZOQN7Ttm8RrloaB6rmVkP57oSj3Ykc7BsAiQ"},
    "KeyList": {"keys": [_KEY]},
    "Session": {
        "signed_in": True,
        "keys_required": True,
        "name": "me",
        "scopes": ["admin"],
        "anonymous_galleries": [],
    },
    "Health": {"status": "ready"},
}
"""By the name of the schema."""

REFUSED: dict[int, tuple[str, str, str]] = {
    400: ("filter_syntax", "`price:` has no value.", "Write price:<50, for example."),
    401: ("unauthorized", "The key is unknown or revoked.", "Send `Authorization: Bearer KEY`."),
    403: ("forbidden", "This key does not have the scope write.", "Use a key that has it."),
    404: ("not_found", "There is no item 7 in the gallery default.", "It may have been deleted."),
    405: ("method_not_allowed", "/v1/galleries does not take PUT.", "/docs lists the methods."),
    408: ("request_timeout", "The body came too slowly.", "Send it again."),
    409: (
        "conflict",
        "The gallery has another model or content than when this search began.",
        "Search again without a cursor.",
    ),
    413: ("request_too_large", "The body is longer than the 64 MiB allowed.", "Send fewer."),
    415: ("unsupported_media", "The Content-Type text/plain is not read here.", "Send JSON."),
    422: ("invalid", "limit: Input should be less than or equal to 500.", "/docs shows more."),
    429: ("too_busy", "The service has more requests than it can take.", "Try again in a second."),
    500: ("internal", "The service failed at this request.", "The log has the details."),
}
"""A machine word, a sentence and a hint of each status that is a refusal."""
