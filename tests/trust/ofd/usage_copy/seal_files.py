"""Makes seals that are OFD documents, and originals that show them."""

from collections.abc import Sequence
from dataclasses import replace

from tests.trust.ofd.signatures.makers import Entries, face, seal, sealed, sealer
from trust.ofd.signatures import Signer, Stamp, write_package
from trust.ofd.writer import PAGE_ID

SPACE = 'xmlns:o="http://www.ofdspec.org/2016"'
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\x06rest"
JPEG = b"\xff\xd8\xff\xe0rest"
RED_LINE = (
    '<o:PathObject ID="9" Boundary="0 0 40 40"><o:StrokeColor Value="200 0 0"/><o:AbbreviatedData>M 1 1 L 9 9</o:AbbreviatedData>'
    "</o:PathObject>"
)


def path(number: int, inner: str = "", **attributes: str) -> str:
    """A line with this ID, with more attributes, and with elements before its data."""
    more = " ".join(f'{name}="{value}"' for name, value in attributes.items())
    data = "<o:AbbreviatedData>M 0 0 L 9 9</o:AbbreviatedData>"
    return f'<o:PathObject ID="{number}" Boundary="0 0 9 9" {more}>{inner}{data}</o:PathObject>'


def layer(*objects: str, attributes: str = "") -> str:
    """A layer of these objects."""
    return f'<o:Layer ID="2" {attributes}>{"".join(objects)}</o:Layer>'


def unit(number: int, inner: str) -> str:
    """A composite unit's entry."""
    content = f"<o:Content>{inner}</o:Content>"
    return f'<o:CompositeGraphicUnit ID="{number}" Width="9" Height="9">{content}</o:CompositeGraphicUnit>'


def use(number: int) -> str:
    """An object that shows a unit."""
    return f'<o:CompositeObject ID="77" Boundary="0 0 9 9" ResourceID="{number}"/>'


def seal_entries(
    layers: str = f'<o:Layer ID="2">{RED_LINE}</o:Layer>',
    *,
    resources: str = "",
    common: str = "",
    of_page: str = "",
    document: str = "",
    box: str = "0 0 40 40",
    files: Entries | None = None,
) -> Entries:
    """The entries of a seal's package with these layers on its page, and these further elements and files."""
    area = f"<o:PageArea><o:PhysicalBox>{box}</o:PhysicalBox></o:PageArea><o:PublicRes>PublicRes.xml</o:PublicRes>"
    texts = {
        "OFD.xml": f"<o:OFD {SPACE}><o:DocBody><o:DocRoot>Doc_0/Document.xml</o:DocRoot></o:DocBody></o:OFD>",
        "Doc_0/Document.xml": f"<o:Document {SPACE}><o:CommonData>{area}{common}</o:CommonData>"
        f'<o:Pages><o:Page ID="1" BaseLoc="Pages/P.xml"/></o:Pages>{document}</o:Document>',
        "Doc_0/PublicRes.xml": f'<o:Res {SPACE} BaseLoc="Res">{resources}</o:Res>',
        "Doc_0/Pages/P.xml": f"<o:Page {SPACE}>{of_page}<o:Content>{layers}</o:Content></o:Page>",
    }
    return {**{name: text.encode() for name, text in texts.items()}, **(files or {})}


def signer_with(picture: bytes, *stamps: Stamp) -> Signer:
    """A signer whose seal has this picture."""
    shown = seal(shown=replace(face(), picture=picture, picture_type="ofd"))
    return replace(sealer(), seal=shown, stamps=stamps or (Stamp(page=PAGE_ID, box=(10, 20, 60, 30)),))


def original(*seals: Entries | bytes, stamps: Sequence[Stamp] = ()) -> Entries:
    """A certificate with a signature for each of these seals."""
    pictures = (one if isinstance(one, bytes) else write_package(one) for one in seals)
    return sealed(*(signer_with(picture, *stamps) for picture in pictures))
