"""Who may do what: keys, sessions, origins, limits, and what a browser is kept from."""

from __future__ import annotations

import re

import httpx
import pytest

from api.security.secrets import checked_origin, new_key
from search.domain.service import Scope
from search.errors import UsageError
from tests.api.conftest import Serve
from tests.support.services import BASE, N_PICTURES, Service

SHOP = "https://shop.example"


def make_key(service: Service, *scopes: str, by: str = "", **fields: object) -> dict[str, str]:
    """A new key's header."""
    body = {"name": "test", "scopes": list(scopes or ("search",)), **fields}
    headers = {"Authorization": f"Bearer {by}"} if by else {}
    made = service.client.post("/v1/keys", json=body, headers=headers)
    assert made.status_code == 201, made.text
    return {"Authorization": f"Bearer {made.json()['secret']}"}


def secret_of(header: dict[str, str]) -> str:
    return header["Authorization"].removeprefix("Bearer ")


def test_without_keys_this_machine_may_do_all(service: Service) -> None:
    who = service.client.get("/v1/session").json()
    assert (who["keys_required"], who["scopes"]) == (False, ["admin", "search", "write"])
    strange = {"Authorization": "Bearer hf_token_of_someone"}
    assert service.get("/search", headers=strange).status_code == 200


def test_without_keys_no_other_name_of_this_machine_is_answered(serve: Serve) -> None:
    service = serve(allowed_hosts=("box.lan",))
    refused = service.get("/search", headers={"Host": "evil.example"})
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert service.get("/search", headers={"Host": "box.lan:80"}).status_code == 200


def test_without_keys_another_sites_page_changes_nothing(service: Service) -> None:
    evil = {"Origin": "https://evil.example"}
    assert service.client.delete(f"{BASE}/items/1", headers=evil).status_code == 403
    assert service.post("/items", content=b"x", headers=evil).status_code == 403
    own = {"Origin": "http://localhost"}
    assert service.client.delete(f"{BASE}/items/1", headers=own).status_code == 200


def test_key_that_another_process_has_just_made_is_good(service: Service) -> None:
    header = make_key(service, "admin")
    assert service.get("/search", headers=header).status_code == 200
    secret, key = new_key("elsewhere", [Scope.SEARCH])
    service.engine.catalogue.key_store.create_key(key)
    theirs = {"Authorization": f"Bearer {secret}"}
    assert service.get("/search", headers=theirs).status_code == 200


def test_first_key_closes_the_service(service: Service) -> None:
    header = make_key(service, "admin")
    refused = service.get("/search")
    assert (refused.status_code, refused.json()["code"]) == (401, "unauthorized")
    assert refused.headers["WWW-Authenticate"] == "Bearer"
    assert service.get("/search", headers=header).status_code == 200
    wrong = {"Authorization": "Bearer sl_wrong"}
    assert service.get("/search", headers=wrong).status_code == 401
    assert service.client.get("/health/live").status_code == 200


def test_scope_is_what_a_key_may_do(service: Service) -> None:
    admin = make_key(service, "admin")
    searcher = make_key(service, "search", by=secret_of(admin))
    writer = make_key(service, "write", by=secret_of(admin))
    asked = [
        ("GET", f"{BASE}/search"),
        ("DELETE", f"{BASE}/items/3"),
        ("GET", f"{BASE}/failures"),
        ("GET", "/v1/keys"),
        ("GET", "/metrics"),
    ]

    def statuses(header: dict[str, str]) -> list[int]:
        return [service.client.request(*one, headers=header).status_code for one in asked]

    assert statuses(searcher) == [200, 403, 403, 403, 403]
    assert statuses(writer) == [403, 200, 403, 403, 403]
    assert statuses(admin) == [200, 200, 200, 200, 200]


def test_key_is_good_in_its_galleries_only(service: Service) -> None:
    service.engine.catalogue.create_gallery("other")
    admin = make_key(service, "admin")
    header = make_key(service, "admin", by=secret_of(admin), galleries=["default"])
    assert service.get("/search", headers=header).status_code == 200
    for path in ("/v1/galleries/other/search", "/v1/galleries/none/search", "/v1/keys"):
        assert service.client.get(path, headers=header).status_code == 403
    seen = service.client.get("/v1/galleries", headers=header).json()["galleries"]
    assert [gallery["name"] for gallery in seen] == ["default"]


def test_revoked_key_is_refused_at_once(service: Service) -> None:
    admin = make_key(service, "admin")
    header = make_key(service, "search", by=secret_of(admin))
    assert service.get("/search", headers=header).status_code == 200
    keys = service.client.get("/v1/keys", headers=admin).json()["keys"]
    assert all("secret" not in key for key in keys)
    service.client.delete(f"/v1/keys/{keys[-1]['id']}", headers=admin)
    assert service.get("/search", headers=header).status_code == 401


def test_administrator_exchanges_a_key_for_a_cookie_that_scripts_cannot_read(
    service: Service,
) -> None:
    admin = make_key(service, "admin")
    signed_in = service.client.post("/v1/session", json={"key": secret_of(admin)})
    assert signed_in.status_code == 200
    cookie = signed_in.headers["Set-Cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert secret_of(admin).lower() not in cookie
    assert service.client.get("/v1/keys").status_code == 200
    evil = {"Origin": "https://evil.example"}
    assert service.client.delete(f"{BASE}/items/1", headers=evil).status_code == 403
    assert service.client.delete("/v1/session").status_code == 204
    assert service.client.get("/v1/keys").status_code == 401
    assert service.client.post("/v1/session", json={"key": "sl_wrong"}).status_code == 401


def test_session_ends_with_its_key_and_revoking_the_last_key_opens_nothing(
    service: Service,
) -> None:
    admin = make_key(service, "admin")
    service.client.post("/v1/session", json={"key": secret_of(admin)})
    assert service.client.delete("/v1/keys/1").status_code == 200
    assert service.client.get("/v1/keys").status_code == 401
    service.client.cookies.clear()
    assert service.get("/search", headers=admin).status_code == 401
    assert service.get("/search").status_code == 401


def test_origin_bound_key_searches_from_its_site_only(service: Service) -> None:
    admin = make_key(service, "admin")
    header = make_key(service, "search", by=secret_of(admin), origin=f"{SHOP}/")
    shop = {"Origin": SHOP}
    answer = service.get("/search", headers=header | shop)
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == SHOP
    hit = answer.json()["hits"][0]
    assert "/" not in hit["uri"]
    assert hit["images"]["original"] is None
    assert service.get("/search", headers=header).status_code == 403
    evil = {"Origin": "https://evil.example"}
    assert service.get("/search", headers=header | evil).status_code == 403
    assert service.client.delete(f"{BASE}/items/1", headers=header | shop).status_code == 403
    picture = f"{hit['images']['thumb']}&key={secret_of(header)}"
    assert service.client.get(picture, headers=shop).status_code == 200
    assert service.client.get(picture).status_code == 403
    in_address = service.get(f"/search?key={secret_of(admin)}")
    assert in_address.status_code == 401
    signing_in = service.client.post("/v1/session", json={"key": secret_of(header)})
    assert signing_in.status_code == 401


@pytest.mark.parametrize(
    "fields",
    [
        {"scopes": ["search", "write"], "origin": SHOP},
        {"scopes": ["search"], "origin": "shop.example"},
        {"scopes": ["search"], "origin": f"{SHOP}/path"},
        {"scopes": ["search"], "galleries": ["none"]},
        {"scopes": [], "name": "x"},
        {"scopes": ["all"]},
        {"name": " "},
    ],
)
def test_key_that_makes_no_sense_is_not_made(service: Service, fields: dict[str, object]) -> None:
    refused = service.client.post("/v1/keys", json={"name": "x", **fields})
    assert refused.status_code in (400, 404, 422), refused.text
    assert service.client.get("/v1/keys").json() == {"keys": []}


def test_origins_are_written_as_browsers_send_them() -> None:
    assert checked_origin("HTTPS://Shop.Example:443/") == SHOP
    assert checked_origin("http://[::1]:8000") == "http://[::1]:8000"
    for wrong in ("", "shop", "ftp://a", "https://", "https://a:x", "https://a/?b"):
        with pytest.raises(UsageError):
            checked_origin(wrong)


def test_pages_of_chosen_sites_may_call_and_others_may_not(serve: Serve) -> None:
    service = serve(cors_origins=(SHOP,))
    asking = {"Origin": SHOP, "Access-Control-Request-Method": "POST"}
    allowed = service.client.options(f"{BASE}/search", headers=asking)
    assert allowed.status_code == 204
    assert allowed.headers["Access-Control-Allow-Origin"] == SHOP
    assert "Authorization" in allowed.headers["Access-Control-Allow-Headers"]
    other = service.client.options(
        f"{BASE}/search", headers=asking | {"Origin": "https://evil.example"}
    )
    assert "Access-Control-Allow-Origin" not in other.headers
    plain = service.get("/search", headers={"Origin": "https://evil.example"})
    assert "Access-Control-Allow-Origin" not in plain.headers


def test_anyone_may_search_where_a_gallery_allows_it(serve: Serve) -> None:
    service = serve(api_keys_required=True, anonymous_galleries=("default",))
    service.engine.catalogue.create_gallery("other")
    answer = service.get("/search", params={"limit": 50}).json()
    assert len(answer["hits"]) == N_PICTURES
    hit = answer["hits"][0]
    assert "/" not in hit["uri"]
    assert hit["images"]["original"] is None
    assert service.client.get(hit["images"]["thumb"]).status_code == 200
    original = hit["images"]["thumb"].replace("thumb", "original")
    assert service.client.get(original).status_code == 403
    assert service.client.get("/v1/galleries/other/search").status_code == 401
    assert service.client.delete(f"{BASE}/items/1").status_code == 401
    who = service.client.get("/v1/session").json()
    assert (who["scopes"], who["anonymous_galleries"]) == ([], ["default"])


def test_too_many_requests_are_told_when_to_come_back(serve: Serve) -> None:
    service = serve(
        api_keys_required=True, anonymous_galleries=("default",), rate_limit_address="3/minute"
    )

    def ask() -> httpx.Response:
        return service.get("/search", params={"limit": 1})

    answers = [ask() for _ in range(6)]
    assert [answer.status_code for answer in answers[:3]] == [200, 200, 200]
    assert (answers[-1].status_code, answers[-1].json()["code"]) == (429, "rate_limited")
    assert answers[-1].json()["error"] == "More than 3 requests per minute came from this address."
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 120


def test_guessing_keys_is_slowed_down(serve: Serve) -> None:
    service = serve(api_keys_required=True)
    guesses = [
        service.get("/search", headers={"Authorization": f"Bearer sl_{n}"}).status_code
        for n in range(40)
    ]
    assert guesses[0] == 401
    assert guesses[-1] == 429


def test_browsers_are_told_to_run_nothing_that_is_not_ours(service: Service) -> None:
    page = service.client.get("/")
    assert page.status_code == 200
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    for response in (page, service.get("/search"), service.client.get("/docs")):
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["X-Frame-Options"] == "DENY"
    docs = service.client.get("/docs").text
    assert "<script" not in docs
    references = re.findall(r"""(?:src|href|action|url)\s*[=(]\s*["']?([^"'\s>)]+)""", docs)
    assert references
    assert [one for one in references if "//" in one] == []
