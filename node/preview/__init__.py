"""Pages of OFD documents (GB/T 33190-2016) as pictures: SVG, and from it PNG and PDF. It judges no signature: see `trust.ofd`.

`node.preview.render.render_page` is the door for the node: it draws in a child process that is killed at the deadline.
`node.preview.page.draw_page` is the drawing itself.

Fonts are not shipped. Embedded ones are used first, then the machine's (Debian: fonts-wqy-microhei or fonts-noto-cjk). A character that no
font holds stays text in SVG, becomes a box in PNG and PDF, and is named in the notes.
"""
