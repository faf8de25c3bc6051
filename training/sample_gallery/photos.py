"""The plan of the gallery: which photo lies where, what it shows, how and when it was taken."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta

from training.sample_gallery.albums import ALBUMS, Album
from training.sample_gallery.cameras import Camera
from training.scenes import COLOURS, PATTERNS, THINGS, Scene, SecondObject

_SIZES = ((480, 360), (480, 360), (480, 320), (360, 480), (400, 400))
_COUNTS = (1, 1, 1, 1, 1, 1, 2, 2, 3, 4, 5)
_SECOND_OBJECT_SHARE = 0.35
_SHARED_COPIES = ("black cat indoors", "pink cake", "red bus")


@dataclass(frozen=True)
class Photo:
    """One file of the gallery; `path` is relative to the gallery's folder."""

    path: str
    scene: Scene
    size: tuple[int, int]
    keywords: tuple[str, ...]
    title: str | None = None
    rating: int | None = None
    camera: Camera | None = None
    taken_at: datetime | None = None
    utc_offset: str = ""
    position: tuple[float, float] | None = None
    name: str | None = None
    """What golden queries call it."""
    copy_of: str | None = None
    """The path of the photo that this one is a smaller, recompressed copy of."""


def plan_photos() -> list[Photo]:
    """Every photo of the gallery, in the order of albums; always the same."""
    taken = {scene.combinations[0] for album in ALBUMS for scene in album.planted.values()}
    photos = [photo for album in ALBUMS for photo in _plan_album(album, taken)]
    by_name = {photo.name: photo for photo in photos}
    return photos + [_shared_copy(by_name[name], n) for n, name in enumerate(_SHARED_COPIES)]


def _plan_album(album: Album, planted: set[tuple[str, str]]) -> Iterator[Photo]:
    rng = random.Random(f"album {album.folder}")
    named: list[tuple[str | None, Scene]] = list(album.planted.items())
    named += [
        (None, _chance_scene(album, rng, planted)) for _ in range(album.n_photos - len(named))
    ]
    rng.shuffle(named)
    moments = sorted(_chance_moment(album, rng) for _ in named)
    number = rng.randint(1200, 8000)
    for (name, scene), moment in zip(named, moments, strict=True):
        number += rng.randint(1, 9)
        camera = rng.choice(album.cameras) if album.cameras else None
        yield Photo(
            path=f"{album.folder}/{_file_name(camera, moment, number, rng)}",
            scene=replace(scene, seed=rng.getrandbits(32)),
            size=rng.choice(_SIZES),
            keywords=_keywords(album, scene, rng),
            title=scene.title[0].upper() + scene.title[1:] if rng.random() < 0.4 else None,
            rating=rng.choice((None, None, 2, 3, 4, 4, 5)),
            camera=camera,
            taken_at=moment if camera else None,
            utc_offset=album.utc_offset,
            position=_near(album.position, rng),
            name=name,
        )


def _chance_scene(album: Album, rng: random.Random, planted: set[tuple[str, str]]) -> Scene:
    """A scene of the album's words that no golden query looks for."""
    colour, thing = _chance_object(album, rng, planted)
    plain = not THINGS[thing].patterned or rng.random() < 0.6
    count = rng.choice(_COUNTS)
    second = None
    if count == 1 and rng.random() < _SECOND_OBJECT_SHARE:
        other_colour, other = _chance_object(album, rng, planted)
        relation = rng.choice(("next to", "next to", "in front of", "above"))
        second = SecondObject(other, other_colour, relation) if other != thing else None
    return Scene(
        object=thing,
        colour=colour,
        pattern="plain" if plain else rng.choice(PATTERNS[1:]),
        count=count,
        place=rng.choice(album.places.split()),
        seed=0,
        second=second,
    )


def _chance_object(
    album: Album, rng: random.Random, planted: set[tuple[str, str]]
) -> tuple[str, str]:
    while True:
        found = rng.choice(COLOURS), rng.choice(album.things.split(", "))
        if found not in planted:
            return found


def _chance_moment(album: Album, rng: random.Random) -> datetime:
    day = album.first_day + timedelta(days=rng.randrange(album.n_days))
    at_night = album.places == "night"
    hour = rng.choice((21, 22, 23)) if at_night else rng.randint(9, 19)
    return datetime.combine(day, time(hour, rng.randrange(60), rng.randrange(60)))


def _file_name(camera: Camera | None, moment: datetime, number: int, rng: random.Random) -> str:
    if camera is None:
        return f"scan {number:04d}.{rng.choice(('png', 'webp'))}"
    return f"{moment.strftime(camera.stem).format(n=f'{number:04d}')}.jpg"


def _keywords(album: Album, scene: Scene, rng: random.Random) -> tuple[str, ...]:
    """Some of what a tidy person would have typed; a third of the photos have none."""
    if rng.random() < 0.35:
        return ()
    words = [*album.keywords, scene.object, scene.place]
    if scene.second is not None:
        words.append(scene.second.object)
    return tuple(dict.fromkeys(w for w in words if rng.random() < 0.8))


def _near(position: tuple[float, float] | None, rng: random.Random) -> tuple[float, float] | None:
    if position is None or rng.random() < 0.25:
        return None
    return (
        round(position[0] + rng.uniform(-0.05, 0.05), 5),
        round(position[1] + rng.uniform(-0.05, 0.05), 5),
    )


def _shared_copy(photo: Photo, n: int) -> Photo:
    """The same picture as a chat would pass it on: smaller, and without the camera's data."""
    day = f"{photo.taken_at:%Y%m%d}" if photo.taken_at else "20240101"
    return Photo(
        path=f"from friends/IMG-{day}-WA{n + 3:04d}.jpg",
        scene=photo.scene,
        size=photo.size,
        keywords=(),
        copy_of=photo.path,
    )
