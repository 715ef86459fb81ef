"""Telling (告知): events for provinces and for systems of this one, from the queue to the receipt. Clause 8.4, DESIGN §6.5.

`teller` queues and takes events, `routes` knows which systems are told, `hooks` and `hook_loop` pass events on to them, `passing` makes the
requests and `wording` the sentence in them, `deferring` holds back what the law says must wait (`holding`: which letters;
`deferral_events`: how other provinces learn of it), `letters` shows what became of each and sends it again. Delivery to peers is
`node.usecases.notice`.
"""
