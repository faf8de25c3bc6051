"""What cameras and programs write into files, as attributes; nothing absurd gets through."""

from __future__ import annotations

import struct
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from PIL.TiffImagePlugin import IFDRational

from indexer.decoding.facts import FileFacts
from indexer.decoding.metadata import Metadata, exposure_text, maker_name, read_metadata
from tests.decoding.conftest import Decode, encoded, gradient

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"


def read(**facts: object) -> Metadata:
    return read_metadata(FileFacts(**facts), "holiday/beach.jpg")  # type: ignore[arg-type]


def packet(body: str) -> bytes:
    spaces = (
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" '
        'xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:aux="http://ns.adobe.com/exif/1.0/aux/" '
        'xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" '
        'xmlns:tiff="http://ns.adobe.com/tiff/1.0/"'
    )
    return (
        f'<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
        f'<rdf:RDF xmlns:rdf="{RDF}" {spaces}>{body}</rdf:RDF></x:xmpmeta>   '
        '<?xpacket end="w"?>\x00'
    ).encode()


def record(number: int, value: bytes) -> bytes:
    return struct.pack(">BBBH", 0x1C, 2, number, len(value)) + value


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        (
            "jpg_Canon_40D.jpg",
            {
                "taken_at": "2008-05-30T15:56:01",
                "camera": "Canon EOS 40D",
                "exposure": "1/160 s",
                "aperture": "f/7.1",
                "iso": "100",
                "focal_length": "135 mm",
            },
        ),
        (
            "jpg_Canon_DIGITAL_IXUS_400.jpg",
            {"taken_at": "2004-08-27T13:52:55+02:00", "camera": "Canon DIGITAL IXUS 400"},
        ),
        (
            "jpg_Nikon_COOLPIX_P1.jpg",
            {"taken_at": "2008-03-07T09:55:46", "camera": "COOLPIX P1", "iso": "50"},
        ),
        (
            "jpg_Kodak_CX7530.jpg",
            {
                "taken_at": "2005-08-13T09:47:23",
                "camera": "KODAK CX7530 ZOOM DIGITAL CAMERA",
                "latitude": "-0.371300",
                "longitude": "36.056417",
            },
        ),
        (
            "jpg_Sony_HDR-HC3.jpg",
            {"taken_at": "2007-06-15T04:42:32", "camera": "HDR-HC3", "exposure": "1/60 s"},
        ),
        (
            "jpg_exif-org_kodak-dc210.jpg",
            {"taken_at": "2000-10-26T16:46:51", "camera": "DC210 Zoom (V05.00)"},
        ),
        ("jpg_exif-org_olympus-c960.jpg", {"camera": "C960Z,D460Z", "iso": "125"}),
        ("jpg_exif-org_sony-d700.jpg", {"taken_at": "1998-12-01T14:22:36", "iso": "200"}),
        ("jpg_long_description.jpg", {"author": "SSG KYLE DAVIS", "taken_at": "2003-08-31"}),
    ],
)
def test_real_cameras(
    shared_data: Path, decode: Decode, file: str, expected: dict[str, str]
) -> None:
    attributes = decode(shared_data / "exif" / file).picture.attributes
    assert {key: attributes[key].text for key in expected} == expected


def test_cameras_own_fillers_are_no_description(shared_data: Path, decode: Decode) -> None:
    for file in ("jpg_Olympus_C8080WZ.jpg", "jpg_exif-org_sanyo-vpcsx550.jpg"):
        assert "description" not in decode(shared_data / "exif" / file).picture.attributes


def test_title_and_keywords_of_a_real_file(shared_data: Path, decode: Decode) -> None:
    picture = decode(shared_data / "exif/jpg_xmp_BlueSquare.jpg").picture
    assert picture.title == "Blue Square Test File - .jpg"
    assert set(picture.keywords) == {"XMP", "Blue Square", "test file", "Photoshop", ".jpg"}
    assert picture.attributes["taken_at"].text == "2005-09-07T15:07:40-07:00"


def test_heic_and_avif_carry_metadata_too(shared_data: Path, decode: Decode) -> None:
    attributes = decode(shared_data / "formats/IMG_5195.HEIC").picture.attributes
    assert attributes["camera"].text.startswith("iPhone")
    assert attributes["taken_at"].number is not None


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF", "HEIF"])
def test_every_format_gives_up_its_exif(decode: Decode, kind: str) -> None:
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = "Pentax", "K-3"
    exif.get_ifd(0x8769)[0x9003] = "2020:02:29 10:11:12"
    exif.get_ifd(0x8769)[0x9011] = "+05:45"
    value = exif if kind == "TIFF" else exif.tobytes()
    attributes = decode(encoded(gradient(), kind, exif=value)).picture.attributes
    assert attributes["camera"].text == "K-3"
    if kind != "TIFF":  # Pillow does not write the sub-directory's offset tag into TIFF.
        assert attributes["taken_at"].text == "2020-02-29T10:11:12+05:45"


def test_a_file_that_says_nothing_has_a_name_and_an_ending() -> None:
    said = {
        key: value.text
        for key, value in read_metadata(FileFacts(), "trip/A b.JPG").attributes.items()
    }
    assert said == {"filename": "A b.JPG", "ext": "jpg"}
    about = read_metadata(FileFacts({0x010E: "A beach"}), "trip/A b.JPG").attributes
    assert {key: about[key].text for key in about} == {**said, "description": "A beach"}


def test_time_carries_its_offset_and_counts_in_utc() -> None:
    moment = read(photo={0x9003: "2024:07:01 12:00:00", 0x9011: "+02:00", 0x9291: "25"})
    assert moment.attributes["taken_at"].text == "2024-07-01T12:00:00.250000+02:00"
    assert moment.attributes["taken_at"].number == 1719828000.25
    unknown = read(photo={0x9003: "2024:07:01 12:00:00"}).attributes["taken_at"]
    assert unknown.text == "2024-07-01T12:00:00"
    assert unknown.number == 1719835200.0


def test_gps_clock_gives_the_offset_that_the_camera_left_out() -> None:
    gps = {29: "2024:07:01", 7: (IFDRational(10), IFDRational(1), IFDRational(30))}
    taken = read(photo={0x9003: "2024:07:01 12:00:00"}, gps=gps).attributes["taken_at"]
    assert taken.text == "2024-07-01T12:00:00+02:00"
    stale = read(photo={0x9003: "2024:07:01 12:07:00"}, gps=gps).attributes["taken_at"]
    assert stale.text == "2024-07-01T12:07:00"
    alone = read(gps=gps).attributes["taken_at"]
    assert alone.text == "2024-07-01T10:01:30+00:00"


@pytest.mark.parametrize(
    "text", ["0000:00:00 00:00:00", "    :  :     :  :  ", "2024:13:45 99:99:99", "soon", "\x00"]
)
def test_absurd_date_is_no_date(text: str) -> None:
    assert "taken_at" not in read(photo={0x9003: text}).attributes


def test_next_best_date_counts_where_the_first_is_absurd() -> None:
    facts = {"photo": {0x9003: "0000:00:00 00:00:00", 0x9004: "2019:01:02 03:04:05"}}
    assert read(**facts).attributes["taken_at"].text == "2019-01-02T03:04:05"
    changed = read(main={0x0132: "2018:01:02 03:04:05"}).attributes["taken_at"]
    assert changed.text == "2018-01-02T03:04:05"


def test_iptc_date_and_words_count_where_there_is_nothing_else() -> None:
    block = b"".join(
        [
            record(55, b"20240229"),
            record(60, b"101112+0200"),
            record(5, b"A title"),
            record(25, "Zürich".encode("latin-1")),
            record(25, b"boats"),
            record(120, b"A caption"),
        ]
    )
    found = read(iptc=block)
    assert found.attributes["taken_at"].text == "2024-02-29T10:11:12+02:00"
    assert found.title == "A title"
    assert found.keywords == ("Zürich", "boats")
    assert found.attributes["description"].text == "A caption"


def test_keywords_are_gathered_once_from_everywhere() -> None:
    xmp = packet(
        "<rdf:Description><dc:subject><rdf:Bag><rdf:li>Beach</rdf:li><rdf:li> sun  set </rdf:li>"
        "</rdf:Bag></dc:subject></rdf:Description>"
    )
    windows = "beach;Family\x00".encode("utf-16-le")
    found = read(xmp=xmp, iptc=record(25, b"BEACH"), main={0x9C9E: windows})
    assert found.keywords == ("Beach", "sun set", "Family")


def test_xmp_in_attributes_and_in_elements_reads_alike() -> None:
    short = packet('<rdf:Description xmp:Rating="4" aux:Lens="EF 50mm"/>')
    long = packet(
        "<rdf:Description><xmp:Rating>4</xmp:Rating><aux:Lens>EF 50mm</aux:Lens></rdf:Description>"
    )
    assert read(xmp=short).attributes == read(xmp=long).attributes
    assert read(xmp=short).attributes["rating"].number == 4
    assert read(xmp=short).attributes["lens"].text == "EF 50mm"


def test_nested_xmp_structures_do_not_leak_into_properties() -> None:
    xmp = packet(
        "<rdf:Description><xmp:Thumbnails><rdf:Alt><rdf:li rdf:parseType='Resource'>"
        "<dc:title>inner</dc:title></rdf:li></rdf:Alt></xmp:Thumbnails>"
        "<dc:title><rdf:Alt><rdf:li xml:lang='x-default'>outer</rdf:li></rdf:Alt></dc:title>"
        "</rdf:Description>"
    )
    assert read(xmp=xmp).title == "outer"


def test_xml_entities_are_never_expanded() -> None:
    bomb = (
        b'<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "'
        + b"&lol;" * 50
        + b'">]>'
        + packet(
            "<rdf:Description><dc:title><rdf:Alt><rdf:li>&lol2;</rdf:li></rdf:Alt></dc:title></rdf:Description>"
        )
    )
    assert read(xmp=bomb).title == ""
    whole = b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>'
    assert read(xmp=whole).title == ""


def test_damaged_xmp_keeps_what_came_before() -> None:
    xmp = packet('<rdf:Description xmp:Rating="3"/><rdf:Description><dc:title>')
    assert read(xmp=xmp[: xmp.index(b"<dc:title>") + 10]).attributes["rating"].number == 3


def test_text_is_freed_of_rubbish_and_cut() -> None:
    found = read(main={0x010E: "A\x01 day\x00rubbish", 0x013B: "x" * 10_000})
    assert found.attributes["description"].text == "A  day"
    assert len(found.attributes["author"].text) == 200


def test_utf8_in_ascii_fields_is_understood() -> None:
    as_pillow_reads_it = "Café".encode().decode("latin-1")
    assert read(main={0x010E: as_pillow_reads_it}).attributes["description"].text == "Café"


def test_fraction_over_zero_and_infinity_are_nothing() -> None:
    zero = IFDRational(1, 0)
    found = read(photo={0x829A: zero, 0x829D: zero, 0x920A: float("inf"), 0x8827: 0})
    assert not {"exposure", "aperture", "focal_length", "iso"} & set(found.attributes)


@pytest.mark.parametrize(
    "gps",
    [
        {1: "N", 2: (91, 0, 0), 3: "E", 4: (10, 0, 0)},
        {1: "N", 2: (0, 0, 0), 3: "E", 4: (0, 0, 0)},
        {1: "N", 2: (IFDRational(1, 0), 0, 0), 3: "E", 4: (10, 0, 0)},
        {1: "N", 2: "here", 3: "E", 4: (10, 0, 0)},
        {2: (10, 0, 0)},
    ],
)
def test_place_off_the_globe_is_no_place(gps: dict[int, object]) -> None:
    assert "latitude" not in read(gps=gps).attributes


def test_south_and_west_are_negative_and_so_is_below_the_sea() -> None:
    gps = {1: "S", 2: (33, 51, 30), 3: "W", 4: (70, 30, 0), 5: b"\x01", 6: IFDRational(25, 2)}
    found = read(gps=gps).attributes
    assert found["latitude"].number == pytest.approx(-33.858333)
    assert found["longitude"].number == -70.5
    assert found["altitude"].text == "-12.5 m"


@pytest.mark.parametrize(
    ("make", "name"),
    [
        ("Canon", "Canon"),
        ("NIKON CORPORATION", "NIKON"),
        ("OLYMPUS OPTICAL CO.,LTD", "OLYMPUS"),
        ("EASTMAN KODAK COMPANY", "KODAK"),
        ("LG Electronics", "LG Electronics"),
        ("", ""),
    ],
)
def test_maker_is_named_as_people_do(make: str, name: str) -> None:
    assert maker_name(make) == name


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.004, "1/250 s"), (1 / 3, "0.3 s"), (0.5, "0.5 s"), (30, "30 s"), (1 / 8000, "1/8000 s")],
)
def test_exposure_is_written_as_on_the_dial(seconds: float, text: str) -> None:
    assert exposure_text(seconds) == text


VALUES = st.one_of(
    st.none(),
    st.integers(),
    st.floats(),
    st.text(),
    st.binary(max_size=64),
    st.fractions().map(lambda f: IFDRational(f.numerator, f.denominator)),
    st.tuples(st.integers(), st.integers(), st.integers()),
    st.tuples(st.floats(), st.text()),
    st.just(IFDRational(0, 0)),
    st.just(Fraction(1, 3)),
)
TAGS = [0x010E, 0x010F, 0x0110, 0x0112, 0x0132, 0x013B, 0x4746, 0x9C9B, 0x9C9E, 0x829A, 0x829D]
TAGS += [0x8827, 0x9003, 0x9004, 0x9011, 0x9286, 0x9291, 0x920A, 0xA434, 1, 2, 3, 4, 5, 6, 7, 29]


@given(
    st.dictionaries(st.sampled_from(TAGS), VALUES),
    st.binary(max_size=200),
    st.binary(max_size=200),
)
def test_no_tag_value_breaks_reading_and_all_that_comes_out_is_clean(
    tags: dict[int, object], xmp: bytes, iptc: bytes
) -> None:
    found = read(main=tags, photo=tags, gps=tags, xmp=xmp, iptc=b"\x1c\x02" + iptc)
    texts = [value.text for value in found.attributes.values()]
    for text in [*texts, *found.keywords, found.title]:
        text.encode("utf-8")
        assert "\x00" not in text
        assert len(text) <= 2_000
    for value in found.attributes.values():
        assert value.number is None or abs(value.number) < 1e12
